#include "lab/run_case.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

static int fail(struct run *run, const struct lab_setting *setting, int error, const char *why)
{
        char label[LAB_LABEL_SIZE], conditions[LAB_LABEL_SIZE];
        (void)snprintf(run->findings->error, sizeof(run->findings->error), "%s, %.90s: %.90s",
                       setting_label(setting, label), setting_conditions(setting, conditions), why);
        return error;
}

/* The digest that the receiver must find. Neighbours mostly need the same. */
static int expect(struct run *run, const struct lab_setting *setting, uint32_t transfers)
{
        struct lab_setting same = *setting;
        memcpy(same.method, run->expected_for.method, sizeof(same.method));
        same.buffer_bytes = run->expected_for.buffer_bytes;
        same.tls = run->expected_for.tls;
        if (setting_equal(&same, &run->expected_for))
                return 0;
        int r = source_digest(&run->source, setting, transfers, &run->expected_digest);
        if (r == 0)
                run->expected_for = *setting;
        return r;
}

static uint64_t bytes_of(const struct run_case *one)
{
        return one->plan.setting.size_bytes * one->transfers * one->plan.setting.connections;
}

/* Sender and receiver, once. The sender's word comes first: when it fails, the
 * receiver sees only an end. */
static int exchange(struct run *run, size_t index, bool hash, struct sender_reply *reply,
                    struct protocol_result *result)
{
        struct run_case *one = &run->cases[index];
        const struct lab_setting *setting = &one->plan.setting;
        const struct link *link = &run->links[setting->path];
        const struct protocol_job job = {
                .connections = setting->connections,
                .transfers = one->transfers,
                .size_bytes = setting->size_bytes,
                .discard = setting->receiver == LAB_DISCARD && !hash,
                .hash = hash,
                .tls = setting->tls != LAB_PLAIN,
        };

        /* Reading a file into the page cache takes time that a run must reckon with. */
        uint64_t began = clock_monotonic_ns();
        int r = source_set_cache(&run->source, setting->cache, bytes_of(one));
        if (r < 0)
                return fail(run, setting, r, "the page cache cannot be prepared");
        r = link_send_job(link, &job);
        if (r == 0)
                r = sender_begin(one->sender, one->transfers, hash);
        if (r == 0)
                r = sender_end(one->sender, reply);
        if (r < 0)
                return fail(run, setting, r, strerror(-r));
        r = link_read_result(link, result);
        one->run_ns = clock_monotonic_ns() - began;
        if (reply->error < 0 && !reply->unsupported)
                return fail(run, setting, reply->error, reply->text);
        if (r < 0)
                return fail(run, setting, r, "the receiver is gone");
        if (reply->unsupported)
                return -EOPNOTSUPP;
        if (result->error < 0)
                return fail(run, setting, result->error, strerror(-result->error));
        return 0;
}

static int check_bytes(struct run *run, const struct lab_setting *setting,
                       const struct sender_reply *reply, const struct protocol_result *result,
                       uint64_t wanted, bool hashed)
{
        if (result->received_bytes == wanted &&
            reply->sample.counters[SLUICE_BYTES_SENT] == wanted &&
            (!hashed || result->digest == run->expected_digest))
                return 0;
        run->findings->bytes_differ = true;
        return fail(run, setting, -EBADMSG,
                    hashed ? "the receiver got other bytes than were sent"
                           : "the receiver got fewer bytes than were sent");
}

int run_case_prepare(struct run *run, size_t index, char why_not[static LAB_TEXT_SIZE])
{
        struct run_case *one = &run->cases[index];
        const struct lab_setting *setting = &one->plan.setting;
        struct sender_reply reply;
        struct protocol_result result;

        int r = expect(run, setting, one->transfers);
        if (r == 0)
                r = sender_start(&one->sender, &one->plan);
        if (r < 0)
                return fail(run, setting, r, strerror(-r));
        r = exchange(run, index, true, &reply, &result);
        if (r == -EOPNOTSUPP)
                (void)snprintf(why_not, LAB_TEXT_SIZE, "%s", reply.text);
        if (r == 0)
                r = check_bytes(run, setting, &reply, &result, bytes_of(one), true);
        if (r == 0 && reply.counts_differ) {
                run->findings->counts_differ = true;
                (void)fail(run, setting, 0, reply.text);
        }
        if (r == 0 && run->check_counts && !reply.counts_checked)
                run->check_counts = false;
        return r;
}

int run_case_measure(struct run *run, size_t index)
{
        struct run_case *one = &run->cases[index];
        struct sender_reply reply;
        struct protocol_result result;

        int r = exchange(run, index, false, &reply, &result);
        one->spent_ns += one->run_ns;
        if (r == 0)
                r = check_bytes(run, &one->plan.setting, &reply, &result, bytes_of(one), false);
        if (r < 0)
                return r;
        reply.sample.order = run->next_order++;
        reply.sample.wall_ns = result.wall_ns;
        if (result.first_bytes > 0)
                reply.sample.first_byte_ns = result.first_byte_ns / result.first_bytes;
        return results_add_sample(&run->results->cases[index], &reply.sample);
}

void run_case_note(struct run *run, size_t index)
{
        struct lab_case *one = &run->results->cases[index];
        uint64_t sent = 0, copied = 0;

        for (size_t i = 0; i < one->sample_count; i++) {
                sent += one->samples[i].counters[SLUICE_BYTES_SENT];
                copied += one->samples[i].counters[SLUICE_BYTES_COPIED_BY_KERNEL];
        }
        if (copied > 0 && copied == sent)
                (void)snprintf(one->note, sizeof(one->note),
                               "the kernel copied all bytes on this path, although asked not to");
        else if (copied > 0)
                (void)snprintf(one->note, sizeof(one->note),
                               "the kernel copied %.0f %% of the bytes on this path, although "
                               "asked not to",
                               100.0 * (double)copied / (double)sent);
}

void run_case_done(struct run_case *one)
{
        sender_stop(one->sender);
        one->sender = NULL;
}
