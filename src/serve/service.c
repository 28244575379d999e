#include "serve/service.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "serve/request_log.h"

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

int service_open(struct service *service, const struct serve_options *options)
{
        *service = (struct service){.options = options};
        /* They were checked when they were read. */
        for (size_t i = 0; i < options->proxy_count; i++)
                (void)!network_parse(&service->proxies[i], options->proxies[i]);
        while (strcmp(request_log_format_name(service->log_format), options->log_format) != 0)
                service->log_format++;
        if (strcmp(options->congestion, "auto") == 0)
                service->unpaced = unpaced_congestion();
        return site_open(&service->site, service, &options->site);
}

void service_close(struct service *service)
{
        site_close(&service->site);
}
