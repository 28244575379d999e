/* A directory as an HTML page. */
#pragma once

#include "base/text.h"
#include "files/directory.h"

/* path: beneath the root, decoded; "" is the root. */
void listing_page_write(struct text *text, struct span path, const struct directory *directory);
