#include "lab/process.h"

#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/fd.h"

pid_t process_fork(void)
{
        pid_t parent = getpid(), child = fork();
        if (child == 0) {
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                /* It may have died before it was asked about. */
                if (getppid() != parent)
                        _exit(1);
        }
        return child;
}

void process_prepare(const char *name, int core)
{
        cpu_set_t set;

        (void)prctl(PR_SET_NAME, name);
        (void)signal(SIGPIPE, SIG_IGN);
        /* Ctrl-C is for all in front of a terminal; the lab ends its own, or they
         * end with it. */
        (void)signal(SIGINT, SIG_IGN);
        if (core < 0)
                return;
        CPU_ZERO(&set);
        CPU_SET((size_t)core, &set);
        (void)sched_setaffinity(0, sizeof(set), &set);
}

unsigned process_cores(int *ret_first, int *ret_second)
{
        cpu_set_t set;
        unsigned count = 0;

        *ret_first = *ret_second = -1;
        if (sched_getaffinity(0, sizeof(set), &set) < 0)
                return 1;
        for (int i = 0; i < CPU_SETSIZE; i++) {
                if (!CPU_ISSET((size_t)i, &set))
                        continue;
                if (count == 0)
                        *ret_first = *ret_second = i;
                else if (count == 1)
                        *ret_second = i;
                count++;
        }
        return count;
}

/* "VmHWM:\t    1234 kB", proc_pid_status(5). */
static uint64_t status_bytes(const char *name)
{
        char text[4096];
        cleanup_fd int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return 0;
        ssize_t n = read(fd, text, sizeof(text) - 1);
        text[n > 0 ? n : 0] = '\0';
        const char *found = strstr(text, name);
        return found ? strtoull(found + strlen(name), NULL, 10) * 1024 : 0;
}

uint64_t process_reset_peak_memory(void)
{
        cleanup_fd int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
        if (fd >= 0)
                (void)!write(fd, "5", 1);
        uint64_t resident = status_bytes("VmRSS:"), kept = mallinfo2().fordblks;
        return resident > kept ? resident - kept : 0;
}

uint64_t process_peak_memory(void)
{
        return status_bytes("VmHWM:");
}
