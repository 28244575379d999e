#include "files/media_type.h"

#include <stdlib.h>

/* Made by scripts/make_media_types: { "extension", type }, sorted. */
struct media_type {
        const char *extension;
        struct span type;
};

static const struct media_type table[] = {
#define MEDIA_TYPE(extension, type) {extension, {type, sizeof(type) - 1}},
#define MEDIA_NAME(name, type)
#include "files/media_types.inc"
#undef MEDIA_TYPE
#undef MEDIA_NAME
};

/* The same by whole names, of files without an extension. */
static const struct media_type names[] = {
#define MEDIA_TYPE(extension, type)
#define MEDIA_NAME(name, type) {name, {type, sizeof(type) - 1}},
#include "files/media_types.inc"
#undef MEDIA_TYPE
#undef MEDIA_NAME
};

static int compare(const void *extension, const void *entry)
{
        return strcasecmp(extension, ((const struct media_type *)entry)->extension);
}

const char *media_type_extension(const char *name)
{
        const char *slash = strrchr(name, '/');
        const char *base = slash ? slash + 1 : name;
        const char *dot = strrchr(base, '.');

        return dot && dot != base ? dot + 1 : NULL;
}

struct span media_type_of(const char *name)
{
        const char *extension = media_type_extension(name), *slash = strrchr(name, '/');
        const struct media_type *found;

        if (extension)
                found = bsearch(extension, table, sizeof(table) / sizeof(table[0]),
                                sizeof(table[0]), compare);
        else
                found = bsearch(slash ? slash + 1 : name, names, sizeof(names) / sizeof(names[0]),
                                sizeof(names[0]), compare);
        return found ? found->type : SPAN_LITERAL("application/octet-stream");
}

static bool has_prefix(struct span text, struct span prefix)
{
        return text.length >= prefix.length &&
               span_equal((struct span){text.data, prefix.length}, prefix);
}

static bool has_suffix(struct span text, struct span suffix)
{
        return text.length >= suffix.length &&
               span_equal((struct span){text.data + text.length - suffix.length, suffix.length},
                          suffix);
}

bool media_type_is_compressible(struct span type)
{
        static const struct span whole[] = {
                SPAN_LITERAL("application/javascript"),
                SPAN_LITERAL("application/json"),
                SPAN_LITERAL("application/xml"),
                SPAN_LITERAL("application/wasm"),
                SPAN_LITERAL("application/yaml"),
                SPAN_LITERAL("application/rtf"),
                SPAN_LITERAL("application/vnd.ms-fontobject"),
                SPAN_LITERAL("application/sql"),
                SPAN_LITERAL("application/x-sh"),
                SPAN_LITERAL("font/ttf"),
                SPAN_LITERAL("font/otf"),
                SPAN_LITERAL("font/sfnt"),
                SPAN_LITERAL("image/bmp"),
                SPAN_LITERAL("image/vnd.microsoft.icon"),
        };
        const char *semicolon = memchr(type.data, ';', type.length);

        if (semicolon)
                type.length = (size_t)(semicolon - type.data);
        if (has_prefix(type, SPAN_LITERAL("text/")) || has_suffix(type, SPAN_LITERAL("+xml")) ||
            has_suffix(type, SPAN_LITERAL("+json")))
                return true;
        for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
                if (span_equal(type, whole[i]))
                        return true;
        return false;
}
