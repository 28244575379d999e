/* The configuration file of `sluice serve`: what is taken can be applied, and what is
 * then printed is a file that is taken and says the same; what is not taken gets one
 * line that names a line which is there. */
#include <stdbool.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/settings.h"
#include "fuzz.h"
#include "serve/serve.h"

#define NAME "the.conf"

struct page {
        char *text;
        size_t length;
};

static FILE *page_open(struct page *page)
{
        FILE *file = open_memstream(&page->text, &page->length);
        CHECK(file);
        return file;
}

static void page_done(struct page *page)
{
        free(page->text);
        *page = (struct page){0};
}

static size_t count_lines(const void *text, size_t length)
{
        const char *next = text, *end = next + length;
        size_t count = 0;
        while (next < end) {
                const char *newline = memchr(next, '\n', (size_t)(end - next));
                next = newline ? newline + 1 : end;
                count++;
        }
        return count;
}

static void check_complaint(const struct page *said, size_t lines)
{
        unsigned long line = 0;
        CHECK(said->length > 0 && said->text[said->length - 1] == '\n');
        CHECK(strncmp(said->text, NAME ":", strlen(NAME ":")) == 0);
        CHECK(sscanf(said->text + strlen(NAME ":"), "%lu", &line) == 1);
        CHECK(line >= 1 && line <= lines);
}

/* False: it was not taken, as it should not be. */
static bool read_text(struct settings *settings, const void *text, size_t length)
{
        struct page said = {0};
        FILE *file = fmemopen((void *)text, length, "r"), *complaints = page_open(&said);

        CHECK(file);
        CHECK(settings_init(settings, &command_serve) == 0);
        int code = settings_read(settings, file, NAME, SETTING_FILE, complaints);
        CHECK(fclose(file) == 0 && fclose(complaints) == 0);
        if (code != 0)
                check_complaint(&said, count_lines(text, length));
        else
                CHECK(said.length == 0);
        page_done(&said);
        return code == 0;
}

static void print(const struct settings *settings, struct page *page)
{
        FILE *out = page_open(page);
        settings_print(settings, out);
        CHECK(fclose(out) == 0);
}

static void apply(const struct settings *settings)
{
        static struct serve_options options, section;

        memset(&options, 0, sizeof(options));
        settings_apply(settings, &options);
        CHECK(options.site.path && options.bind_count <= SERVE_BINDS_MAX);
        CHECK(options.port <= UINT16_MAX && options.header_timeout_ms >= 1);
        for (size_t i = 0; i < settings->section_count; i++) {
                section = options;
                settings_apply_section(settings, i, &section);
                CHECK(section.site.path && section.site.header_count <= SERVE_HEADERS_MAX);
                CHECK(section.port == options.port && settings->sections[i].words[0]);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        struct settings settings, again;
        struct page first = {0}, second = {0};

        /* fmemopen(3) has no empty files, and a user's name is looked up in the system's. */
        if (size == 0 || memmem(bytes, size, "user", 4))
                return 0;
        if (read_text(&settings, bytes, size)) {
                apply(&settings);
                print(&settings, &first);
                CHECK(read_text(&again, first.text, first.length));
                print(&again, &second);
                CHECK(first.length == second.length &&
                      memcmp(first.text, second.text, first.length) == 0);
                settings_done(&again);
        }
        page_done(&first);
        page_done(&second);
        settings_done(&settings);
        return 0;
}
