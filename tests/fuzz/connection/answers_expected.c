#include "connection/answers.h"
#include "fuzz.h"
#include "http/body.h"

static void add(struct answers *answers, struct answer answer)
{
        CHECK(answers->count < ANSWERS_MAX);
        answers->list[answers->count++] = answer;
}

/* The length of the body at the start of data, or *ret_over: nothing behind it is a request,
 * because it has not all come, or because it is refused. */
static size_t skip_body(const struct http_request *request, struct span data, bool *ret_over,
                        bool *ret_refused)
{
        struct body_drop drop;
        size_t taken = 0;

        body_drop_begin(&drop, request);
        enum body_result result = body_drop(&drop, data.data, data.length, &taken);
        *ret_over = result != BODY_END;
        *ret_refused = result == BODY_REFUSED;
        return taken;
}

void answers_expect(struct answers *answers, struct span stream)
{
        static struct http_request request;
        struct request_failure failure;
        size_t head_length;
        bool over = false;

        answers->count = 0;
        answers->maybe_less = answers->ends = false;
        while (!over && stream.length > 0) {
                switch (request_parse(stream.data, stream.length, 0, &request, &head_length,
                                      &failure)) {
                case REQUEST_INCOMPLETE:
                        return;
                case REQUEST_BAD:
                        add(answers, (struct answer){.status = failure.status, .last = true});
                        answers->maybe_less = stream.data[stream.length - 1] != '\n';
                        answers->ends = !answers->maybe_less;
                        return;
                case REQUEST_COMPLETE:
                        break;
                }
                over = answers->ends =
                        !request.keep_alive || (request.has_body && !body_can_be_dropped(&request));
                add(answers, (struct answer){.method = request.method, .last = over});
                stream = (struct span){stream.data + head_length, stream.length - head_length};
                if (!over && request.has_body) {
                        size_t taken = skip_body(&request, stream, &over, &answers->ends);
                        stream = (struct span){stream.data + taken, stream.length - taken};
                }
        }
}
