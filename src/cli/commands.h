/* The commands, one file each. */
#pragma once

#include "cli/options.h"

extern const struct command command_serve;
extern const struct command command_compress;
extern const struct command command_doctor;
extern const struct command command_lab;
extern const struct command command_lab_compare;
extern const struct command command_lab_explain;
extern const struct command command_lab_policy;
extern const struct command command_lab_receive;
extern const struct command command_lab_rerun;
extern const struct command command_lab_report;
