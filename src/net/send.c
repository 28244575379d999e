#include "net/send.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

void send_advance(struct loop_send *send, size_t n)
{
        send->total += (ssize_t)n;
        while (send->count > 0 && n >= send->parts->iov_len) {
                n -= send->parts->iov_len;
                send->parts++;
                send->count--;
        }
        if (n > 0) {
                send->parts->iov_base = (char *)send->parts->iov_base + n;
                send->parts->iov_len -= n;
        }
}

static ssize_t send_some(int fd, struct loop_send *send)
{
        int flags = send->flags | MSG_NOSIGNAL;
        if (send->count == 1)
                return sendto(fd, send->parts->iov_base, send->parts->iov_len, flags, NULL, 0);
        struct msghdr message = {.msg_iov = send->parts, .msg_iovlen = send->count};
        return sendmsg(fd, &message, flags);
}

ssize_t send_parts(int fd, struct loop_send *send)
{
        while (send->count > 0) {
                ssize_t n = send_some(fd, send);
                if (n >= 0)
                        send_advance(send, (size_t)n);
                else if (errno == EAGAIN)
                        return -EINPROGRESS;
                else if (errno != EINTR)
                        return -errno;
        }
        return send->total;
}

void send_fill_segments(int fd, bool fill)
{
        const int on = fill;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
}

/* SIOCOUTQ counts bytes, but the sandbox knows no ioctl(2). */
struct send_queue send_queue(int fd)
{
        uint32_t memory[SK_MEMINFO_VARS] = {0};
        socklen_t size = sizeof(memory);
        if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &size) < 0)
                return (struct send_queue){0};
        uint32_t queued = memory[SK_MEMINFO_WMEM_QUEUED];
        return (struct send_queue){
                .unconfirmed = queued ? queued : memory[SK_MEMINFO_WMEM_ALLOC],
                .most = memory[SK_MEMINFO_SNDBUF],
        };
}
