/* `sluice serve`: its options. */
#include <errno.h>
#include <string.h>

#include "cli/commands.h"
#include "net/address.h"
#include "serve/admin.h"
#include "serve/privileges.h"
#include "serve/request_log.h"
#include "serve/serve.h"
#include "serve/site.h"
#include "serve/site_fields.h"

#define FIELD(name) offsetof(struct serve_options, name)
#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static int check_bind(const char *value)
{
        struct address address;
        return address_parse(&address, value, 0);
}

/* One that a client could ask for too. */
static int check_index(const char *value)
{
        return value[0] && value[0] != '.' && !strchr(value, '/') ? 0 : -EINVAL;
}

static int check_network(const char *value)
{
        struct network network;
        return network_parse(&network, value);
}

static int check_method(const char *value)
{
        return strcmp(value, "auto") == 0 || sluice_method_find(value) ? 0 : -EINVAL;
}

static const char *method_choice(size_t index)
{
        if (index == 0)
                return "auto";
        const sluice_method *method = sluice_method_at(index - 1);
        return method ? sluice_method_name(method) : NULL;
}

static const char *sandbox_choice(size_t index)
{
        static const char *const choices[] = {"on", "off", "required"};
        return index < ARRAY_LENGTH(choices) ? choices[index] : NULL;
}

static int check_choice(const char *(*choice)(size_t index), const char *value)
{
        const char *word;
        for (size_t i = 0; (word = choice(i)); i++)
                if (strcmp(word, value) == 0)
                        return 0;
        return -EINVAL;
}

static int check_sandbox(const char *value)
{
        return check_choice(sandbox_choice, value);
}

static const char *overload_choice(size_t index)
{
        static const char *const choices[] = {"wait", "refuse"};
        return index < ARRAY_LENGTH(choices) ? choices[index] : NULL;
}

static int check_overload(const char *value)
{
        return check_choice(overload_choice, value);
}

static int check_symlinks(const char *value)
{
        return check_choice(site_symlinks_name, value);
}

static int check_admin(const char *value)
{
        struct address address;
        return admin_parse_address(&address, value);
}

static int check_log_format(const char *value)
{
        return check_choice(request_log_format_name, value);
}

static const struct option_spec options[] = {
        {
                .name = "config",
                .letter = 'c',
                .kind = OPTION_TEXT,
                .value = "FILE",
                .help = "Read options from this file; sluice.conf(5) tells how. SLUICE_* in the "
                        "environment outweighs it, and the command line both",
                .offset = FIELD(config),
                .common = true,
                .command_line_only = true,
        },
        {
                .name = "check",
                .kind = OPTION_FLAG,
                .help = "Only say whether all that is configured is right",
                .offset = FIELD(check),
                .common = true,
                .command_line_only = true,
        },
        {
                .name = "print-config",
                .kind = OPTION_FLAG,
                .help = "Only print the configuration as a file; and where each value is from",
                .offset = FIELD(print_config),
                .common = true,
                .command_line_only = true,
        },
        {
                .name = "port",
                .letter = 'p',
                .kind = OPTION_NUMBER,
                .value = "PORT",
                .default_text = "8080",
                .help = "Port to listen on; 0 takes a free one. Where none is given and 8080 is "
                        "busy, the next free one is taken on a terminal",
                .offset = FIELD(port),
                .second_offset = FIELD(port_given),
                .maximum = UINT16_MAX,
                .common = true,
        },
        {
                .name = "bind",
                .letter = 'b',
                .kind = OPTION_LIST,
                .value = "ADDRESS",
                .help = "Listen on this IPv4 or IPv6 address or on unix:/path only; may be "
                        "repeated (default: every address)",
                .offset = FIELD(binds),
                .second_offset = FIELD(bind_count),
                .maximum = SERVE_BINDS_MAX,
                .check = check_bind,
                .expected = "an IPv4 or IPv6 address or unix:/path",
                .common = true,
        },
        {
                .name = "workers",
                .letter = 'w',
                .kind = OPTION_NUMBER,
                .value = "N",
                .default_text = "0",
                .help = "Threads that serve; 0 is one a core",
                .offset = FIELD(workers),
                .maximum = 256,
                .common = true,
        },
        {
                .name = "policy",
                .kind = OPTION_TEXT,
                .value = "FILE",
                .help = "Do as 'sluice lab policy' found to be best on this machine; every other "
                        "source of an option outweighs it",
                .offset = FIELD(policy),
        },
        {
                .name = "method",
                .letter = 'm',
                .kind = OPTION_TEXT,
                .value = "METHOD",
                .default_text = "auto",
                .help = "How bodies get from a file to a socket; 'sluice doctor' lists the methods",
                .offset = FIELD(method),
                .second_offset = FIELD(method_given),
                .check = check_method,
                .expected = "a method: 'sluice doctor' lists them",
                .choice = method_choice,
                .common = true,
                .in_policy = true,
        },
        {
                .name = "congestion",
                .kind = OPTION_TEXT,
                .value = "NAME",
                .default_text = "auto",
                .help = "TCP congestion control; auto is the system's, but for peers on this host "
                        "one that does not pace",
                .offset = FIELD(congestion),
        },
        {
                .name = "index",
                .kind = OPTION_LIST,
                .value = "NAME",
                .help = "What a folder shows if it has it, instead of index.html; may be "
                        "repeated: the first that is there counts",
                .offset = FIELD(indexes),
                .second_offset = FIELD(index_count),
                .maximum = SERVE_INDEXES_MAX,
                .check = check_index,
                .expected = "the name of a file",
        },
        {
                .name = "no-listing",
                .kind = OPTION_FLAG,
                .help = "Do not list folders without an index: they are not found",
                .offset = FIELD(no_listing),
        },
        {
                .name = "clean-urls",
                .kind = OPTION_FLAG,
                .help = "Answer /about with about.html",
                .offset = FIELD(clean_urls),
        },
        {
                .name = "spa",
                .kind = OPTION_FLAG,
                .help = "Answer every path that is not there and has no extension with the "
                        "index of the root, for applications that route in the browser",
                .offset = FIELD(spa),
        },
        {
                .name = "no-precompressed",
                .kind = OPTION_FLAG,
                .help = "Do not look for .br, .zst and .gz beside files: see 'sluice compress'",
                .offset = FIELD(no_precompressed),
        },
        {
                .name = "header",
                .kind = OPTION_LIST,
                .value = "FIELD",
                .help = "Send 'Name: value' with every response; may be repeated",
                .offset = FIELD(headers),
                .second_offset = FIELD(header_count),
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
                .offset = FIELD(cache_controls),
                .second_offset = FIELD(cache_control_count),
                .maximum = SERVE_HEADERS_MAX,
                .check = site_fields_check_cache_control,
                .expected = "PATTERN=VALUE, as in '*.css=max-age=3600'",
        },
        {
                .name = "cors",
                .kind = OPTION_TEXT,
                .value = "ORIGIN",
                .help = "Let scripts of pages from this origin read the files; '*' is any",
                .offset = FIELD(cors),
                .check = site_fields_check_cors,
                .expected = "'*' or an origin such as https://example.org",
        },
        {
                .name = "redirect",
                .kind = OPTION_LIST,
                .value = "FROM=TO",
                .help = "Answer the path FROM with a redirect to TO, a path or a web address; "
                        "'/old/*=/new/*' takes all beneath along; may be repeated",
                .offset = FIELD(redirects),
                .second_offset = FIELD(redirect_count),
                .maximum = SERVE_REDIRECTS_MAX,
                .check = site_fields_check_redirect,
                .expected = "/FROM=/TO or /FROM=https://host/TO, with /* at the end of both or "
                            "of the first or of none",
        },
        {
                .name = "htpasswd",
                .kind = OPTION_TEXT,
                .value = "FILE",
                .help = "Ask for a name and a password, and look them up in this file of "
                        "user:hash lines: yescrypt, bcrypt, scrypt, SHA-512 or SHA-256",
                .offset = FIELD(htpasswd),
        },
        {
                .name = "server-timing",
                .kind = OPTION_FLAG,
                .help = "Say in a Server-Timing field how the body is sent and what it took to "
                        "find it",
                .offset = FIELD(server_timing),
        },
        {
                .name = "small-file",
                .kind = OPTION_SIZE,
                .value = "SIZE",
                .default_text = "32K",
                .help = "Files up to this size are kept in memory and sent with their head in one "
                        "call",
                .offset = FIELD(small_file),
                .maximum = 16 << 20,
                .in_policy = true,
        },
        {
                .name = "cache-entries",
                .kind = OPTION_NUMBER,
                .value = "N",
                .default_text = "8192",
                .help = "Open files a worker remembers; 0 remembers none",
                .offset = FIELD(cache_entries),
                .maximum = 1 << 20,
        },
        {
                .name = "cache-size",
                .kind = OPTION_SIZE,
                .value = "SIZE",
                .default_text = "64M",
                .help = "Memory a worker spends on small files",
                .offset = FIELD(cache_bytes),
                .maximum = UINT64_C(1) << 40,
        },
        {
                .name = "cache-valid",
                .kind = OPTION_DURATION,
                .value = "TIME",
                .default_text = "1s",
                .help = "How long a file is believed to be unchanged",
                .offset = FIELD(cache_valid_ms),
                .maximum = UINT64_C(3600) * 1000,
        },
        {
                .name = "cache-guard",
                .kind = OPTION_NUMBER,
                .value = "PERCENT",
                .default_text = "25",
                .help = "A file larger than this share of memory is read past the page cache the "
                        "first time, so that it does not push out the others; 0 never does that",
                .offset = FIELD(cache_guard_percent),
                .maximum = 100,
                .in_policy = true,
        },
        {
                .name = "disk-threads",
                .kind = OPTION_NUMBER,
                .value = "N",
                .default_text = "8",
                .help = "Threads that may wait for a disk, so that no worker does",
                .offset = FIELD(disk_threads),
                .minimum = 1,
                .maximum = 256,
        },
        {
                .name = "header-timeout",
                .kind = OPTION_DURATION,
                .value = "TIME",
                .default_text = "10s",
                .help = "Time for a client to send a request's head",
                .offset = FIELD(header_timeout_ms),
                .minimum = 1,
                .maximum = UINT64_C(3600) * 1000,
        },
        {
                .name = "idle-timeout",
                .kind = OPTION_DURATION,
                .value = "TIME",
                .default_text = "60s",
                .help = "Time a connection may wait for its next request",
                .offset = FIELD(idle_timeout_ms),
                .minimum = 1,
                .maximum = UINT64_C(24) * 3600 * 1000,
        },
        {
                .name = "send-timeout",
                .kind = OPTION_DURATION,
                .value = "TIME",
                .default_text = "60s",
                .help = "Time a client may take no byte of an answer",
                .offset = FIELD(send_timeout_ms),
                .minimum = 1,
                .maximum = UINT64_C(24) * 3600 * 1000,
        },
        {
                .name = "grace",
                .kind = OPTION_DURATION,
                .value = "TIME",
                .default_text = "10s",
                .help = "Time for what is in flight when the server is asked to stop",
                .offset = FIELD(grace_ms),
                .maximum = UINT64_C(3600) * 1000,
        },
        {
                .name = "max-connections",
                .kind = OPTION_NUMBER,
                .value = "N",
                .default_text = "65536",
                .help = "Connections a worker accepts; further ones wait",
                .offset = FIELD(connections_max),
                .minimum = 1,
                .maximum = 1 << 24,
        },
        {
                .name = "access-log",
                .kind = OPTION_TEXT,
                .value = "FILE",
                .default_text = "-",
                .help = "Where a line goes for each response; - is standard output, syslog the "
                        "system's log (and journald), off nowhere. SIGUSR1 opens the file anew",
                .offset = FIELD(access_log),
                .common = true,
        },
        {
                .name = "log-format",
                .kind = OPTION_TEXT,
                .value = "FORMAT",
                .default_text = "sluice",
                .help = "How that line looks",
                .offset = FIELD(log_format),
                .check = check_log_format,
                .expected = "sluice, common, combined or json",
                .choice = request_log_format_name,
        },
        {
                .name = "admin",
                .kind = OPTION_TEXT,
                .value = "ADDRESS:PORT",
                .help = "Answer /metrics (for Prometheus) and /healthz on this address, or on "
                        "unix:/path; see that only your monitor reaches it",
                .offset = FIELD(admin),
                .check = check_admin,
                .expected = "an address and a port, such as 127.0.0.1:9000, or unix:/path",
        },
        {
                .name = "error-log",
                .kind = OPTION_TEXT,
                .value = "FILE",
                .default_text = "-",
                .help = "Where complaints go once the server runs; - is standard error",
                .offset = FIELD(error_log),
        },
        {
                .name = "overload",
                .kind = OPTION_TEXT,
                .value = "WHAT",
                .default_text = "wait",
                .help = "Let those for whom there is no room wait, or refuse them with 503",
                .offset = FIELD(overload),
                .check = check_overload,
                .expected = "wait or refuse",
                .choice = overload_choice,
        },
        {
                .name = "max-per-address",
                .kind = OPTION_NUMBER,
                .value = "N",
                .default_text = "0",
                .help = "Connections a worker accepts from one address; further ones get 503; 0 is "
                        "any number",
                .offset = FIELD(per_address_max),
                .maximum = 1 << 24,
        },
        {
                .name = "proxy-from",
                .kind = OPTION_LIST,
                .value = "NETWORK",
                .help = "Expect the PROXY protocol (version 1 or 2) from these addresses, such as "
                        "10.0.0.0/8, ::1 or unix; may be repeated",
                .offset = FIELD(proxies),
                .second_offset = FIELD(proxy_count),
                .maximum = SERVE_PROXIES_MAX,
                .check = check_network,
                .expected = "an address, a network such as 10.0.0.0/8, or unix",
        },
        {
                .name = "limit-rate",
                .kind = OPTION_SIZE,
                .value = "SIZE",
                .default_text = "0",
                .help = "Bytes a second for each connection, by the kernel's pacing; 0 is any "
                        "number",
                .offset = FIELD(limit_rate),
                .maximum = UINT64_C(1) << 40,
        },
        {
                .name = "symlinks",
                .kind = OPTION_TEXT,
                .value = "WHICH",
                .default_text = "inside",
                .help = "Which symbolic links to follow: inside the folder, those of them that "
                        "point to their owner's own, or never any",
                .offset = FIELD(symlinks),
                .check = check_symlinks,
                .expected = "inside, owner or never",
                .choice = site_symlinks_name,
        },
        {
                .name = "sandbox",
                .kind = OPTION_TEXT,
                .value = "WHETHER",
                .default_text = "on",
                .help = "Give up every right that serving does not need; on takes what the kernel "
                        "has, required starts with all of it or not at all",
                .offset = FIELD(sandbox),
                .check = check_sandbox,
                .expected = "on, off or required",
                .choice = sandbox_choice,
        },
        {
                .name = "user",
                .kind = OPTION_TEXT,
                .value = "NAME",
                .help = "Serve as this user, or NAME:GROUP, once the addresses are open",
                .offset = FIELD(user),
                .check = privileges_check,
                .expected = "a user or USER:GROUP of this machine",
                .common = true,
        },
        {
                .name = "quiet",
                .letter = 'q',
                .kind = OPTION_FLAG,
                .help = "Print neither the banner nor, to standard output, the access log",
                .offset = FIELD(quiet),
                .common = true,
        },
        {
                .name = "verbose",
                .letter = 'v',
                .kind = OPTION_FLAG,
                .help = "Tell more; such as why bodies went by another method than the chosen one",
                .offset = FIELD(verbose),
                .common = true,
        },
};

static int run(const void *filled)
{
        const struct serve_options *wanted = filled;
        return wanted->check ? serve_check(wanted) : serve_run(wanted);
}

const struct command command_serve = {
        .name = "serve",
        .summary = "Serve a folder, or one file, over HTTP",
        .operand = "[PATH]",
        .operand_help = "The folder or the file to serve (default: the current folder)",
        .operand_default = ".",
        .operand_offset = FIELD(path),
        .options = options,
        .option_count = ARRAY_LENGTH(options),
        .configurable = true,
        .size = sizeof(struct serve_options),
        .details = "The access log goes to standard output, one line a response:\n"
                   "  peer - - [time] \"request\" status body-bytes way milliseconds\n"
                   "where way is 'memory' or the method that moved the body.\n"
                   "SIGINT and SIGTERM stop the server when what is in flight is done; a second "
                   "one\nstops it at once. SIGHUP reads the configuration again, SIGUSR2 executes "
                   "a new\nprogram; neither loses a connection.\n",
        .run = run,
};
