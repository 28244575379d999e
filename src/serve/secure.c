#include "serve/secure.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

#include "net/tls_context.h"

int secure_open(struct tls_context **ret_tls, const struct serve_options *options)
{
        struct tls_pair pairs[SERVE_TLS_PAIRS_MAX];
        struct tls_complaint complaint = {.text = "no memory"};

        if (options->tls_key_count > options->tls_cert_count) {
                (void)fprintf(stderr, "sluice: --tls-key %s: there is no --tls-cert for it\n",
                              options->tls_keys[options->tls_cert_count]);
                return -EINVAL;
        }
        if (options->tls_cert_count == 0)
                return 0;
        for (size_t i = 0; i < options->tls_cert_count; i++) {
                pairs[i].certificate = options->tls_certs[i];
                pairs[i].key =
                        i < options->tls_key_count ? options->tls_keys[i] : options->tls_certs[i];
        }
        const struct tls_options wanted = {
                .pairs = pairs,
                .pair_count = options->tls_cert_count,
                .http2 = !options->no_http2,
        };
        int r = tls_context_new(ret_tls, &wanted, &complaint);
        if (r < 0)
                (void)fprintf(stderr, "sluice: %s\n", complaint.text);
        return r;
}

void secure_memory(const struct tls_context *tls)
{
        /* core(5): 1 also keeps the kernel from piping a core to a program. The keys
         * could not be kept out of it otherwise but by PR_SET_DUMPABLE, which closes
         * /proc/self/fd to us. */
        const struct rlimit none = {.rlim_cur = 1, .rlim_max = 1};
        if (tls)
                (void)setrlimit(RLIMIT_CORE, &none);
}
