/* Work for the disk pool on behalf of an exchange: to find a request's file, to list
 * a folder, to bring the next window of a file into the page cache or into a transfer's own
 * buffer, or a step of its transfer that may itself wait for the disk. */
#pragma once

#include "net/disk_pool.h"
#include "serve/resolve.h"

struct exchange;
struct task;

/* Starts to look; connection_continue() is called when it is found.
 * known: as for resolve(). -EAGAIN: too much waits for the disk already;
 * -ENOMEM. */
int task_start_resolve(struct exchange *exchange, const struct lookup *lookup, struct file *known)
        __attribute__((warn_unused_result));

/* Starts to list the folder, or waits for who lists it already. Takes the descriptor
 * (*fd becomes -1, also on failure). Errors of listing_store_make(). */
int task_start_list(struct exchange *exchange, const struct listing_key *key, int *fd)
        __attribute__((warn_unused_result));

/* Starts to warm a window of the file; connection_continue() is called then. The
 * disk goes on with the ahead bytes behind it. */
int task_start_warm(struct exchange *exchange, struct file *file, uint64_t offset, uint64_t length,
                    uint64_t ahead) __attribute__((warn_unused_result));

/* Starts to prepare the exchange's transfer (sluice_prepare());
 * connection_continue() is called then. Until it is done the transfer is the task's. */
int task_start_prepare(struct exchange *exchange) __attribute__((warn_unused_result));

/* Starts a step of the exchange's transfer, of budget bytes at most. Until it is
 * done the transfer and the socket are the task's. */
int task_start_step(struct exchange *exchange, uint64_t budget) __attribute__((warn_unused_result));

/* Starts to verify "user:password"; connection_continue() is called then. */
int task_start_verify(struct exchange *exchange, struct span credentials)
        __attribute__((warn_unused_result));

/* Whether the exchange's task verifies; then ends it: whether they are right. */
bool task_is_verify(const struct exchange *exchange);
bool task_take_verified(struct exchange *exchange);

/* Hands over what the exchange's task has found, and ends the task. False when
 * there is none. */
bool task_take_resolution(struct exchange *exchange, struct resolution *ret_resolution);

/* Ends the task that warms or prepares: 0, or the disk's -errno. */
int task_take_warmed(struct exchange *exchange);

/* Whether the exchange's task is a step; then ends it, with what it said. */
bool task_is_step(const struct exchange *exchange);
enum sluice_step task_take_step(struct exchange *exchange);

/* The exchange no longer wants the task's result. One that is running keeps the transfer
 * that it prepares or steps, which is then no longer the exchange's; a step the
 * connection's socket as well. */
void task_abandon(struct exchange *exchange);
