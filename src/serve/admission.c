#include "serve/admission.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Out of memory is no reason to end: the entry is then not there. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "base/fd.h"

/* Of those who wait, so many are refused at a time. */
#define REFUSALS_MAX 64

static const char refusal[] = "HTTP/1.1 503 Service Unavailable\r\n"
                              "Retry-After: 1\r\n"
                              "Content-Type: text/plain\r\n"
                              "Content-Length: 51\r\n"
                              "Connection: close\r\n"
                              "\r\n"
                              "503 Service Unavailable\nToo many connections here.\n";

struct key {
        unsigned char bytes[16]; /* an IPv6 address, or an IPv4 one mapped to it */
};

struct visitor {
        struct key key;
        uint64_t connections;
        UT_hash_handle hh;
};

void admission_init(struct admission *admission, uint64_t per_address_max, bool with_reserve,
                    bool silent)
{
        *admission = (struct admission){
                .per_address_max = per_address_max,
                .silent = silent,
                .reserve_fd = with_reserve ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0) : -1,
        };
}

void admission_done(struct admission *admission)
{
        /* They stay linked. */
        struct visitor *visitor = admission->visitors;
        HASH_CLEAR(hh, admission->visitors);
        while (visitor) {
                struct visitor *next = visitor->hh.next;
                free(visitor);
                visitor = next;
        }
        fd_close(&admission->reserve_fd);
}

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

bool admission_enter(struct admission *admission, const struct address *peer)
{
        struct key key;
        if (admission->per_address_max == 0 || !key_of(peer, &key))
                return true;
        struct visitor *visitor = find(admission, &key);
        if (!visitor) {
                visitor = calloc(1, sizeof(*visitor));
                if (!visitor)
                        return false;
                visitor->key = key;
                HASH_ADD(hh, admission->visitors, key, sizeof(visitor->key), visitor);
                if (find(admission, &key) != visitor) {
                        free(visitor);
                        return false;
                }
        }
        if (visitor->connections == admission->per_address_max)
                return false;
        visitor->connections++;
        return true;
}

void admission_leave(struct admission *admission, const struct address *peer)
{
        struct key key;
        if (admission->per_address_max == 0 || !key_of(peer, &key))
                return;
        struct visitor *visitor = find(admission, &key);
        if (visitor && --visitor->connections == 0) {
                HASH_DEL(admission->visitors, visitor);
                free(visitor);
        }
}

void admission_refuse(const struct admission *admission, int *fd)
{
        char unread[4096];
        if (!admission->silent)
                (void)!send(*fd, refusal, sizeof(refusal) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        (void)shutdown(*fd, SHUT_WR);
        /* With bytes unread, close(2) would send a reset, which may overtake the
         * answer. */
        (void)!recv(*fd, unread, sizeof(unread), MSG_DONTWAIT);
        fd_close(fd);
}

void admission_refuse_waiting(struct admission *admission, int listening_fd)
{
        if (admission->reserve_fd < 0)
                return;
        fd_close(&admission->reserve_fd);
        for (int i = 0; i < REFUSALS_MAX; i++) {
                int fd = accept4(listening_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
                if (fd < 0)
                        break;
                admission_refuse(admission, &fd);
        }
        admission->reserve_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
}
