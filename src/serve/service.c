#include "serve/service.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/number.h"
#include "net/tls_context.h"
#include "serve/qr_code.h"
#include "serve/request_log.h"
#include "serve/server.h"

bool system_setting(const char *path, char *buffer, size_t size)
{
        cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, buffer, size - 1);
        if (n <= 0)
                return false;
        buffer[n] = '\0';
        buffer[strcspn(buffer, "\n")] = '\0';
        return true;
}

uint64_t service_memory(void)
{
        static const char *const limits[] = {
                "/sys/fs/cgroup/memory.max",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        };
        uint64_t size = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
        for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
                char text[32];
                uint64_t limit;
                if (system_setting(limits[i], text, sizeof(text)) &&
                    number_parse(span_of(text), &limit) == 0 && limit < size)
                        size = limit;
        }
        return size;
}

/* Where the system's congestion control paces (bbr), one that does not; else
 * NULL. */
static const char *unpaced_congestion(void)
{
        char current[32], available[256];
        if (!system_setting("/proc/sys/net/ipv4/tcp_congestion_control", current,
                            sizeof(current)) ||
            strncmp(current, "bbr", 3) != 0)
                return NULL;
        if (!system_setting("/proc/sys/net/ipv4/tcp_available_congestion_control", available,
                            sizeof(available)))
                return NULL;
        return strstr(available, "cubic") ? "cubic" : "reno";
}

static size_t count_sites(const struct serve_options *options)
{
        size_t count = 1;
        for (const struct site_options *site = options->site.next; site; site = site->next)
                count++;
        return count;
}

static int open_sites(struct service *service)
{
        const struct site_options *options = &service->options->site;
        int r = 0;

        service->sites = calloc(count_sites(service->options), sizeof(service->sites[0]));
        if (!service->sites)
                return server_complain("cannot start", NULL, -ENOMEM);
        for (; options && r == 0; options = options->next) {
                struct site *site = &service->sites[service->site_count];
                r = site_open(site, service, options);
                if (site->fields.longest > service->fields_longest)
                        service->fields_longest = site->fields.longest;
                service->has_passwords |= site->passwords != NULL;
                service->keeps_time |= options->server_timing;
                if (r == 0 && options->names &&
                    site_names_add(&service->names, options->names, service->site_count) < 0)
                        r = server_complain("cannot start", NULL, -ENOMEM);
                service->site_count++;
        }
        site_names_sort(&service->names);
        return r;
}

int service_open(struct service *service, const struct serve_options *options, size_t workers,
                 struct tls_context *tls)
{
        *service = (struct service){
                .options = options,
                .descriptors = descriptors_share_out(descriptors_limit(), options, workers),
                .tls = tls,
                .keeps_time = options->admin != NULL,
        };
        /* They were checked when they were read. */
        for (size_t i = 0; i < options->proxy_count; i++)
                (void)!network_parse(&service->proxies[i], options->proxies[i]);
        while (strcmp(request_log_format_name(service->log_format), options->log_format) != 0)
                service->log_format++;
        if (strcmp(options->congestion, "auto") == 0)
                service->unpaced = unpaced_congestion();
        sluice_limit_ahead(service_memory() / 100 * options->read_ahead_percent);
        if (options->qrcode && !options->quiet && server_open_library("--qrcode", qr_code_load) < 0)
                return -ELIBACC;
        if (admission_new(&service->admission, service->descriptors.connections,
                          options->per_address_max) < 0)
                return server_complain("cannot start", NULL, -ENOMEM);
        return open_sites(service);
}

void service_close(struct service *service)
{
        for (size_t i = 0; i < service->site_count; i++)
                site_close(&service->sites[i]);
        free(service->sites);
        admission_free(service->admission);
        site_names_done(&service->names);
        tls_context_free(service->tls);
        service->tls = NULL;
}

const struct site *service_site(const struct service *service, struct span authority)
{
        size_t index = 0;
        if (!site_names_find(&service->names, authority, &index))
                index = 0;
        return &service->sites[index];
}
