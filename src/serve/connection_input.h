/* Bytes that a connection has received and not yet understood. During the loop's
 * received() they are in the loop's buffer; what is left then goes to the heap. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct connection;

/* The first length bytes are understood. */
void connection_consume(struct connection *connection, size_t length);

/* Drops what there is of the last request's body. True: all of it has come. */
bool connection_drop_body(struct connection *connection);

/* New bytes: in the loop's buffer, or behind those that were left over, on the heap.
 * False: no memory. */
bool connection_take_input(struct connection *connection, const char *data, size_t length);

/* What is left over is copied before the loop uses its buffer again. owned: the
 * heap's block that input pointed into, or NULL. False: no memory. */
bool connection_keep_input(struct connection *connection, char *owned);

/* Forgets all of it. While connection_run() is on the stack it is the one that frees. */
void connection_drop_input(struct connection *connection);
