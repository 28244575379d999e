#include "cli/lab_wish.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "lab/protocol.h"

#define ITEM_MAX 64

/* Calls add for each item. -EINVAL: none, an empty or an unknown one, too many. */
static int each(const char *value, size_t most, struct plan_wish *wish,
                int (*add)(struct plan_wish *wish, const char *item))
{
        size_t count = 0;
        while (value) {
                char item[ITEM_MAX] = "";
                size_t length = strcspn(value, ",");
                if (length == 0 || length >= sizeof(item) || count++ == most)
                        return -EINVAL;
                memcpy(item, value, length);
                if (add(wish, item) < 0)
                        return -EINVAL;
                value = value[length] ? value + length + 1 : NULL;
        }
        return 0;
}

static int add_method(struct plan_wish *wish, const char *item)
{
        char name[LAB_NAME_SIZE];
        uint64_t buffer_bytes;
        (void)wish;
        return plan_parse_method(item, name, &buffer_bytes);
}

static int add_size(struct plan_wish *wish, const char *item)
{
        uint64_t size;
        if (number_parse_size(span_of(item), &size) < 0 || size == 0 || size > LAB_SIZE_MAX)
                return -EINVAL;
        wish->sizes[wish->size_count++] = size;
        return 0;
}

static int add_connections(struct plan_wish *wish, const char *item)
{
        uint64_t count;
        if (number_parse(span_of(item), &count) < 0 || count == 0 || count > LAB_CONNECTIONS_MAX)
                return -EINVAL;
        wish->connections[wish->connection_count++] = (uint32_t)count;
        return 0;
}

static int add_cache(struct plan_wish *wish, const char *item)
{
        return lab_cache_find(item, &wish->caches[wish->cache_count++]);
}

static int add_receiver(struct plan_wish *wish, const char *item)
{
        return lab_receiver_find(item, &wish->receivers[wish->receiver_count++]);
}

static int add_path(struct plan_wish *wish, const char *item)
{
        enum lab_path path;
        /* The way to another machine is asked for by its name. */
        if (lab_path_find(item, &path) < 0 || path == LAB_REMOTE)
                return -EINVAL;
        wish->paths[wish->path_count++] = path;
        return 0;
}

int lab_check_methods(const char *value)
{
        struct plan_wish ignored = {0};
        return each(value, PLAN_LIST_MAX, &ignored, add_method);
}

int lab_check_sizes(const char *value)
{
        struct plan_wish ignored = {0};
        return each(value, PLAN_LIST_MAX, &ignored, add_size);
}

int lab_check_connections(const char *value)
{
        struct plan_wish ignored = {0};
        return each(value, PLAN_LIST_MAX, &ignored, add_connections);
}

int lab_check_caches(const char *value)
{
        struct plan_wish ignored = {0};
        return each(value, LAB_CACHES, &ignored, add_cache);
}

int lab_check_receivers(const char *value)
{
        struct plan_wish ignored = {0};
        return each(value, LAB_RECEIVERS, &ignored, add_receiver);
}

int lab_check_paths(const char *value)
{
        struct plan_wish ignored = {0};
        return each(value, LAB_PATHS - 1, &ignored, add_path);
}

int lab_wish_of(struct plan_wish *ret, char **ret_storage, const struct lab_lists *lists,
                const char *mode)
{
        struct plan_wish wish = {.mode = mode};
        char *rest = NULL, *storage = strdup(lists->methods ? lists->methods : "");
        if (!storage)
                return -ENOMEM;
        for (char *item = strtok_r(storage, ",", &rest); item; item = strtok_r(NULL, ",", &rest))
                wish.methods[wish.method_count++] = item;
        int r = each(lists->sizes, PLAN_LIST_MAX, &wish, add_size);
        if (r == 0)
                r = each(lists->connections, PLAN_LIST_MAX, &wish, add_connections);
        if (r == 0)
                r = each(lists->caches, LAB_CACHES, &wish, add_cache);
        if (r == 0)
                r = each(lists->receivers, LAB_RECEIVERS, &wish, add_receiver);
        if (r == 0)
                r = each(lists->paths, LAB_PATHS - 1, &wish, add_path);
        if (r < 0) {
                free(storage);
                return r;
        }
        *ret = wish;
        *ret_storage = storage;
        return 0;
}
