#include "files/media_type.h"

#include <stdlib.h>

/* Made by scripts/make_media_types: { "extension", type }, sorted. */
struct media_type {
        const char *extension;
        struct span type;
};

static const struct media_type table[] = {
#define MEDIA_TYPE(extension, type) {extension, {type, sizeof(type) - 1}},
#include "files/media_types.inc"
#undef MEDIA_TYPE
};

static int compare(const void *extension, const void *entry)
{
        return strcasecmp(extension, ((const struct media_type *)entry)->extension);
}

struct span media_type_of(const char *name)
{
        const char *slash = strrchr(name, '/');
        const char *base = slash ? slash + 1 : name;
        const char *dot = strrchr(base, '.');
        const struct media_type *found = NULL;

        if (dot && dot != base)
                found = bsearch(dot + 1, table, sizeof(table) / sizeof(table[0]), sizeof(table[0]),
                                compare);
        return found ? found->type : SPAN_LITERAL("application/octet-stream");
}
