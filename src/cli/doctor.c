/* `sluice doctor`: what this kernel, file system and socket offer, what it
 * means, and what to do where something is missing. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/terminal.h"
#include "cli/commands.h"
#include "cli/doctor_check.h"
#include "cli/doctor_report.h"
#include "lab/libraries.h"

#define FINDINGS_MAX 64

struct doctor_options {
        const char *path;
        bool json;
};

static void examine_methods(const struct doctor_target *target, struct doctor_finding *findings,
                            size_t *count)
{
        const sluice_method *method;

        for (size_t i = 0; (method = sluice_method_at(i)) && *count < FINDINGS_MAX; i++) {
                struct doctor_finding *finding = &findings[(*count)++];
                *finding = (struct doctor_finding){
                        .section = DOCTOR_METHODS,
                        .title = sluice_method_name(method),
                        .meaning = sluice_method_summary(method),
                };
                (void)snprintf(finding->name, sizeof(finding->name), "method_%s",
                               sluice_method_name(method));
                doctor_probe_method(target, method, finding);
                if (finding->state == DOCTOR_MISSING)
                        finding->remedy = "nothing need be done: auto takes another method";
        }
}

static void examine_check(const struct doctor_target *target, const struct doctor_check *check,
                          struct doctor_finding *finding)
{
        *finding = (struct doctor_finding){
                .section = check->section,
                .title = check->title,
                .meaning = check->meaning,
                .remedy = check->remedy,
        };
        (void)snprintf(finding->name, sizeof(finding->name), "%s", check->name);
        check->probe(target, check, finding);
        if (finding->state == DOCTOR_OK)
                finding->remedy = NULL;
}

static size_t examine(const struct doctor_target *target,
                      struct doctor_finding findings[static FINDINGS_MAX])
{
        size_t count = 0, checks_count;
        const struct doctor_check *checks = doctor_checks(&checks_count);

        examine_methods(target, findings, &count);
        for (size_t i = 0; i < checks_count && count < FINDINGS_MAX; i++)
                examine_check(target, &checks[i], &findings[count++]);
        return count;
}

/* Everything else has a way around it. */
static bool serving_works(const struct doctor_finding *findings, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (findings[i].state == DOCTOR_MISSING && strcmp(findings[i].name, "openat2") == 0)
                        return false;
        return true;
}

static int run(const void *filled)
{
        const struct doctor_options *options = filled;
        struct doctor_finding findings[FINDINGS_MAX];
        struct doctor_target target;

        if (options->json && !command_opens(&command_doctor, lab_libraries_load))
                return EXIT_FAILURE;
        (void)signal(SIGPIPE, SIG_IGN);
        int r = doctor_target_open(&target, options->path);
        if (r < 0) {
                (void)fprintf(stderr, "sluice doctor: cannot serve %s: %s\n", options->path,
                              r == -EINVAL ? "neither a folder nor a regular file" : strerror(-r));
                return EXIT_FAILURE;
        }
        size_t count = examine(&target, findings);
        if (options->json)
                r = doctor_report_json(stdout, &target, findings, count);
        else
                doctor_report_text(stdout, &target, findings, count, terminal_width(STDOUT_FILENO),
                                   terminal_has_colour(STDOUT_FILENO));
        doctor_target_close(&target);
        if (r < 0 || fflush(stdout) == EOF) {
                (void)fprintf(stderr, "sluice doctor: cannot print the report\n");
                return EXIT_FAILURE;
        }
        if (serving_works(findings, count))
                return EXIT_SUCCESS;
        (void)fprintf(stderr, "sluice doctor: cannot serve %s: openat2 is missing\n",
                      options->path);
        return EXIT_FAILURE;
}

static const struct option_spec options[] = {
        {
                .name = "json",
                .kind = OPTION_FLAG,
                .help = "Report as JSON, for programs",
                .offset = offsetof(struct doctor_options, json),
        },
};

const struct command command_doctor = {
        .name = "doctor",
        .summary = "Tell what this machine can do for a folder, and what to do about the rest",
        .operand = "[PATH]",
        .operand_help = "The folder or the file to examine (default: the current folder)",
        .operand_default = ".",
        .operand_offset = offsetof(struct doctor_options, path),
        .groups = ONE_GROUP(options),
        .size = sizeof(struct doctor_options),
        .details = "Exit status: 0 when the path can be served, 1 when it cannot.\n",
        .run = run,
};
