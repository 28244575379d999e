#include "serve/way.h"

#include <string.h>

#include "net/tls.h"

static const struct {
        const char *plain, *by_user, *by_kernel;
} ways[] = {
        {"memory", "memory+tls", "memory+ktls"},
#define METHOD(name) {#name, #name "+tls", #name "+ktls"},
#include "transfer/methods.def"
#undef METHOD
};

const char *way_on(const char *way, const struct stream *stream)
{
        if (!stream->tls)
                return way;
        for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
                if (strcmp(ways[i].plain, way) == 0)
                        return tls_is_by_kernel(stream->tls) ? ways[i].by_kernel : ways[i].by_user;
        return way;
}
