/* What a client proves itself by: the Basic scheme (RFC 7617). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

#define CREDENTIALS_MAX 512 /* bytes of "user:password" */

/* value: of the Authorization field. Decodes into buffer; *ret_credentials is all
 * of it, *ret_user and *ret_password are parts of that; the password is
 * NUL-terminated. False: another scheme, malformed, a NUL in it, or too long. */
bool authorization_basic(struct span value, char buffer[static CREDENTIALS_MAX + 1],
                         struct span *ret_credentials, struct span *ret_user,
                         const char **ret_password) __attribute__((warn_unused_result));
