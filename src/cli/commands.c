#include "cli/commands.h"

const struct command *const commands[] = {
        &command_serve,
        &command_compress,
        &command_doctor,
        &command_lab,
};
const size_t command_count = sizeof(commands) / sizeof(commands[0]);

const struct command *const subcommands[] = {
        &command_lab_compare,
        &command_lab_explain,
        &command_lab_receive,
        &command_lab_report,
        &command_lab_rerun,
};
const size_t subcommand_count = sizeof(subcommands) / sizeof(subcommands[0]);
