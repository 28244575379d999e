#include "cli/codings.h"

#include <brotli/encode.h>
#include <errno.h>
#include <stdint.h>
#include <zlib.h>
#include <zstd.h>

#include "base/on_demand.h"

/* Done once and sent often: the best each has. For zstd that is the highest level
 * whose window every decoder must have (8 MiB, RFC 9659). */
#define ZSTD_LEVEL 19
#define GZIP_WINDOW (15 + 16) /* zlib.h: 16 more makes a gzip head */
#define GZIP_MEMORY 9

/* ---- What is called of the libraries ---- */

ON_DEMAND_NOTE(brotli, SONAME_BROTLIENC, "compress", "sluice compress, .br");
/* By a name of its own: its parameters are arrays of a variable length, which only some
 * compilers let one repeat. */
static __typeof__(BrotliEncoderCompress) *brotli_compress;
static const struct on_demand_symbol brotli[] = {
        {"BrotliEncoderCompress", (void **)&brotli_compress},
};

ON_DEMAND_NOTE(zstd, SONAME_ZSTD, "compress", "sluice compress, .zst");
ON_DEMAND_FUNCTION(size_t, ZSTD_compress, (void *a, size_t b, const void *c, size_t d, int e),
                   (a, b, c, d, e))
ON_DEMAND_FUNCTION(unsigned, ZSTD_isError, (size_t a), (a))
static const struct on_demand_symbol zstd[] = {
        ON_DEMAND_SYMBOL(ZSTD_compress),
        ON_DEMAND_SYMBOL(ZSTD_isError),
};

ON_DEMAND_NOTE(z, SONAME_Z, "compress", "sluice compress, .gz");
ON_DEMAND_FUNCTION(int, deflate, (z_streamp a, int b), (a, b))
ON_DEMAND_FUNCTION(int, deflateEnd, (z_streamp a), (a))
ON_DEMAND_FUNCTION(int, deflateInit2_,
                   (z_streamp a, int b, int c, int d, int e, int f, const char *g, int h),
                   (a, b, c, d, e, f, g, h))
static const struct on_demand_symbol z[] = {
        ON_DEMAND_SYMBOL(deflate),
        ON_DEMAND_SYMBOL(deflateEnd),
        ON_DEMAND_SYMBOL(deflateInit2_),
};

int codings_load(const char **ret_error)
{
        static struct on_demand libraries[] = {
                ON_DEMAND_LIBRARY(SONAME_BROTLIENC, brotli),
                ON_DEMAND_LIBRARY(SONAME_ZSTD, zstd),
                ON_DEMAND_LIBRARY(SONAME_Z, z),
        };
        int r = 0;
        for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]) && r == 0; i++)
                r = on_demand_load(&libraries[i], ret_error);
        return r;
}

/* ---- The codings ---- */

static int code_brotli(struct coding_buffer in, struct coding_buffer *out)
{
        size_t size = out->size;
        if (!brotli_compress(BROTLI_MAX_QUALITY, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_GENERIC,
                             in.size, in.data, &size, out->data))
                return -ENOBUFS;
        out->size = size;
        return 0;
}

static int code_zstd(struct coding_buffer in, struct coding_buffer *out)
{
        size_t size = ZSTD_compress(out->data, out->size, in.data, in.size, ZSTD_LEVEL);
        if (ZSTD_isError(size))
                return -ENOBUFS;
        out->size = size;
        return 0;
}

static int code_gzip(struct coding_buffer in, struct coding_buffer *out)
{
        z_stream stream = {
                .next_in = in.data,
                .avail_in = (uInt)in.size,
                .next_out = out->data,
                .avail_out = (uInt)out->size,
        };
        if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
                         Z_DEFAULT_STRATEGY) != Z_OK)
                return -ENOMEM;
        int r = deflate(&stream, Z_FINISH) == Z_STREAM_END ? 0 : -ENOBUFS;
        out->size = stream.total_out;
        (void)deflateEnd(&stream);
        return r;
}

static int (*const coders[CODING_COUNT])(struct coding_buffer in, struct coding_buffer *out) = {
        [CODING_BROTLI] = code_brotli,
        [CODING_ZSTD] = code_zstd,
        [CODING_GZIP] = code_gzip,
};

int coding_apply(enum content_coding coding, struct coding_buffer in, struct coding_buffer *out)
{
        return coders[coding](in, out);
}
