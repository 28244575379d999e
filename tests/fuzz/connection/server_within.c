#include "connection/server_within.h"

#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/commands.h"
#include "fuzz.h"
#include "serve/control.h"
#include "serve/server.h"

#define FOLDER_SIZE 64
#define FILE_MOST 70000

#define USUAL_WORDS                                                                    \
        "-q --sandbox off --grace 1s --cors * --redirect /r=/a.bin --log-format json " \
        "--disk-threads 2 "
#define WORDS_MAX 32

static const struct {
        const char *name;
        size_t size;
} files[] = {{"index.html", 200}, {"a.bin", 1000},   {"empty.bin", 0},    {"big.bin", FILE_MOST},
             {"s.css", 500},      {"s.css.br", 90},  {"s.css.gz", 100},   {"d/index.html", 30},
             {"l/a.bin", 10},     {"l/b c.bin", 11}, {".h/secret.bin", 5}};
static const char *const folders[] = {"d", "l", ".h"};

struct server_within {
        char socket[FOLDER_SIZE + 16], line[512];
        int control; /* our end */
        pthread_t thread;
};

static struct server_within servers[2]; /* the second expects PROXY headers */
static char folder[FOLDER_SIZE] = "/tmp/sluice-fuzz-XXXXXX";
static _Thread_local int control_of_this;

static void make_site(int at)
{
        static unsigned char content[FILE_MOST];

        for (size_t i = 0; i < FILE_MOST; i++)
                content[i] = SERVED_BYTE(i);
        for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
                CHECK(mkdirat(at, folders[i], 0755) == 0);
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                int fd = openat(at, files[i].name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
                CHECK(fd >= 0 && write(fd, content, files[i].size) == (ssize_t)files[i].size);
                /* Old, so that its tag is strong from the first answer on. */
                const struct timespec times[2] = {{1000000000, 0}, {1000000000, 0}};
                CHECK(futimens(fd, times) == 0);
                (void)close(fd);
        }
}

static void remove_site(int at)
{
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
                (void)unlinkat(at, files[i].name, 0);
        for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
                (void)unlinkat(at, folders[i], AT_REMOVEDIR);
        (void)rmdir(folder);
}

/* What the keeper does in another process. */
static int run(const void *filled)
{
        const struct serve_options *options = filled;
        struct inheritance inheritance = {.worker_count = 1};
        struct endpoints endpoints;
        int logs[LOG_STREAMS] = {-1, -1};
        const char *culprit;

        CHECK(endpoints_open(&endpoints, options, &inheritance, NULL, false, &culprit) == 0);
        return server_run(options, &endpoints, logs, control_of_this, -1);
}

struct start {
        struct server_within *server;
        int control; /* its end */
};

static void *thread_main(void *argument)
{
        struct start *start = argument;
        struct server_within *server = start->server;
        struct command command = command_serve;
        char *words[WORDS_MAX], *rest = NULL;
        int count = 0;

        (void)snprintf(server->line, sizeof(server->line), "serve " USUAL_WORDS "-b unix:%s %s%s",
                       server->socket, server == &servers[1] ? "--proxy-from unix " : "", folder);
        for (char *word = strtok_r(server->line, " ", &rest); word && count < WORDS_MAX - 1;
             word = strtok_r(NULL, " ", &rest))
                words[count++] = word;
        words[count] = NULL;
        control_of_this = start->control;
        free(start);
        command.run = run;
        optind = 0; /* of the former's words, getopt(3) */
        CHECK(command_run(&command, count, words) == 0);
        return NULL;
}

static void start(struct server_within *server, const char *name)
{
        struct start *start = malloc(sizeof(*start));
        int ends[2], fds[CONTROL_FDS_MAX];
        size_t count;

        CHECK(start && control_open(ends) == 0);
        (void)snprintf(server->socket, sizeof(server->socket), "%s-%s", folder, name);
        *start = (struct start){server, ends[1]};
        server->control = ends[0];
        CHECK(pthread_create(&server->thread, NULL, thread_main, start) == 0);
        CHECK(control_receive(server->control, fds, &count) == CONTROL_READY);
}

/* So that a leak is one: what still runs holds memory by right. */
static void stop(void)
{
        for (size_t i = 0; i < 2; i++) {
                CHECK(control_send(servers[i].control, CONTROL_STOP, NULL, 0) == 0);
                CHECK(pthread_join(servers[i].thread, NULL) == 0);
                (void)unlink(servers[i].socket);
        }
        cleanup_fd int at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        remove_site(at);
}

void server_within_start(void)
{
        CHECK(mkdtemp(folder));
        cleanup_fd int at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(at >= 0);
        make_site(at);
        start(&servers[0], "plain");
        start(&servers[1], "proxied");
        CHECK(atexit(stop) == 0);
}

int server_within_connect(bool behind_proxy)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        const struct server_within *server = &servers[behind_proxy];
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        memcpy(address.sun_path, server->socket, strlen(server->socket));
        CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
        CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
        return fd;
}
