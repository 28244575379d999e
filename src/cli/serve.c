/* `sluice serve`. */
#include "cli/commands.h"
#include "cli/serve_options.h"

static const struct option_group *const groups[] = {
        &serve_options_configuration,
        &serve_options_network,
        &serve_options_site,
        &serve_options_files,
        &serve_options_limits,
        &serve_options_process,
        NULL,
};

static int run(const void *filled)
{
        const struct serve_options *wanted = filled;
        return wanted->check ? serve_check(wanted) : serve_run(wanted);
}

const struct command command_serve = {
        .name = "serve",
        .summary = "Serve a folder, or one file, over HTTP",
        .operand = "[PATH]",
        .operand_help = "The folder or the file to serve (default: the current folder)",
        .operand_default = ".",
        .operand_offset = FIELD(site.path),
        .groups = groups,
        .configurable = true,
        .size = sizeof(struct serve_options),
        .details = "The access log goes to standard output, one line a response:\n"
                   "  peer - - [time] \"request\" status body-bytes way milliseconds\n"
                   "where way is 'memory' or the method that moved the body.\n"
                   "SIGINT and SIGTERM stop the server when what is in flight is done; a second "
                   "one\nstops it at once. SIGHUP reads the configuration again, SIGUSR2 executes "
                   "a new\nprogram; neither loses a connection.\n",
        .run = run,
};
