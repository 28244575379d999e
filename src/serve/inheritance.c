#include "serve/inheritance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/number.h"
#include "base/text.h"
#include "net/listener.h"

/* "managed workers fd,fd,... pid:control,pid:control,... ticket-keys"; without the last
 * one and the blank before it where there are none. */
#define VARIABLE "SLUICE_INHERITANCE"
#define MANAGER_FIRST_FD 3

static int set_close_on_exec(int fd, bool on)
{
        return fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0) < 0 ? -errno : 0;
}

/* The number at *text, which is moved behind it, and behind separator if that
 * follows; a blank or the end may follow instead. */
static bool take_number(const char **text, char separator, uint64_t *ret)
{
        size_t length = strcspn(*text, " ,:");
        if (number_parse((struct span){*text, length}, ret) < 0 || *ret > INT32_MAX)
                return false;
        char next = (*text)[length];
        *text += length + (next == separator && next != '\0');
        return next == separator || next == ' ' || next == '\0';
}

static bool take_fds(const char **text, struct inheritance *inheritance)
{
        uint64_t fd;
        while (**text != ' ' && **text != '\0') {
                if (inheritance->fd_count == INHERITANCE_FDS_MAX || !take_number(text, ',', &fd) ||
                    set_close_on_exec((int)fd, true) < 0)
                        return false;
                inheritance->fds[inheritance->fd_count++] = (int)fd;
        }
        *text += **text == ' ';
        return true;
}

static bool take_children(const char **text, struct inheritance *inheritance)
{
        uint64_t pid, control;
        while (**text != ' ' && **text != '\0') {
                if (inheritance->child_count == CHILDREN_MAX || !take_number(text, ':', &pid) ||
                    !take_number(text, ',', &control) || set_close_on_exec((int)control, true) < 0)
                        return false;
                inheritance->children[inheritance->child_count++] =
                        (struct child){(pid_t)pid, (int)control};
        }
        return true;
}

static bool take_ticket_keys(const char *text, struct inheritance *inheritance)
{
        uint64_t fd;
        if (*text == '\0')
                return true;
        text++; /* a blank, or there were more children */
        if (!take_number(&text, ' ', &fd) || *text || set_close_on_exec((int)fd, true) < 0)
                return false;
        inheritance->ticket_keys = (int)fd;
        return true;
}

static int read_ours(const char *text, struct inheritance *inheritance)
{
        uint64_t managed, worker_count;
        if (!take_number(&text, ' ', &managed) || !take_number(&text, ' ', &worker_count) ||
            !take_fds(&text, inheritance) || !take_children(&text, inheritance) ||
            !take_ticket_keys(text, inheritance))
                return -EINVAL;
        inheritance->executed = true;
        inheritance->managed = managed != 0;
        inheritance->worker_count = (size_t)worker_count;
        return 0;
}

/* sd_listen_fds(3): for this process only if it says so. */
static void read_manager(struct inheritance *inheritance)
{
        const char *pid_text = getenv("LISTEN_PID"), *count_text = getenv("LISTEN_FDS");
        uint64_t pid, count;

        if (!pid_text || !count_text || number_parse(span_of(pid_text), &pid) < 0 ||
            number_parse(span_of(count_text), &count) < 0 || pid != (uint64_t)getpid() ||
            count == 0 || count > INHERITANCE_FDS_MAX)
                return;
        for (int fd = MANAGER_FIRST_FD; fd < MANAGER_FIRST_FD + (int)count; fd++)
                if (set_close_on_exec(fd, true) == 0)
                        inheritance->fds[inheritance->fd_count++] = fd;
        inheritance->managed = inheritance->fd_count > 0;
}

int inheritance_read(struct inheritance *ret_inheritance)
{
        struct inheritance inheritance = {.ticket_keys = -1};
        const char *text = getenv(VARIABLE);
        int r = 0;

        inheritance.fds = calloc(INHERITANCE_FDS_MAX, sizeof(inheritance.fds[0]));
        if (!inheritance.fds)
                return -ENOMEM;
        if (text)
                r = read_ours(text, &inheritance);
        else
                read_manager(&inheritance);
        (void)unsetenv(VARIABLE);
        (void)unsetenv("LISTEN_PID");
        (void)unsetenv("LISTEN_FDS");
        (void)unsetenv("LISTEN_FDNAMES");
        if (r < 0) {
                free(inheritance.fds);
                return r;
        }
        *ret_inheritance = inheritance;
        return 0;
}

static int pass(const struct inheritance *inheritance, bool on)
{
        int r = 0;
        for (size_t i = 0; i < inheritance->fd_count && r == 0; i++)
                if (inheritance->fds[i] >= 0)
                        r = set_close_on_exec(inheritance->fds[i], !on);
        for (size_t i = 0; i < inheritance->child_count && r == 0; i++)
                r = set_close_on_exec(inheritance->children[i].control, !on);
        if (inheritance->ticket_keys >= 0 && r == 0)
                r = set_close_on_exec(inheritance->ticket_keys, !on);
        return r;
}

int inheritance_write(const struct inheritance *inheritance)
{
        struct text text = {0};
        const char *comma = "";

        text_printf(&text, "%d %zu ", inheritance->managed, inheritance->worker_count);
        for (size_t i = 0; i < inheritance->fd_count; i++) {
                if (inheritance->fds[i] < 0)
                        continue;
                text_printf(&text, "%s%d", comma, inheritance->fds[i]);
                comma = ",";
        }
        text_puts(&text, " ");
        for (size_t i = 0; i < inheritance->child_count; i++)
                text_printf(&text, "%s%d:%d", i > 0 ? "," : "", (int)inheritance->children[i].pid,
                            inheritance->children[i].control);
        if (inheritance->ticket_keys >= 0)
                text_printf(&text, " %d", inheritance->ticket_keys);
        text_append(&text, (struct span){"", 1});

        int r = text.failed ? -ENOMEM : pass(inheritance, true);
        if (r == 0 && setenv(VARIABLE, text.data, 1) < 0)
                r = -errno;
        text_done(&text);
        return r;
}

void inheritance_keep(const struct inheritance *inheritance)
{
        (void)unsetenv(VARIABLE);
        (void)!pass(inheritance, false);
}

static bool same_host(const struct address *a, const struct address *b)
{
        char host_a[ADDRESS_TEXT_SIZE], host_b[ADDRESS_TEXT_SIZE];
        if (a->storage.ss_family != b->storage.ss_family)
                return false;
        if (address_is_unix(a))
                return strcmp(address_url(a, "http", host_a), address_url(b, "http", host_b)) == 0;
        return strcmp(address_host(a, host_a), address_host(b, host_b)) == 0;
}

int inheritance_take(struct inheritance *inheritance, struct address *address, bool any_port)
{
        struct address found;
        for (size_t i = 0; i < inheritance->fd_count; i++) {
                if (inheritance->fds[i] < 0 || listener_address(inheritance->fds[i], &found) < 0 ||
                    !same_host(&found, address) ||
                    (!any_port && address_port(&found) != address_port(address)))
                        continue;
                *address = found;
                return fd_take(&inheritance->fds[i]);
        }
        return -1;
}

void inheritance_close_rest(struct inheritance *inheritance)
{
        for (size_t i = 0; i < inheritance->fd_count; i++)
                fd_close(&inheritance->fds[i]);
}

void inheritance_done(struct inheritance *inheritance)
{
        inheritance_close_rest(inheritance);
        free(inheritance->fds);
        inheritance->fds = NULL;
        inheritance->fd_count = 0;
}
