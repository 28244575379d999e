#include "serve/secure.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/number.h"
#include "net/ticket_keys.h"
#include "net/tls_context.h"
#include "net/tls_self_signed.h"
#include "serve/admin.h"

bool secure_is_wanted(const struct serve_options *options)
{
        return options->tls_cert_count > 0 || options->tls_self_signed;
}

/* ---- Certificates ---- */

static int too_many(const char *option, const char *value)
{
        (void)fprintf(stderr, "sluice: %s %s: there is no --tls-cert for it\n", option, value);
        return -EINVAL;
}

/* What belongs together stands at the same place. */
static int fill_pairs(struct tls_pair pairs[static SERVE_TLS_PAIRS_MAX],
                      const struct serve_options *options)
{
        size_t count = options->tls_cert_count;

        if (options->tls_key_count > count)
                return too_many("--tls-key", options->tls_keys[count]);
        if (options->tls_ocsp_count > count)
                return too_many("--tls-ocsp", options->tls_ocsps[count]);
        for (size_t i = 0; i < count; i++) {
                pairs[i].certificate = options->tls_certs[i];
                pairs[i].key =
                        i < options->tls_key_count ? options->tls_keys[i] : options->tls_certs[i];
                pairs[i].ocsp = i < options->tls_ocsp_count ? options->tls_ocsps[i] : NULL;
        }
        return 0;
}

/* Where a service keeps its state (systemd.exec(5)), or a person's programs do. */
static int state_folder(char *buffer, size_t size)
{
        const char *state = getenv("STATE_DIRECTORY");
        const char *person = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
        int length = -1;

        if (state && *state)
                length = snprintf(buffer, size, "%.*s", (int)strcspn(state, ":"), state);
        else if (person && *person)
                length = snprintf(buffer, size, "%s/sluice", person);
        else if (home && *home)
                length = snprintf(buffer, size, "%s/.local/state/sluice", home);
        return length < 0 || (size_t)length >= size ? -ENOENT : 0;
}

static int make_own(struct tls_self_signed *ret_files, struct tls_complaint *complaint)
{
        char folder[2048];
        if (state_folder(folder, sizeof(folder)) == 0)
                return tls_self_signed_get(ret_files, folder, complaint);
        (void)snprintf(complaint->text, sizeof(complaint->text),
                       "--tls-self-signed: neither STATE_DIRECTORY nor XDG_STATE_HOME nor HOME "
                       "says where to keep it");
        return -EINVAL;
}

static void warn(const struct tls_context *tls, const struct tls_options *options,
                 const struct serve_options *wanted)
{
        struct stat status;

        for (size_t i = 0; i < wanted->tls_ticket_key_count; i++)
                if (stat(wanted->tls_ticket_keys[i], &status) == 0 && status.st_mode & S_IROTH)
                        (void)fprintf(stderr,
                                      "sluice: warning: %s: every user of this machine can read "
                                      "this key of tickets\n",
                                      wanted->tls_ticket_keys[i]);
        for (size_t i = 0; i < options->pair_count; i++)
                if (tls_context_has_expired(tls, i))
                        (void)fprintf(stderr, "sluice: warning: %s: the certificate has expired\n",
                                      options->pairs[i].certificate);
}

/* Those that the options name, or those behind fd. */
static int get_ticket_keys(struct tls_options *ret, const struct serve_options *options, int fd,
                           struct tls_complaint *complaint)
{
        if (options->tls_ticket_key_count > 0)
                return ticket_keys_read(&ret->ticket_keys, options->tls_ticket_keys,
                                        options->tls_ticket_key_count, complaint);
        if (fd < 0)
                return 0;
        int r = ticket_keys_open(&ret->ticket_keys, fd);
        if (r < 0)
                (void)snprintf(complaint->text, sizeof(complaint->text),
                               "cannot use the tickets' keys: %s", strerror(-r));
        return r;
}

/* What has no meaning without HTTPS. */
static int check_none_is_needed(const struct serve_options *options)
{
        const char *option = options->https_redirect             ? "--https-redirect"
                             : options->tls_ticket_key_count > 0 ? "--tls-ticket-key"
                                                                 : NULL;
        if (!option)
                return 0;
        (void)fprintf(stderr,
                      "sluice: %s: there is no HTTPS: neither --tls-cert nor --tls-self-signed is "
                      "given\n",
                      option);
        return -EINVAL;
}

int secure_open(struct tls_context **ret_tls, const struct serve_options *options, int ticket_keys)
{
        struct tls_pair pairs[SERVE_TLS_PAIRS_MAX + 1];
        struct tls_self_signed own;
        struct tls_complaint complaint = {.text = "no memory"};
        struct tls_options wanted = {
                .pairs = pairs,
                .pair_count = options->tls_cert_count,
                .http2 = !options->no_http2,
                .only_1_3 = strcmp(options->tls_min, "1.3") == 0,
                .no_ktls = options->no_ktls,
                .client_authority = options->tls_client_ca,
        };

        int r = fill_pairs(pairs, options);
        if (r < 0)
                return r;
        if (!secure_is_wanted(options))
                return check_none_is_needed(options);
        if (options->tls_self_signed) {
                r = make_own(&own, &complaint);
                pairs[wanted.pair_count++] =
                        (struct tls_pair){.certificate = own.certificate, .key = own.key};
        }
        if (r == 0)
                r = get_ticket_keys(&wanted, options, ticket_keys, &complaint);
        if (r == 0)
                r = tls_context_new(ret_tls, &wanted, &complaint);
        if (r < 0)
                (void)fprintf(stderr, "sluice: %s\n", complaint.text);
        else
                warn(*ret_tls, &wanted, options);
        return r;
}

void secure_memory(const struct tls_context *tls)
{
        /* core(5): 1 also keeps the kernel from piping a core to a program. The keys
         * could not be kept out of it otherwise but by PR_SET_DUMPABLE, which closes
         * /proc/self/fd to us. */
        const struct rlimit none = {.rlim_cur = 1, .rlim_max = 1};
        if (!tls)
                return;
        (void)setrlimit(RLIMIT_CORE, &none);
        /* A handshake takes some 60 KiB for a moment: by the default steps of 128 KiB the
         * heap would grow and shrink, two calls and their page faults, all the time. */
        (void)mallopt(M_TOP_PAD, 1 << 20);
        (void)mallopt(M_TRIM_THRESHOLD, 8 << 20);
}

/* ---- Plain HTTP beside it ---- */

int secure_redirect_address(const char *text, size_t index, struct address *ret_address)
{
        static const char *const everywhere[] = {"0.0.0.0", "::"};
        uint64_t port;

        if (number_parse(span_of(text), &port) == 0) {
                if (port > UINT16_MAX)
                        return -EINVAL;
                return index < 2 ? address_parse(ret_address, everywhere[index], (uint16_t)port)
                                 : -ENOENT;
        }
        return index == 0 ? admin_parse_address(ret_address, text) : -ENOENT;
}

int secure_check_redirect(const char *text)
{
        struct address address;
        return secure_redirect_address(text, 0, &address) < 0 ? -EINVAL : 0;
}
