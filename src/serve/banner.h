/* What a person sees first: the folder, where to point a browser, and how the
 * bytes will go. */
#pragma once

#include "base/text.h"
#include "serve/endpoints.h"
#include "serve/service.h"

void banner_write(struct text *text, const struct service *service,
                  const struct endpoints *endpoints);

/* On standard error: what banner_write() wrote, and what is known only later. */
void banner_print(const struct text *text, const char *sandbox, size_t worker_count);
