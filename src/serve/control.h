/* What the keeper (serve/keeper.h) and a serving process say to each other, over
 * a pair of sockets that keeps messages apart. */
#pragma once

#include <stddef.h>

enum control_message {
        CONTROL_END = 0, /* the other side is gone */
        CONTROL_READY = 'R', /* serving process: clients are being served */
        CONTROL_ALIVE = 'A', /* serving process: every worker has answered CONTROL_PING */
        CONTROL_LEAVE = 'W', /* serving process: I end, unless a disk that hangs keeps me */
        CONTROL_TERM = 'T', /* serving process: SIGTERM was sent to me, and is meant for you */
        CONTROL_HUP = 'H', /* the same: SIGHUP */
        CONTROL_USR1 = '1',
        CONTROL_USR2 = '2',
        CONTROL_STOP = 'S', /* keeper: finish what is in flight within the grace; twice: at once */
        CONTROL_DRAIN = 'D', /* keeper: another has taken over; finish without haste */
        CONTROL_LOGS = 'L', /* keeper: the logs have been opened anew: their descriptors */
        CONTROL_PING = 'P', /* keeper: are the workers alive? */
};

#define CONTROL_FDS_MAX 2

/* Both ends close on exec. */
int control_open(int ret_fds[static 2]) __attribute__((warn_unused_result));

/* fds are borrowed. 0 or -errno. */
int control_send(int fd, enum control_message message, const int fds[], size_t count)
        __attribute__((warn_unused_result));

/* Waits for the next message. *ret_count descriptors come with it, the caller's. */
enum control_message control_receive(int fd, int ret_fds[static CONTROL_FDS_MAX],
                                     size_t *ret_count);
