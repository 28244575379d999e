#include "serve/redirects.h"

#include <errno.h>

#include "http/characters.h"
#include "http/escape.h"

struct redirect {
        enum http_status status;
        struct span from, to; /* without their stars */
        bool from_rest, to_rest; /* whether they had one: the rest of the path */
};

static bool take_status(struct span *text, enum http_status *ret_status)
{
        static const struct {
                struct span prefix;
                enum http_status status;
        } known[] = {
                {SPAN_LITERAL("301:"), HTTP_MOVED_PERMANENTLY},
                {SPAN_LITERAL("302:"), HTTP_FOUND},
                {SPAN_LITERAL("307:"), HTTP_TEMPORARY_REDIRECT},
                {SPAN_LITERAL("308:"), HTTP_PERMANENT_REDIRECT},
        };
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
                size_t length = known[i].prefix.length;
                if (text->length < length || memcmp(text->data, known[i].prefix.data, length) != 0)
                        continue;
                text->data += length;
                text->length -= length;
                *ret_status = known[i].status;
                return true;
        }
        return false;
}

/* Stars stand for the rest of a path, and only behind a slash at the end: so that what is
 * put together never begins with "//", which would name another host. */
static bool take_star(struct span *text)
{
        if (text->length < 2 || memcmp(text->data + text->length - 2, "/*", 2) != 0)
                return false;
        text->length--;
        return true;
}

static bool parse(const char *value, struct redirect *ret)
{
        struct redirect redirect = {.status = HTTP_MOVED_PERMANENTLY};
        struct span rest = span_of(value);
        (void)take_status(&rest, &redirect.status);
        const char *equals = rest.length > 0 ? memchr(rest.data, '=', rest.length) : NULL;
        if (!equals)
                return false;
        redirect.from = (struct span){rest.data, (size_t)(equals - rest.data)};
        redirect.to = span_of(equals + 1);
        redirect.from_rest = take_star(&redirect.from);
        redirect.to_rest = take_star(&redirect.to);
        *ret = redirect;
        return true;
}

static bool is_target(struct span text)
{
        for (size_t i = 0; i < text.length; i++)
                if (!character_is(text.data[i], CHARACTER_TARGET) || text.data[i] == '*')
                        return false;
        return text.length > 0;
}

static bool is_web_address(struct span text)
{
        return (text.length > 7 && strncasecmp(text.data, "http://", 7) == 0) ||
               (text.length > 8 && strncasecmp(text.data, "https://", 8) == 0);
}

int redirects_check(const char *value)
{
        struct redirect redirect;
        if (!parse(value, &redirect) || redirect.from.length == 0 || redirect.from.data[0] != '/' ||
            memchr(redirect.from.data, '*', redirect.from.length) || !is_target(redirect.to))
                return -EINVAL;
        bool local = redirect.to.data[0] == '/' &&
                     (redirect.to.length < 2 || redirect.to.data[1] != '/');
        if (!local && !is_web_address(redirect.to))
                return -EINVAL;
        if (redirect.to_rest && !redirect.from_rest)
                return -EINVAL;
        /* A client that follows it would come back for ever. */
        bool loops =
                span_equal(redirect.from, redirect.to) && redirect.from_rest == redirect.to_rest;
        return loops ? -EINVAL : 0;
}

static void append_escaped(struct text *text, struct span path)
{
        size_t size = 3 * path.length + 1;
        char *room = text_room(text, size);
        if (room)
                text->length += escape_uri_path(path, room, size);
}

bool redirects_find(const struct site_options *options, struct span path, struct text *text,
                    enum http_status *ret_status)
{
        for (size_t i = 0; i < options->redirect_count; i++) {
                struct redirect redirect;
                if (!parse(options->redirects[i], &redirect) || path.length < redirect.from.length)
                        continue;
                size_t rest = redirect.from_rest ? path.length - redirect.from.length : 0;
                if (!span_equal((struct span){path.data, path.length - rest}, redirect.from))
                        continue;
                text_append(text, redirect.to);
                if (redirect.to_rest)
                        append_escaped(text, (struct span){path.data + redirect.from.length, rest});
                *ret_status = redirect.status;
                return true;
        }
        return false;
}
