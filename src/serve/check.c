/* --check: what a start would find wrong, found without serving. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/tls_context.h"
#include "serve/endpoints_complaint.h"
#include "serve/log_files.h"
#include "serve/privileges.h"
#include "serve/secure.h"
#include "serve/server.h"
#include "serve/service.h"

/* What the keeper opens. */
static int check_files_and_addresses(const struct serve_options *options)
{
        const char *culprit, *congestion = endpoints_congestion(options);

        int r = endpoints_check(options, congestion, &culprit);
        if (r < 0)
                return endpoints_complain(options, culprit, congestion, r);
        r = log_files_check(options, &culprit);
        if (r < 0)
                (void)fprintf(stderr, "sluice: cannot open the log '%s': %s\n", culprit,
                              log_files_error(r));
        return r;
}

/* What that user may not read shall be found. Who is not root cannot become anybody, but may
 * want to know of the rest. */
static int become_user(const char *user)
{
        int r = geteuid() == 0 ? privileges_drop(user) : 0;
        return r < 0 ? server_complain("cannot become", user, r) : 0;
}

int serve_check(const struct serve_options *options)
{
        struct service service;
        struct tls_context *tls = NULL;
        int r = check_files_and_addresses(options);
        if (r == 0)
                r = secure_open(&tls, options, -1);
        if (r == 0)
                r = become_user(options->user);
        if (r < 0) {
                tls_context_free(tls);
                return EXIT_FAILURE;
        }
        r = service_open(&service, options, 1, tls);
        service_close(&service);
        if (r == 0)
                (void)printf("sluice: the configuration is right\n");
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
