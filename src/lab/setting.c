#include "lab/setting.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

static const char *const cache_names[LAB_CACHES] = {"warm", "cold"};
static const char *const receiver_names[LAB_RECEIVERS] = {"copy", "discard"};
static const char *const tls_names[LAB_TLS_KINDS] = {"none", "user", "kernel"};
static const char *const path_names[LAB_PATHS] = {"loopback", "unix", "veth", "remote"};

const char *lab_cache_name(enum lab_cache cache)
{
        return (unsigned)cache < LAB_CACHES ? cache_names[cache] : NULL;
}

const char *lab_receiver_name(enum lab_receiver receiver)
{
        return (unsigned)receiver < LAB_RECEIVERS ? receiver_names[receiver] : NULL;
}

const char *lab_path_name(enum lab_path path)
{
        return (unsigned)path < LAB_PATHS ? path_names[path] : NULL;
}

const char *lab_tls_name(enum lab_tls tls)
{
        return (unsigned)tls < LAB_TLS_KINDS ? tls_names[tls] : NULL;
}

static int find(const char *const *names, size_t count, const char *name)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(names[i], name) == 0)
                        return (int)i;
        return -EINVAL;
}

int lab_cache_find(const char *name, enum lab_cache *ret)
{
        int found = find(cache_names, LAB_CACHES, name);
        if (found < 0)
                return found;
        *ret = (enum lab_cache)found;
        return 0;
}

int lab_receiver_find(const char *name, enum lab_receiver *ret)
{
        int found = find(receiver_names, LAB_RECEIVERS, name);
        if (found < 0)
                return found;
        *ret = (enum lab_receiver)found;
        return 0;
}

int lab_path_find(const char *name, enum lab_path *ret)
{
        int found = find(path_names, LAB_PATHS, name);
        if (found < 0)
                return found;
        *ret = (enum lab_path)found;
        return 0;
}

int lab_tls_find(const char *name, enum lab_tls *ret)
{
        int found = find(tls_names, LAB_TLS_KINDS, name);
        if (found < 0)
                return found;
        *ret = (enum lab_tls)found;
        return 0;
}

/* "4K", "1M": as it is typed. */
static void format_typed(uint64_t bytes, char *buffer, size_t size)
{
        static const char units[] = " KMGT";
        size_t unit = 0;
        while (bytes >= 1024 && bytes % 1024 == 0 && unit + 1 < sizeof(units) - 1) {
                bytes /= 1024;
                unit++;
        }
        (void)snprintf(buffer, size, unit ? "%ju%c" : "%ju", (uintmax_t)bytes, units[unit]);
}

const char *setting_method(const struct lab_setting *setting, char buffer[static LAB_LABEL_SIZE])
{
        static const char *const endings[LAB_TLS_KINDS] = {"", "+tls", "+ktls"};

        (void)snprintf(buffer, LAB_LABEL_SIZE, "%s%s", setting->method, endings[setting->tls]);
        return buffer;
}

const char *setting_label(const struct lab_setting *setting, char buffer[static LAB_LABEL_SIZE])
{
        char typed[NUMBER_TEXT_SIZE], method[LAB_LABEL_SIZE];

        format_typed(setting->buffer_bytes, typed, sizeof(typed));
        (void)snprintf(buffer, LAB_LABEL_SIZE, setting->buffer_bytes ? "%.60s %s" : "%.60s",
                       setting_method(setting, method), typed);
        return buffer;
}

const char *setting_conditions(const struct lab_setting *setting,
                               char buffer[static LAB_LABEL_SIZE])
{
        char size[NUMBER_TEXT_SIZE];

        (void)snprintf(buffer, LAB_LABEL_SIZE, "%s, %s, %u connection%s, %s%s",
                       number_format_size(setting->size_bytes, size),
                       lab_cache_name(setting->cache), setting->connections,
                       setting->connections == 1 ? "" : "s", lab_path_name(setting->path),
                       setting->receiver == LAB_DISCARD ? ", discarded" : "");
        return buffer;
}

bool setting_same_conditions(const struct lab_setting *a, const struct lab_setting *b)
{
        return a->size_bytes == b->size_bytes && a->cache == b->cache &&
               a->connections == b->connections && a->receiver == b->receiver && a->path == b->path;
}

bool setting_equal(const struct lab_setting *a, const struct lab_setting *b)
{
        return strcmp(a->method, b->method) == 0 && a->tls == b->tls &&
               a->buffer_bytes == b->buffer_bytes && setting_same_conditions(a, b);
}
