/* Authorization: what is decoded fits, is one string, and is what was encoded. */
#include "http/authorization.h"

#include <string.h>

#include "fuzz.h"

static size_t encode(struct span bytes, char *out)
{
        static const char digits[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        size_t length = 0;

        for (size_t i = 0; i < bytes.length; i += 3) {
                unsigned group = 0;
                for (size_t k = 0; k < 3; k++)
                        group = group << 8 |
                                (i + k < bytes.length ? (unsigned char)bytes.data[i + k] : 0u);
                for (size_t k = 0; k < 4; k++)
                        out[length++] =
                                i + k > bytes.length ? '=' : digits[group >> (18 - 6 * k) & 63];
        }
        return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        char buffer[CREDENTIALS_MAX + 1], again[CREDENTIALS_MAX * 2];
        const struct span value = {(const char *)bytes, size};
        struct span credentials, user;
        const char *password;

        if (!authorization_basic(value, buffer, &credentials, &user, &password))
                return 0;
        CHECK(credentials.length <= CREDENTIALS_MAX && credentials.data == buffer);
        CHECK(strlen(buffer) == credentials.length && password[-1] == ':');
        size_t length = encode(credentials, again);
        CHECK(length < size && memmem(bytes, size, again, length));
        return 0;
}
