/* `sluice lab explain [METHOD]`: the path of the bytes in the terminal, the calls
 * made for a small real transfer, and when to choose the method or not. */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/number.h"
#include "base/terminal.h"
#include "cli/commands.h"
#include "cli/wrap.h"
#include "lab/drawing_text.h"
#include "lab/plan.h"
#include "lab/sender_tls.h"
#include "lab/trial.h"

#define TITLE_COLUMNS 17
#define TABLE_WIDTH 80
#define COLUMNS_FEWEST 40

struct explain_options {
        const char *method; /* "copy:4K"; NULL: all */
        bool ascii;
};

struct explanation {
        struct lab_setting setting; /* method and buffer, when one is explained */
        int file_fd;
        const char *folder; /* where the file is */
        sluice_facts *facts; /* of it, for a client elsewhere */
        const sluice_method *chosen;
        const char *chosen_reason;
        const char *no_ktls; /* why the kernel's TLS cannot be had; NULL: it can */
        char reworded[LAB_TEXT_SIZE]; /* a reason why not, in words for who wants TLS */
        struct drawing_text_style style;
        int columns; /* of the terminal */
};

/* As a server does: what is encrypted goes through the kernel's TLS where that can be had,
 * else through the process, whatever was asked to be explained. */
static int choose(struct explanation *explanation)
{
        sluice_facts *facts = NULL;
        int r = 0;

        if (explanation->setting.tls == LAB_USER_TLS && !explanation->no_ktls) {
                cleanup_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
                r = fd < 0 ? -errno : sluice_facts_probe(&facts, explanation->file_fd, fd);
        } else if (explanation->no_ktls) {
                r = sluice_facts_probe_sink(&facts, explanation->file_fd);
        }
        if (r < 0)
                return r;
        explanation->chosen = sluice_choose(facts ? facts : explanation->facts, TRIAL_BYTES,
                                            &explanation->chosen_reason);
        sluice_facts_free(facts);
        return 0;
}

static int prepare(struct explanation *explanation)
{
        cleanup_fd int out_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        explanation->file_fd = -1;
        if (out_fd < 0)
                return -errno;
        int r = trial_file(&explanation->file_fd, &explanation->folder);
        if (r < 0)
                return r;
        if (explanation->setting.tls != LAB_PLAIN)
                explanation->no_ktls = sender_tls_why_not(
                        &(struct lab_setting){.method = "sendfile", .tls = LAB_KERNEL_TLS},
                        explanation->file_fd);
        if (explanation->setting.tls == LAB_USER_TLS)
                r = sluice_facts_probe_sink(&explanation->facts, explanation->file_fd);
        else
                r = sluice_facts_probe(&explanation->facts, explanation->file_fd, out_fd);
        if (r < 0)
                return r;
        return choose(explanation);
}

static void release(struct explanation *explanation)
{
        fd_close(&explanation->file_fd);
        sluice_facts_free(explanation->facts);
}

static const char *reword(struct explanation *explanation, const char *why_not)
{
        if (explanation->setting.tls == LAB_PLAIN)
                return why_not;
        (void)snprintf(explanation->reworded, sizeof(explanation->reworded), "%s", why_not);
        sender_tls_reword(explanation->reworded, sizeof(explanation->reworded));
        return explanation->reworded;
}

/* Why a method cannot be shown; NULL when it can. */
static const char *measure(struct explanation *explanation, const sluice_method *method,
                           struct trial *trial)
{
        struct lab_setting setting = explanation->setting;
        const char *why_not = NULL;
        if (!sluice_method_supported(method, explanation->facts, &why_not))
                return reword(explanation, why_not);
        strcpy(setting.method, sluice_method_name(method));
        why_not = sender_tls_why_not(&setting, explanation->file_fd);
        if (why_not)
                return why_not;
        int r = trial_run(trial, explanation->file_fd, &setting, &why_not);
        if (r < 0)
                return why_not ? why_not : strerror(-r);
        return NULL;
}

static void say(const struct explanation *explanation, const char *title, const char *what)
{
        int columns = explanation->columns;
        if (what)
                wrap_print(stdout, what, printf("%-*s", TITLE_COLUMNS, title), TITLE_COLUMNS,
                           columns < DRAWING_TEXT_COLUMNS ? columns : DRAWING_TEXT_COLUMNS);
}

/* What the drawing shows, where there is no room for it. */
static int say_moves(const struct explanation *explanation, const char *method,
                     const struct path_counts *counts)
{
        char size[NUMBER_TEXT_SIZE], line[256];
        struct path path;
        int r = path_trace(method, counts, &path);

        for (size_t i = 0; r == 0 && i < path.move_count; i++) {
                const struct path_move *move = &path.moves[i];
                (void)snprintf(line, sizeof(line), "%s to %s: %s, %s",
                               path_place_name(&path, counts, move->from),
                               path_place_name(&path, counts, move->to), move->label,
                               move->known ? number_format_size(move->bytes, size) : "not counted");
                say(explanation, i ? "" : "The way:", line);
        }
        (void)snprintf(line, sizeof(line), "a terminal of %d columns; this one has %d",
                       DRAWING_TEXT_COLUMNS, explanation->columns);
        say(explanation, "A drawing needs:", line);
        return r;
}

static void say_calls(const struct explanation *explanation, const struct path_counts *counts)
{
        struct path_call calls[TRIAL_CALLS_MAX];
        char number[NUMBER_TEXT_SIZE], line[2048] = "";
        size_t count = path_calls_sorted(counts, calls, TRIAL_CALLS_MAX), used = 0;

        for (size_t i = 0; i < count && used < sizeof(line); i++)
                used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s %s", i ? ", " : "",
                                         calls[i].name,
                                         number_format_count(calls[i].count, number));
        say(explanation, "The calls:", line);
        (void)snprintf(line, sizeof(line), "%s, in calls of their own",
                       number_format_count(counts->waits, number));
        say(explanation, "The waits:", line);
}

static void say_choice(const struct explanation *explanation, const sluice_method *method)
{
        const char *when_not, *when;
        char line[512], name[LAB_LABEL_SIZE];

        when = path_advice(setting_method(&explanation->setting, name), &when_not);
        say(explanation, "What it does:", sluice_method_summary(method));
        say(explanation, "Choose it when:", when);
        say(explanation, "But not when:", when_not);
        struct lab_setting chosen = {.tls = explanation->setting.tls};
        (void)strcpy(chosen.method, sluice_method_name(explanation->chosen));
        if (chosen.tls != LAB_PLAIN)
                chosen.tls = explanation->no_ktls ? LAB_USER_TLS : LAB_KERNEL_TLS;
        bool is_it = method == explanation->chosen && chosen.tls == explanation->setting.tls;
        (void)snprintf(line, sizeof(line), "auto takes %s%s%s%s: %s",
                       is_it ? "it" : setting_method(&chosen, name),
                       explanation->no_ktls ? ", as there is no kernel TLS (" : "",
                       explanation->no_ktls ? explanation->no_ktls : "",
                       explanation->no_ktls ? ")" : "", explanation->chosen_reason);
        say(explanation, "Here:", line);
}

static int explain_one(struct explanation *explanation, const sluice_method *method)
{
        struct text text = {0};
        struct trial trial;
        char label[LAB_LABEL_SIZE], name[LAB_LABEL_SIZE];
        const char *why_not = measure(explanation, method, &trial);
        int r = 0;

        if (why_not) {
                (void)printf("%s\n\n", setting_label(&explanation->setting, label));
                say(explanation, "No drawing:", why_not);
        } else if (explanation->columns < DRAWING_TEXT_COLUMNS) {
                (void)printf("%s\n\n", setting_label(&explanation->setting, label));
                r = say_moves(explanation, setting_method(&explanation->setting, name),
                              &trial.counts);
                say_calls(explanation, &trial.counts);
        } else {
                r = drawing_text_write(&text, setting_label(&explanation->setting, label),
                                       setting_method(&explanation->setting, name), &trial.counts,
                                       explanation->style);
                (void)fwrite(text.data, 1, text.length, stdout);
                (void)fputc('\n', stdout);
                say_calls(explanation, &trial.counts);
        }
        say_choice(explanation, method);
        if (text.failed)
                r = -ENOMEM;
        text_done(&text);
        return r;
}

static void explain_row(struct explanation *explanation, const sluice_method *method)
{
        char calls[NUMBER_TEXT_SIZE], copies[NUMBER_TEXT_SIZE];
        struct trial trial = {0};
        struct path path;
        const char *why_not = measure(explanation, method, &trial);
        const char *mark = method == explanation->chosen ? "*" : "";

        if (why_not || path_trace(sluice_method_name(method), &trial.counts, &path) < 0) {
                int column =
                        printf("%-10s%-2s%13s  %10s  ", sluice_method_name(method), mark, "-", "-");
                wrap_print(stdout, why_not ? why_not : "", column, column, TABLE_WIDTH);
                return;
        }
        (void)snprintf(copies, sizeof(copies), "%.2f",
                       (double)path.bytes_copied / (double)trial.counts.bytes_sent);
        int column = printf("%-10s%-2s%13s  %10s  ", sluice_method_name(method), mark, copies,
                            number_format_count(path.calls, calls));
        wrap_print(stdout, sluice_method_summary(method), column, column, TABLE_WIDTH);
}

static void explain_all(struct explanation *explanation)
{
        const sluice_method *method;

        (void)printf("%-12s%13s  %10s\n", "method", "copies a byte", "calls");
        for (size_t i = 0; (method = sluice_method_at(i)); i++)
                explain_row(explanation, method);
        (void)printf("\n");
        char line[512];
        (void)snprintf(line, sizeof(line), "* what auto takes: %s", explanation->chosen_reason);
        wrap_print(stdout, line, 0, 0, TABLE_WIDTH);
        (void)printf("'sluice lab explain METHOD' draws one.\n");
}

/* Where there is no terminal, as many as are wanted. */
static int columns_of_terminal(void)
{
        int width = terminal_width(STDOUT_FILENO);
        if (width == 0)
                return TABLE_WIDTH;
        return width < COLUMNS_FEWEST ? COLUMNS_FEWEST : width;
}

/* Unicode where the locale's characters are: not with LANG=C. */
static struct drawing_text_style style_wanted(bool ascii)
{
        (void)setlocale(LC_CTYPE, "");
        return (struct drawing_text_style){
                .ascii = ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
                .colour = terminal_has_colour(STDOUT_FILENO),
        };
}

/* "copy", "copy:4K", "copy+tls", "copy+tls:4K". */
static int parse(const char *text, struct lab_setting *setting)
{
        static const struct {
                const char *ending;
                enum lab_tls tls;
        } endings[] = {{"+tls", LAB_USER_TLS}, {"+ktls", LAB_KERNEL_TLS}};
        const char *plus = strchr(text, '+'), *rest = text + strcspn(text, ":");
        char plain[LAB_LABEL_SIZE];

        if (!plus || plus > rest)
                return plan_parse_method(text, setting->method, &setting->buffer_bytes);
        for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
                if (strlen(endings[i].ending) == (size_t)(rest - plus) &&
                    memcmp(plus, endings[i].ending, (size_t)(rest - plus)) == 0)
                        setting->tls = endings[i].tls;
        int length = snprintf(plain, sizeof(plain), "%.*s%s", (int)(plus - text), text, rest);
        if (setting->tls == LAB_PLAIN || length >= (int)sizeof(plain))
                return -EINVAL;
        return plan_parse_method(plain, setting->method, &setting->buffer_bytes);
}

static int run(const void *filled)
{
        const struct explain_options *options = filled;
        struct explanation explanation = {
                .style = style_wanted(options->ascii),
                .columns = columns_of_terminal(),
        };
        const sluice_method *method = NULL;
        struct lab_setting *setting = &explanation.setting;
        char size[NUMBER_TEXT_SIZE];

        if (options->method && parse(options->method, setting) < 0) {
                (void)fprintf(stderr,
                              "sluice lab explain: there is no method '%s': see 'sluice "
                              "lab explain'\n",
                              options->method);
                return EXIT_USAGE;
        }
        if (options->method)
                method = sluice_method_find(setting->method);
        (void)signal(SIGPIPE, SIG_IGN);
        int r = prepare(&explanation);
        if (r == 0) {
                (void)fprintf(stderr, "%s sent over loopback, from a file in %s\n\n",
                              number_format_size(TRIAL_BYTES, size), explanation.folder);
                if (method)
                        r = explain_one(&explanation, method);
                else
                        explain_all(&explanation);
        }
        release(&explanation);
        if (r == 0 && fflush(stdout) == EOF)
                r = -errno;
        if (r < 0) {
                (void)fprintf(stderr, "sluice lab explain: %s\n", strerror(-r));
                return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}

static const struct option_spec options[] = {
        {
                .name = "ascii",
                .kind = OPTION_FLAG,
                .help = "Draw with the characters of ASCII, as is done where the locale has no "
                        "others",
                .offset = offsetof(struct explain_options, ascii),
                .common = true,
        },
};

const struct command command_lab_explain = {
        .name = "lab explain",
        .summary = "Draw the path that the bytes take with a method, from a small real transfer",
        .operand = "[METHOD]",
        .operand_help = "The method to draw; copy:4K gives it a buffer of that size, copy+tls and "
                        "sendfile+ktls encrypt (default: a table of all)",
        .operand_offset = offsetof(struct explain_options, method),
        .groups = ONE_GROUP(options),
        .size = sizeof(struct explain_options),
        .run = run,
};
