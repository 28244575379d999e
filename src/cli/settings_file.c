/* The configuration file, read by inih. */
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "cli/option_value.h"
#include "cli/settings.h"

struct reading {
        struct settings *settings;
        const char *path;
        enum setting_source source;
        int line; /* the one being read */
        bool failed; /* the first complaint has been made */
};

static void complain(struct reading *reading, const char *key, const char *what)
{
        if (!reading->failed)
                (void)fprintf(stderr, "%s:%d: %s%s%s\n", reading->path, reading->line,
                              key ? key : "", key ? ": " : "", what);
        reading->failed = true;
}

static void complain_unknown(struct reading *reading, const char *key)
{
        const char *nearest = settings_nearest(reading->settings, key, true);
        char text[160];
        if (nearest)
                (void)snprintf(text, sizeof(text), "unknown key: did you mean '%s'?", nearest);
        else
                (void)snprintf(text, sizeof(text), "unknown key: see sluice.conf(5)");
        complain(reading, key, text);
}

/* inih's: 1 is good. */
static int take(void *user, const char *section, const char *key, const char *value)
{
        struct reading *reading = user;
        const struct option_spec *option = settings_find(reading->settings, key);
        char text[512];

        if (reading->failed)
                return 0;
        if (section[0] != '\0') {
                complain(reading, key, "sections are not known yet");
        } else if (!option || option->command_line_only) {
                complain_unknown(reading, key);
        } else if (reading->source == SETTING_POLICY && !option->in_policy) {
                complain(reading, key, "is nothing that a policy says");
        } else {
                int r = settings_add(reading->settings, option, reading->source, value);
                if (r < 0)
                        complain(reading, key,
                                 r == -ENOMEM
                                         ? "out of memory"
                                         : option_complaint(option, value, r, text, sizeof(text)));
        }
        return !reading->failed;
}

struct input {
        FILE *file;
        struct reading *reading;
};

/* fgets(3) for inih, which takes the rest of a long line for another one, and an
 * indented line for more of the value before. */
static char *read_line(char *buffer, int size, void *stream)
{
        struct input *input = stream;
        char *line = fgets(buffer, size, input->file);

        if (!line)
                return NULL;
        input->reading->line++;
        size_t length = strlen(line);
        if (length + 1 == (size_t)size && line[length - 1] != '\n')
                complain(input->reading, NULL, "the line is too long");
        if (line[0] == ' ' || line[0] == '\t') {
                size_t blanks = strspn(line, " \t");
                memmove(line, line + blanks, length - blanks + 1);
        }
        return input->reading->failed ? NULL : line;
}

static int read_file(struct settings *settings, const char *path, enum setting_source source)
{
        struct reading reading = {.settings = settings, .path = path, .source = source};
        struct input input = {.file = fopen(path, "re"), .reading = &reading};

        if (!input.file) {
                (void)fprintf(stderr, "sluice %s: cannot read '%s': %s\n", settings->command->name,
                              path, strerror(errno));
                return EXIT_USAGE;
        }
        int r = ini_parse_stream(read_line, &input, take, &reading);
        bool unreadable = ferror(input.file) != 0;
        (void)fclose(input.file);
        if (unreadable)
                complain(&reading, NULL, "cannot be read");
        else if (r != 0)
                complain(&reading, NULL, "is not 'key = value'");
        return reading.failed ? EXIT_USAGE : 0;
}

int settings_from_file(struct settings *settings, const char *path)
{
        return read_file(settings, path, SETTING_FILE);
}

int settings_from_policy(struct settings *settings, const char *path)
{
        return read_file(settings, path, SETTING_POLICY);
}
