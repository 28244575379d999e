#include "lab/veth.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"

/* Leaves the thread in the new namespace. */
static int make_namespace(int *ret_fd)
{
        if (unshare(CLONE_NEWNET) < 0)
                return -errno;
        *ret_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        return *ret_fd < 0 ? -errno : 0;
}

/* Runs ip -batch in the thread's namespace. */
static int run_ip(const char *commands)
{
        int ends[2], status;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        pid_t child = fork();
        if (child == 0) {
                (void)dup2(ends[0], STDIN_FILENO);
                (void)execlp("ip", "ip", "-batch", "-", (char *)NULL);
                _exit(127);
        }
        fd_close(&ends[0]);
        size_t length = strlen(commands);
        /* Far below what a pipe holds. */
        bool written = write(ends[1], commands, length) == (ssize_t)length;
        fd_close(&ends[1]);
        if (child < 0 || waitpid(child, &status, 0) < 0 || !written)
                return -EIO;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
                return -ENOENT;
        return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

/* A process in the namespace, to name it by: ip(8) takes no descriptor. */
static pid_t hold_namespace(int ends[2])
{
        pid_t child;
        char byte;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -1;
        child = fork();
        if (child == 0) {
                (void)close(ends[1]);
                (void)!read(ends[0], &byte, 1);
                _exit(0);
        }
        fd_close(&ends[0]);
        return child;
}

static int make_pair(struct veth *veth)
{
        char commands[256];
        int ends[2], r = veth_enter(veth->receiver_fd);
        if (r < 0)
                return r;
        pid_t holder = hold_namespace(ends);
        if (holder < 0)
                return -EIO;
        r = veth_enter(veth->sender_fd);
        (void)snprintf(commands, sizeof(commands),
                       "link add lab0 type veth peer name lab1 netns %d\n"
                       "addr add " VETH_SENDER "/30 dev lab0\n"
                       "link set lo up\nlink set lab0 up\n",
                       (int)holder);
        if (r == 0)
                r = run_ip(commands);
        if (r == 0)
                r = veth_enter(veth->receiver_fd);
        if (r == 0)
                r = run_ip("addr add " VETH_RECEIVER "/30 dev lab1\n"
                           "link set lo up\nlink set lab1 up\n");
        fd_close(&ends[1]);
        (void)waitpid(holder, NULL, 0);
        return r;
}

int veth_open(struct veth *ret, const char **ret_why_not)
{
        struct veth veth = {.sender_fd = -1, .receiver_fd = -1};

        veth.own_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        if (veth.own_fd < 0)
                return -errno;
        int r = make_namespace(&veth.sender_fd);
        if (r == 0)
                r = make_namespace(&veth.receiver_fd);
        if (r == 0)
                r = make_pair(&veth);
        int back = veth_enter(veth.own_fd);
        if (r == 0)
                r = back;
        if (r == 0) {
                *ret = veth;
                return 0;
        }
        *ret_why_not = r == -EPERM    ? "network namespaces are for root only"
                       : r == -ENOENT ? "there is no program ip: install iproute2"
                                      : "a veth pair cannot be made here";
        veth_close(&veth);
        return r;
}

void veth_close(struct veth *veth)
{
        fd_close(&veth->own_fd);
        fd_close(&veth->sender_fd);
        fd_close(&veth->receiver_fd);
}

int veth_enter(int namespace_fd)
{
        return setns(namespace_fd, CLONE_NEWNET) < 0 ? -errno : 0;
}
