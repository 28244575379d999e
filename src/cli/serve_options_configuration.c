/* Options of `sluice serve`: where its options come from. */
#include "cli/serve_options.h"

static const struct option_spec options[] = {
        {
                .name = "config",
                .letter = 'c',
                .kind = OPTION_TEXT,
                .value = "FILE",
                .help = "Read options from this file; sluice.conf(5) tells how. SLUICE_* in the "
                        "environment outweighs it, and the command line both",
                .offset = FIELD(config),
                .common = true,
                .command_line_only = true,
        },
        {
                .name = "check",
                .kind = OPTION_FLAG,
                .help = "Only say whether all that is configured is right",
                .offset = FIELD(check),
                .common = true,
                .command_line_only = true,
        },
        {
                .name = "print-config",
                .kind = OPTION_FLAG,
                .help = "Only print the configuration as a file; and where each value is from",
                .offset = FIELD(print_config),
                .common = true,
                .command_line_only = true,
        },
        {
                .name = "policy",
                .kind = OPTION_TEXT,
                .value = "FILE",
                .help = "Do as 'sluice lab policy' found to be best on this machine; every other "
                        "source of an option outweighs it",
                .offset = FIELD(policy),
        },
};

const struct option_group serve_options_configuration = {
        .title = "Configuration",
        OPTIONS(options),
};
