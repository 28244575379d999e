#include "http/body.h"

#include "http/characters.h"

bool body_can_be_dropped(const struct http_request *request)
{
        return !request->expect_continue &&
               (request->chunked || request->content_length <= BODY_DROP_MAX);
}

void body_drop_begin(struct body_drop *drop, const struct http_request *request)
{
        *drop = (struct body_drop){
                .left = request->chunked ? 0 : (uint32_t)request->content_length,
                .allowed = BODY_DROP_MAX,
                .state = request->chunked ? BODY_CHUNK_SIZE : BODY_COUNTED,
        };
}

/* What may stand behind the number: an extension, or the line's end. White space only before
 * an extension's ';' (RFC 9112 7.1.1): who reads on behind it has read another number. */
static bool end_size(struct body_drop *drop, char byte)
{
        bool spaced = drop->state == BODY_CHUNK_SIZE_SPACE;

        if (byte == '\r' && !spaced)
                drop->state = BODY_CHUNK_SIZE_LF;
        else if (byte == ';')
                drop->state = BODY_CHUNK_EXTENSION;
        else if (character_is_space(byte))
                drop->state = BODY_CHUNK_SIZE_SPACE;
        else
                return false;
        return true;
}

/* A hexadecimal digit, or what ends the number. False: neither. */
static bool read_size(struct body_drop *drop, char byte)
{
        int digit = character_hex(byte);

        if (digit >= 0) {
                drop->left = drop->left << 4 | (uint32_t)digit;
                /* Leading zeros would let the number be long. */
                return ++drop->digits <= 8 && drop->left <= BODY_DROP_MAX;
        }
        if (drop->digits == 0)
                return false;
        return end_size(drop, byte);
}

/* One byte of a line that nobody reads, up to its CR. */
static bool read_line(struct body_drop *drop, char byte, enum body_state behind)
{
        if (byte == '\r')
                drop->state = behind;
        return byte == '\r' || character_is(byte, CHARACTER_VALUE);
}

static bool expect(struct body_drop *drop, char byte, char expected, enum body_state behind)
{
        drop->state = behind;
        return byte == expected;
}

/* One byte of the framing. False: malformed. */
static bool read_framing(struct body_drop *drop, char byte)
{
        switch (drop->state) {
        case BODY_CHUNK_SIZE:
                return read_size(drop, byte);
        case BODY_CHUNK_SIZE_SPACE:
                return end_size(drop, byte);
        case BODY_CHUNK_EXTENSION:
                return read_line(drop, byte, BODY_CHUNK_SIZE_LF);
        case BODY_CHUNK_SIZE_LF:
                drop->digits = 0;
                return expect(drop, byte, '\n', drop->left ? BODY_CHUNK_DATA : BODY_TRAILER_BEGIN);
        case BODY_CHUNK_CR:
                return expect(drop, byte, '\r', BODY_CHUNK_LF);
        case BODY_CHUNK_LF:
                return expect(drop, byte, '\n', BODY_CHUNK_SIZE);
        case BODY_TRAILER_BEGIN:
                drop->state = byte == '\r' ? BODY_END_LF : BODY_TRAILER_NAME;
                return byte == '\r' || character_is(byte, CHARACTER_TOKEN);
        case BODY_TRAILER_NAME:
                if (byte == ':')
                        drop->state = BODY_TRAILER;
                return byte == ':' || character_is(byte, CHARACTER_TOKEN);
        case BODY_TRAILER:
                return read_line(drop, byte, BODY_TRAILER_LF);
        case BODY_TRAILER_LF:
                return expect(drop, byte, '\n', BODY_TRAILER_BEGIN);
        case BODY_END_LF:
                return expect(drop, byte, '\n', BODY_NONE);
        case BODY_NONE:
        case BODY_COUNTED:
        case BODY_CHUNK_DATA:
                break;
        }
        return false;
}

enum body_result body_drop(struct body_drop *drop, const char *data, size_t length,
                           size_t *ret_taken)
{
        size_t i = 0;

        while (i < length && drop->state != BODY_NONE) {
                size_t taken = 1;
                bool counted = drop->state == BODY_COUNTED || drop->state == BODY_CHUNK_DATA;
                if (counted) {
                        taken = drop->left < length - i ? drop->left : length - i;
                        drop->left -= (uint32_t)taken;
                }
                if (taken > drop->allowed || (!counted && !read_framing(drop, data[i])))
                        return BODY_REFUSED;
                drop->allowed -= (uint32_t)taken;
                i += taken;
                if (counted && drop->left == 0)
                        drop->state = drop->state == BODY_COUNTED ? BODY_NONE : BODY_CHUNK_CR;
        }
        *ret_taken = i;
        return drop->state == BODY_NONE ? BODY_END : BODY_MORE;
}
