/* The configuration file, read by inih; its sections by ourselves, for inih keeps
 * but 49 characters of their heads and does not tell of an empty one. */
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "cli/option_value.h"
#include "cli/settings.h"

#define LINE_LENGTH_MAX 8192
#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define BLANKS " \t\r\n"

struct reading {
        struct settings *settings;
        FILE *file;
        const char *path;
        enum setting_source source;
        FILE *complaints;
        char *line; /* the one being read, heap */
        size_t line_capacity;
        int line_number;
        char *long_value; /* in line; NULL: inih has the value */
        bool failed; /* the first complaint has been made */
};

static void complain(struct reading *reading, const char *key, const char *what)
{
        if (!reading->failed)
                (void)fprintf(reading->complaints, "%s:%d: %s%s%s\n", reading->path,
                              reading->line_number, key ? key : "", key ? ": " : "", what);
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

static void complain_not_of_section(struct reading *reading, const char *key)
{
        const char *kind = reading->settings->command->sections->name;
        char text[160];
        (void)snprintf(text, sizeof(text),
                       "is the server's, not a %s's: write it above the first [%s]", kind, kind);
        complain(reading, key, text);
}

/* inih's: 1 is good. */
static int take(void *user, const char *section, const char *key, const char *value)
{
        struct reading *reading = user;
        const struct option_spec *option = settings_find(reading->settings, key);
        char text[512];

        (void)section;
        if (reading->failed)
                return 0;
        if (reading->long_value)
                value = reading->long_value;
        if (!option || option->command_line_only) {
                complain_unknown(reading, key);
        } else if (reading->source == SETTING_POLICY && !option->in_policy) {
                complain(reading, key, "is nothing that a policy says");
        } else if (reading->settings->section_count > 0 && !option->in_section) {
                complain_not_of_section(reading, key);
        } else {
                int r = settings_add_of_file(reading->settings, option, reading->source, value);
                if (r < 0)
                        complain(reading, key,
                                 r == -ENOMEM
                                         ? "out of memory"
                                         : option_complaint(option, value, r, text, sizeof(text)));
        }
        return !reading->failed;
}

static void begin_section(struct reading *reading, const char *line)
{
        char complaint[SECTION_COMPLAINT_SIZE];

        if (reading->source == SETTING_POLICY) {
                complain(reading, NULL, "a policy has no sections");
                return;
        }
        int r = settings_begin_section(reading->settings, line, complaint);
        if (r < 0)
                complain(reading, NULL, r == -ENOMEM ? "out of memory" : complaint);
}

/* The value at text, as inih would have it: up to a comment, without blanks around. */
static char *trim_value(char *text)
{
        size_t length = 0;
        while (text[length] &&
               !(text[length] == ';' && length > 0 && strchr(BLANKS, text[length - 1])))
                length++;
        while (length > 0 && strchr(BLANKS, text[length - 1]))
                length--;
        text[length] = '\0';
        return text + strspn(text, BLANKS);
}

/* inih's lines are short (INI_MAX_LINE): of a longer one it gets the key. */
static void shorten(struct reading *reading, char *text, char *buffer, size_t size)
{
        size_t key = strcspn(text, "=:");

        if (text[key] == '\0' || key + sizeof("=-") > size) {
                complain(reading, NULL, "the line is too long");
                return;
        }
        memcpy(buffer, text, key);
        memcpy(buffer + key, "=-", sizeof("=-"));
        reading->long_value = trim_value(text + key + 1);
}

/* fgets(3) for inih, which would take an indented line for more of the value
 * before. */
static char *read_line(char *buffer, int size, void *stream)
{
        struct reading *reading = stream;
        ssize_t length = getline(&reading->line, &reading->line_capacity, reading->file);
        char *text = reading->line;

        if (length < 0)
                return NULL;
        reading->line_number++;
        reading->long_value = NULL;
        if (reading->line_number == 1 && strncmp(text, BYTE_ORDER_MARK, 3) == 0)
                text += 3;
        text += strspn(text, " \t");
        buffer[0] = '\0';
        if (strlen(reading->line) != (size_t)length)
                complain(reading, NULL, "has a NUL in it");
        else if (text[0] == '[')
                begin_section(reading, text);
        else if (text[0] == '#' || text[0] == ';')
                return buffer;
        else if (length > LINE_LENGTH_MAX)
                complain(reading, NULL, "the line is too long");
        else if (strlen(text) < (size_t)size)
                memcpy(buffer, text, strlen(text) + 1);
        else
                shorten(reading, text, buffer, (size_t)size);
        return reading->failed ? NULL : buffer;
}

int settings_read(struct settings *settings, FILE *file, const char *path,
                  enum setting_source source, FILE *complaints)
{
        struct reading reading = {
                .settings = settings,
                .file = file,
                .path = path,
                .source = source,
                .complaints = complaints,
        };

        int r = ini_parse_stream(read_line, &reading, take, &reading);
        if (ferror(file))
                complain(&reading, NULL, "cannot be read");
        else if (r != 0)
                complain(&reading, NULL, "is not 'key = value'");
        free(reading.line);
        return reading.failed ? EXIT_USAGE : 0;
}

static int read_file(struct settings *settings, const char *path, enum setting_source source)
{
        FILE *file = fopen(path, "re");

        if (!file) {
                (void)fprintf(stderr, "sluice %s: cannot read '%s': %s\n", settings->command->name,
                              path, strerror(errno));
                return EXIT_USAGE;
        }
        int code = settings_read(settings, file, path, source, stderr);
        (void)fclose(file);
        return code;
}

int settings_from_file(struct settings *settings, const char *path)
{
        return read_file(settings, path, SETTING_FILE);
}

int settings_from_policy(struct settings *settings, const char *path)
{
        return read_file(settings, path, SETTING_POLICY);
}
