#include "serve/keeper_state.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "serve/complaint.h"
#include "serve/control.h"
#include "serve/endpoints_complaint.h"
#include "serve/secure.h"
#include "serve/server.h"

int keeper_open_endpoints(struct keeper *keeper)
{
        const struct serve_options *options = keeper->options;
        const char *congestion = endpoints_congestion(options);
        /* A person sees the new port in the banner; a script would not. */
        bool next_port = !options->port_given && keeper->on_terminal;
        const char *culprit = NULL;

        int r = endpoints_open(&keeper->endpoints, options, &keeper->inheritance, congestion,
                               next_port, &culprit);
        return r < 0 ? endpoints_complain(options, culprit, congestion, r) : 0;
}

int keeper_open_ticket_keys(struct keeper *keeper)
{
        if (keeper->inheritance.ticket_keys < 0 && !secure_is_wanted(keeper->options))
                return 0;
        int r = ticket_keys_keep(&keeper->ticket_keys, &keeper->inheritance.ticket_keys);
        return r < 0 ? server_complain("cannot keep the tickets' keys", NULL, r) : 0;
}

int keeper_ticket_keys(const struct keeper *keeper)
{
        return keeper->ticket_keys ? ticket_keys_fd(keeper->ticket_keys) : -1;
}

int keeper_open_logs(const struct keeper *keeper, int ret_logs[static LOG_STREAMS])
{
        const char *culprit;
        int r = log_files_open(keeper->options, ret_logs, &culprit);
        if (r < 0)
                complaint_write(keeper->options, "cannot open the log '%s': %s", culprit,
                                log_files_error(r));
        return r;
}

int keeper_start_child(struct keeper *keeper)
{
        struct inheritance *inheritance = &keeper->inheritance;
        int control[2], logs[LOG_STREAMS];

        if (inheritance->child_count == CHILDREN_MAX)
                return server_complain("too many processes still finish", NULL, -EAGAIN);
        int r = keeper_open_logs(keeper, logs);
        if (r < 0)
                return r;
        r = control_open(control);
        if (r < 0) {
                log_files_close(logs);
                return server_complain("cannot start", NULL, r);
        }
        pid_t pid = fork();
        if (pid == 0) {
                for (size_t i = 0; i < inheritance->child_count; i++)
                        fd_close(&inheritance->children[i].control);
                fd_close(&control[0]);
                fd_close(&keeper->signals);
                inheritance_close_rest(inheritance);
                /* A terminal's goes to both by itself. */
                (void)signal(SIGINT, SIG_IGN);
                int code = server_run(keeper->options, &keeper->endpoints, logs, control[1],
                                      keeper_ticket_keys(keeper));
                inheritance_done(inheritance);
                exit(code);
        }
        r = pid < 0 ? -errno : 0;
        fd_close(&control[1]);
        log_files_close(logs);
        if (r < 0) {
                fd_close(&control[0]);
                return server_complain("cannot start", NULL, r);
        }
        keeper->ready = false;
        inheritance->children[inheritance->child_count++] = (struct child){pid, control[0]};
        return 0;
}
