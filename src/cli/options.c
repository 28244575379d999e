#include "cli/options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/on_demand.h"
#include "cli/option_value.h"
#include "cli/policy_notice.h"
#include "cli/settings.h"

#define OPTIONS_MAX 96

/* getopt_long(3) gives these for long options without a letter. */
#define LONG_BASE 256
#define HELP_CODE 'h'

/* Of the options of a configurable command: */
#define CONFIG_NAME "config"
#define POLICY_NAME "policy"
#define CHECK_NAME "check"
#define PRINT_CONFIG_NAME "print-config"

/* ---- Complaints ---- */

static int complain_value(const struct command *command, const struct option_spec *option,
                          const char *text, int error)
{
        char complaint[512];
        (void)fprintf(stderr, "sluice %s: --%s%s %s\n", command->name, option->name,
                      error == -E2BIG ? "" : ":",
                      option_complaint(option, text, error, complaint, sizeof(complaint)));
        return EXIT_USAGE;
}

static int complain_option(const struct settings *settings, int code, char *argv[])
{
        const char *command = settings->command->name, *word = argv[optind - 1], *nearest = NULL;
        char letter[3] = {'-', (char)optopt, '\0'}, name[64];

        if (optopt > 0 && optopt < LONG_BASE && strncmp(word, "--", 2) != 0)
                word = letter;
        if (code != ':' && strncmp(word, "--", 2) == 0) {
                (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
                nearest = settings_nearest(settings, name, false);
        }
        (void)fprintf(stderr, "sluice %s: %s '%s': ", command,
                      code == ':' ? "a value is missing for" : "unknown option", word);
        if (nearest)
                (void)fprintf(stderr, "did you mean '--%s'?\n", nearest);
        else
                (void)fprintf(stderr, "see 'sluice %s --help'\n", command);
        return EXIT_USAGE;
}

/* ---- The command line ---- */

/* The tables that getopt_long(3) wants. */
static void make_getopt_tables(const struct command *command, struct option *longs, char *shorts)
{
        const struct option_spec *option;
        size_t n = 0;
        *shorts++ = ':';
        for (; (option = command_option(command, n)); n++) {
                longs[n] = (struct option){
                        .name = option->name,
                        .has_arg = option->kind == OPTION_FLAG ? no_argument
                                   : option->bare              ? optional_argument
                                                               : required_argument,
                        .val = LONG_BASE + (int)n,
                };
                if (option->letter)
                        *shorts++ = option->letter;
                if (option->letter && option->kind != OPTION_FLAG)
                        *shorts++ = ':';
        }
        longs[n++] =
                (struct option){.name = "help", .has_arg = optional_argument, .val = HELP_CODE};
        longs[n] = (struct option){0};
        *shorts++ = HELP_CODE;
        *shorts = '\0';
}

static const struct option_spec *option_of(const struct command *command, int code)
{
        const struct option_spec *option;
        for (size_t i = 0; (option = command_option(command, i)); i++)
                if (code == LONG_BASE + (int)i || (option->letter && code == option->letter))
                        return option;
        return NULL;
}

static int help(const struct command *command, char *argv[])
{
        const char *what = optarg ? optarg : argv[optind];
        if (what && what[0] != '-' && strcmp(what, "all") != 0) {
                (void)fprintf(stderr,
                              "sluice %s: there is no help on '%s': try --help, or --help all\n",
                              command->name, what);
                return EXIT_USAGE;
        }
        command_help(command, what && strcmp(what, "all") == 0, stdout);
        return EXIT_SUCCESS;
}

static int parse_operand(struct settings *settings, int argc, char *argv[])
{
        const struct command *command = settings->command;
        size_t room = command->operand_max > 1 ? command->operand_max : command->operand != NULL;

        for (; optind < argc && room > 0; room--)
                if (settings_add(settings, &settings->operand, SETTING_COMMAND_LINE,
                                 argv[optind++]) < 0)
                        return EXIT_FAILURE;
        if (optind < argc) {
                (void)fprintf(stderr,
                              "sluice %s: '%s' is one argument too many: see 'sluice %s "
                              "--help'\n",
                              command->name, argv[optind], command->name);
                return EXIT_USAGE;
        }
        return -1;
}

/* getopt_long(3) takes no word behind a blank for the value of an option that need not
 * have one: "--cors https://example.org", but "--cors /srv". */
static const char *bare_value(const struct option_spec *option, int argc, char *argv[])
{
        if (optind < argc && option->check(argv[optind]) == 0)
                return argv[optind++];
        return option->bare;
}

/* -1: run the command; else the exit code. */
static int parse(struct settings *settings, int argc, char *argv[])
{
        const struct command *command = settings->command;
        struct option longs[OPTIONS_MAX + 2];
        char shorts[2 * OPTIONS_MAX + 4];
        int code;

        assert(!command_option(command, OPTIONS_MAX));
        make_getopt_tables(command, longs, shorts);
        opterr = 0;
        while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
                if (code == HELP_CODE)
                        return help(command, argv);
                const struct option_spec *option = option_of(command, code);
                if (!option)
                        return complain_option(settings, code, argv);
                const char *text =
                        option->bare && !optarg ? bare_value(option, argc, argv) : optarg;
                int r = settings_add(settings, option, SETTING_COMMAND_LINE, text);
                if (r < 0)
                        return complain_value(command, option, text, r);
        }
        return parse_operand(settings, argc, argv);
}

/* ---- All of it ---- */

/* What the weightiest source says of an option; NULL: nothing. */
static const struct setting *find_setting(const struct settings *settings, const char *name)
{
        const struct setting *found = NULL;
        for (size_t i = 0; i < settings->count; i++)
                if (strcmp(settings->list[i].option->name, name) == 0 &&
                    (!found || settings->list[i].source >= found->source))
                        found = &settings->list[i];
        return found;
}

static int read_configuration(struct settings *settings)
{
        const struct setting *file = find_setting(settings, CONFIG_NAME);
        int code = file ? settings_from_file(settings, file->text) : 0;
        if (code == 0)
                code = settings_from_environment(settings);
        /* Settings move as more of them come; their texts stay. */
        const struct setting *named = find_setting(settings, POLICY_NAME);
        const char *policy = named ? named->text : NULL;
        if (code == 0 && policy)
                code = settings_from_policy(settings, policy);
        if (code != 0)
                return code;
        if (find_setting(settings, PRINT_CONFIG_NAME)) {
                settings_print(settings, stdout);
                return EXIT_SUCCESS;
        }
        if (policy && !find_setting(settings, CHECK_NAME))
                policy_notice_print(settings, policy, stderr);
        return -1;
}

/* Each section has a structure of its own, as long as the command runs. */
static int run_with_sections(const struct settings *settings, void *target)
{
        const struct command *command = settings->command;
        /* One more, so that none is no special case. */
        char *own = calloc(settings->section_count + 1, command->size);

        if (!own) {
                (void)fprintf(stderr, "sluice: out of memory\n");
                return EXIT_FAILURE;
        }
        settings_apply(settings, target);
        for (size_t i = settings->section_count; i-- > 0;) {
                void *section = memcpy(own + i * command->size, target, command->size);
                settings_apply_section(settings, i, section);
                command->sections->add(target, settings->sections[i].words, section);
        }
        int code = command->run(target);
        free(own);
        return code;
}

bool command_opens(const struct command *command, int (*load)(const char **ret_error))
{
        const char *error;
        if (load(&error) == 0)
                return true;
        (void)fprintf(stderr, "sluice %s: a library cannot be used: %s" ON_DEMAND_REMEDY "\n",
                      command->name, error);
        return false;
}

static int run(struct settings *settings, int argc, char *argv[], void *target)
{
        int code = parse(settings, argc, argv);
        if (code < 0 && settings->command->configurable)
                code = read_configuration(settings);
        if (code >= 0)
                return code;
        if (settings->command->load && !command_opens(settings->command, settings->command->load))
                return EXIT_FAILURE;
        return run_with_sections(settings, target);
}

int command_run(const struct command *command, int argc, char *argv[])
{
        struct settings settings = {0};
        void *target = calloc(1, command->size);
        int code = EXIT_FAILURE;

        if (target && settings_init(&settings, command) == 0)
                code = run(&settings, argc, argv, target);
        else
                (void)fprintf(stderr, "sluice: out of memory\n");
        settings_done(&settings);
        free(target);
        return code;
}
