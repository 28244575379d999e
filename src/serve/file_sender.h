/* Sends what the first response of an exchange has in a file: the part that is
 * next. DONE: on with what follows. */
#pragma once

#include "serve/exchange.h"
#include "serve/sender.h"

/* Which method the site's files go by on the exchange's connection. */
const sluice_method *file_sender_method(const struct exchange *exchange, const struct site *site);

/* Opens exchange->transfer for the part. */
enum sender_result file_sender_open(struct exchange *exchange);

/* A step of it. */
enum sender_result file_sender_step(struct exchange *exchange);

/* Whether the response's file, part of which is not in memory, is to go past the page
 * cache. Then: ends the transfer; the next one is to go by site->guard_method. */
bool file_sender_is_guarded(const struct response *response);
void file_sender_leave_cache(struct exchange *exchange);

/* The exchange's task, which was a step or warmed a window, is done. */
enum sender_result file_sender_after_task(struct exchange *exchange);
