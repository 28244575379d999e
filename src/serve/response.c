#include "serve/response.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

/* Enough for the connections that are busy in one turn of the loop. */
#define SPARE_MAX 64

void response_store_init(struct response_store *store, size_t head_size)
{
        store->head_size = head_size;
        STAILQ_INIT(&store->spare);
        store->spare_count = 0;
}

void response_store_done(struct response_store *store)
{
        struct response *response;
        while ((response = STAILQ_FIRST(&store->spare)) != NULL) {
                STAILQ_REMOVE_HEAD(&store->spare, queue);
                free(response);
        }
}

struct response *response_new(struct response_store *store)
{
        struct response *response = STAILQ_FIRST(&store->spare);
        if (response) {
                STAILQ_REMOVE_HEAD(&store->spare, queue);
                store->spare_count--;
        } else {
                response = malloc(sizeof(*response) + store->head_size);
                if (!response)
                        return NULL;
        }
        /* The head's buffer is big and written before it is read. */
        memset(response, 0, offsetof(struct response, head_buffer));
        response->parts = response->few;
        response->part_capacity = RESPONSE_PARTS_FEW;
        response->way = "-";
        return response;
}

void response_free(struct response_store *store, struct response *response)
{
        file_unref(response->file);
        if (response->text.data)
                text_done(&response->text);
        free(response->log_line);
        if (response->parts != response->few)
                free(response->parts);
        if (store->spare_count == SPARE_MAX) {
                free(response);
                return;
        }
        STAILQ_INSERT_HEAD(&store->spare, response, queue);
        store->spare_count++;
}

bool response_reserve_parts(struct response *response, size_t count)
{
        assert(response->part_count == 0 && response->parts == response->few);
        struct part *parts = calloc(count, sizeof(*parts));
        if (!parts)
                return false;
        response->parts = parts;
        response->part_capacity = (unsigned)count;
        return true;
}

static void add(struct response *response, struct part part)
{
        if (part.length == 0)
                return;
        assert(response->part_count < response->part_capacity);
        response->parts[response->part_count++] = part;
}

void response_add_bytes(struct response *response, struct span bytes)
{
        add(response,
            (struct part){.kind = PART_BYTES, .bytes = bytes.data, .length = bytes.length});
}

void response_add_file(struct response *response, uint64_t offset, uint64_t length)
{
        const struct file *file = response->file;

        assert(file);
        if (file->body) {
                response->way = "memory";
                response_add_bytes(response, (struct span){file->body + offset, length});
                return;
        }
        add(response, (struct part){.kind = PART_FILE, .offset = offset, .length = length});
}

bool response_is_handed(const struct response *response)
{
        return response->head_handed && response->part_next == response->part_count;
}
