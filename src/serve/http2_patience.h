/* How much of what gets nobody any further a peer may send: resets, pings, settings,
 * empty frames. Each costs something, and the account recovers with time: so honest
 * use never meets the limit, and a flood does at once (CVE-2023-44487, CVE-2019-9511
 * to 9518). */
#pragma once

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stdint.h>

#define HTTP2_PATIENCE 2000 /* what may be spent at once */
#define HTTP2_PATIENCE_A_SECOND 500 /* what comes back */

/* A stream that ends early, by whichever side's RST_STREAM: its work was for nothing. */
#define HTTP2_COST_RESET 10

struct http2_patience {
        uint32_t spent;
        uint32_t at_s; /* when that was so */
};

/* What a frame of the peer's costs, by its head; 0: it is part of a request, or moves
 * an answer on. */
unsigned http2_patience_cost(const nghttp2_frame_hd *head);
/* And by what was in it. */
unsigned http2_patience_cost_of_payload(const nghttp2_frame *frame);

/* False: the patience is at an end. */
bool http2_patience_spend(struct http2_patience *patience, unsigned cost, uint64_t now_ns);
