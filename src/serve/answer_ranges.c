#include "serve/answer_ranges.h"

#include <stdio.h>
#include <sys/random.h>

#include "serve/exchange.h"
#include "serve/reply.h"

#define BOUNDARY_LENGTH 32

/* Not to be guessed: else a file could hold it, and be read as something else. */
static bool write_boundary(char boundary[static BOUNDARY_LENGTH + 1])
{
        unsigned char bytes[BOUNDARY_LENGTH / 2];
        static const char digits[] = "0123456789abcdef";

        if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
                return false;
        for (size_t i = 0; i < sizeof(bytes); i++) {
                boundary[2 * i] = digits[bytes[i] >> 4];
                boundary[2 * i + 1] = digits[bytes[i] & 15];
        }
        boundary[BOUNDARY_LENGTH] = '\0';
        return true;
}

static void write_part_head(struct text *text, const struct file *file,
                            const struct byte_range *range, const char *boundary)
{
        text_printf(text,
                    "\r\n--%s\r\nContent-Type: %.*s\r\n"
                    "Content-Range: bytes %ju-%ju/%ju\r\n\r\n",
                    boundary, (int)file->type.length, file->type.data, (uintmax_t)range->offset,
                    (uintmax_t)(range->offset + range->length - 1), (uintmax_t)file->size);
}

/* The text between the ranges, which ends[i] says where to cut, then its parts
 * in turn with those of the file. False: no memory. */
static bool add_parts(struct response *response, const struct byte_range *ranges, size_t count,
                      const char *boundary, uint64_t *ret_length)
{
        struct text *text = &response->text;
        size_t ends[RANGES_SENT_MAX], begin = 0;
        uint64_t length = 0;

        for (size_t i = 0; i < count; i++) {
                write_part_head(text, response->file, &ranges[i], boundary);
                ends[i] = text->length;
                length += ranges[i].length;
        }
        text_printf(text, "\r\n--%s--\r\n", boundary);
        if (text->failed || !response_reserve_parts(response, 2 * count + 1))
                return false;

        for (size_t i = 0; i < count; begin = ends[i++]) {
                response_add_bytes(response, (struct span){text->data + begin, ends[i] - begin});
                response_add_file(response, ranges[i].offset, ranges[i].length);
        }
        response_add_bytes(response, (struct span){text->data + begin, text->length - begin});
        *ret_length = length + text->length;
        return true;
}

void answer_ranges(struct exchange *exchange, const struct http_request *request, struct file *file,
                   const struct byte_range *ranges, size_t count)
{
        char boundary[BOUNDARY_LENGTH + 1], type[BOUNDARY_LENGTH + 48];
        struct response *response = reply_begin(exchange, request, HTTP_PARTIAL_CONTENT);
        uint64_t length;

        if (!response)
                return;
        response->file = file_ref(file);
        if (!write_boundary(boundary) || !add_parts(response, ranges, count, boundary, &length)) {
                response->head.overflow = true;
                return;
        }
        head_raw(&response->head, (struct span){file->fields, file->validators_length});
        (void)snprintf(type, sizeof(type), "multipart/byteranges; boundary=%s", boundary);
        reply_field(response, "Content-Type", type);
        reply_field(response, "X-Content-Type-Options", "nosniff");
        head_number(&response->head, SPAN_LITERAL("Content-Length"), length);
        reply_end(exchange, request, response);
}
