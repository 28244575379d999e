#include "serve/keeper.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "serve/complaint.h"
#include "serve/control.h"
#include "serve/execute.h"
#include "serve/keeper_state.h"
#include "serve/log_files.h"
#include "serve/notify.h"
#include "serve/pid_file.h"
#include "serve/server.h"
#include "serve/signals.h"

/* For a process that ends with nothing more to do, and how often it is looked at. */
#define LEAVE_MS 500
#define LEAVE_LOOKS 50

static struct child *newest(struct keeper *keeper)
{
        return &keeper->inheritance.children[keeper->inheritance.child_count - 1];
}

/* ---- Stopping ---- */

static void tell(const struct child *child, enum control_message message)
{
        /* Who does not listen has ended or is about to. */
        (void)!control_send(child->control, message, NULL, 0);
}

static void stop(struct keeper *keeper)
{
        keeper->stopping = true;
        notify("STOPPING=1");
        endpoints_remove(&keeper->endpoints);
        endpoints_close(&keeper->endpoints);
        for (size_t i = 0; i < keeper->inheritance.child_count; i++)
                tell(&keeper->inheritance.children[i], CONTROL_STOP);
}

/* Stops because of the newest process. How former ones end then changes nothing. */
static void fail(struct keeper *keeper, int code)
{
        stop(keeper);
        keeper->failed = true;
        keeper->exit_code = code;
}

static void leave_with(struct keeper *keeper, int code)
{
        if (!keeper->failed)
                keeper->exit_code = code;
}

static int code_of(const struct keeper *keeper, int status)
{
        if (WIFEXITED(status))
                return WEXITSTATUS(status);
        complaint_write(keeper->options, "the serving process was killed by signal %d (%s)",
                        WTERMSIG(status), strsignal(WTERMSIG(status)));
        return EXIT_FAILURE;
}

/* A signal that came while nothing could be done about it. */
static void act_on_waiting(struct keeper *keeper)
{
        if (keeper->waiting_signal)
                (void)raise(keeper->waiting_signal);
        keeper->waiting_signal = 0;
}

/* The sockets are still ours, and whoever connects meanwhile waits in them. */
static void replace_dead(struct keeper *keeper, int code, bool killed)
{
        if (!killed)
                complaint_write(keeper->options, "the serving process has ended by itself (%d)",
                                code);
        if (!restarts_allow(&keeper->restarts, clock_monotonic_ns())) {
                complaint_write(keeper->options,
                                "more than %d serving processes have died within %d s: gives up",
                                RESTARTS_MAX, RESTARTS_S);
        } else {
                complaint_write(keeper->options, "starts another serving process");
                notify("STATUS=The serving process has died; another one starts");
                if (keeper_start_child(keeper) == 0)
                        return;
        }
        fail(keeper, code ? code : EXIT_FAILURE);
}

/* The newest has ended. It was to, or it could not begin, or it should not have. */
static void newest_ended(struct keeper *keeper, int code, bool killed)
{
        if (keeper->stopping) {
                leave_with(keeper, code);
        } else if (!keeper->ready && keeper->former_serves && keeper->inheritance.child_count > 0) {
                complaint_write(keeper->options, "goes on as it was");
                keeper->ready = true;
                keeper->former_serves = false;
                notify("READY=1");
                act_on_waiting(keeper);
        } else if (keeper->ready || (keeper->has_served && killed)) {
                replace_dead(keeper, code, killed);
        } else {
                fail(keeper, code);
        }
}

static void reap(struct keeper *keeper)
{
        struct inheritance *inheritance = &keeper->inheritance;
        int status;
        pid_t pid;

        while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
                size_t i = 0;
                while (i < inheritance->child_count && inheritance->children[i].pid != pid)
                        i++;
                if (i == inheritance->child_count)
                        continue;
                int code = code_of(keeper, status);
                bool was_newest = i + 1 == inheritance->child_count;
                fd_close(&inheritance->children[i].control);
                inheritance->child_count--;
                memmove(&inheritance->children[i], &inheritance->children[i + 1],
                        (inheritance->child_count - i) * sizeof(inheritance->children[0]));
                if (was_newest)
                        newest_ended(keeper, code, WIFSIGNALED(status));
        }
}

/* Its threads may wait for a disk in a way that the kernel does not interrupt, and
 * then it ends when that disk answers, if ever. */
static void see_off(struct keeper *keeper)
{
        const struct timespec pause = {.tv_nsec = LEAVE_MS / LEAVE_LOOKS * NS_PER_MS};
        const pid_t pid = newest(keeper)->pid;

        for (int i = 0; i < LEAVE_LOOKS; i++) {
                reap(keeper);
                if (keeper->inheritance.child_count == 0 || newest(keeper)->pid != pid)
                        return;
                (void)nanosleep(&pause, NULL);
        }
        complaint_write(keeper->options,
                        "process %d has not ended, perhaps for a disk that does not answer: not "
                        "waited for",
                        (int)pid);
        fd_close(&newest(keeper)->control);
        keeper->inheritance.child_count--;
        leave_with(keeper, EXIT_SUCCESS);
}

/* ---- Logs ---- */

static void reopen_logs(struct keeper *keeper)
{
        int logs[LOG_STREAMS], kept[LOG_STREAMS];
        size_t count = 0;

        if (keeper_open_logs(keeper, logs) < 0)
                return;
        for (int i = 0; i < LOG_STREAMS; i++)
                if (logs[i] >= 0)
                        kept[count++] = logs[i];
        for (size_t i = 0; i < keeper->inheritance.child_count && count > 0; i++)
                (void)!control_send(keeper->inheritance.children[i].control, CONTROL_LOGS, kept,
                                    count);
        log_files_close(logs);
}

/* ---- Another program ---- */

/* Comes back only if it cannot be done. */
static void replace(struct keeper *keeper, int number)
{
        struct inheritance *inheritance = &keeper->inheritance;
        const size_t first_own = inheritance->fd_count;

        const int errors = complaint_open();
        const bool is_right = execute_check(number == SIGUSR2, errors);
        complaint_take(keeper->options, errors);
        if (!is_right) {
                complaint_write(keeper->options, "goes on as it was");
                return;
        }
        notify_reloading();
        endpoints_lend(&keeper->endpoints, inheritance);
        inheritance->ticket_keys = keeper_ticket_keys(keeper);
        int r = inheritance_write(inheritance);
        if (r == 0)
                r = execute_again(number == SIGUSR2);
        inheritance_keep(inheritance);
        inheritance->ticket_keys = -1;
        inheritance->fd_count = first_own;
        complaint_write(keeper->options, "cannot execute the program again: %s", strerror(-r));
        notify("READY=1");
}

/* ---- Watching ---- */

/* The terminal is gone, rather than a new configuration there. */
static bool is_hangup(const struct keeper *keeper, const struct signalfd_siginfo *info)
{
        return info->ssi_code == SI_KERNEL || (keeper->on_terminal && !isatty(STDERR_FILENO));
}

static void handle_signal(struct keeper *keeper, int number, bool passed_on)
{
        if (number != SIGCHLD &&
            signals_is_same(&keeper->last, number, passed_on, clock_monotonic_ns()))
                return;
        switch (number) {
        case SIGCHLD:
                reap(keeper);
                break;
        case SIGINT:
        case SIGTERM:
                stop(keeper);
                break;
        case SIGUSR1:
                reopen_logs(keeper);
                break;
        case SIGHUP:
        case SIGUSR2:
                if (!keeper->stopping && keeper->ready)
                        replace(keeper, number);
                else
                        keeper->waiting_signal = number;
                break;
        default:
                break;
        }
}

static void handle_control(struct keeper *keeper)
{
        int fds[CONTROL_FDS_MAX];
        size_t count;

        enum control_message message = control_receive(newest(keeper)->control, fds, &count);
        switch (message) {
        case CONTROL_READY:
                keeper->ready = true;
                if (keeper->has_served && !keeper->former_serves)
                        notify("STATUS=Serves again");
                keeper->has_served = true;
                /* Of addresses that are no longer served; until now the former process
                 * might have been the one to go on. */
                inheritance_close_rest(&keeper->inheritance);
                for (size_t i = 0; i + 1 < keeper->inheritance.child_count; i++)
                        tell(&keeper->inheritance.children[i], CONTROL_DRAIN);
                keeper->former_serves = false;
                notify_ready();
                act_on_waiting(keeper);
                break;
        case CONTROL_ALIVE:
                notify("WATCHDOG=1");
                break;
        case CONTROL_LEAVE:
                if (keeper->stopping)
                        see_off(keeper);
                break;
        case CONTROL_END:
                fd_close(&newest(keeper)->control);
                break;
        default:
                handle_signal(keeper, signals_passed_on(message), true);
                break;
        }
}

/* Renews the tickets' keys when it is time; how long there is nothing to do, in ms. */
static int patience(const struct keeper *keeper, int watchdog_ms)
{
        if (!keeper->ticket_keys)
                return watchdog_ms;
        int ms = ticket_keys_renew(keeper->ticket_keys, (long)(clock_coarse_ns() / NS_PER_S));
        return watchdog_ms >= 0 && watchdog_ms < ms ? watchdog_ms : ms;
}

static void read_signal(struct keeper *keeper)
{
        struct signalfd_siginfo info;

        if (read(keeper->signals, &info, sizeof(info)) != sizeof(info))
                return;
        bool hangup = info.ssi_signo == SIGHUP && is_hangup(keeper, &info);
        handle_signal(keeper, hangup ? SIGTERM : (int)info.ssi_signo, false);
}

static void watch(struct keeper *keeper)
{
        const int watchdog_ms = notify_watchdog_ms();

        while (keeper->inheritance.child_count > 0) {
                struct pollfd wait[] = {
                        {.fd = keeper->signals, .events = POLLIN},
                        {.fd = newest(keeper)->control, .events = POLLIN},
                };
                int n = poll(wait, 2, patience(keeper, watchdog_ms));
                if (n < 0)
                        continue;
                if (n == 0)
                        tell(newest(keeper), CONTROL_PING);
                /* What the child said, before its end. */
                if (wait[1].revents)
                        handle_control(keeper);
                else if (wait[0].revents)
                        read_signal(keeper);
        }
}

int serve_run(const struct serve_options *options)
{
        struct keeper keeper = {
                .options = options,
                .endpoints.admin_fd = -1,
                .signals = -1,
                .on_terminal = isatty(STDERR_FILENO),
                .exit_code = EXIT_FAILURE,
        };

        int r = inheritance_read(&keeper.inheritance);
        if (r < 0)
                return server_complain("cannot take over", NULL, r), EXIT_FAILURE;
        keeper.ready = keeper.former_serves = keeper.has_served = keeper.inheritance.executed;
        r = signals_open(&keeper.signals);
        if (r < 0)
                (void)server_complain("cannot start", NULL, r);
        if (r == 0)
                r = keeper_open_endpoints(&keeper);
        if (r == 0)
                r = keeper_open_ticket_keys(&keeper);
        if (r == 0) {
                r = pid_file_write(options->pid_file);
                if (r == 0 || keeper.inheritance.executed)
                        r = keeper_start_child(&keeper);
        }
        /* A reload that fails leaves the former process serving. */
        if (r < 0 && keeper.inheritance.child_count > 0)
                complaint_write(options, "goes on as it was");
        watch(&keeper);
        pid_file_remove(options->pid_file);
        endpoints_remove(&keeper.endpoints);
        endpoints_close(&keeper.endpoints);
        inheritance_done(&keeper.inheritance);
        ticket_keys_wipe(keeper.ticket_keys);
        ticket_keys_free(keeper.ticket_keys);
        fd_close(&keeper.signals);
        return keeper.exit_code;
}
