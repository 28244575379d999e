#include "client/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "client/wire.h"

#define INTAKE_SIZE ((size_t)256 << 10)
#define RECEIVE_MAX ((size_t)16 << 20)
#define EVENTS 64
/* What was asked in time may still be answered for so long. */
#define GRACE_NS (60 * NS_PER_S)

struct phase {
        uint64_t requests;
        uint64_t deadline_ns;
        uint64_t interval_ns; /* between paced requests; 0: closed loop */
        size_t in_flight;
};

static int connection_watch(struct load *load, size_t index)
{
        int r = connection_open(&load->connections[index], &load->route);
        if (r < 0)
                return r;
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = index};
        if (epoll_ctl(load->epoll_fd, EPOLL_CTL_ADD, load->connections[index].fd, &event) < 0)
                return -errno;
        return 0;
}

int load_open(struct load *load, const struct options *options)
{
        *load = (struct load){.options = options, .epoll_fd = -1};
        int r = targets_load(&load->targets, options->list, options->in_order ? 0 : options->seed);
        if (r < 0)
                return r;
        load->route = (struct route){
                .address = {.sin_family = AF_INET, .sin_port = htons(options->port)},
                .segment = (int)options->segment,
                .window = (int)options->window,
        };
        if (options->tls && !(load->route.tls = wire_new_context()))
                return -ENOMEM;
        if (inet_pton(AF_INET, options->host, &load->route.address.sin_addr) != 1)
                return -EINVAL;
        load->connections = calloc(options->connections, sizeof(*load->connections));
        load->idle = calloc(options->connections, sizeof(*load->idle));
        load->intake = (struct intake){
                .buffer = malloc(INTAKE_SIZE),
                .size = INTAKE_SIZE,
                .discard = options->discard,
        };
        if (!load->connections || !load->idle || !load->intake.buffer)
                return -ENOMEM;
        for (size_t i = 0; i < options->connections; i++)
                load->connections[i].fd = -1;
        load->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        if (load->epoll_fd < 0)
                return -errno;
        for (size_t i = 0; r == 0 && i < options->connections; i++)
                r = connection_watch(load, i);
        return r;
}

void load_close(struct load *load)
{
        for (size_t i = 0; load->connections && i < load->options->connections; i++)
                connection_close(&load->connections[i]);
        SSL_CTX_free(load->route.tls);
        free(load->connections);
        free(load->idle);
        free(load->intake.buffer);
        fd_close(&load->epoll_fd);
        targets_done(&load->targets);
}

static bool may_ask(const struct load *load, const struct phase *phase, uint64_t now_ns)
{
        if (phase->requests && load->asked >= phase->requests)
                return false;
        if (phase->interval_ns)
                return load->next_due_ns < phase->deadline_ns;
        return now_ns < phase->deadline_ns;
}

static int ask(struct load *load, struct phase *phase, size_t index, uint64_t due_ns)
{
        struct connection *connection = &load->connections[index];
        struct order order = targets_next(&load->targets, load->options->range);
        uint64_t every = load->options->verify_every;
        connection->verify = every && load->asked % every == 0;
        load->asked++;

        int r = connection->fd < 0 ? -EPIPE : connection_ask(connection, order, due_ns);
        if (r < 0) { /* closed between two requests, by the server, which may, or by us */
                connection_close(connection);
                load->tally->reconnects += !load->options->once;
                r = connection_watch(load, index);
                if (r == 0)
                        r = connection_ask(connection, order, due_ns);
        }
        if (r == 0)
                phase->in_flight++;
        return r;
}

/* Gives idle connections what is due. */
static int ask_idle(struct load *load, struct phase *phase, uint64_t now_ns)
{
        while (load->idle_count > 0 && may_ask(load, phase, now_ns)) {
                uint64_t due_ns = now_ns;
                if (phase->interval_ns) {
                        if (load->next_due_ns > now_ns)
                                break;
                        due_ns = load->next_due_ns;
                        load->next_due_ns += phase->interval_ns;
                }
                int r = ask(load, phase, load->idle[--load->idle_count], due_ns);
                if (r < 0)
                        return r;
        }
        return 0;
}

static void answer_whole(struct load *load, const struct connection *connection, uint64_t now_ns)
{
        struct tally *tally = load->tally;
        tally->answers++;
        tally->verified += connection->verify;
        histogram_add(&tally->latency_ns, now_ns - connection->asked_ns);
}

static void receive(struct load *load, struct phase *phase, size_t index)
{
        struct connection *connection = &load->connections[index];
        bool asked = connection->state != CONNECTION_IDLE;
        const char *why = "the connection ended early";
        uint64_t bytes;
        enum received received =
                connection_receive(connection, &load->intake, RECEIVE_MAX, &bytes, &why);
        load->tally->bytes += bytes;
        if (received == RECEIVED_SOME)
                return;
        if (received == RECEIVED_WHOLE) {
                answer_whole(load, connection, clock_monotonic_ns());
        } else if (asked || received == RECEIVED_WRONG) {
                load->tally->wrong++;
                if (!load->tally->first_wrong)
                        load->tally->first_wrong = why;
        }
        if (received != RECEIVED_WHOLE || connection->last || load->options->once)
                connection_close(connection);
        if (asked) {
                phase->in_flight--;
                load->idle[load->idle_count++] = index;
        }
}

static struct timespec time_until(uint64_t due_ns, uint64_t now_ns)
{
        uint64_t wait_ns = due_ns > now_ns ? due_ns - now_ns : 0;
        return (struct timespec){
                .tv_sec = (time_t)(wait_ns / NS_PER_S),
                .tv_nsec = (long)(wait_ns % NS_PER_S),
        };
}

static uint64_t wake_ns(const struct load *load, const struct phase *phase, uint64_t now_ns)
{
        if (phase->interval_ns && load->idle_count > 0 && may_ask(load, phase, now_ns))
                return load->next_due_ns;
        if (load->options->hold || now_ns < phase->deadline_ns)
                return phase->deadline_ns;
        return phase->deadline_ns + GRACE_NS;
}

/* Counts what was due and never answered, with the latency it had by now. */
static void give_up(struct load *load, struct phase *phase, uint64_t now_ns)
{
        for (size_t i = 0; i < load->options->connections; i++) {
                struct connection *connection = &load->connections[i];
                if (connection->state == CONNECTION_IDLE)
                        continue;
                load->tally->unanswered++;
                histogram_add(&load->tally->latency_ns, now_ns - connection->asked_ns);
                connection_close(connection);
        }
        while (phase->interval_ns && load->next_due_ns < phase->deadline_ns) {
                load->tally->unanswered++;
                histogram_add(&load->tally->latency_ns, now_ns - load->next_due_ns);
                load->next_due_ns += phase->interval_ns;
        }
}

int load_run(struct load *load, uint64_t requests, uint64_t duration_ms, struct tally *tally)
{
        struct epoll_event events[EVENTS];
        uint64_t pace = load->options->pace;
        uint64_t start_ns = clock_monotonic_ns();
        uint64_t now_ns = start_ns;
        struct phase phase = {
                .requests = requests,
                .deadline_ns = start_ns + duration_ms * NS_PER_MS,
                .interval_ns = pace ? NS_PER_S / pace : 0,
        };
        load->tally = tally;
        load->asked = 0;
        load->next_due_ns = start_ns;
        load->idle_count = 0;
        for (size_t i = load->options->connections; i > 0; i--)
                load->idle[load->idle_count++] = i - 1;

        for (;;) {
                int r = ask_idle(load, &phase, now_ns);
                if (r < 0)
                        return r;
                if (phase.in_flight == 0 && !may_ask(load, &phase, now_ns))
                        break;
                uint64_t end_ns = phase.deadline_ns + (load->options->hold ? 0 : GRACE_NS);
                if (now_ns >= end_ns)
                        break;
                struct timespec wait = time_until(wake_ns(load, &phase, now_ns), now_ns);
                int n = epoll_pwait2(load->epoll_fd, events, EVENTS, &wait, NULL);
                for (int i = 0; i < n; i++)
                        receive(load, &phase, (size_t)events[i].data.u64);
                now_ns = clock_monotonic_ns();
        }
        tally->elapsed_ns = now_ns - start_ns;
        give_up(load, &phase, now_ns);
        return 0;
}
