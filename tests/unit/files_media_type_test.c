#include "unit.h"

#include "files/media_type.h"

static void assert_type(const char *name, const char *type)
{
        struct span found = media_type_of(name);
        assert_int_equal(found.length, strlen(type));
        assert_memory_equal(found.data, type, found.length);
}

static void extensions_decide(void **state)
{
        (void)state;
        assert_type("index.html", "text/html; charset=utf-8");
        assert_type("a/b/PHOTO.JPG", "image/jpeg");
        assert_type("app.js", "text/javascript; charset=utf-8");
        assert_type("data.json", "application/json");
        assert_type("m.wasm", "application/wasm");
        assert_type("a.tar.gz", "application/gzip");
        assert_type("movie.mp4", "video/mp4");
}

static void what_people_share_is_what_it_is_to_browsers(void **state)
{
        (void)state;
        assert_type("segment1.ts", "video/mp2t");
        assert_type("main.rs", "text/plain; charset=utf-8");
        assert_type("Cargo.toml", "text/plain; charset=utf-8");
        assert_type("compose.yml", "application/yaml");
        assert_type("notes.md", "text/markdown; charset=utf-8");
        assert_type("app.js.map", "application/json");
        assert_type("work.ipynb", "application/x-ipynb+json");
        assert_type("a/README", "text/plain; charset=utf-8");
        assert_type("makefile", "text/plain; charset=utf-8");
        assert_type("a.d/LICENSE", "text/plain; charset=utf-8");
        assert_type("font.woff2", "font/woff2");
        assert_type("site.webmanifest", "application/manifest+json");
}

static void without_one_it_is_bytes(void **state)
{
        (void)state;
        assert_type("page", "application/octet-stream");
        assert_type("a.html/page", "application/octet-stream");
        assert_type("x.nosuchthing", "application/octet-stream");
        assert_type("dot.", "application/octet-stream");
        assert_type(".html", "application/octet-stream");
        assert_type("", "application/octet-stream");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(extensions_decide),
                cmocka_unit_test(what_people_share_is_what_it_is_to_browsers),
                cmocka_unit_test(without_one_it_is_bytes),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
