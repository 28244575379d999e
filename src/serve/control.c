#include "serve/control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

union fds_room {
        struct cmsghdr header; /* for its alignment */
        char room[CMSG_SPACE(CONTROL_FDS_MAX * sizeof(int))];
};

int control_open(int ret_fds[static 2])
{
        return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_fds) < 0 ? -errno : 0;
}

int control_send(int fd, enum control_message message, const int fds[], size_t count)
{
        unsigned char byte = (unsigned char)message;
        struct iovec part = {.iov_base = &byte, .iov_len = 1};
        union fds_room room = {0};
        struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};

        if (count > 0) {
                header.msg_control = room.room;
                header.msg_controllen = CMSG_SPACE(count * sizeof(int));
                struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
                rights->cmsg_level = SOL_SOCKET;
                rights->cmsg_type = SCM_RIGHTS;
                rights->cmsg_len = CMSG_LEN(count * sizeof(int));
                memcpy(CMSG_DATA(rights), fds, count * sizeof(int));
        }
        return sendmsg(fd, &header, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

enum control_message control_receive(int fd, int ret_fds[static CONTROL_FDS_MAX], size_t *ret_count)
{
        unsigned char byte = 0;
        struct iovec part = {.iov_base = &byte, .iov_len = 1};
        union fds_room room = {0};
        struct msghdr header = {
                .msg_iov = &part,
                .msg_iovlen = 1,
                .msg_control = room.room,
                .msg_controllen = sizeof(room.room),
        };
        ssize_t n;

        *ret_count = 0;
        do
                n = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
        while (n < 0 && errno == EINTR);
        if (n <= 0)
                return CONTROL_END;

        const struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
        if (rights && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS) {
                *ret_count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
                memcpy(ret_fds, CMSG_DATA(rights), *ret_count * sizeof(int));
        }
        return byte;
}
