/* Who may see the site: an htpasswd file, "user:hash" a line, with hashes of
 * crypt(5). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct passwords;

/* Before the others, and before the sandbox is entered: opens crypt(3). Errors: -ELIBACC, in
 * words in ret_error, as on_demand_load() has it. */
int passwords_load_library(const char **ret_error) __attribute__((warn_unused_result));

/* -EINVAL: line *ret_line is malformed or has a hash that crypt(5) does not count
 * among the strong ones (yescrypt, bcrypt, scrypt, SHA-512, SHA-256); 0 stands for
 * a file without anybody. -ENOMEM, errors of open(2) and read(2). */
int passwords_load(struct passwords **ret_passwords, const char *path, size_t *ret_line)
        __attribute__((warn_unused_result));
void passwords_free(struct passwords *passwords);

/* Whether "user:password" is right. Takes as long as a hash is meant to take: for
 * a thread that may be kept. It takes that for a user who is not there, too. */
bool passwords_verify(const struct passwords *passwords, const char *credentials);

/* Compares in a time that does not depend on where they differ. */
bool passwords_equal(const char *a, const char *b, size_t length);
