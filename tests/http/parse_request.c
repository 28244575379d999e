/* What the request parser makes of heads, for the comparison with another parser.
 * Standard input: heads, each behind its length in 4 bytes, little-endian. Standard
 * output: one JSON object a line. Bytes appear as the code points of their value. */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

#include "http/request.h"

#define HEAD_MOST (1 << 20)

static void print_text(struct span text)
{
        putchar('"');
        for (size_t i = 0; i < text.length; i++) {
                unsigned char byte = (unsigned char)text.data[i];
                if (byte < ' ' || byte > '~' || byte == '"' || byte == '\\')
                        printf("\\u%04x", byte);
                else
                        putchar(byte);
        }
        putchar('"');
}

static void print_request(const struct http_request *request, size_t head_length)
{
        printf("{\"verdict\": \"accepted\", \"length\": %zu, \"method\": ", head_length);
        print_text(request->method_token);
        printf(", \"target\": ");
        print_text(request->target);
        printf(", \"keep_alive\": %s", request->keep_alive ? "true" : "false");
        printf(", \"has_body\": %s, \"fields\": [", request->has_body ? "true" : "false");
        for (size_t i = 0; i < request->field_count; i++) {
                printf(i > 0 ? ", [" : "[");
                print_text(request->fields[i].name);
                printf(", ");
                print_text(request->fields[i].value);
                printf("]");
        }
        printf("]}\n");
}

static void print_verdict(const char *data, size_t length)
{
        static struct http_request request;
        struct request_failure failure;
        size_t head_length;

        switch (request_parse(data, length, 0, &request, &head_length, &failure)) {
        case REQUEST_COMPLETE:
                print_request(&request, head_length);
                break;
        case REQUEST_INCOMPLETE:
                printf("{\"verdict\": \"incomplete\"}\n");
                break;
        case REQUEST_BAD:
                printf("{\"verdict\": \"refused\", \"status\": %d, \"reason\": ",
                       (int)failure.status);
                print_text(span_of(failure.reason));
                printf("}\n");
                break;
        }
}

int main(void)
{
        static char data[HEAD_MOST];
        uint32_t length;

        while (fread(&length, sizeof(length), 1, stdin) == 1) {
                length = le32toh(length);
                if (length > sizeof(data) || fread(data, 1, length, stdin) != length)
                        return EXIT_FAILURE;
                print_verdict(data, length);
        }
        return ferror(stdin) || fflush(stdout) != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
