#include "serve/execute.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

struct command_line {
        struct text bytes;
        char **words; /* into bytes; NULL at the end; one to spare before it */
        size_t count;
};

static void command_line_done(struct command_line *line)
{
        text_done(&line->bytes);
        free(line->words);
}

static int read_bytes(struct text *bytes)
{
        cleanup_fd int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : 1;
        while (n > 0) {
                char *room = text_room(bytes, 4096);
                if (!room)
                        return -ENOMEM;
                n = read(fd, room, 4096);
                if (n > 0)
                        bytes->length += (size_t)n;
        }
        if (n < 0)
                return -errno;
        return bytes->length > 0 && bytes->data[bytes->length - 1] == '\0' ? 0 : -EINVAL;
}

static int command_line_read(struct command_line *line)
{
        *line = (struct command_line){0};
        int r = read_bytes(&line->bytes);
        if (r < 0)
                return r;
        for (size_t i = 0; i < line->bytes.length; i++)
                line->count += line->bytes.data[i] == '\0';
        line->words = calloc(line->count + 2, sizeof(line->words[0]));
        if (!line->words)
                return -ENOMEM;
        char *word = line->bytes.data;
        for (size_t i = 0; i < line->count; i++, word += strlen(word) + 1)
                line->words[i] = word;
        return 0;
}

static int execute(char *words[], bool from_path)
{
        if (from_path && words[0])
                (void)execvp(words[0], words);
        else
                (void)execv("/proc/self/exe", words);
        return -errno;
}

/* "sluice serve ..." becomes "sluice serve --check ...". */
static void insert_check(struct command_line *line)
{
        static char check[] = "--check";
        size_t place = line->count < 2 ? line->count : 2;
        memmove(&line->words[place + 1], &line->words[place],
                (line->count - place) * sizeof(line->words[0]));
        line->words[place] = check;
        line->count++;
}

static void run_check(struct command_line *line, bool from_path, int errors)
{
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        sigset_t none;

        if (null >= 0)
                (void)dup2(null, STDOUT_FILENO);
        if (errors >= 0)
                (void)dup2(errors, STDERR_FILENO);
        (void)sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
        int r = execute(line->words, from_path);
        (void)fprintf(stderr, "sluice: cannot execute '%s': %s\n", line->words[0], strerror(-r));
        _exit(EXIT_FAILURE);
}

bool execute_check(bool from_path, int errors)
{
        struct command_line line;
        int status = -1;

        int r = command_line_read(&line);
        if (r == 0) {
                insert_check(&line);
                pid_t pid = fork();
                if (pid == 0)
                        run_check(&line, from_path, errors);
                while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
                        continue;
        }
        command_line_done(&line);
        return status == 0;
}

int execute_again(bool from_path)
{
        struct command_line line;
        int r = command_line_read(&line);
        if (r == 0)
                r = execute(line.words, from_path);
        command_line_done(&line);
        return r;
}
