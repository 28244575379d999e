#include "serve/metrics.h"

#include "base/clock.h"
#include "base/version.h"
#include "serve/response.h"

/* Upper ends of the buckets. */
static const struct {
        uint32_t us;
        const char *seconds;
} buckets[METRICS_BUCKETS] = {
        {50, "0.00005"},  {100, "0.0001"}, {250, "0.00025"}, {500, "0.0005"},  {1000, "0.001"},
        {2500, "0.0025"}, {5000, "0.005"}, {10000, "0.01"},  {50000, "0.05"},  {100000, "0.1"},
        {500000, "0.5"},  {1000000, "1"},  {10000000, "10"}, {60000000, "60"},
};

/* ---- Counting ---- */

void metrics_count_response(struct metrics *metrics, const struct response *response, bool complete)
{
        if ((unsigned)response->status < METRICS_STATUS_MAX)
                metrics_add(&metrics->responses[response->status], 1);
        if (!complete)
                metrics_add(&metrics->responses_incomplete, 1);
        if (response->file ? response->file->body != NULL : response->text.length > 0)
                metrics_add(&metrics->memory_bytes, response->body_sent);
        if (response->began_ns == 0)
                return;

        uint64_t us = (clock_monotonic_ns() - response->began_ns) / NS_PER_US;
        size_t bucket = 0;
        while (bucket < METRICS_BUCKETS && us > buckets[bucket].us)
                bucket++;
        metrics_add(&metrics->latency[bucket], 1);
        metrics_add(&metrics->latency_us, us);
}

static void count_reason(struct metrics *metrics, const sluice_method *method, const char *why)
{
        size_t count = atomic_load_explicit(&metrics->reason_count, memory_order_relaxed), i = 0;
        while (i < count &&
               (metrics->reasons[i].method != method || metrics->reasons[i].why != why))
                i++;
        if (i == METRICS_REASONS)
                return;
        metrics->reasons[i].method = method;
        metrics->reasons[i].why = why;
        metrics_add(&metrics->reasons[i].count, 1);
        if (i == count)
                atomic_store_explicit(&metrics->reason_count, count + 1, memory_order_release);
}

void metrics_count_fallbacks(struct metrics *metrics, const sluice_transfer *transfer)
{
        const sluice_method *method;
        const char *why;
        for (size_t i = 0; (method = sluice_fallback(transfer, i, &why)) != NULL; i++)
                count_reason(metrics, method, why);
}

/* ---- Writing ---- */

struct page {
        struct text *text;
        struct metrics *const *workers;
        size_t count;
};

static uint64_t load(const _Atomic uint64_t *counter)
{
        return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Of all workers, the counter so many bytes into struct metrics. */
static uint64_t sum(const struct page *page, size_t offset)
{
        uint64_t total = 0;
        for (size_t i = 0; i < page->count; i++)
                total += load((const void *)((const char *)page->workers[i] + offset));
        return total;
}

#define SUM(page, member) sum(page, offsetof(struct metrics, member))

static void write_head(const struct page *page, const char *name, const char *type,
                       const char *help)
{
        text_printf(page->text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_responses(const struct page *page)
{
        write_head(page, "sluice_responses_total", "counter", "Responses by status.");
        for (size_t status = 0; status < METRICS_STATUS_MAX; status++) {
                uint64_t count =
                        sum(page, offsetof(struct metrics, responses) + status * sizeof(uint64_t));
                if (count > 0)
                        text_printf(page->text, "sluice_responses_total{status=\"%zu\"} %ju\n",
                                    status, (uintmax_t)count);
        }
}

static void write_latency(const struct page *page)
{
        const char *name = "sluice_response_seconds";
        uint64_t total = 0;

        write_head(page, name, "histogram", "From a request's arrival to its answer's last byte.");
        for (size_t i = 0; i <= METRICS_BUCKETS; i++) {
                total += sum(page, offsetof(struct metrics, latency) + i * sizeof(uint64_t));
                text_printf(page->text, "%s_bucket{le=\"%s\"} %ju\n", name,
                            i < METRICS_BUCKETS ? buckets[i].seconds : "+Inf", (uintmax_t)total);
        }
        uint64_t us = SUM(page, latency_us);
        text_printf(page->text, "%s_sum %ju.%06ju\n%s_count %ju\n", name, (uintmax_t)(us / 1000000),
                    (uintmax_t)(us % 1000000), name, (uintmax_t)total);
}

/* One line a method, of one of libsluice's counters. */
static void write_by_method(const struct page *page, const char *name, const char *help,
                            enum sluice_counter counter)
{
        const sluice_method *method;
        write_head(page, name, "counter", help);
        for (size_t i = 0; (method = sluice_method_at(i)) != NULL; i++)
                text_printf(page->text, "%s{method=\"%s\"} %ju\n", name, sluice_method_name(method),
                            (uintmax_t)sluice_process_count(method, counter));
}

static void write_methods(const struct page *page)
{
        write_by_method(page, "sluice_body_bytes_total", "Bytes of bodies by method.",
                        SLUICE_BYTES_SENT);
        text_printf(page->text, "sluice_body_bytes_total{method=\"memory\"} %ju\n",
                    (uintmax_t)SUM(page, memory_bytes));
        write_by_method(page, "sluice_copied_in_bytes_total",
                        "Bytes the CPU copied from the kernel to the program.",
                        SLUICE_BYTES_COPIED_IN);
        write_by_method(page, "sluice_copied_out_bytes_total",
                        "Bytes the CPU copied from the program to the kernel.",
                        SLUICE_BYTES_COPIED_OUT);
        write_by_method(page, "sluice_copied_by_kernel_bytes_total",
                        "Bytes the kernel copied although asked not to.",
                        SLUICE_BYTES_COPIED_BY_KERNEL);

        uint64_t sent = sluice_process_count(NULL, SLUICE_BYTES_SENT);
        uint64_t copied = sluice_process_count(NULL, SLUICE_BYTES_COPIED_IN);
        write_head(page, "sluice_copies_avoided_bytes_total", "counter",
                   "Bytes of files that never were in the program.");
        text_printf(page->text, "sluice_copies_avoided_bytes_total %ju\n",
                    (uintmax_t)(sent > copied ? sent - copied : 0));
        write_by_method(page, "sluice_system_calls_total", "System calls of transfers by method.",
                        SLUICE_SYSTEM_CALLS);
}

static void write_fallbacks(const struct page *page)
{
        write_head(page, "sluice_fallbacks_total", "counter", "Methods that gave way, and why.");
        for (size_t i = 0; i < page->count; i++) {
                const struct metrics *metrics = page->workers[i];
                size_t count = atomic_load_explicit(&metrics->reason_count, memory_order_acquire);
                for (size_t j = 0; j < count; j++)
                        text_printf(page->text,
                                    "sluice_fallbacks_total{worker=\"%zu\",method=\"%s\",reason=\"%"
                                    "s\"} "
                                    "%ju\n",
                                    i, sluice_method_name(metrics->reasons[j].method),
                                    metrics->reasons[j].why,
                                    (uintmax_t)load(&metrics->reasons[j].count));
        }
}

void metrics_write(struct text *text, struct metrics *const workers[], size_t count,
                   uint64_t dropped)
{
        const struct page page = {text, workers, count};
        const uint64_t accepted = SUM(&page, connections_accepted);
        const uint64_t ended = SUM(&page, connections_ended);
        uint64_t ahead_limit;
        const uint64_t ahead = sluice_process_ahead(&ahead_limit);
        const struct {
                const char *name, *type, *help;
                uint64_t value;
        } plain[] = {
                {"sluice_connections_total", "counter", "Connections accepted.", accepted},
                {"sluice_connections_open", "gauge", "Connections now open.",
                 accepted > ended ? accepted - ended : 0},
                {"sluice_accept_starved_total", "counter",
                 "Times a connection waited for a descriptor.", SUM(&page, starved)},
                {"sluice_connections_refused_total", "counter", "Connections refused with 503.",
                 SUM(&page, refused)},
                {"sluice_http2_connections_total", "counter", "Connections that spoke HTTP/2.",
                 SUM(&page, http2_connections)},
                {"sluice_http2_responses_total", "counter", "Responses over HTTP/2.",
                 SUM(&page, http2_responses)},
                {"sluice_http2_abused_total", "counter",
                 "Connections of HTTP/2 ended for resets, pings and the like without end.",
                 SUM(&page, http2_abused)},
                {"sluice_responses_incomplete_total", "counter", "Responses cut off.",
                 SUM(&page, responses_incomplete)},
                {"sluice_tls_user_connections_total", "counter",
                 "Handshakes done; the server encrypts.", SUM(&page, tls_by_user)},
                {"sluice_tls_kernel_connections_total", "counter",
                 "Handshakes done; the kernel encrypts.", SUM(&page, tls_by_kernel)},
                {"sluice_tls_handshakes_failed_total", "counter", "Handshakes that failed.",
                 SUM(&page, tls_failed)},
                {"sluice_tls_handshakes_refused_total", "counter",
                 "Handshakes refused, too many of one address.", SUM(&page, tls_refused)},
                {"sluice_cache_hits_total", "counter", "Requests for a file known to be open.",
                 SUM(&page, cache_hits)},
                {"sluice_cache_misses_total", "counter", "Requests for which a path was opened.",
                 SUM(&page, cache_misses)},
                {"sluice_read_ahead_bytes", "gauge", "Read from disks, and still to be sent.",
                 ahead},
                {"sluice_read_ahead_limit_bytes", "gauge", "What --read-ahead allows of that.",
                 ahead_limit},
                {"sluice_log_dropped_lines_total", "counter", "Lines the log was too slow for.",
                 dropped},
                {"sluice_workers", "gauge", "Threads that serve.", count},
        };

        write_head(&page, "sluice_build_info", "gauge", "The version.");
        text_printf(text, "sluice_build_info{version=\"%s\"} 1\n", SLUICE_VERSION);
        for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
                write_head(&page, plain[i].name, plain[i].type, plain[i].help);
                text_printf(text, "%s %ju\n", plain[i].name, (uintmax_t)plain[i].value);
        }
        write_responses(&page);
        write_latency(&page);
        write_methods(&page);
        write_fallbacks(&page);
}
