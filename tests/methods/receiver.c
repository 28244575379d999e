#include "receiver.h"

#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "context.h"
#include "pattern.h"

#define SLOW_BYTES ((size_t)32 << 10)
#define RESET_AFTER ((uint64_t)20000)

const char *receiver_name(enum receiver_kind kind)
{
        static const char *const names[] = {
                [RECEIVER_FAST] = "fast reader",
                [RECEIVER_SLOW] = "slow reader",
                [RECEIVER_RESETS] = "reader that resets",
                [RECEIVER_DISCARDS] = "reader that discards",
        };
        return names[kind];
}

static void take(struct receiver *receiver, const unsigned char *data, size_t length)
{
        uint64_t until = receiver->hash_until ? receiver->hash_until : UINT64_MAX;
        if (receiver->received < until) {
                uint64_t room = until - receiver->received;
                receiver->hash =
                        hash_add(receiver->hash, data, length < room ? length : (size_t)room);
        }
        receiver->received += length;
}

static void reset(int fd)
{
        struct linger now = {.l_onoff = 1, .l_linger = 0};
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static void *run(void *argument)
{
        static _Thread_local unsigned char buffer[256 << 10];
        struct receiver *receiver = argument;
        size_t size = receiver->kind == RECEIVER_SLOW ? SLOW_BYTES : sizeof(buffer);

        for (;;) {
                ssize_t n = receiver->kind == RECEIVER_DISCARDS
                                    ? recv(receiver->fd, NULL, (size_t)4 << 20, MSG_TRUNC)
                                    : read(receiver->fd, buffer, size);
                if (n <= 0)
                        break;
                if (receiver->kind == RECEIVER_DISCARDS)
                        receiver->received += (uint64_t)n;
                else
                        take(receiver, buffer, (size_t)n);
                if (receiver->kind == RECEIVER_SLOW)
                        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
                if (receiver->kind == RECEIVER_RESETS && receiver->received > RESET_AFTER) {
                        reset(receiver->fd);
                        break;
                }
        }
        close(receiver->fd);
        return NULL;
}

void receiver_start(struct receiver *receiver, enum receiver_kind kind, int fd)
{
        receiver->fd = fd;
        receiver->kind = kind;
        receiver->received = 0;
        receiver->hash = HASH_START;

        /* Signals are for the thread that sends. */
        sigset_t all, old;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &old);
        int r = pthread_create(&receiver->thread, NULL, run, receiver);
        pthread_sigmask(SIG_SETMASK, &old, NULL);
        check(r == 0, "pthread_create");
}

void receiver_join(struct receiver *receiver)
{
        check(pthread_join(receiver->thread, NULL) == 0, "pthread_join");
}
