#include "cli/option_value.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/number.h"

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

static int parse_flag(const char *text, bool *ret)
{
        static const struct {
                const char *word;
                bool value;
        } words[] = {{"yes", true}, {"no", false},  {"true", true}, {"false", false},
                     {"on", true},  {"off", false}, {"1", true},    {"0", false}};
        for (size_t i = 0; text && i < sizeof(words) / sizeof(words[0]); i++)
                if (strcmp(words[i].word, text) == 0) {
                        *ret = words[i].value;
                        return 0;
                }
        if (text)
                return -EINVAL;
        *ret = true;
        return 0;
}

static int append(const struct option_spec *option, const char *text, void *target)
{
        size_t *count = field(target, option->second_offset);
        if (*count == option->maximum)
                return -E2BIG;
        ((const char **)field(target, option->offset))[(*count)++] = text;
        return 0;
}

static bool is_choice(const struct option_spec *option, const char *text)
{
        const char *word;
        for (size_t i = 0; (word = option->choice(i)); i++)
                if (strcmp(word, text) == 0)
                        return true;
        return false;
}

/* A text's; numbers are judged as they are read. */
static int check(const struct option_spec *option, const char *text)
{
        if (option->kind != OPTION_TEXT && option->kind != OPTION_LIST)
                return 0;
        if (option->check)
                return option->check(text);
        return !option->choice || is_choice(option, text) ? 0 : -EINVAL;
}

int option_set(const struct option_spec *option, const char *text, void *target)
{
        if (check(option, text) < 0)
                return -EINVAL;
        switch (option->kind) {
        case OPTION_FLAG:
                return parse_flag(text, field(target, option->offset));
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

/* "on, off or required". */
static const char *choices(const struct option_spec *option, char *buffer, size_t size)
{
        const char *word = option->choice(0), *next;
        size_t length = 0;

        buffer[0] = '\0';
        for (size_t i = 1; word && length < size; i++, word = next) {
                next = option->choice(i);
                const char *joint = i == 1 ? "" : next ? ", " : " or ";
                length += (size_t)snprintf(buffer + length, size - length, "%s%s", joint, word);
        }
        return buffer;
}

static const char *expected(const struct option_spec *option, char *buffer, size_t size)
{
        if (option->choice && !option->expected)
                return choices(option, buffer, size);
        const char *example = option->kind == OPTION_SIZE       ? "a size such as 64K, 2M or 1G"
                              : option->kind == OPTION_DURATION ? "a time such as 250ms, 10s or 5m"
                              : option->kind == OPTION_FLAG     ? "yes or no"
                                                                : option->expected;
        if (option->kind != OPTION_NUMBER)
                return example;
        (void)snprintf(buffer, size, "a number from %ju to %ju", (uintmax_t)option->minimum,
                       (uintmax_t)option->maximum);
        return buffer;
}

/* Within the kind's grammar, yet not within the limits. */
static void describe_limits(const struct option_spec *option, char *buffer, size_t size)
{
        char least[NUMBER_TEXT_SIZE], most[NUMBER_TEXT_SIZE];
        if (option->kind == OPTION_SIZE)
                (void)snprintf(buffer, size, " from %s to %s",
                               number_format_size(option->minimum, least),
                               number_format_size(option->maximum, most));
        else if (option->kind == OPTION_DURATION)
                (void)snprintf(buffer, size, " from %jums to %jus", (uintmax_t)option->minimum,
                               (uintmax_t)(option->maximum / 1000));
        else
                buffer[0] = '\0';
}

const char *option_complaint(const struct option_spec *option, const char *text, int error,
                             char *buffer, size_t size)
{
        char words[EXPECTED_SIZE], limits[EXPECTED_SIZE] = "";
        if (error == -ERANGE)
                describe_limits(option, limits, sizeof(limits));
        if (error == -E2BIG)
                (void)snprintf(buffer, size, "may be given %ju times at most",
                               (uintmax_t)option->maximum);
        else
                (void)snprintf(buffer, size, "'%.200s' is not %s%s", text,
                               expected(option, words, sizeof(words)), limits);
        return buffer;
}

struct option_spec option_of_operand(const struct command *command, char name[static 16])
{
        size_t i = 0;
        for (const char *c = command->operand; c && *c && i < 15; c++)
                if (isalpha((unsigned char)*c))
                        name[i++] = (char)tolower((unsigned char)*c);
        name[i] = '\0';
        return (struct option_spec){
                .name = name,
                .kind = command->operand_max > 1 ? OPTION_LIST : OPTION_TEXT,
                .value = "PATH",
                .default_text = command->operand_default,
                .help = command->operand_help,
                .offset = command->operand_offset,
                .second_offset = command->operand_count_offset,
                .maximum = command->operand_max,
                .in_section = command->sections != NULL,
        };
}
