#include "cli/commands.h"

#include <string.h>

const struct command *const commands[] = {
        &command_serve,
        &command_compress,
        &command_doctor,
        &command_lab,
};
const size_t command_count = sizeof(commands) / sizeof(commands[0]);

const struct command *const subcommands[] = {
        &command_lab_compare, &command_lab_explain, &command_lab_policy,
        &command_lab_receive, &command_lab_report,  &command_lab_rerun,
};
const size_t subcommand_count = sizeof(subcommands) / sizeof(subcommands[0]);

const struct option_spec *command_option(const struct command *command, size_t index)
{
        for (size_t i = 0; command->groups[i]; i++) {
                if (index < command->groups[i]->count)
                        return &command->groups[i]->options[index];
                index -= command->groups[i]->count;
        }
        return NULL;
}

const char *subcommand_word(const struct command *subcommand, const char *first)
{
        size_t length = strlen(first);
        const char *name = subcommand->name;
        return strncmp(name, first, length) == 0 && name[length] == ' ' ? name + length + 1 : NULL;
}
