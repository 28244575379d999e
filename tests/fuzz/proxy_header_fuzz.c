/* PROXY headers: what is taken lies within the data, and is found the same when
 * there is more behind it, but not when a byte of it is missing. */
#include "net/proxy_header.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static enum proxy_header_state parse(const uint8_t *bytes, size_t size, size_t *ret_length)
{
        struct address peer = {0};
        /* Of its own, so that a read behind the end is noticed. */
        char *copy = malloc(size ? size : 1);
        CHECK(copy);
        if (size > 0)
                memcpy(copy, bytes, size);
        enum proxy_header_state state =
                proxy_header_parse((struct span){copy, size}, &peer, ret_length);
        if (state == PROXY_HEADER_PEER)
                CHECK(peer.storage.ss_family == AF_INET || peer.storage.ss_family == AF_INET6);
        free(copy);
        return state;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        size_t length = 0, again = 0;
        enum proxy_header_state state = parse(bytes, size, &length);

        if (state == PROXY_HEADER_INCOMPLETE)
                CHECK(size < PROXY_HEADER_MAX);
        if (state != PROXY_HEADER_PEER && state != PROXY_HEADER_NO_PEER)
                return 0;
        CHECK(length > 0 && length <= size && length <= PROXY_HEADER_MAX);
        CHECK(parse(bytes, length, &again) == state && again == length);
        CHECK(parse(bytes, length - 1, &again) == PROXY_HEADER_INCOMPLETE);
        return 0;
}
