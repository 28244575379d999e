#include "serve/site_fields.h"

#include <errno.h>
#include <fnmatch.h>

#include "files/media_type.h"
#include "http/characters.h"
#include "http/escape.h"
#include "http/field.h"

/* What sluice writes itself, or what belongs to the connection. */
static const char *const reserved[] = {
        "Accept-Ranges",
        "Allow",
        "Cache-Control", /* --cache-control */
        "Connection",
        "Content-Encoding",
        "Content-Length",
        "Content-Range",
        "Content-Type",
        "Date",
        "ETag",
        "Keep-Alive",
        "Last-Modified",
        "Location",
        "Server-Timing",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Vary",
        "WWW-Authenticate",
        "X-Content-Type-Options",
};

static const char cors_lines[] =
        "Access-Control-Expose-Headers: Accept-Ranges, Content-Encoding, Content-Length, "
        "Content-Range, ETag, Server-Timing\r\n";

/* Splits "this=that" at the first '='. False: there is none, or nothing before it. */
static bool split(const char *value, struct span *ret_before, struct span *ret_behind)
{
        const char *equals = strchr(value, '=');
        if (!equals || equals == value)
                return false;
        *ret_before = (struct span){value, (size_t)(equals - value)};
        *ret_behind = span_of(equals + 1);
        return true;
}

/* ---- Checks ---- */

int site_fields_check_header(const char *value)
{
        struct span name, text;
        if (field_parse(span_of(value), &name, &text) < 0)
                return -EINVAL;
        for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
                if (span_equal_fold(name, span_of(reserved[i])))
                        return -EINVAL;
        return 0;
}

int site_fields_check_cors(const char *value)
{
        const char *authority = strstr(value, "://");
        if (strcmp(value, "*") == 0)
                return 0;
        /* An origin has no path: "https://example.org/" would never match one. */
        return authority && authority != value && authority[3] && !strchr(authority + 3, '/') &&
                               character_is_all(span_of(value), CHARACTER_TARGET)
                       ? 0
                       : -EINVAL;
}

int site_fields_check_cache_control(const char *value)
{
        struct span pattern, text;
        return split(value, &pattern, &text) && character_is_all(text, CHARACTER_VALUE) ? 0
                                                                                        : -EINVAL;
}

/* RFC 9110 8.3.1: a type, a subtype, and perhaps parameters. */
int site_fields_check_type(const char *value)
{
        struct span extension, type;
        if (!split(value, &extension, &type) || !character_is_all(type, CHARACTER_VALUE) ||
            memchr(extension.data, '/', extension.length))
                return -EINVAL;
        const char *slash = memchr(type.data, '/', type.length);
        const char *semicolon = memchr(type.data, ';', type.length);
        const char *end = semicolon ? semicolon : type.data + type.length;
        while (end > type.data && character_is_space(end[-1]))
                end--;
        if (!slash || slash >= end)
                return -EINVAL;
        return character_is_all((struct span){type.data, (size_t)(slash - type.data)},
                                CHARACTER_TOKEN) &&
                               character_is_all((struct span){slash + 1, (size_t)(end - slash - 1)},
                                                CHARACTER_TOKEN)
                       ? 0
                       : -EINVAL;
}

/* ---- Use ---- */

static void add_cors(struct text *lines, const char *origin)
{
        text_printf(lines, "Access-Control-Allow-Origin: %s\r\n", origin);
        text_puts(lines, cors_lines);
}

static size_t longest_of(const char *const values[], size_t count)
{
        size_t longest = 0;
        for (size_t i = 0; i < count; i++) {
                size_t length = strlen(values[i]);
                longest = length > longest ? length : longest;
        }
        return longest;
}

int site_fields_make(struct site_fields *ret_fields, const struct site_options *options,
                     uint64_t hsts_s)
{
        struct site_fields fields = {0};
        size_t longest = longest_of(options->cache_controls, options->cache_control_count);

        for (size_t i = 0; i < options->header_count; i++) {
                struct span name, value;
                if (field_parse(span_of(options->headers[i]), &name, &value) == 0)
                        text_printf(&fields.always, "%.*s: %.*s\r\n", (int)name.length, name.data,
                                    (int)value.length, value.data);
        }
        if (options->cors)
                add_cors(&fields.always, options->cors);
        if (hsts_s > 0)
                text_printf(&fields.always, "Strict-Transport-Security: max-age=%ju\r\n",
                            (uintmax_t)hsts_s);
        if (fields.always.failed) {
                text_done(&fields.always);
                return -ENOMEM;
        }
        if (longest)
                longest += sizeof("Cache-Control: \r\n");
        longest += longest_of(options->types, options->type_count);
        fields.longest = longest + fields.always.length;
        *ret_fields = fields;
        return 0;
}

void site_fields_done(struct site_fields *fields)
{
        text_done(&fields->always);
}

static bool fits(struct span pattern, const char *name)
{
        const char *slash = strrchr(name, '/');
        char copy[1024];

        if (pattern.length >= sizeof(copy))
                return false;
        memcpy(copy, pattern.data, pattern.length);
        copy[pattern.length] = '\0';
        /* With a slash at the front it is about the path, else about the name. */
        if (copy[0] == '/')
                return fnmatch(copy + 1, name, 0) == 0;
        return fnmatch(copy, slash ? slash + 1 : name, 0) == 0;
}

struct span site_fields_cache_control(const struct site_options *options, const char *name)
{
        for (size_t i = 0; i < options->cache_control_count; i++) {
                struct span pattern, value;
                if (split(options->cache_controls[i], &pattern, &value) && fits(pattern, name))
                        return value;
        }
        return (struct span){0};
}

struct span site_fields_type(const struct site_options *options, const char *name)
{
        const char *slash = strrchr(name, '/'), *word = media_type_extension(name);
        if (!word)
                word = slash ? slash + 1 : name;
        for (size_t i = 0; i < options->type_count; i++) {
                struct span extension, type;
                if (!split(options->types[i], &extension, &type))
                        continue;
                if (extension.length > 1 && extension.data[0] == '.')
                        extension = (struct span){extension.data + 1, extension.length - 1};
                if (span_equal_fold(extension, span_of(word)))
                        return type;
        }
        return media_type_of(name);
}
