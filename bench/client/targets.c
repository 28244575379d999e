#include "client/targets.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/content.h"
#include "client/list.h"

static uint64_t draw(uint64_t *state) /* xorshift64 */
{
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        return *state;
}

static int targets_add(struct targets *targets, const char *path, uint64_t size)
{
        if (targets->count % 1024 == 0) {
                size_t bytes = (targets->count + 1024) * sizeof(*targets->items);
                struct target *larger = realloc(targets->items, bytes);
                if (!larger)
                        return -ENOMEM;
                targets->items = larger;
        }
        char *own = strdup(path);
        if (!own)
                return -ENOMEM;
        targets->items[targets->count++] = (struct target){
                .path = own,
                .size = size,
                .seed = content_seed(path),
        };
        return 0;
}

static int targets_shuffle(struct targets *targets, uint64_t seed)
{
        targets->order = calloc(targets->count, sizeof(*targets->order));
        if (!targets->order)
                return -ENOMEM;
        for (size_t i = 0; i < targets->count; i++)
                targets->order[i] = i;
        targets->random = seed ? seed * UINT64_C(0x9e3779b97f4a7c15) | 1 : 1;
        for (size_t i = targets->count - 1; seed && i > 0; i--) {
                size_t other = (size_t)(draw(&targets->random) % (i + 1));
                size_t kept = targets->order[i];
                targets->order[i] = targets->order[other];
                targets->order[other] = kept;
        }
        return 0;
}

int targets_load(struct targets *ret_targets, const char *list, uint64_t seed)
{
        FILE *file = fopen(list, "re");
        if (!file)
                return -errno;
        struct targets targets = {0};
        char path[LIST_PATH_SIZE];
        uint64_t size;
        int r;
        while ((r = list_next(file, &size, path)) == 0) {
                r = targets_add(&targets, path, size);
                if (r < 0)
                        break;
        }
        if (r == -ENODATA)
                r = targets.count > 0 ? 0 : -EINVAL;
        if (r == 0)
                r = targets_shuffle(&targets, seed);
        (void)fclose(file);
        if (r < 0) {
                targets_done(&targets);
                return r;
        }
        *ret_targets = targets;
        return 0;
}

void targets_done(struct targets *targets)
{
        for (size_t i = 0; i < targets->count; i++)
                free(targets->items[i].path);
        free(targets->items);
        free(targets->order);
        *targets = (struct targets){0};
}

struct order targets_next(struct targets *targets, uint64_t range)
{
        const struct target *target = &targets->items[targets->order[targets->next]];
        targets->next = (targets->next + 1) % targets->count;
        if (range == 0 || range > target->size)
                return (struct order){.target = target, .length = target->size, .status = 200};
        return (struct order){
                .target = target,
                .offset = draw(&targets->random) % (target->size - range + 1),
                .length = range,
                .status = 206,
        };
}

size_t order_write(const struct order *order, char out[static REQUEST_SIZE])
{
        static const char whole[] = "GET /%s HTTP/1.1\r\nHost: bench\r\n\r\n";
        static const char part[] = "GET /%s HTTP/1.1\r\nHost: bench\r\n"
                                   "Range: bytes=%" PRIu64 "-%" PRIu64 "\r\n\r\n";
        int n;
        if (order->status == 200)
                n = snprintf(out, REQUEST_SIZE, whole, order->target->path);
        else
                n = snprintf(out, REQUEST_SIZE, part, order->target->path, order->offset,
                             order->offset + order->length - 1);
        return (size_t)n;
}
