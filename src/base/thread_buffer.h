/* Buffers that belong to a thread, for what needs much memory, but only for the
 * length of a call: one each, however many connections the thread has. */
#pragma once

#include <stddef.h>

enum thread_buffer {
        THREAD_BUFFER_FILE, /* bytes of a file on their way */
        THREAD_BUFFER_RECORDS, /* TLS records to send */
        THREAD_BUFFER_RECEIVED, /* what was in a TLS record */
        THREAD_BUFFER_FRAMES, /* of HTTP/2, on their way to records */
        THREAD_BUFFER_JOINED, /* what shall be in one */
        THREAD_BUFFERS,
};

/* At least size bytes, the thread's until it ends; what they hold may be lost with
 * the next call for the same one; zeros at first. NULL: no memory. */
void *thread_buffer(enum thread_buffer which, size_t size);
