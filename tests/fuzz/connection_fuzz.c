/* A whole connection: the bytes come in pieces, and whatever they are, the server sends
 * the answers that the parsers foretell, each whole, and then ends (HTTP/2: that alone). The first
 * byte says how, the second how many sizes of pieces follow; then the stream. */
#include <dirent.h>
#include <unistd.h>

#include "connection/answers.h"
#include "connection/exchange.h"
#include "connection/server_within.h"
#include "fuzz.h"
#include "net/proxy_header.h"
#include "serve/http2.h"

#define BEHIND_PROXY 1
#define READS_LATE 2
#define STAYS 4
#define SIZES_MOST 16

#define RECEIVED_MOST ((size_t)64 << 20)
#define FDS_SEEN_EVERY 512
#define FDS_MOST 96 /* two servers, and files that they remember */

static void check_descriptors(void)
{
        DIR *directory = opendir("/proc/self/fd");
        size_t count = 0;

        CHECK(directory);
        while (readdir(directory))
                count++;
        closedir(directory);
        CHECK(count < FDS_MOST);
}

/* Takes the PROXY header off the stream. False: there is none, nobody answers. */
static bool take_proxy_header(struct span *stream)
{
        struct address peer;
        size_t length = 0;

        switch (proxy_header_parse(*stream, &peer, &length)) {
        case PROXY_HEADER_INCOMPLETE:
        case PROXY_HEADER_BAD:
                return false;
        case PROXY_HEADER_PEER:
        case PROXY_HEADER_NO_PEER:
                break;
        }
        *stream = (struct span){stream->data + length, stream->length - length};
        return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        static struct answers answers;
        static char *received;
        static unsigned runs;

        if (!received) {
                received = malloc(RECEIVED_MOST);
                CHECK(received);
                server_within_start();
        }
        if (size < 2)
                return 0;
        struct pieces pieces = {.sizes = bytes + 2, .count = bytes[1] % (SIZES_MOST + 1)};
        uint8_t how = bytes[0];
        bool behind_proxy = how & BEHIND_PROXY;
        pieces.late = how & READS_LATE;
        if (pieces.count > size - 2)
                pieces.count = size - 2;
        bytes += 2 + pieces.count;
        size -= 2 + pieces.count;

        struct span stream = {(const char *)bytes, size};
        answers.count = 0;
        answers.maybe_less = answers.ends = false;
        bool heard = !behind_proxy || take_proxy_header(&stream);
        /* HTTP/2 has answers of another kind: only that it ends is asked of it. */
        bool judged = stream.length == 0 ||
                      http2_preface(stream.data, stream.length) == HTTP2_PREFACE_NOT;
        if (heard && judged)
                answers_expect(&answers, stream);

        pieces.stay = answers.ends && how & STAYS;
        int fd = server_within_connect(behind_proxy);
        size_t length = exchange(fd, bytes, size, &pieces, received, RECEIVED_MOST);
        (void)close(fd);
        if (judged)
                answers_check(&answers, (struct span){received, length});
        if (++runs % FDS_SEEN_EVERY == 0)
                check_descriptors();
        return 0;
}
