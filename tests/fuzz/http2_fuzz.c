/* A connection of HTTP/2: frames of a client's, whatever they are, behind a good preface
 * that opens the windows. What comes back is frames, and then the server ends. The
 * first byte says how, the second how many sizes of pieces follow; then the frames. */
#include <string.h>
#include <unistd.h>

#include "connection/exchange.h"
#include "connection/server_within.h"
#include "fuzz.h"

#define READS_LATE 2
#define SIZES_MOST 16
#define FRAMES_MOST 65536 /* bytes of an input */
#define RECEIVED_MOST ((size_t)64 << 20)

#define FRAME_HEAD 9
#define PAYLOAD_MOST ((size_t)128 << 10)
#define KIND_DATA 0
#define KIND_HEADERS 1
#define KIND_SETTINGS 4
#define KIND_GOAWAY 7
#define KINDS 10

static const uint8_t opening[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                                 "\0\0\6\4\0\0\0\0\0" /* SETTINGS: */
                                 "\0\4\x3f\xff\xff\xff" /* INITIAL_WINDOW_SIZE */
                                 "\0\0\4\x8\0\0\0\0\0" /* WINDOW_UPDATE: */
                                 "\x3f\xff\0\0";

static size_t length_of(const unsigned char *frame)
{
        return (size_t)frame[0] << 16 | (size_t)frame[1] << 8 | frame[2];
}

static void check_frame(const unsigned char *frame, size_t length)
{
        uint32_t stream = (uint32_t)(frame[5] & 0x7f) << 24 | (uint32_t)frame[6] << 16 |
                          (uint32_t)frame[7] << 8 | frame[8];
        unsigned kind = frame[3];

        CHECK(kind < KINDS && length <= PAYLOAD_MOST);
        if (kind == KIND_DATA || kind == KIND_HEADERS)
                CHECK(stream % 2 == 1);
        if (kind == KIND_SETTINGS || kind == KIND_GOAWAY)
                CHECK(stream == 0);
}

/* The last may be cut off: the server ends a connection that is not worth more. */
static void check_frames(const unsigned char *data, size_t length)
{
        CHECK(length >= FRAME_HEAD && data[3] == KIND_SETTINGS);
        while (length >= FRAME_HEAD) {
                size_t payload = length_of(data);
                check_frame(data, payload);
                if (length - FRAME_HEAD < payload)
                        return;
                data += FRAME_HEAD + payload;
                length -= FRAME_HEAD + payload;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        static uint8_t stream[sizeof(opening) + FRAMES_MOST];
        static char *received;

        if (!received) {
                received = malloc(RECEIVED_MOST);
                CHECK(received);
                server_within_start();
        }
        if (size < 2 || size > FRAMES_MOST)
                return 0;
        struct pieces pieces = {.sizes = bytes + 2, .count = bytes[1] % (SIZES_MOST + 1)};
        pieces.late = bytes[0] & READS_LATE;
        if (pieces.count > size - 2)
                pieces.count = size - 2;
        bytes += 2 + pieces.count;
        size -= 2 + pieces.count;

        memcpy(stream, opening, sizeof(opening) - 1);
        memcpy(stream + sizeof(opening) - 1, bytes, size);
        int fd = server_within_connect(false);
        size_t length =
                exchange(fd, stream, sizeof(opening) - 1 + size, &pieces, received, RECEIVED_MOST);
        (void)close(fd);
        check_frames((const unsigned char *)received, length);
        return 0;
}
