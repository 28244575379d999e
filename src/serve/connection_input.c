#include "serve/connection_input.h"

#include <stdlib.h>

#include "serve/connection.h"

void connection_drop_input(struct connection *c)
{
        if (c->input_is_ours)
                free(c->input);
        c->input = NULL;
        c->input_is_ours = false;
        c->input_length = c->input_seen = 0;
}

void connection_consume(struct connection *c, size_t length)
{
        c->input += length;
        c->input_length -= (uint32_t)length;
        c->input_seen = 0;
}

bool connection_drop_body(struct connection *c)
{
        size_t taken = 0;
        enum body_result result = body_drop(&c->body, c->input, c->input_length, &taken);

        connection_consume(c, taken);
        if (result == BODY_REFUSED)
                c->exchange.last_response = c->exchange.linger = true;
        return result == BODY_END;
}

bool connection_take_input(struct connection *c, const char *data, size_t length)
{
        if (!c->input_is_ours) {
                c->input = (char *)data;
                c->input_length = (uint32_t)length;
                return true;
        }
        char *joined = realloc(c->input, c->input_length + length);
        if (!joined)
                return false;
        memcpy(joined + c->input_length, data, length);
        c->input = joined;
        c->input_length += (uint32_t)length;
        return true;
}

bool connection_keep_input(struct connection *c, char *owned)
{
        char *kept = NULL;
        if (c->input_length > 0) {
                kept = c->input == owned ? owned : malloc(c->input_length);
                if (kept && kept != owned)
                        memcpy(kept, c->input, c->input_length);
        }
        if (kept != owned)
                free(owned);
        c->input = kept;
        c->input_is_ours = kept != NULL;
        return kept || c->input_length == 0;
}
