#include "serve/admission.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Out of memory is no reason to end: the entry is then not there. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct key {
        unsigned char bytes[16]; /* an IPv6 address, or an IPv4 one mapped to it */
};

struct visitor {
        struct key key;
        uint64_t connections;
        UT_hash_handle hh;
};

struct admission {
        uint64_t connections_max;
        uint64_t per_address_max;
        _Atomic uint64_t connections;
        pthread_mutex_t lock; /* of the visitors; nobody takes it without a limit */
        struct visitor *visitors; /* by address */
};

int admission_new(struct admission **ret_admission, uint64_t connections_max,
                  uint64_t per_address_max)
{
        struct admission *admission = calloc(1, sizeof(*admission));
        if (!admission)
                return -ENOMEM;
        admission->connections_max = connections_max;
        admission->per_address_max = per_address_max;
        (void)pthread_mutex_init(&admission->lock, NULL);
        *ret_admission = admission;
        return 0;
}

void admission_free(struct admission *admission)
{
        if (!admission)
                return;
        /* They stay linked. */
        struct visitor *visitor = admission->visitors;
        HASH_CLEAR(hh, admission->visitors);
        while (visitor) {
                struct visitor *next = visitor->hh.next;
                free(visitor);
                visitor = next;
        }
        (void)pthread_mutex_destroy(&admission->lock);
        free(admission);
}

bool admission_take_place(struct admission *admission)
{
        uint64_t taken = atomic_load_explicit(&admission->connections, memory_order_relaxed);
        while (taken < admission->connections_max)
                if (atomic_compare_exchange_weak_explicit(&admission->connections, &taken,
                                                          taken + 1, memory_order_relaxed,
                                                          memory_order_relaxed))
                        return true;
        return false;
}

void admission_give_place(struct admission *admission)
{
        (void)atomic_fetch_sub_explicit(&admission->connections, 1, memory_order_relaxed);
}

bool admission_is_full(const struct admission *admission)
{
        return atomic_load_explicit(&admission->connections, memory_order_relaxed) >=
               admission->connections_max;
}

/* ---- By address ---- */

static bool key_of(const struct address *peer, struct key *ret_key)
{
        const struct sockaddr_in *in = (const void *)&peer->storage;
        const struct sockaddr_in6 *in6 = (const void *)&peer->storage;
        struct key key = {.bytes = {[10] = 0xff, [11] = 0xff}};

        if (in->sin_family == AF_INET)
                memcpy(&key.bytes[12], &in->sin_addr, sizeof(in->sin_addr));
        else if (in->sin_family == AF_INET6)
                memcpy(key.bytes, &in6->sin6_addr, sizeof(key.bytes));
        else
                return false;
        *ret_key = key;
        return true;
}

static struct visitor *find(struct admission *admission, const struct key *key)
{
        struct visitor *found;
        HASH_FIND(hh, admission->visitors, key, sizeof(*key), found);
        return found;
}

/* With the lock. */
static bool enter(struct admission *admission, const struct key *key)
{
        struct visitor *visitor = find(admission, key);
        if (!visitor) {
                visitor = calloc(1, sizeof(*visitor));
                if (!visitor)
                        return false;
                visitor->key = *key;
                HASH_ADD(hh, admission->visitors, key, sizeof(visitor->key), visitor);
                if (find(admission, key) != visitor) {
                        free(visitor);
                        return false;
                }
        }
        if (visitor->connections == admission->per_address_max)
                return false;
        visitor->connections++;
        return true;
}

bool admission_enter(struct admission *admission, const struct address *peer)
{
        struct key key;
        if (admission->per_address_max == 0 || !key_of(peer, &key))
                return true;
        (void)pthread_mutex_lock(&admission->lock);
        bool entered = enter(admission, &key);
        (void)pthread_mutex_unlock(&admission->lock);
        return entered;
}

void admission_leave(struct admission *admission, const struct address *peer)
{
        struct key key;
        if (admission->per_address_max == 0 || !key_of(peer, &key))
                return;
        (void)pthread_mutex_lock(&admission->lock);
        struct visitor *visitor = find(admission, &key);
        if (visitor && --visitor->connections == 0) {
                HASH_DEL(admission->visitors, visitor);
                free(visitor);
        }
        (void)pthread_mutex_unlock(&admission->lock);
}
