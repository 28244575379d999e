#include "lab/step_sizes.h"

#include <errno.h>
#include <stdlib.h>

#include "lab/link.h"
#include "lab/plan.h"
#include "lab/sender.h"

#define FIRST_BYTES (UINT64_C(256) << 10)

struct bench {
        struct link link;
        struct sender *senders[STEP_SIZES];
};

static int start(struct bench *bench, const struct step_size *sizes, const struct source *source,
                 const struct lab_environment *environment)
{
        const char *why_not;
        int r = link_open(&bench->link, LAB_LOOPBACK, NULL, environment->receiver_core, &why_not);

        for (size_t i = 0; r == 0 && i < STEP_SIZES; i++) {
                const struct sender_plan plan = {
                        .setting = sizes[i].figures.setting,
                        .source = source,
                        .address = &bench->link.address,
                        .congestion = environment->congestion,
                        .core = environment->sender_core,
                        .namespace_fd = -1,
                        .turn_bytes = sizes[i].bytes,
                };
                r = sender_start(&bench->senders[i], &plan);
        }
        return r;
}

static int measure_once(struct bench *bench, struct step_size *size, struct sender *sender,
                        bool is_kept)
{
        const struct lab_setting *setting = &size->figures.setting;
        const struct protocol_job job = {
                .connections = setting->connections,
                .transfers = 1,
                .size_bytes = setting->size_bytes,
                .discard = true,
        };
        struct sender_reply reply;
        struct protocol_result result;

        int r = link_send_job(&bench->link, &job);
        if (r == 0)
                r = sender_begin(sender, 1, false);
        if (r == 0)
                r = sender_end(sender, &reply);
        if (r == 0)
                r = link_read_result(&bench->link, &result);
        if (r == 0)
                r = reply.error < 0 ? reply.error : result.error;
        if (r < 0 || !is_kept)
                return r;
        reply.sample.wall_ns = result.wall_ns;
        return results_add_sample(&size->figures, &reply.sample);
}

static int measure_all(struct bench *bench, struct step_size *sizes, uint32_t runs, uint64_t seed)
{
        uint32_t order[STEP_SIZES];
        int r = 0;

        /* The first round warms up. */
        for (uint32_t run = 0; r == 0 && run <= runs; run++) {
                plan_shuffle(order, STEP_SIZES, &seed);
                for (size_t i = 0; r == 0 && i < STEP_SIZES; i++)
                        r = measure_once(bench, &sizes[order[i]], bench->senders[order[i]],
                                         run > 0);
        }
        return r;
}

int step_sizes_measure(struct step_size ret[static STEP_SIZES], const struct source *source,
                       const struct lab_environment *environment, uint32_t runs, uint64_t seed)
{
        struct bench bench = {.link = {.control_fd = -1, .namespace_fd = -1}};

        for (size_t i = 0; i < STEP_SIZES; i++)
                ret[i] = (struct step_size){
                        .bytes = FIRST_BYTES << i,
                        .figures.setting =
                                {
                                        .method = "sendfile",
                                        .size_bytes = STEP_SIZES_SOURCE_BYTES,
                                        .connections = STEP_SIZES_CONNECTIONS,
                                        .receiver = LAB_DISCARD,
                                },
                };
        int r = start(&bench, ret, source, environment);
        if (r == 0)
                r = measure_all(&bench, ret, runs, seed);
        for (size_t i = 0; i < STEP_SIZES; i++)
                sender_stop(bench.senders[i]);
        link_close(&bench.link);
        if (r < 0)
                step_sizes_done(ret);
        return r;
}

void step_sizes_done(struct step_size sizes[static STEP_SIZES])
{
        for (size_t i = 0; i < STEP_SIZES; i++) {
                free(sizes[i].figures.samples);
                sizes[i].figures.samples = NULL;
        }
}
