#include "cli/options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

#define OPTIONS_MAX 64

/* getopt_long(3) gives these for long options without a letter. */
#define LONG_BASE 256
#define HELP_CODE 'h'

static void *field(void *target, size_t offset)
{
        return (char *)target + offset;
}

static int parse_number(const struct option_spec *option, const char *text, uint64_t *ret)
{
        struct span span = span_of(text);
        uint64_t value;
        int r;

        if (option->kind == OPTION_SIZE)
                r = number_parse_size(span, &value);
        else if (option->kind == OPTION_DURATION)
                r = number_parse_duration(span, &value);
        else
                r = number_parse(span, &value);
        if (r == 0 && (value < option->minimum || value > option->maximum))
                r = -ERANGE;
        if (r == 0)
                *ret = value;
        return r;
}

static int append(const struct option_spec *option, const char *text, void *target)
{
        size_t *count = field(target, option->second_offset);
        if (*count == option->maximum)
                return -E2BIG;
        ((const char **)field(target, option->offset))[(*count)++] = text;
        return 0;
}

/* Puts one value where it belongs. -EINVAL, -ERANGE, -E2BIG. */
static int set(const struct option_spec *option, const char *text, void *target)
{
        if ((option->kind == OPTION_TEXT || option->kind == OPTION_LIST) && option->check &&
            option->check(text) < 0)
                return -EINVAL;
        switch (option->kind) {
        case OPTION_FLAG:
                *(bool *)field(target, option->offset) = true;
                return 0;
        case OPTION_TEXT:
                *(const char **)field(target, option->offset) = text;
                return 0;
        case OPTION_LIST:
                return append(option, text, target);
        case OPTION_NUMBER:
        case OPTION_SIZE:
        case OPTION_DURATION:
                break;
        }
        return parse_number(option, text, field(target, option->offset));
}

static const char *expected(const struct option_spec *option, char *buffer, size_t size)
{
        switch (option->kind) {
        case OPTION_NUMBER:
                (void)snprintf(buffer, size, "a number from %ju to %ju", (uintmax_t)option->minimum,
                               (uintmax_t)option->maximum);
                return buffer;
        case OPTION_SIZE:
                return "a size such as 64K, 2M or 1G";
        case OPTION_DURATION:
                return "a time such as 250ms, 10s or 5m";
        default:
                return option->expected;
        }
}

static int complain_value(const struct command *command, const struct option_spec *option,
                          const char *text, int error)
{
        char buffer[96];
        if (error == -E2BIG)
                (void)fprintf(stderr, "sluice %s: --%s may be given %ju times at most\n",
                              command->name, option->name, (uintmax_t)option->maximum);
        else
                (void)fprintf(stderr, "sluice %s: --%s: '%s' is not %s\n", command->name,
                              option->name, text, expected(option, buffer, sizeof(buffer)));
        return EXIT_USAGE;
}

static int complain_option(const struct command *command, int code, char *argv[])
{
        const char *word = argv[optind - 1];
        char letter[3] = {'-', (char)optopt, '\0'};

        if (optopt > 0 && optopt < LONG_BASE && strncmp(word, "--", 2) != 0)
                word = letter;
        (void)fprintf(stderr, "sluice %s: %s '%s': see 'sluice %s --help'\n", command->name,
                      code == ':' ? "a value is missing for" : "unknown option", word,
                      command->name);
        return EXIT_USAGE;
}

static void set_defaults(const struct command *command, void *target)
{
        if (command->operand)
                *(const char **)field(target, command->operand_offset) = command->operand_default;
        for (size_t i = 0; i < command->option_count; i++) {
                const struct option_spec *option = &command->options[i];
                if (!option->default_text || option->kind == OPTION_LIST)
                        continue;
                int r = set(option, option->default_text, target);
                assert(r == 0);
                (void)r;
        }
}

/* The tables that getopt_long(3) wants. */
static void make_getopt_tables(const struct command *command, struct option *longs, char *shorts)
{
        size_t n = 0;
        *shorts++ = ':';
        for (; n < command->option_count; n++) {
                const struct option_spec *option = &command->options[n];
                longs[n] = (struct option){
                        .name = option->name,
                        .has_arg = option->kind == OPTION_FLAG ? no_argument : required_argument,
                        .val = LONG_BASE + (int)n,
                };
                if (option->letter)
                        *shorts++ = option->letter;
                if (option->letter && option->kind != OPTION_FLAG)
                        *shorts++ = ':';
        }
        longs[n++] = (struct option){.name = "help", .val = HELP_CODE};
        longs[n] = (struct option){0};
        *shorts++ = HELP_CODE;
        *shorts = '\0';
}

static const struct option_spec *option_of(const struct command *command, int code)
{
        for (size_t i = 0; i < command->option_count; i++)
                if (code == LONG_BASE + (int)i ||
                    (command->options[i].letter && code == command->options[i].letter))
                        return &command->options[i];
        return NULL;
}

static int parse_operands(const struct command *command, int argc, char *argv[], void *target)
{
        if (optind < argc && command->operand)
                *(const char **)field(target, command->operand_offset) = argv[optind++];
        if (optind < argc) {
                (void)fprintf(stderr,
                              "sluice %s: '%s' is one argument too many: see 'sluice %s "
                              "--help'\n",
                              command->name, argv[optind], command->name);
                return EXIT_USAGE;
        }
        return 0;
}

/* -1: run the command; else the exit code. */
static int parse(const struct command *command, int argc, char *argv[], void *target)
{
        struct option longs[OPTIONS_MAX + 2];
        char shorts[2 * OPTIONS_MAX + 4];
        int code;

        assert(command->option_count <= OPTIONS_MAX);
        make_getopt_tables(command, longs, shorts);
        set_defaults(command, target);
        opterr = 0;
        while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
                if (code == HELP_CODE) {
                        command_help(command, stdout);
                        return EXIT_SUCCESS;
                }
                const struct option_spec *option = option_of(command, code);
                if (!option)
                        return complain_option(command, code, argv);
                int r = set(option, optarg, target);
                if (r < 0)
                        return complain_value(command, option, optarg, r);
                if (option->second_offset && option->kind != OPTION_LIST)
                        *(bool *)field(target, option->second_offset) = true;
        }
        int r = parse_operands(command, argc, argv, target);
        return r ? r : -1;
}

int command_run(const struct command *command, int argc, char *argv[])
{
        void *target = calloc(1, command->size);
        if (!target) {
                (void)fprintf(stderr, "sluice: out of memory\n");
                return EXIT_FAILURE;
        }
        int code = parse(command, argc, argv, target);
        if (code < 0)
                code = command->run(target);
        free(target);
        return code;
}
