#include "cli/policy_notice.h"

#include <string.h>
#include <sys/utsname.h>

/* Of what uname(2) tells. */
#define KERNEL_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._+-~:()#"

/* The kernel that 'sluice lab policy' was run on: "# measured 2026-01-02T03:04:05Z on
 * Linux 6.18.5 x86_64, ...". False: the file does not say. */
static bool find_kernel(const char *path, char *ret, size_t size)
{
        static const char before[] = " on ";
        char line[512];
        bool found = false;
        FILE *file = fopen(path, "re");

        while (file && !found && fgets(line, sizeof(line), file)) {
                const char *at =
                        strncmp(line, "# measured ", 11) == 0 ? strstr(line, before) : NULL;
                if (!at)
                        continue;
                at += strlen(before);
                (void)snprintf(ret, size, "%.*s", (int)strcspn(at, ",\n"), at);
                /* It goes to a terminal. */
                found = ret[0] != '\0' && ret[strspn(ret, KERNEL_CHARACTERS)] == '\0';
        }
        if (file)
                (void)fclose(file);
        return found;
}

void policy_notice_print(const struct settings *settings, const char *path, FILE *out)
{
        char measured[160], own[256];
        struct utsname kernel;
        size_t count = 0;

        (void)fprintf(out, "sluice %s: %s sets", settings->command->name, path);
        for (size_t i = 0; i < settings->count; i++)
                if (settings_counts(settings, &settings->list[i]) &&
                    settings->list[i].source == SETTING_POLICY)
                        (void)fprintf(out, "%s %s", count++ ? "," : "",
                                      settings->list[i].option->name);
        (void)fputs(count ? "\n" : " nothing that is not said elsewhere\n", out);
        if (uname(&kernel) < 0 || !find_kernel(path, measured, sizeof(measured)))
                return;
        (void)snprintf(own, sizeof(own), "%.30s %.80s %.30s", kernel.sysname, kernel.release,
                       kernel.machine);
        if (strcmp(own, measured) != 0)
                (void)fprintf(out,
                              "sluice %s: it was measured on %s, and this is %s: 'sluice lab "
                              "policy' finds what is best here\n",
                              settings->command->name, measured, own);
}
