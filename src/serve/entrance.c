#include "serve/entrance.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "net/listener.h"
#include "serve/connection.h"
#include "serve/error_log.h"
#include "serve/worker.h"

/* Since when nobody has come for nobody to be expected just now. */
#define QUIET_NS NS_PER_S

static void set_deadline(struct entrance *entrance, struct deadline *deadline,
                         enum deadline_kind kind)
{
        struct loop *loop = entrance->worker->loop;
        deadline_set(loop_deadlines(loop), deadline, kind, loop_now_ns(loop));
}

static void pause_accepting(struct entrance *entrance)
{
        for (size_t i = 0; i < entrance->acceptor_count; i++)
                loop_accept_stop(entrance->worker->loop, &entrance->acceptors[i]);
}

static void resume_accepting(struct entrance *entrance)
{
        for (size_t i = 0; i < entrance->acceptor_count; i++)
                loop_accept_resume(entrance->worker->loop, &entrance->acceptors[i]);
}

/* Pacing timers cost loopback two thirds of its throughput: a peer on this host
 * is not paced (KERNEL 7 of the design notes; measured in docs/PERFORMANCE.md). */
static void choose_congestion(const struct service *service, int fd, const struct address *peer)
{
        if (service->unpaced && !address_is_unix(peer) && address_is_loopback(peer))
                (void)setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, service->unpaced,
                                 (socklen_t)strlen(service->unpaced));
}

static void turn_away(struct entrance *entrance, int *fd, const struct address *peer,
                      const char *why)
{
        uint64_t now_ns = loop_now_ns(entrance->worker->loop);
        metrics_add(&entrance->worker->metrics.refused, 1);
        error_log_turned_away(entrance->worker, peer, why);
        refuse(&entrance->refusals, fd, now_ns);
        if (entrance->refusals_end.at_ns == 0)
                deadline_set(loop_deadlines(entrance->worker->loop), &entrance->refusals_end,
                             DEADLINE_LINGER, now_ns);
}

/* Into the place that was taken for it. */
static void let_in(struct entrance *entrance, int fd, const struct address *peer, bool redirects)
{
        choose_congestion(entrance->worker->service, fd, peer);
        int r = connection_open(entrance->worker, &fd, peer, redirects);
        if (r == -EUSERS)
                turn_away(entrance, &fd, peer, ADMISSION_TOO_MANY);
        /* Without memory for it, the peer learns at once. */
        if (r < 0)
                admission_give_place(entrance->worker->service->admission);
        else
                metrics_add(&entrance->worker->metrics.connections_accepted, 1);
}

/* Until a place is free: one that another worker frees is not told. */
static void wait_for_place(struct entrance *entrance)
{
        pause_accepting(entrance);
        deadline_set(loop_deadlines(entrance->worker->loop), &entrance->again, DEADLINE_ACCEPT,
                     loop_now_ns(entrance->worker->loop));
}

static void accepted(struct acceptor *acceptor, int fd, const struct address *peer)
{
        struct entrance *entrance = acceptor->context;
        struct admission *admission = entrance->worker->service->admission;
        bool redirects = (size_t)(acceptor - entrance->acceptors) >= entrance->secure_count;

        entrance->accepted_ns = loop_now_ns(entrance->worker->loop);
        if (admission_take_place(admission)) {
                let_in(entrance, fd, peer, redirects);
        } else if (entrance->refuses) {
                turn_away(entrance, &fd, peer, "there are --max-connections already");
        } else {
                /* Another worker was faster. */
                entrance->waiting_fd = fd;
                entrance->waiting_peer = *peer;
                entrance->waiting_redirects = redirects;
        }
        if (entrance->waiting_fd >= 0 || (!entrance->refuses && admission_is_full(admission)))
                wait_for_place(entrance);
}

static void try_accepting(struct entrance *entrance)
{
        struct admission *admission = entrance->worker->service->admission;

        deadline_clear(loop_deadlines(entrance->worker->loop), &entrance->again);
        if (entrance->waiting_fd >= 0 && admission_take_place(admission))
                let_in(entrance, fd_take(&entrance->waiting_fd), &entrance->waiting_peer,
                       entrance->waiting_redirects);
        if (!entrance->refuses && (entrance->waiting_fd >= 0 || admission_is_full(admission)))
                wait_for_place(entrance);
        else if (entrance->doors.at_ns == 0)
                resume_accepting(entrance);
}

static void starved(struct acceptor *acceptor, int error)
{
        struct entrance *entrance = acceptor->context;
        (void)error;
        metrics_add(&entrance->worker->metrics.starved, 1);
        worker_make_room(entrance->worker);
        refuse_waiting(&entrance->refusals, acceptor->fd);
        deadline_set(loop_deadlines(entrance->worker->loop), &entrance->again, DEADLINE_ACCEPT,
                     loop_now_ns(entrance->worker->loop));
}

void entrance_init(struct entrance *entrance, struct worker *worker, int listeners[],
                   size_t listener_count, size_t secure_count)
{
        const struct service *service = worker->service;

        *entrance = (struct entrance){.worker = worker, .waiting_fd = -1};
        for (size_t i = 0; i < listener_count; i++)
                entrance->acceptors[i] = (struct acceptor){
                        .fd = fd_take(&listeners[i]),
                        .paused = true,
                        .context = entrance,
                        .accepted = accepted,
                        .starved = starved,
                };
        entrance->acceptor_count = listener_count;
        entrance->secure_count = secure_count;
        entrance->refuses = strcmp(service->options->overload, "refuse") == 0;
        refusals_init(&entrance->refusals, entrance->refuses, service->tls != NULL);
        for (size_t i = 0; i < listener_count; i++)
                listener_limit_rate(entrance->acceptors[i].fd, service->options->limit_rate);
}

void entrance_done(struct entrance *entrance)
{
        for (size_t i = 0; i < entrance->acceptor_count; i++)
                fd_close(&entrance->acceptors[i].fd);
        fd_close(&entrance->waiting_fd);
        refusals_done(&entrance->refusals);
}

int entrance_open(struct entrance *entrance)
{
        int r = 0;
        for (size_t i = 0; i < entrance->acceptor_count && r == 0; i++)
                r = loop_accept(entrance->worker->loop, &entrance->acceptors[i]);
        return r;
}

void entrance_close(struct entrance *entrance)
{
        struct deadlines *deadlines = loop_deadlines(entrance->worker->loop);

        pause_accepting(entrance);
        for (size_t i = 0; i < entrance->acceptor_count; i++)
                fd_close(&entrance->acceptors[i].fd);
        deadline_clear(deadlines, &entrance->doors);
        /* Whoever was accepted already is not to suffer from a reload. */
        if (entrance->waiting_fd < 0)
                deadline_clear(deadlines, &entrance->again);
}

void entrance_give_up(struct entrance *entrance)
{
        fd_close(&entrance->waiting_fd);
        entrance_close(entrance);
}

static void accept_last(struct entrance *entrance)
{
        const struct admission *admission = entrance->worker->service->admission;
        for (size_t i = 0; i < entrance->acceptor_count && !admission_is_full(admission); i++)
                loop_accept_last(entrance->worker->loop, &entrance->acceptors[i]);
        pause_accepting(entrance);
}

void entrance_drain(struct entrance *entrance)
{
        accept_last(entrance);
        entrance_close(entrance);
}

void entrance_let_in_last(struct entrance *entrance)
{
        if (entrance->lent) {
                entrance_close(entrance);
                return;
        }
        for (size_t i = 0; i < entrance->acceptor_count; i++)
                listener_close_doors(entrance->acceptors[i].fd);
        accept_last(entrance);
        bool quiet = loop_now_ns(entrance->worker->loop) - entrance->accepted_ns >= QUIET_NS;
        if (quiet && LIST_EMPTY(&entrance->worker->connections))
                entrance_close(entrance);
        else
                set_deadline(entrance, &entrance->doors, DEADLINE_DOORS);
}

bool entrance_is_empty(const struct entrance *entrance)
{
        return entrance->waiting_fd < 0 && entrance->doors.at_ns == 0;
}

void entrance_place_given(struct entrance *entrance)
{
        if (entrance->again.at_ns != 0)
                try_accepting(entrance);
}

bool entrance_expired(struct entrance *entrance, const struct deadline *deadline)
{
        if (deadline == &entrance->again) {
                try_accepting(entrance);
        } else if (deadline == &entrance->doors) {
                accept_last(entrance);
                entrance_close(entrance);
        } else if (deadline == &entrance->refusals_end) {
                if (refusals_expire(&entrance->refusals, loop_now_ns(entrance->worker->loop)))
                        set_deadline(entrance, &entrance->refusals_end, DEADLINE_LINGER);
        } else {
                return false;
        }
        return true;
}
