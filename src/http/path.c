#include "http/path.h"

#include <errno.h>

#include "http/characters.h"
#include "http/target.h"

/* Decodes the escape at text[0]; the byte, or -EINVAL. */
static int decode_escape(struct span text, const char **ret_reason)
{
        int high = text.length >= 3 ? character_hex(text.data[1]) : -1;
        int low = text.length >= 3 ? character_hex(text.data[2]) : -1;
        int byte = high * 16 + low;

        if (high < 0 || low < 0) {
                *ret_reason = "The path holds a '%' without two hexadecimal digits behind it.";
                return -EINVAL;
        }
        if (byte == 0 || byte == '/') {
                *ret_reason = "The path holds an encoded slash or NUL, which no file name has.";
                return -EINVAL;
        }
        return byte;
}

/* More bytes than needed for a code point (RFC 3629 section 3): old decoders read a
 * '/' or a '.' out of them. Names that are no UTF-8 at all are let through: to Linux
 * they are bytes. */
static bool is_overlong(const char *bytes, size_t length)
{
        if (length < 2)
                return false;
        unsigned char first = (unsigned char)bytes[0], second = (unsigned char)bytes[1];
        if ((second & 0xc0) != 0x80)
                return false;
        return first == 0xc0 || first == 0xc1 || (first == 0xe0 && second < 0xa0) ||
               (first == 0xf0 && second < 0x90);
}

static bool has_overlong(const char *bytes, size_t length)
{
        for (size_t i = 0; i < length; i++)
                if ((unsigned char)bytes[i] >= 0xc0 && is_overlong(bytes + i, length - i))
                        return true;
        return false;
}

/* The decoded path grows segment by segment: "a/b", no slash at either end. */
struct builder {
        char *buffer;
        size_t size, length;
};

/* Decodes a segment behind what is there, with a slash between. */
static int append_segment(struct builder *builder, struct span segment, size_t *ret_start,
                          const char **ret_reason)
{
        size_t length = builder->length, start = length > 0 ? length + 1 : 0;

        if (length > 0 && length < builder->size)
                builder->buffer[length] = '/';
        length = start;
        for (size_t i = 0; i < segment.length; i++) {
                int byte = (unsigned char)segment.data[i];
                if (byte == '%') {
                        byte = decode_escape((struct span){segment.data + i, segment.length - i},
                                             ret_reason);
                        if (byte < 0)
                                return byte;
                        i += 2;
                }
                if (length + 1 >= builder->size) {
                        *ret_reason = "The path is too long.";
                        return -ENAMETOOLONG;
                }
                builder->buffer[length++] = (char)byte;
        }
        *ret_start = start;
        builder->length = length;
        return 0;
}

static int remove_last_segment(struct builder *builder, const char **ret_reason)
{
        if (builder->length == 0) {
                *ret_reason = "The path leads above the root.";
                return -EINVAL;
        }
        const char *slash = memrchr(builder->buffer, '/', builder->length);
        builder->length = slash ? (size_t)(slash - builder->buffer) : 0;
        return 0;
}

/* One segment of the target, dot segments taken as what they mean; escaped dots are
 * dots (RFC 3986 6.2.2.2). Tells in *ret_dots that it was one. */
static int add_segment(struct builder *builder, struct span segment, bool *ret_dots,
                       const char **ret_reason)
{
        size_t before = builder->length, start = 0;
        int r = append_segment(builder, segment, &start, ret_reason);
        if (r < 0)
                return r;

        struct span decoded = {builder->buffer + start, builder->length - start};
        bool parent = span_equal(decoded, SPAN_LITERAL(".."));
        *ret_dots = parent || span_equal(decoded, SPAN_LITERAL("."));
        if (*ret_dots)
                builder->length = before;
        if (parent)
                return remove_last_segment(builder, ret_reason);
        if (has_overlong(decoded.data, decoded.length)) {
                *ret_reason = "The path holds overlong UTF-8.";
                return -EINVAL;
        }
        return 0;
}

/* Most paths are what they stand for: they are copied as they are. False, with
 * nothing said of the path: this is none of those. */
static bool add_plain(struct builder *builder, struct span encoded, struct target_path *path)
{
        const char *at = encoded.data + 1, *end = encoded.data + encoded.length;

        if (encoded.length >= builder->size)
                return false;
        for (; at < end; at++)
                if (!character_is(*at, CHARACTER_PATH) ||
                    (at[-1] == '/' && (*at == '/' || *at == '.')))
                        return false;
        memcpy(builder->buffer, encoded.data + 1, encoded.length - 1);
        path->directory = end[-1] == '/';
        builder->length = encoded.length - (encoded.length > 1 && path->directory ? 2 : 1);
        return true;
}

/* All segments behind the leading '/' of encoded. */
static int add_segments(struct builder *builder, struct span encoded, struct target_path *path,
                        const char **ret_reason)
{
        const char *end = encoded.data + encoded.length;
        const char *at = encoded.data + 1;

        for (;;) {
                const char *slash = at < end ? memchr(at, '/', (size_t)(end - at)) : NULL;
                struct span segment = {at, (size_t)((slash ? slash : end) - at)};

                bool dots = false;
                if (segment.length > 0) {
                        int r = add_segment(builder, segment, &dots, ret_reason);
                        if (r < 0)
                                return r;
                }
                if (!slash) {
                        path->directory = dots || segment.length == 0;
                        return 0;
                }
                at = slash + 1;
        }
}

static bool is_hidden(const char *path)
{
        static const char well_known[] = ".well-known";
        const size_t length = sizeof(well_known) - 1;

        if (strncmp(path, well_known, length) == 0 && (path[length] == '\0' || path[length] == '/'))
                path += length;
        return path[0] == '.' || strstr(path, "/.");
}

static bool holds_fragment_or_nul(struct span text)
{
        return text.length > 0 &&
               (memchr(text.data, '#', text.length) || memchr(text.data, '\0', text.length));
}

int path_from_target(struct span target, char *buffer, size_t size, struct target_path *ret_path,
                     const char **ret_reason)
{
        struct target_parts parts;
        enum target_form form = target_split(target, &parts);

        if ((form != TARGET_ORIGIN && form != TARGET_ABSOLUTE) ||
            (form == TARGET_ABSOLUTE &&
             (parts.authority.length == 0 ||
              (!span_equal_fold(parts.scheme, SPAN_LITERAL("http")) &&
               !span_equal_fold(parts.scheme, SPAN_LITERAL("https")))))) {
                *ret_reason = "The request target is not an http URI or a path.";
                return -EINVAL;
        }

        struct builder builder = {.buffer = buffer, .size = size};
        struct target_path path = {.path = buffer, .query = parts.query};
        bool plain = parts.path.length > 0 && add_plain(&builder, parts.path, &path);
        if (holds_fragment_or_nul(plain && form == TARGET_ORIGIN ? parts.query : target)) {
                *ret_reason = "The request target holds a fragment or NUL.";
                return -EINVAL;
        }
        if (size == 0) {
                *ret_reason = "The path is too long.";
                return -ENAMETOOLONG;
        }
        if (parts.path.length == 0) {
                path.directory = true;
        } else if (!plain) {
                int r = add_segments(&builder, parts.path, &path, ret_reason);
                if (r < 0)
                        return r;
        }
        buffer[builder.length] = '\0';
        path.length = builder.length;
        path.hidden = !plain && is_hidden(buffer);
        *ret_path = path;
        return 0;
}
