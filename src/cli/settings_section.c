/* The sections of a configuration file: "[KIND word word...]". */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/settings.h"

#define BLANKS " \t\r\n"

/* The end of what stands in the outer brackets; a word may have some of its own, as
 * an IPv6 address has. NULL: they are not closed. */
static const char *find_end(const char *line)
{
        int depth = 0;
        for (const char *c = line; *c; c++) {
                depth += (*c == '[') - (*c == ']');
                if (depth == 0)
                        return c;
        }
        return NULL;
}

static bool has_word(const char *words, const char *word)
{
        size_t length = strlen(word);
        while (*words) {
                size_t other = strcspn(words, " ");
                if (other == length && strncasecmp(words, word, length) == 0)
                        return true;
                words += other + (words[other] == ' ');
        }
        return false;
}

static bool is_taken(const struct settings *settings, const char *word)
{
        for (size_t i = 0; i < settings->section_count; i++)
                if (has_word(settings->sections[i].words, word))
                        return true;
        return false;
}

/* Checks one word and puts it behind the others. */
static int add_word(const struct settings *settings, const char *word, struct text *words,
                    char complaint[static SECTION_COMPLAINT_SIZE])
{
        const struct section_kind *kind = settings->command->sections;

        if (kind->check(word) < 0) {
                (void)snprintf(complaint, SECTION_COMPLAINT_SIZE, "'%.200s' is not %s", word,
                               kind->expected);
                return -EINVAL;
        }
        if (is_taken(settings, word) || (words->length && has_word(words->data, word))) {
                (void)snprintf(complaint, SECTION_COMPLAINT_SIZE, "'%.200s' has a %s already", word,
                               kind->name);
                return -EINVAL;
        }
        /* A string at all times. */
        if (words->length)
                words->data[words->length - 1] = ' ';
        text_append(words, (struct span){word, strlen(word) + 1});
        return words->failed ? -ENOMEM : 0;
}

/* inner: all that stands in the brackets; is cut to pieces. */
static int add_words(const struct settings *settings, char *inner, struct text *words,
                     char complaint[static SECTION_COMPLAINT_SIZE])
{
        const struct section_kind *kind = settings->command->sections;
        char *rest = inner;
        const char *name = strtok_r(inner, BLANKS, &rest), *word;
        int r = 0;

        if (!kind || !name || strcmp(name, kind->name) != 0) {
                (void)snprintf(complaint, SECTION_COMPLAINT_SIZE,
                               "[%.200s]: no such section: see sluice.conf(5)", name ? name : "");
                return -EINVAL;
        }
        while (r == 0 && (word = strtok_r(NULL, BLANKS, &rest)))
                r = add_word(settings, word, words, complaint);
        if (r == 0 && words->length == 0) {
                (void)snprintf(complaint, SECTION_COMPLAINT_SIZE,
                               "[%s]: a name is missing, as in '[%s example.org]'", name, name);
                r = -EINVAL;
        }
        return r;
}

static int keep(struct settings *settings, struct text *words)
{
        struct settings_section *sections = realloc(
                settings->sections, (settings->section_count + 1) * sizeof(settings->sections[0]));
        if (!sections)
                return -ENOMEM;
        settings->sections = sections;
        sections[settings->section_count++] =
                (struct settings_section){words->data, settings->count};
        *words = (struct text){0};
        return 0;
}

int settings_begin_section(struct settings *settings, const char *line,
                           char complaint[static SECTION_COMPLAINT_SIZE])
{
        const struct section_kind *kind = settings->command->sections;
        const char *end = find_end(line), *behind = end ? end + 1 + strspn(end + 1, BLANKS) : NULL;
        struct text words = {0};

        if (!end || (*behind && *behind != ';' && *behind != '#')) {
                (void)snprintf(complaint, SECTION_COMPLAINT_SIZE, "is not '[section]'");
                return -EINVAL;
        }
        if (kind && settings->section_count == kind->maximum) {
                (void)snprintf(complaint, SECTION_COMPLAINT_SIZE, "more than %zu sections",
                               kind->maximum);
                return -EINVAL;
        }
        char *inner = strndup(line + 1, (size_t)(end - line - 1));
        if (!inner)
                return -ENOMEM;
        int r = add_words(settings, inner, &words, complaint);
        if (r == 0)
                r = keep(settings, &words);
        free(inner);
        text_done(&words);
        return r;
}
