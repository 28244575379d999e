/* `sluice serve`. */
#include "cli/commands.h"
#include "cli/serve_options.h"
#include "serve/site_names.h"

static const struct option_group *const groups[] = {
        &serve_options_configuration, &serve_options_network,
        &serve_options_tls,           &serve_options_site,
        &serve_options_files,         &serve_options_limits,
        &serve_options_process,       NULL,
};

static void add_site(void *options, const char *words, void *section_options)
{
        struct serve_options *wanted = options, *section = section_options;
        section->site.names = words;
        section->site.next = wanted->site.next;
        wanted->site.next = &section->site;
}

static const struct section_kind sites = {
        .name = "site",
        .maximum = SERVE_SITES_MAX - 1,
        .check = site_names_check,
        .expected = "a host's name without a port, or such a name behind '*.'",
        .add = add_site,
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
        .operand_count_offset = FIELD(site.path_given),
        .groups = groups,
        .configurable = true,
        .sections = &sites,
        .size = sizeof(struct serve_options),
        .details = "The access log goes to standard output, one line a response:\n"
                   "  peer - user [time] \"request\" status body-bytes way milliseconds\n"
                   "where way is 'memory' or the method that moved the body, with '+tls' or "
                   "'+ktls'\nbehind "
                   "it where sluice or the kernel encrypted.\n"
                   "SIGINT and SIGTERM stop the server when what is in flight is done; a second "
                   "one\nstops it at once. SIGHUP reads the configuration again, SIGUSR2 executes "
                   "a new\nprogram; neither loses a connection. A serving process that dies is\n"
                   "replaced, up to five times a minute.\n",
        .run = run,
};
