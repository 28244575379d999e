/* Options of `sluice serve`: what is shared, and how it is answered. */
#include "cli/serve_options.h"

#include <errno.h>
#include <string.h>

#include "serve/redirects.h"
#include "serve/site.h"
#include "serve/site_fields.h"

/* One that a client could ask for too. */
static int check_index(const char *value)
{
        return value[0] && value[0] != '.' && !strchr(value, '/') ? 0 : -EINVAL;
}

static const struct option_spec options[] = {
        {
                .name = "index",
                .kind = OPTION_LIST,
                .value = "NAME",
                .help = "What a folder shows if it has it, instead of index.html; may be "
                        "repeated: the first that is there counts",
                .offset = FIELD(site.indexes),
                .second_offset = FIELD(site.index_count),
                .in_section = true,
                .maximum = SERVE_INDEXES_MAX,
                .check = check_index,
                .expected = "the name of a file",
        },
        {
                .name = "no-listing",
                .kind = OPTION_FLAG,
                .help = "Do not list folders without an index: they are not found",
                .offset = FIELD(site.no_listing),
                .in_section = true,
        },
        {
                .name = "clean-urls",
                .kind = OPTION_FLAG,
                .help = "Answer /about with about.html",
                .offset = FIELD(site.clean_urls),
                .in_section = true,
        },
        {
                .name = "spa",
                .kind = OPTION_FLAG,
                .help = "Answer every path that is not there and has no extension with the "
                        "index of the root, for applications that route in the browser",
                .offset = FIELD(site.spa),
                .in_section = true,
        },
        {
                .name = "no-precompressed",
                .kind = OPTION_FLAG,
                .help = "Do not look for .br, .zst and .gz beside files: see 'sluice compress'",
                .offset = FIELD(site.no_precompressed),
                .in_section = true,
        },
        {
                .name = "symlinks",
                .kind = OPTION_TEXT,
                .value = "WHICH",
                .default_text = "inside",
                .help = "Which symbolic links to follow: inside the folder, those of them that "
                        "point to their owner's own, or never any",
                .offset = FIELD(site.symlinks),
                .in_section = true,
                .choice = site_symlinks_name,
        },
        {
                .name = "htpasswd",
                .kind = OPTION_TEXT,
                .value = "FILE",
                .help = "Ask for a name and a password, and look them up in this file of "
                        "user:hash lines: yescrypt, bcrypt, scrypt, SHA-512 or SHA-256",
                .offset = FIELD(site.htpasswd),
                .in_section = true,
        },
        {
                .name = "header",
                .kind = OPTION_LIST,
                .value = "FIELD",
                .help = "Send 'Name: value' with every response; may be repeated",
                .offset = FIELD(site.headers),
                .second_offset = FIELD(site.header_count),
                .in_section = true,
                .maximum = SERVE_HEADERS_MAX,
                .check = site_fields_check_header,
                .expected = "'Name: value', or names a field that sluice writes itself",
        },
        {
                .name = "cache-control",
                .kind = OPTION_LIST,
                .value = "PATTERN=VALUE",
                .help = "Cache-Control for files whose name fits, as in '*.css=max-age=3600', or "
                        "whose path fits, as in '/assets/*=immutable'; may be repeated, the "
                        "first that fits counts",
                .offset = FIELD(site.cache_controls),
                .second_offset = FIELD(site.cache_control_count),
                .in_section = true,
                .maximum = SERVE_HEADERS_MAX,
                .check = site_fields_check_cache_control,
                .expected = "PATTERN=VALUE, as in '*.css=max-age=3600'",
        },
        {
                .name = "type",
                .kind = OPTION_LIST,
                .value = "EXT=TYPE",
                .help = "The media type of files with this extension, or of this whole name if "
                        "they have none, as in 'ts=text/plain; charset=utf-8'; may be repeated, "
                        "the first that fits counts",
                .offset = FIELD(site.types),
                .second_offset = FIELD(site.type_count),
                .in_section = true,
                .maximum = SERVE_TYPES_MAX,
                .check = site_fields_check_type,
                .expected = "EXT=TYPE, as in 'ts=text/plain'",
        },
        {
                .name = "cors",
                .kind = OPTION_TEXT,
                .value = "ORIGIN",
                .help = "Let scripts of pages from this origin read the files; '*', or none, is "
                        "any",
                .offset = FIELD(site.cors),
                .in_section = true,
                .check = site_fields_check_cors,
                .bare = "*",
                .expected = "'*' or an origin such as https://example.org",
        },
        {
                .name = "redirect",
                .kind = OPTION_LIST,
                .value = "[STATUS:]FROM=TO",
                .help = "Answer the path FROM with a redirect to TO, a path or a web address; "
                        "'/old/*=/new/*' takes all beneath along; STATUS is 302, 307 or 308, or "
                        "else 301, which browsers remember; may be repeated",
                .offset = FIELD(site.redirects),
                .second_offset = FIELD(site.redirect_count),
                .in_section = true,
                .maximum = SERVE_REDIRECTS_MAX,
                .check = redirects_check,
                .expected = "/FROM=/TO or /FROM=https://host/TO, another place than FROM, with /* "
                            "at the end of both or of the first or of none, and no other star",
        },
        {
                .name = "server-timing",
                .kind = OPTION_FLAG,
                .help = "Say in a Server-Timing field how the body is sent and what it took to "
                        "find it",
                .offset = FIELD(site.server_timing),
                .in_section = true,
        },
};

const struct option_group serve_options_site = {
        .title = "What is shared, and how",
        OPTIONS(options),
};
