#include "cli/commands.h"

const struct command *const commands[] = {
        &command_serve,
        &command_doctor,
};
const size_t command_count = sizeof(commands) / sizeof(commands[0]);
