#include "http/authorization.h"

#include "http/list.h"

static int digit_of(char byte)
{
        if (byte >= 'A' && byte <= 'Z')
                return byte - 'A';
        if (byte >= 'a' && byte <= 'z')
                return byte - 'a' + 26;
        if (byte >= '0' && byte <= '9')
                return byte - '0' + 52;
        return byte == '+' ? 62 : byte == '/' ? 63 : -1;
}

/* Base64 as RFC 4648 section 4 has it: whole groups, padded, and no bit lost. */
static bool decode(struct span text, char *out, size_t *ret_length)
{
        unsigned bits = 0, held = 0;
        size_t length = 0, padding = 0;

        if (text.length == 0 || text.length % 4 || text.length / 4 * 3 > CREDENTIALS_MAX)
                return false;
        while (padding < 2 && text.data[text.length - 1] == '=') {
                text.length--;
                padding++;
        }
        for (size_t i = 0; i < text.length; i++) {
                int digit = digit_of(text.data[i]);
                if (digit < 0)
                        return false;
                bits = bits << 6 | (unsigned)digit;
                held += 6;
                if (held >= 8) {
                        held -= 8;
                        out[length++] = (char)(bits >> held);
                        bits &= (1u << held) - 1;
                }
        }
        *ret_length = length;
        return bits == 0;
}

bool authorization_basic(struct span value, char buffer[static CREDENTIALS_MAX + 1],
                         struct span *ret_credentials, struct span *ret_user,
                         const char **ret_password)
{
        static const struct span scheme = SPAN_LITERAL("Basic ");
        size_t length;

        if (value.length <= scheme.length ||
            !span_equal_fold((struct span){value.data, scheme.length}, scheme))
                return false;
        struct span text = {value.data + scheme.length, value.length - scheme.length};
        if (!decode(list_trim(text), buffer, &length))
                return false;
        buffer[length] = '\0';
        const char *colon = memchr(buffer, ':', length);
        if (!colon || memchr(buffer, '\0', length))
                return false;
        *ret_credentials = (struct span){buffer, length};
        *ret_user = (struct span){buffer, (size_t)(colon - buffer)};
        *ret_password = colon + 1;
        return true;
}
