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
        bool wanted = options->tls_self_signed;
        for (const struct site_options *site = &options->site; site; site = site->next)
                wanted |= site->tls_cert_count > 0;
        return wanted;
}

/* ---- Certificates ---- */

struct pairs {
        struct tls_pair *each;
        const struct site_options **owners;
        size_t count;
};

static int pairs_init(struct pairs *pairs, const struct serve_options *options)
{
        size_t most = 1; /* of our own making */
        for (const struct site_options *site = &options->site; site; site = site->next)
                most += site->tls_cert_count;
        pairs->count = 0;
        pairs->each = calloc(most, sizeof(pairs->each[0]));
        pairs->owners = calloc(most, sizeof(const struct site_options *));
        return pairs->each && pairs->owners ? 0 : -ENOMEM;
}

static void pairs_done(struct pairs *pairs)
{
        free(pairs->each);
        free((void *)pairs->owners);
}

static void pairs_add(struct pairs *pairs, const struct tls_pair *pair,
                      const struct site_options *owner)
{
        pairs->each[pairs->count] = *pair;
        pairs->owners[pairs->count++] = owner;
}

static int too_many(const char *option, const char *value, const struct site_options *site)
{
        (void)fprintf(stderr, "sluice: %s%s%s--%s %s: there is no --tls-cert for it\n",
                      site->names ? "[site " : "", site->names ? site->names : "",
                      site->names ? "]: " : "", option, value);
        return -EINVAL;
}

/* A section has what stands above all of them, the very same texts, where it says
 * nothing else. */
static size_t own_count(const char *const list[], size_t count, const char *const above[],
                        size_t above_count)
{
        return count == above_count && memcmp(list, above, count * sizeof(list[0])) == 0 ? 0
                                                                                         : count;
}

/* What belongs together stands at the same place. */
static int add_pairs(struct pairs *pairs, const struct site_options *site,
                     const struct site_options *above)
{
        size_t count = site->tls_cert_count, keys = site->tls_key_count,
               ocsps = site->tls_ocsp_count;

        if (site != above) {
                count = own_count(site->tls_certs, count, above->tls_certs, above->tls_cert_count);
                keys = own_count(site->tls_keys, keys, above->tls_keys, above->tls_key_count);
                ocsps = own_count(site->tls_ocsps, ocsps, above->tls_ocsps, above->tls_ocsp_count);
        }
        if (keys > count)
                return too_many("tls-key", site->tls_keys[count], site);
        if (ocsps > count)
                return too_many("tls-ocsp", site->tls_ocsps[count], site);
        for (size_t i = 0; i < count; i++) {
                const struct tls_pair pair = {
                        .certificate = site->tls_certs[i],
                        .key = i < keys ? site->tls_keys[i] : site->tls_certs[i],
                        .ocsp = i < ocsps ? site->tls_ocsps[i] : NULL,
                };
                pairs_add(pairs, &pair, site);
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

/* Whether one of the certificates of a site, from the first on, names it as the site is
 * named; for '*.' and a name, some host of those. */
static bool is_named(const struct tls_context *tls, const struct pairs *pairs, size_t first,
                     struct span name)
{
        char host[256];
        if (name.length >= sizeof(host) || name.data[0] == '[')
                return true; /* addresses are not asked for by name (RFC 6066 3) */
        memcpy(host, name.data, name.length);
        host[name.length] = '\0';
        if (host[0] == '*')
                host[0] = 'x';
        for (size_t i = first; i < pairs->count && pairs->owners[i] == pairs->owners[first]; i++)
                if (tls_context_is_for(tls, i, host))
                        return true;
        return false;
}

/* A client that asks for such a host is shown a certificate that it will not take. */
static void warn_of_names(const struct tls_context *tls, const struct pairs *pairs, size_t first)
{
        const struct site_options *site = pairs->owners[first];
        struct span name = {site->names, 0};

        while (name.data && *name.data) {
                name.length = strcspn(name.data, " ");
                if (!is_named(tls, pairs, first, name))
                        (void)fprintf(stderr,
                                      "sluice: warning: [site %s]: none of its certificates is "
                                      "for '%.*s'\n",
                                      site->names, (int)name.length, name.data);
                name.data += name.length + (name.data[name.length] == ' ');
        }
}

static void warn(const struct tls_context *tls, const struct pairs *pairs,
                 const struct serve_options *options)
{
        struct stat status;

        for (size_t i = 0; i < options->tls_ticket_key_count; i++)
                if (stat(options->tls_ticket_keys[i], &status) == 0 && status.st_mode & S_IROTH)
                        (void)fprintf(stderr,
                                      "sluice: warning: %s: every user of this machine can read "
                                      "this key of tickets\n",
                                      options->tls_ticket_keys[i]);
        for (size_t i = 0; i < pairs->count; i++) {
                if (tls_context_has_expired(tls, i))
                        (void)fprintf(stderr, "sluice: warning: %s: the certificate has expired\n",
                                      pairs->each[i].certificate);
                if (pairs->owners[i] && (i == 0 || pairs->owners[i] != pairs->owners[i - 1]))
                        warn_of_names(tls, pairs, i);
        }
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
                             : options->tls_client_ca            ? "--tls-client-ca"
                             : options->site.tls_ocsp_count > 0  ? "--tls-ocsp"
                                                                 : NULL;
        if (!option)
                return 0;
        (void)fprintf(stderr,
                      "sluice: %s: there is no HTTPS: neither --tls-cert nor --tls-self-signed is "
                      "given\n",
                      option);
        return -EINVAL;
}

/* All of them: those above all sections, the one of our own, those of sections. */
static int gather(struct pairs *pairs, const struct serve_options *options,
                  struct tls_self_signed *own, size_t *ret_general, struct tls_complaint *complaint)
{
        int r = add_pairs(pairs, &options->site, &options->site);
        if (r < 0)
                return r;
        if (options->tls_self_signed) {
                r = make_own(own, complaint);
                if (r < 0)
                        return r;
                const struct tls_pair pair = {.certificate = own->certificate, .key = own->key};
                pairs_add(pairs, &pair, NULL);
        }
        *ret_general = pairs->count;
        for (const struct site_options *site = options->site.next; site && r == 0;
             site = site->next)
                r = add_pairs(pairs, site, &options->site);
        return r;
}

int secure_open(struct tls_context **ret_tls, const struct serve_options *options, int ticket_keys)
{
        struct pairs pairs;
        struct tls_self_signed own;
        struct tls_complaint complaint = {.text = ""};
        struct tls_options wanted = {
                .http2 = !options->no_http2,
                .only_1_3 = strcmp(options->tls_min, "1.3") == 0,
                .no_ktls = options->no_ktls,
                .client_authority = options->tls_client_ca,
        };

        int r = pairs_init(&pairs, options);
        if (r == 0)
                r = gather(&pairs, options, &own, &wanted.general_count, &complaint);
        if (r == 0 && pairs.count == 0) {
                pairs_done(&pairs);
                return check_none_is_needed(options);
        }
        wanted.pairs = pairs.each;
        wanted.pair_count = pairs.count;
        if (r == 0)
                r = get_ticket_keys(&wanted, options, ticket_keys, &complaint);
        if (r == 0)
                r = tls_context_new(ret_tls, &wanted, &complaint);
        if (r == -ENOMEM)
                (void)fprintf(stderr, "sluice: no memory\n");
        else if (r < 0 && complaint.text[0])
                (void)fprintf(stderr, "sluice: %s\n", complaint.text);
        if (r == 0)
                warn(*ret_tls, &pairs, options);
        pairs_done(&pairs);
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
        return index == 0 ? address_parse_whole(ret_address, text) : -ENOENT;
}

int secure_check_redirect(const char *text)
{
        struct address address;
        return secure_redirect_address(text, 0, &address) < 0 ? -EINVAL : 0;
}
