/* What a person sees first: the folder, where to point a browser, and how the
 * bytes will go. */
#pragma once

#include "serve/endpoints.h"
#include "serve/site.h"

/* On standard error. */
void banner_print(const struct site *site, const struct endpoints *endpoints);
