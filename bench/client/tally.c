#include "client/tally.h"

#include <inttypes.h>
#include <stdio.h>

static void print_latency(const struct histogram *latency)
{
        static const struct {
                const char *name;
                double share;
        } quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}};

        double mean = latency->count ? (double)latency->sum / (double)latency->count : 0;
        printf("\"latency_ns\": {\"mean\": %.0f", mean);
        for (size_t i = 0; i < sizeof(quantiles) / sizeof(*quantiles); i++)
                printf(", \"%s\": %" PRIu64, quantiles[i].name,
                       histogram_quantile(latency, quantiles[i].share));
        printf(", \"max\": %" PRIu64 "}", latency->max);
}

void tally_print(const struct tally *tally)
{
        printf("{\"answers\": %" PRIu64 ", \"wrong\": %" PRIu64 ", \"verified\": %" PRIu64
               ", \"unanswered\": %" PRIu64 ", \"reconnects\": %" PRIu64 ", \"bytes\": %" PRIu64
               ", \"elapsed_ns\": %" PRIu64 ", \"first_wrong\": \"%s\", ",
               tally->answers, tally->wrong, tally->verified, tally->unanswered, tally->reconnects,
               tally->bytes, tally->elapsed_ns, tally->first_wrong ? tally->first_wrong : "");
        print_latency(&tally->latency_ns);
        puts("}");
        (void)fflush(stdout);
}
