/* The commands, one file each. */
#pragma once

#include "cli/options.h"

extern const struct command command_serve;
