#include "client/options.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

enum kind { KIND_TEXT, KIND_NUMBER, KIND_FLAG };

struct option_row {
        const char *name;
        const char *meaning;
        enum kind kind;
};

static const struct option_row option_rows[] = {
        {"host", "address of the server (127.0.0.1)", KIND_TEXT},
        {"port", "its port", KIND_NUMBER},
        {"list", "file of \"SIZE PATH\" lines to ask for", KIND_TEXT},
        {"mode", "load, slow or idle", KIND_TEXT},
        {"connections", "connections (1)", KIND_NUMBER},
        {"requests", "stop after so many", KIND_NUMBER},
        {"milliseconds", "stop after so long (10000)", KIND_NUMBER},
        {"warm-up", "requests (mode slow: ms) before the measured ones", KIND_NUMBER},
        {"range", "ask for ranges of so many bytes at random offsets", KIND_NUMBER},
        {"verify-every", "compare every N-th body with what it must be", KIND_NUMBER},
        {"pace", "requests a second, whatever the answers do", KIND_NUMBER},
        {"rate", "bytes a second and connection (mode slow)", KIND_NUMBER},
        {"segment", "largest TCP segment (the system's)", KIND_NUMBER},
        {"window", "receive buffer, bytes (the system's)", KIND_NUMBER},
        {"seed", "of the random order", KIND_NUMBER},
        {"cpu", "stay on this core", KIND_NUMBER},
        {"discard", "drop bodies in the kernel", KIND_FLAG},
        {"in-order", "ask for the paths in the list's order", KIND_FLAG},
        {"tls", "over TLS 1.3 with AES-128-GCM, a full handshake each connection", KIND_FLAG},
        {"once", "a new connection for each request", KIND_FLAG},
        {"hold", "do not wait for what is in flight when time is up", KIND_FLAG},
};

static const char *const mode_names[] = {
        [MODE_LOAD] = "load",
        [MODE_SLOW] = "slow",
        [MODE_IDLE] = "idle",
};

static bool mode_find(const char *name, enum mode *ret_mode)
{
        for (size_t i = 0; i < sizeof(mode_names) / sizeof(*mode_names); i++) {
                if (strcmp(mode_names[i], name) == 0) {
                        *ret_mode = (enum mode)i;
                        return true;
                }
        }
        return false;
}

static uint64_t *number_of(struct options *options, const char *name)
{
        const struct {
                const char *name;
                uint64_t *value;
        } numbers[] = {
                {"connections", &options->connections},
                {"requests", &options->requests},
                {"milliseconds", &options->duration_ms},
                {"warm-up", &options->warm_up},
                {"range", &options->range},
                {"verify-every", &options->verify_every},
                {"pace", &options->pace},
                {"rate", &options->rate},
                {"segment", &options->segment},
                {"window", &options->window},
                {"seed", &options->seed},
        };
        for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
                if (strcmp(numbers[i].name, name) == 0)
                        return numbers[i].value;
        }
        return NULL;
}

static bool set_number(struct options *options, const char *name, const char *text)
{
        uint64_t value;
        if (number_parse(span_of(text), &value) < 0)
                return false;
        uint64_t *wide = number_of(options, name);
        if (wide)
                *wide = value;
        else if (value > UINT16_MAX)
                return false;
        else if (strcmp(name, "port") == 0)
                options->port = (uint16_t)value;
        else
                options->cpu = (int)value;
        return true;
}

static bool set_text(struct options *options, const char *name, const char *text)
{
        if (strcmp(name, "mode") == 0)
                return mode_find(text, &options->mode);
        if (strcmp(name, "list") == 0)
                options->list = text;
        else
                options->host = text;
        return true;
}

static bool set_flag(struct options *options, const char *name)
{
        if (strcmp(name, "discard") == 0)
                options->discard = true;
        else if (strcmp(name, "in-order") == 0)
                options->in_order = true;
        else if (strcmp(name, "tls") == 0)
                options->tls = true;
        else if (strcmp(name, "once") == 0)
                options->once = true;
        else
                options->hold = true;
        return true;
}

static const struct option_row *row_find(const char *argument)
{
        if (strncmp(argument, "--", 2) != 0)
                return NULL;
        for (size_t i = 0; i < sizeof(option_rows) / sizeof(*option_rows); i++) {
                if (strcmp(option_rows[i].name, argument + 2) == 0)
                        return &option_rows[i];
        }
        return NULL;
}

static void print_help(void)
{
        puts("usage: bench_client --port PORT --list FILE [OPTION VALUE]...\n\n"
             "Says \"ready\", waits for a line on its input, works, prints JSON.\n");
        for (size_t i = 0; i < sizeof(option_rows) / sizeof(*option_rows); i++)
                printf("  --%-14s %s\n", option_rows[i].name, option_rows[i].meaning);
}

int options_parse(struct options *ret_options, int argc, char **argv, bool *ret_leave)
{
        struct options options = {
                .host = "127.0.0.1",
                .cpu = -1,
                .connections = 1,
                .duration_ms = 10000,
                .seed = 1,
        };
        *ret_leave = true;
        for (int i = 1; i < argc; i++) {
                if (strcmp(argv[i], "--help") == 0) {
                        print_help();
                        return 0;
                }
                const struct option_row *row = row_find(argv[i]);
                bool valid = row && (row->kind == KIND_FLAG || i + 1 < argc);
                if (valid && row->kind == KIND_FLAG)
                        valid = set_flag(&options, row->name);
                else if (valid && row->kind == KIND_NUMBER)
                        valid = set_number(&options, row->name, argv[++i]);
                else if (valid)
                        valid = set_text(&options, row->name, argv[++i]);
                if (!valid) {
                        fprintf(stderr, "bench_client: bad option: %s\n", argv[i]);
                        return 2;
                }
        }
        if (options.port == 0 || !options.list || options.connections == 0) {
                fputs("bench_client: --port and --list are needed (see --help)\n", stderr);
                return 2;
        }
        *ret_options = options;
        *ret_leave = false;
        return 0;
}
