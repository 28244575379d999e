/* One transfer between marker system calls, for test_accounting.py to trace:
 *
 *   getppid, open, step ..., getppid, print, getppid, close, getppid
 *
 * usage: traced_transfer METHOD tcp|unix|pipe FLAGS
 *
 * Prints "transfer NAME COUNT" for what sluice_calls() tells of the first part
 * and "process NAME COUNT" for what sluice_process_calls() tells of both; "bytes
 * COUNTER COUNT"; "refused REASON" where the method does not work. What the
 * program does itself in between is ppoll only, and nothing for the heap. */
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "context.h"
#include "pattern.h"
#include "sluice.h"
#include "wire.h"

#define LENGTH ((uint64_t)5000001)
#define CALLS_MAX 128

static uint64_t before[CALLS_MAX];

/* Memory that is there already needs no system call. */
static void fill_heap(void)
{
        mallopt(M_MMAP_THRESHOLD, 32 << 20);
        mallopt(M_TRIM_THRESHOLD, 128 << 20);
        void *heap = malloc((size_t)16 << 20);
        explicit_bzero(heap, (size_t)16 << 20);
        free(heap);
}

static pid_t start_reader(struct wire *wire)
{
        pid_t child = fork();
        check(child >= 0, "fork");
        if (child == 0) {
                static char buffer[64 << 10];
                close(wire->out_fd);
                while (read(wire->in_fd, buffer, sizeof(buffer)) > 0)
                        ;
                _exit(0);
        }
        close(wire->in_fd);
        return child;
}

static enum sluice_step run(sluice_transfer *transfer)
{
        for (;;) {
                enum sluice_step step = sluice_step(transfer, 0);
                struct pollfd ready = {0};
                if (step == SLUICE_DONE || step == SLUICE_FAILED || step == SLUICE_SOURCE_SHORT)
                        return step;
                if (sluice_wait_for(transfer, &ready.fd, &ready.events) == 0)
                        (void)!ppoll(&ready, 1, NULL, NULL);
        }
}

static void print_calls(const sluice_transfer *transfer)
{
        const char *name;
        uint64_t count;
        for (size_t i = 0; (name = sluice_calls(transfer, i, &count)); i++)
                if (count > 0)
                        printf("transfer %s %llu\n", name, (unsigned long long)count);
        for (int i = 0; i < SLUICE_COUNTERS; i++)
                printf("bytes %s %llu\n", sluice_counter_name(i),
                       (unsigned long long)sluice_count(transfer, i));
}

static void print_process_calls(void)
{
        const char *name;
        uint64_t count;
        for (size_t i = 0; (name = sluice_process_calls(i, &count)); i++)
                if (count > before[i])
                        printf("process %s %llu\n", name, (unsigned long long)(count - before[i]));
}

int main(int argc, char **argv)
{
        if (argc != 4)
                return 2;
        const sluice_method *method = sluice_method_find(argv[1]);
        unsigned flags = (unsigned)atoi(argv[3]) | (method ? SLUICE_NO_FALLBACK : 0);
        enum wire_kind kind = 0;
        while (strncmp(wire_name(kind), argv[2], strlen(argv[2])) != 0)
                kind++;

        static char output[16 << 10];
        setvbuf(stdout, output, _IOFBF, sizeof(output));
        signal(SIGPIPE, SIG_IGN);
        fill_heap();
        int file_fd = pattern_file(LENGTH);
        struct wire wire = wire_open(kind, false, 0);
        pid_t reader = start_reader(&wire);
        for (size_t i = 0; i < CALLS_MAX && sluice_process_calls(i, &before[i]); i++)
                ;

        sluice_transfer *transfer;
        (void)getppid();
        int r = sluice_open(&transfer, wire.out_fd, file_fd, 1, LENGTH - 1, method, flags);
        check(r == 0, "open: %d", r);
        enum sluice_step last = run(transfer);
        (void)getppid();
        const char *why_not = "";
        if (last == SLUICE_FAILED && sluice_fallback(transfer, 0, &why_not))
                printf("refused %s\n", why_not);
        else
                check(last == SLUICE_DONE, "ends with step %d", (int)last);
        print_calls(transfer);
        (void)getppid();
        sluice_close(transfer);
        (void)getppid();
        print_process_calls();
        close(wire.out_fd);
        close(file_fd);
        return waitpid(reader, NULL, 0) == reader ? 0 : 1;
}
