#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "serve/sandbox.h"
#include "serve/sandbox_filter.inc"

#define PROGRAM(lines)                                     \
        {                                                  \
                .len = sizeof(lines) / sizeof((lines)[0]), \
                .filter = (struct sock_filter *)(lines),   \
        }

int seccomp_enter(bool io_uring)
{
        static const struct sock_fprog without = PROGRAM(filter);
        static const struct sock_fprog with = PROGRAM(filter_with_io_uring);
        long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, io_uring ? &with : &without);
        return r < 0 ? -errno : 0;
}
