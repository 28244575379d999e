/* Options of `sluice serve`: the process, its rights and its logs. */
#include "cli/serve_options.h"

#include "serve/admin.h"
#include "serve/privileges.h"
#include "serve/request_log.h"

static const char *sandbox_choice(size_t index)
{
        static const char *const choices[] = {"on", "off", "required"};
        return index < sizeof(choices) / sizeof(choices[0]) ? choices[index] : NULL;
}

static int check_admin(const char *value)
{
        struct address address;
        return address_parse_whole(&address, value);
}

static const struct option_spec options[] = {
        {
                .name = "workers",
                .letter = 'w',
                .kind = OPTION_NUMBER,
                .value = "N",
                .default_text = "0",
                .help = "Threads that serve; 0 is one a core",
                .offset = FIELD(workers),
                .maximum = 256,
                .common = true,
        },
        {
                .name = "user",
                .kind = OPTION_TEXT,
                .value = "NAME",
                .help = "Serve as this user, or NAME:GROUP, once the addresses are open; by name "
                        "or "
                        "number",
                .offset = FIELD(user),
                .check = privileges_check,
                .expected = "a user or USER:GROUP of this machine, or numbers; one that nobody has "
                            "needs a "
                            "group (1000:1000)",
                .common = true,
        },
        {
                .name = "sandbox",
                .kind = OPTION_TEXT,
                .value = "WHETHER",
                .default_text = "on",
                .help = "Give up every right that serving does not need; on takes what the kernel "
                        "has, required starts with all of it or not at all",
                .offset = FIELD(sandbox),
                .choice = sandbox_choice,
        },
        {
                .name = "access-log",
                .kind = OPTION_TEXT,
                .value = "FILE",
                .default_text = "-",
                .help = "Where a line goes for each response; - is standard output, syslog the "
                        "system's log (and journald), off nowhere. SIGUSR1 opens the file anew",
                .offset = FIELD(access_log),
                .common = true,
        },
        {
                .name = "log-format",
                .kind = OPTION_TEXT,
                .value = "FORMAT",
                .default_text = "sluice",
                .help = "How that line looks",
                .offset = FIELD(log_format),
                .choice = request_log_format_name,
        },
        {
                .name = "error-log",
                .kind = OPTION_TEXT,
                .value = "FILE",
                .default_text = "-",
                .help = "Where complaints go once the server runs; - is standard error",
                .offset = FIELD(error_log),
        },
        {
                .name = "admin",
                .kind = OPTION_TEXT,
                .value = "ADDRESS:PORT",
                .help = "Answer /metrics (for Prometheus) and /healthz on this address, or on "
                        "unix:/path; see that only your monitor reaches it",
                .offset = FIELD(admin),
                .check = check_admin,
                .expected = "an address and a port, such as 127.0.0.1:9000, or unix:/path",
        },
        {
                .name = "pid-file",
                .kind = OPTION_TEXT,
                .value = "FILE",
                .help = "Write the number of the process that takes the signals here, and remove "
                        "the file at the end",
                .offset = FIELD(pid_file),
        },
        {
                .name = "qrcode",
                .kind = OPTION_FLAG,
                .help = "Show, in the banner, the address that others reach as a QR code, too",
                .offset = FIELD(qrcode),
                .common = true,
        },
        {
                .name = "quiet",
                .letter = 'q',
                .kind = OPTION_FLAG,
                .help = "Print neither the banner nor, to standard output, the access log",
                .offset = FIELD(quiet),
                .common = true,
        },
        {
                .name = "verbose",
                .letter = 'v',
                .kind = OPTION_FLAG,
                .help = "Tell more; such as why bodies went by another method than the chosen one",
                .offset = FIELD(verbose),
                .common = true,
        },
};

const struct option_group serve_options_process = {
        .title = "Process and logs",
        OPTIONS(options),
};
