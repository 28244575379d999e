#include "serve/http2_patience.h"

#include "base/clock.h"

#define COST_ANSWERED 10 /* SETTINGS and PING, which ask for an answer */
#define COST_NOTHING 1
/* An honest peer opens its window by more at a time. */
#define WINDOW_CRUMB 256

unsigned http2_patience_cost(const nghttp2_frame_hd *head)
{
        switch (head->type) {
        case NGHTTP2_RST_STREAM:
                return HTTP2_COST_RESET;
        case NGHTTP2_SETTINGS:
        case NGHTTP2_PING:
                return head->flags & NGHTTP2_FLAG_ACK ? COST_NOTHING : COST_ANSWERED;
        case NGHTTP2_DATA:
                return head->length == 0 && !(head->flags & NGHTTP2_FLAG_END_STREAM) ? COST_NOTHING
                                                                                     : 0;
        case NGHTTP2_HEADERS:
        case NGHTTP2_WINDOW_UPDATE:
                return 0;
        default: /* PRIORITY, PRIORITY_UPDATE, CONTINUATION, GOAWAY, what is not known */
                return COST_NOTHING;
        }
}

unsigned http2_patience_cost_of_payload(const nghttp2_frame *frame)
{
        if (frame->hd.type == NGHTTP2_DATA)
                return frame->hd.length > 0 && frame->hd.length <= frame->data.padlen &&
                                       !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
                               ? COST_NOTHING
                               : 0;
        if (frame->hd.type == NGHTTP2_WINDOW_UPDATE &&
            frame->window_update.window_size_increment < WINDOW_CRUMB)
                return COST_NOTHING;
        return 0;
}

bool http2_patience_spend(struct http2_patience *patience, unsigned cost, uint64_t now_ns)
{
        uint32_t now_s = (uint32_t)(now_ns / NS_PER_S);
        uint64_t recovered = (uint64_t)(now_s - patience->at_s) * HTTP2_PATIENCE_A_SECOND;

        patience->at_s = now_s;
        patience->spent = recovered < patience->spent ? patience->spent - (uint32_t)recovered : 0;
        patience->spent += cost;
        return patience->spent <= HTTP2_PATIENCE;
}
