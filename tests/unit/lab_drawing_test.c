/* Drawings of counts as each method makes them. With a folder as argument the
 * drawings are written there as well, to be looked at. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "lab/drawing.h"

#define GIB (UINT64_C(1) << 30)

static const char *folder;

static const struct path_call copy_calls[] = {{"pread64", 262144}, {"sendto", 262144}, {"poll", 3}};
static const struct path_call sendfile_calls[] = {{"sendfile", 512}, {"statx", 0}};
static const struct path_call many_calls[] = {{"io_uring_enter", 8192},
                                              {"sendto", 4096},
                                              {"recvmsg", 12},
                                              {"mmap", 1},
                                              {"munmap", 1},
                                              {"fcntl", 2},
                                              {"openat", 1},
                                              {"io_uring_register", 1}};

static struct path_counts counts_of(uint64_t in, uint64_t out, uint64_t by_kernel)
{
        return (struct path_counts){
                .bytes_sent = GIB,
                .bytes_copied_in = in,
                .bytes_copied_out = out,
                .bytes_copied_by_kernel = by_kernel,
                .disk_known = true,
                .sink = "receiver",
                .sink_note = "over loopback",
                .waits = 7,
                .calls = copy_calls,
                .call_count = 3,
        };
}

/* The drawing, NUL-terminated; the caller frees it. */
static char *draw(const char *id, const char *method, const struct path_counts *counts)
{
        struct text text = {0};
        char name[256];

        assert_int_equal(drawing_write(&text, id, id, method, counts), 0);
        text_append(&text, (struct span){"", 1});
        assert_false(text.failed);
        if (folder) {
                (void)snprintf(name, sizeof(name), "%s/%s.svg", folder, id);
                FILE *file = fopen(name, "w");
                assert_non_null(file);
                (void)fputs(text.data, file);
                assert_int_equal(fclose(file), 0);
        }
        return text.data;
}

/* The widths of the arrows of a class, one after the other. */
static size_t widths(const char *svg, const char *class, double *ret_widths, size_t capacity)
{
        char wanted[64];
        size_t n = 0;

        int length = snprintf(wanted, sizeof(wanted), "class=\"%s\" data-width=\"", class);
        while ((svg = strstr(svg, wanted)) && n < capacity)
                ret_widths[n++] = strtod(svg += length, NULL);
        return n;
}

static void assert_widths(const char *svg, const char *class, size_t count, double wanted)
{
        double found[8] = {0};
        assert_int_equal(widths(svg, class, found, 8), count);
        for (size_t i = 0; i < count; i++)
                assert_true(found[i] > wanted - 0.01 && found[i] < wanted + 0.01);
}

static void test_copy_moves_each_byte_twice(void **state)
{
        (void)state;
        struct path_counts counts = counts_of(GIB, GIB, 0);
        char *svg = draw("copy", "copy", &counts);

        assert_widths(svg, "p-cpu", 2, DRAWING_BYTE_WIDTH);
        assert_widths(svg, "p-ref", 1, DRAWING_BYTE_WIDTH);
        assert_widths(svg, "p-dma", 0, 0);
        assert_non_null(strstr(svg, "2.00 copies a byte by the CPU"));
        assert_non_null(strstr(svg, ">524,291 system calls + 7 waits<"));
        assert_non_null(strstr(svg, "pread64 262,144"));
        assert_non_null(strstr(svg, "page cache to buffer: CPU copy, 1.0 GiB."));
        assert_non_null(strstr(svg, "disk to page cache: nothing was read, 0 B."));
        free(svg);
}

static void test_sendfile_copies_nothing(void **state)
{
        (void)state;
        struct path_counts counts = counts_of(0, 0, 0);
        counts.calls = sendfile_calls;
        counts.call_count = 2;
        counts.sink_is_device = true;
        counts.sink = "network card";
        counts.sink_note = NULL;
        counts.bytes_from_disk = GIB / 2;
        char *svg = draw("sendfile", "sendfile", &counts);
        double found[8];

        assert_widths(svg, "p-cpu", 0, 0);
        assert_widths(svg, "p-ref", 1, DRAWING_BYTE_WIDTH);
        assert_int_equal(widths(svg, "p-dma", found, 8), 2);
        assert_true(found[0] > 9.99 && found[0] < 10.01);
        assert_true(found[1] > 19.99 && found[1] < 20.01);
        assert_non_null(strstr(svg, "no byte of the file comes here"));
        assert_null(strstr(svg, "statx"));
        free(svg);
}

static void test_kernel_that_copies_is_shown(void **state)
{
        (void)state;
        struct path_counts counts = counts_of(GIB, 0, GIB);
        char *svg = draw("zerocopy-loopback", "zerocopy", &counts);
        assert_widths(svg, "p-cpu", 2, DRAWING_BYTE_WIDTH);
        assert_non_null(strstr(svg, "copied by the kernel"));
        assert_null(strstr(svg, "buffer to socket buffer: by reference"));
        free(svg);

        counts = counts_of(GIB, 0, GIB / 4);
        svg = draw("zerocopy-partly", "zerocopy", &counts);
        assert_non_null(strstr(svg, "buffer to socket buffer: by reference, 768.0 MiB."));
        assert_non_null(strstr(svg, "copied by the kernel, 256.0 MiB."));
        free(svg);

        counts = counts_of(0, 0, GIB);
        svg = draw("sendfile-copied", "sendfile", &counts);
        assert_widths(svg, "p-cpu", 1, DRAWING_BYTE_WIDTH);
        free(svg);
}

static void test_what_was_not_counted_has_no_width(void **state)
{
        (void)state;
        struct path_counts counts = counts_of(0, GIB, 0);
        counts.disk_known = false;
        counts.bytes_from_disk = GIB;
        char *svg = draw("direct", "direct", &counts);

        assert_widths(svg, "p-dma", 0, 0);
        assert_widths(svg, "p-cpu", 1, DRAWING_BYTE_WIDTH);
        assert_non_null(strstr(svg, ">not counted<"));
        assert_non_null(strstr(svg, "past the page cache"));
        free(svg);
}

static void test_width_is_limited(void **state)
{
        (void)state;
        struct path_counts counts = counts_of(0, GIB, 0);
        counts.bytes_from_disk = 5 * GIB;
        char *svg = draw("direct-wide", "direct", &counts);
        assert_widths(svg, "p-dma", 1, DRAWING_WIDTH_MAX);
        assert_non_null(strstr(svg, "5.0 GiB"));
        free(svg);
}

/* Counters that do not fit the table: said, not hidden. */
static void test_copies_off_the_path_are_told(void **state)
{
        (void)state;
        struct path_counts counts = counts_of(GIB, GIB, 0);
        char *svg = draw("mmap-odd", "mmap", &counts);
        assert_non_null(strstr(svg, "1.0 GiB copied elsewhere"));
        free(svg);

        /* A method that the table does not know is drawn from its counters. */
        svg = draw("newcomer", "newcomer", &counts);
        assert_widths(svg, "p-cpu", 2, DRAWING_BYTE_WIDTH);
        assert_null(strstr(svg, "elsewhere"));
        free(svg);
}

static void test_many_calls_fit(void **state)
{
        (void)state;
        struct path_counts counts = counts_of(0, 0, GIB);
        counts.calls = many_calls;
        counts.call_count = 8;
        counts.disk_known = false;
        char *svg = draw("uring", "uring", &counts);
        assert_non_null(strstr(svg, "other names<"));
        assert_non_null(strstr(svg, "io_uring_register 1"));
        free(svg);
}

static void test_the_rest_of_the_methods(void **state)
{
        (void)state;
        struct path_counts counts = counts_of(0, GIB, 0);
        char *svg = draw("mmap", "mmap", &counts);
        assert_widths(svg, "p-cpu", 1, DRAWING_BYTE_WIDTH);
        assert_non_null(strstr(svg, "mapped, same pages"));
        free(svg);

        counts = counts_of(0, 0, 0);
        svg = draw("splice", "splice", &counts);
        assert_widths(svg, "p-cpu", 0, 0);
        assert_widths(svg, "p-ref", 3, DRAWING_BYTE_WIDTH);
        free(svg);
}

static void test_encryption_is_the_cpu_s_work_but_no_copy(void **state)
{
        (void)state;
        struct path_counts counts = counts_of(GIB, GIB, 0);
        char *svg = draw("copy-tls", "copy+tls", &counts);
        assert_widths(svg, "p-cpu", 3, DRAWING_BYTE_WIDTH);
        assert_non_null(strstr(svg, "TLS records"));
        assert_non_null(strstr(svg, ">encrypted<"));
        assert_non_null(strstr(svg, "2.00 copies a byte"));
        free(svg);

        counts = counts_of(0, GIB, 0);
        svg = draw("direct-tls", "direct+tls", &counts);
        assert_widths(svg, "p-cpu", 2, DRAWING_BYTE_WIDTH);
        assert_non_null(strstr(svg, "past the page cache"));
        free(svg);

        counts = counts_of(0, 0, 0);
        svg = draw("sendfile-ktls", "sendfile+ktls", &counts);
        assert_widths(svg, "p-cpu", 1, DRAWING_BYTE_WIDTH);
        assert_non_null(strstr(svg, ">encrypted<"));
        assert_null(strstr(svg, "TLS records"));
        assert_null(strstr(svg, "copied elsewhere"));
        assert_non_null(strstr(svg, "0.00 copies a byte"));
        free(svg);

        /* Whatever a file of results says: no more moves than there is room for. */
        counts = counts_of(GIB, GIB / 4, GIB / 4);
        svg = draw("zerocopy-tls", "zerocopy+tls", &counts);
        assert_non_null(strstr(svg, "TLS records"));
        free(svg);
}

static void test_names_are_escaped(void **state)
{
        (void)state;
        struct text text = {0};
        struct path_counts counts = counts_of(0, 0, 0);
        counts.sink = "<eth0>";
        assert_int_equal(drawing_write(&text, "a", "a < b & \"c\"", "sendfile", &counts), 0);
        text_append(&text, (struct span){"", 1});
        assert_null(strstr(text.data, "<eth0>"));
        assert_null(strstr(text.data, "a < b"));
        assert_non_null(strstr(text.data, "a &lt; b &amp; "));
        text_done(&text);
}

static void test_nothing_sent_is_not_drawn(void **state)
{
        (void)state;
        struct text text = {0};
        struct path_counts counts = {.sink = "receiver"};
        assert_int_equal(drawing_write(&text, "a", "a", "copy", &counts), -ENODATA);
        assert_int_equal(text.length, 0);
}

int main(int argc, char *argv[])
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_copy_moves_each_byte_twice),
                cmocka_unit_test(test_sendfile_copies_nothing),
                cmocka_unit_test(test_kernel_that_copies_is_shown),
                cmocka_unit_test(test_what_was_not_counted_has_no_width),
                cmocka_unit_test(test_width_is_limited),
                cmocka_unit_test(test_copies_off_the_path_are_told),
                cmocka_unit_test(test_many_calls_fit),
                cmocka_unit_test(test_the_rest_of_the_methods),
                cmocka_unit_test(test_encryption_is_the_cpu_s_work_but_no_copy),
                cmocka_unit_test(test_names_are_escaped),
                cmocka_unit_test(test_nothing_sent_is_not_drawn),
        };
        folder = argc > 1 ? argv[1] : NULL;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
