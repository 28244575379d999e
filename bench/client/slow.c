/* Readers that take their time: each takes a gulp four times a second, spread
 * evenly, so that the server sees small steady room in every socket. */
#include <errno.h>
#include <time.h>

#include "base/clock.h"
#include "client/load.h"

#define GULPS_PER_S 4
#define TICKS_PER_GULP 25

static int ask_all(struct load *load)
{
        for (size_t i = 0; i < load->options->connections; i++) {
                struct order order = targets_next(&load->targets, load->options->range);
                int r = connection_ask(&load->connections[i], order, clock_monotonic_ns());
                if (r < 0)
                        return r;
                load->connections[i].verify = load->options->verify_every > 0;
        }
        return 0;
}

static void gulp(struct load *load, size_t index)
{
        struct connection *connection = &load->connections[index];
        uint64_t left = load->options->rate / GULPS_PER_S;
        while (left > 0 && connection->fd >= 0) {
                const char *why = "the connection ended early";
                uint64_t bytes;
                enum received received =
                        connection_receive(connection, &load->intake, left, &bytes, &why);
                load->tally->bytes += bytes;
                left -= bytes < left ? bytes : left;
                if (received == RECEIVED_SOME) {
                        if (bytes == 0)
                                break;
                        continue;
                }
                load->tally->answers += received == RECEIVED_WHOLE;
                load->tally->wrong += received != RECEIVED_WHOLE;
                if (received != RECEIVED_WHOLE && !load->tally->first_wrong)
                        load->tally->first_wrong = why;
                connection_close(connection);
        }
}

int load_run_slow(struct load *load, uint64_t duration_ms, struct tally *tally)
{
        load->tally = tally;
        bool begun = false;
        for (size_t i = 0; i < load->options->connections; i++)
                begun = begun || load->connections[i].state != CONNECTION_IDLE;
        int r = begun ? 0 : ask_all(load);
        if (r < 0)
                return r;

        uint64_t tick_ns = NS_PER_S / GULPS_PER_S / TICKS_PER_GULP;
        uint64_t start_ns = clock_monotonic_ns();
        uint64_t ticks = duration_ms * NS_PER_MS / tick_ns;
        for (uint64_t tick = 0; tick < ticks; tick++) {
                for (size_t i = tick % TICKS_PER_GULP; i < load->options->connections;
                     i += TICKS_PER_GULP)
                        gulp(load, i);
                uint64_t due_ns = start_ns + (tick + 1) * tick_ns;
                struct timespec due = {
                        .tv_sec = (time_t)(due_ns / NS_PER_S),
                        .tv_nsec = (long)(due_ns % NS_PER_S),
                };
                (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
        }
        tally->elapsed_ns = clock_monotonic_ns() - start_ns;
        return 0;
}
