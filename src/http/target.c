#include "http/target.h"

#include "base/number.h"
#include "http/characters.h"

#define PORT_MAX 65535

static struct span span_between(const char *begin, const char *end)
{
        return (struct span){.data = begin, .length = (size_t)(end - begin)};
}

static void split_query(struct span rest, struct target_parts *parts)
{
        const char *end = rest.data + rest.length;
        const char *mark = rest.length > 0 ? memchr(rest.data, '?', rest.length) : NULL;

        parts->path = span_between(rest.data, mark ? mark : end);
        if (mark)
                parts->query = span_between(mark + 1, end);
}

static bool is_letter(char byte)
{
        char lower = (char)(byte | 0x20);
        return lower >= 'a' && lower <= 'z';
}

/* The length of the scheme before "://", or 0 (RFC 3986 3.1). */
static size_t scheme_length(struct span target)
{
        size_t i = 0;

        if (target.length == 0 || !is_letter(target.data[0]))
                return 0;
        while (i < target.length &&
               (is_letter(target.data[i]) || target.data[i] == '+' || target.data[i] == '-' ||
                target.data[i] == '.' || (target.data[i] >= '0' && target.data[i] <= '9')))
                i++;
        return target.length - i >= 3 && memcmp(target.data + i, "://", 3) == 0 ? i : 0;
}

enum target_form target_split(struct span target, struct target_parts *ret_parts)
{
        const char *end = target.data + target.length;

        *ret_parts = (struct target_parts){0};
        if (target.length == 0)
                return TARGET_INVALID;
        if (target.data[0] == '/') {
                split_query(target, ret_parts);
                return TARGET_ORIGIN;
        }
        if (target.length == 1 && target.data[0] == '*')
                return TARGET_ASTERISK;

        size_t scheme = scheme_length(target);
        if (scheme > 0) {
                const char *authority = target.data + scheme + 3;
                const char *stop = authority;
                while (stop < end && *stop != '/' && *stop != '?')
                        stop++;
                ret_parts->scheme = span_between(target.data, target.data + scheme);
                ret_parts->authority = span_between(authority, stop);
                split_query(span_between(stop, end), ret_parts);
                return TARGET_ABSOLUTE;
        }
        if (target_authority_valid(target)) {
                ret_parts->authority = target;
                return TARGET_AUTHORITY;
        }
        return TARGET_INVALID;
}

/* "[" ... "]": IPv6 or a future form (RFC 3986 3.2.2), by its characters only; no
 * decision of ours depends on the address. Returns the length, or 0. */
static size_t ip_literal_length(struct span text)
{
        const char *close = memchr(text.data, ']', text.length);
        if (!close || close == text.data + 1)
                return 0;
        for (const char *byte = text.data + 1; byte < close; byte++)
                if (*byte == '%' || (*byte != ':' && !character_is(*byte, CHARACTER_HOST)))
                        return 0;
        return (size_t)(close - text.data) + 1;
}

/* The length of the reg-name or IPv4 address at the start, which ends at a ':';
 * SIZE_MAX when an escape in it is broken. */
static size_t name_length(struct span text)
{
        size_t i = 0;

        while (i < text.length && character_is(text.data[i], CHARACTER_HOST)) {
                if (text.data[i] == '%') {
                        if (text.length - i < 3 || character_hex(text.data[i + 1]) < 0 ||
                            character_hex(text.data[i + 2]) < 0)
                                return SIZE_MAX;
                        i += 2;
                }
                i++;
        }
        return i;
}

bool target_authority_valid(struct span authority)
{
        size_t host;

        if (authority.length > 0 && authority.data[0] == '[') {
                host = ip_literal_length(authority);
                if (host == 0)
                        return false;
        } else {
                host = name_length(authority);
                if (host == SIZE_MAX)
                        return false;
        }

        struct span port = {authority.data + host, authority.length - host};
        if (port.length == 0)
                return true;
        if (port.data[0] != ':')
                return false;
        port.data++;
        port.length--;
        uint64_t number = 0;
        return port.length == 0 || (number_parse(port, &number) == 0 && number <= PORT_MAX);
}

struct span target_host(struct span authority)
{
        bool literal = authority.length > 0 && authority.data[0] == '[';
        size_t length = literal ? ip_literal_length(authority) : 0;
        while (length < authority.length && authority.data[length] != ':')
                length++;
        return (struct span){authority.data, length};
}
