#include "base/thread_buffer.h"

#include <pthread.h>
#include <stdlib.h>

struct buffers {
        struct {
                void *data;
                size_t size;
        } each[THREAD_BUFFERS];
};

static pthread_key_t key;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static int key_error;

static void free_buffers(void *pointer)
{
        struct buffers *buffers = pointer;
        for (size_t i = 0; i < THREAD_BUFFERS; i++)
                free(buffers->each[i].data);
        free(buffers);
}

static void make_key(void)
{
        key_error = pthread_key_create(&key, free_buffers);
}

static struct buffers *buffers_of_thread(void)
{
        (void)pthread_once(&key_once, make_key);
        if (key_error)
                return NULL;
        struct buffers *buffers = pthread_getspecific(key);
        if (buffers)
                return buffers;
        buffers = calloc(1, sizeof(*buffers));
        if (buffers && pthread_setspecific(key, buffers) != 0) {
                free(buffers);
                return NULL;
        }
        return buffers;
}

void *thread_buffer(enum thread_buffer which, size_t size)
{
        struct buffers *buffers = buffers_of_thread();
        if (!buffers)
                return NULL;
        if (buffers->each[which].size < size) {
                void *data = calloc(1, size);
                if (!data)
                        return NULL;
                free(buffers->each[which].data);
                buffers->each[which].data = data;
                buffers->each[which].size = size;
        }
        return buffers->each[which].data;
}
