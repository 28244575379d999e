#include "cli/doctor_report.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/utsname.h>

#include "cli/wrap.h"

#define INDENT 10 /* columns before the title: two spaces, the marker, one space */
#define TITLE 20

static const struct {
        const char *word;
        const char *colour; /* SGR, see console_codes(4) */
} markers[DOCTOR_STATES] = {
        [DOCTOR_OK] = {"OK", "32"},
        [DOCTOR_MISSING] = {"missing", "31"},
        [DOCTOR_NOTE] = {"note", "33"},
};

static void print_finding(FILE *out, const struct doctor_finding *finding, int width, bool colour)
{
        char text[2 * DOCTOR_TEXT_MAX + 256];

        (void)fprintf(out, "  %s%s%s%-*s%s%-*s ", colour ? "\033[" : "",
                      colour ? markers[finding->state].colour : "", colour ? "m" : "", INDENT - 2,
                      markers[finding->state].word, colour ? "\033[0m" : "", TITLE - 1,
                      finding->title);
        (void)snprintf(text, sizeof(text), "%s - %s", finding->value, finding->meaning);
        wrap_print(out, text, INDENT + TITLE, INDENT + TITLE, width);
        if (finding->remedy) {
                (void)fprintf(out, "%*s-> ", INDENT + TITLE, "");
                wrap_print(out, finding->remedy, INDENT + TITLE + 3, INDENT + TITLE + 3, width);
        }
}

void doctor_report_text(FILE *out, const struct doctor_target *target,
                        const struct doctor_finding *findings, size_t count, int width, bool colour)
{
        size_t seen[DOCTOR_STATES] = {0};
        const char *section = "";
        struct utsname kernel;

        if (width < 2 * (INDENT + TITLE))
                width = 0;
        (void)fprintf(out, "sluice doctor: %s%s%s\n", target->path,
                      uname(&kernel) == 0 ? " on Linux " : "", kernel.release);
        for (size_t i = 0; i < count; i++) {
                if (strcmp(section, findings[i].section) != 0)
                        (void)fprintf(out, "\n%s\n", findings[i].section);
                section = findings[i].section;
                print_finding(out, &findings[i], width, colour);
                seen[findings[i].state]++;
        }
        (void)fprintf(out, "\n%zu ok, %zu to note, %zu missing\n", seen[DOCTOR_OK],
                      seen[DOCTOR_NOTE], seen[DOCTOR_MISSING]);
}

/* A path need not be UTF-8, and JSON must. */
static json_t *text_value(const char *text)
{
        json_t *value = json_string(text);
        return value ? value : json_null();
}

static json_t *finding_object(const struct doctor_finding *finding)
{
        return json_pack("{s:s, s:s, s:s, s:o, s:s, s:s?}", "name", finding->name, "title",
                         finding->title, "state", doctor_state_name(finding->state), "value",
                         text_value(finding->value), "meaning", finding->meaning, "remedy",
                         finding->remedy);
}

int doctor_report_json(FILE *out, const struct doctor_target *target,
                       const struct doctor_finding *findings, size_t count)
{
        struct utsname kernel;
        json_t *checks = json_array();
        for (size_t i = 0; i < count; i++)
                if (json_array_append_new(checks, finding_object(&findings[i])) < 0) {
                        json_decref(checks);
                        return -ENOMEM;
                }
        json_t *root =
                json_pack("{s:o, s:s?, s:s?, s:o}", "path", text_value(target->path), "file_system",
                          target->file_system[0] ? target->file_system : NULL, "kernel",
                          uname(&kernel) == 0 ? kernel.release : NULL, "checks", checks);
        if (!root)
                return -ENOMEM;
        int r = json_dumpf(root, out, JSON_INDENT(2)) < 0 || fputc('\n', out) == EOF ? -EIO : 0;
        json_decref(root);
        return r;
}
