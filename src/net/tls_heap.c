#include "net/tls_heap.h"

#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

/* Small sizes by 16 bytes; large ones, up to the buffers for records and messages, by
 * 1 KiB. */
#define SMALL_STEP 16
#define SMALL_MAX 1024
#define LARGE_STEP 1024
#define LARGE_MAX 40960
#define SMALL_CLASSES (SMALL_MAX / SMALL_STEP)
#define CLASSES (SMALL_CLASSES + (LARGE_MAX - SMALL_MAX) / LARGE_STEP)

/* What a thread keeps at most: of a size, and in all. */
#define SMALL_KEPT 64
#define LARGE_KEPT 8
#define BYTES_KEPT ((size_t)512 << 10)

struct free_block {
        struct free_block *next;
};

struct heap {
        size_t bytes;
        uint16_t counts[CLASSES];
        struct free_block *lists[CLASSES];
};

static pthread_key_t key;
static _Thread_local struct heap *heap_of_thread;
/* A thread that ends frees what it has kept; what comes later is not kept. */
static _Thread_local bool heap_has_ended;

static void free_heap(void *pointer)
{
        struct heap *heap = pointer;
        heap_of_thread = NULL;
        heap_has_ended = true;
        for (size_t i = 0; i < CLASSES; i++)
                for (struct free_block *block = heap->lists[i], *next; block; block = next) {
                        next = block->next;
                        free(block);
                }
        free(heap);
}

static struct heap *find_heap(void)
{
        if (heap_of_thread || heap_has_ended)
                return heap_of_thread;
        struct heap *heap = calloc(1, sizeof(*heap));
        if (heap && pthread_setspecific(key, heap) != 0) {
                free(heap);
                heap = NULL;
        }
        heap_of_thread = heap;
        return heap;
}

static size_t class_size(size_t number)
{
        return number < SMALL_CLASSES ? (number + 1) * SMALL_STEP
                                      : SMALL_MAX + (number - SMALL_CLASSES + 1) * LARGE_STEP;
}

/* The class whose blocks hold size bytes; CLASSES: none does. */
static size_t class_for(size_t size)
{
        if (size <= SMALL_MAX)
                return size == 0 ? 0 : (size - 1) / SMALL_STEP;
        if (size > LARGE_MAX)
                return CLASSES;
        return SMALL_CLASSES + (size - SMALL_MAX - 1) / LARGE_STEP;
}

/* The largest class whose blocks are no larger than usable bytes; CLASSES: none. */
static size_t class_of(size_t usable)
{
        if (usable < SMALL_STEP || usable >= LARGE_MAX + LARGE_STEP)
                return CLASSES;
        if (usable < SMALL_MAX + LARGE_STEP)
                return (usable < SMALL_MAX ? usable : SMALL_MAX) / SMALL_STEP - 1;
        return SMALL_CLASSES + (usable - SMALL_MAX) / LARGE_STEP - 1;
}

static void *heap_allocate(size_t size, const char *file, int line)
{
        size_t number = class_for(size);
        (void)file, (void)line;
        if (number == CLASSES)
                return malloc(size);
        struct heap *heap = find_heap();
        if (!heap || !heap->lists[number])
                return malloc(class_size(number));
        struct free_block *block = heap->lists[number];
        heap->lists[number] = block->next;
        heap->counts[number]--;
        heap->bytes -= class_size(number);
        return block;
}

static void heap_free(void *pointer, const char *file, int line)
{
        (void)file, (void)line;
        if (!pointer)
                return;
        size_t number = class_of(malloc_usable_size(pointer));
        struct heap *heap = number < CLASSES ? find_heap() : NULL;
        if (!heap || heap->counts[number] >= (number < SMALL_CLASSES ? SMALL_KEPT : LARGE_KEPT) ||
            heap->bytes + class_size(number) > BYTES_KEPT) {
                free(pointer);
                return;
        }
        struct free_block *block = pointer;
        block->next = heap->lists[number];
        heap->lists[number] = block;
        heap->counts[number]++;
        heap->bytes += class_size(number);
}

static void *heap_resize(void *pointer, size_t size, const char *file, int line)
{
        if (!pointer)
                return heap_allocate(size, file, line);
        size_t usable = malloc_usable_size(pointer);
        if (size <= usable)
                return pointer;
        void *larger = heap_allocate(size, file, line);
        if (!larger)
                return NULL;
        memcpy(larger, pointer, usable);
        heap_free(pointer, file, line);
        return larger;
}

#if defined(__SANITIZE_ADDRESS__)
#define EACH_BLOCK_IS_WATCHED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EACH_BLOCK_IS_WATCHED 1
#endif
#endif
#ifndef EACH_BLOCK_IS_WATCHED
#define EACH_BLOCK_IS_WATCHED 0
#endif

static void use_once(void)
{
        if (!EACH_BLOCK_IS_WATCHED && pthread_key_create(&key, free_heap) == 0)
                (void)CRYPTO_set_mem_functions(heap_allocate, heap_resize, heap_free);
}

void tls_heap_use(void)
{
        static pthread_once_t once = PTHREAD_ONCE_INIT;
        (void)pthread_once(&once, use_once);
}
