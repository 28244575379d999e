/* The members of the results' structures and their names in JSON: one table a
 * structure, for writing and reading. */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum field_kind {
        FIELD_TEXT, /* char[size] */
        FIELD_U64,
        FIELD_U32,
        FIELD_I32,
        FIELD_SECONDS, /* uint64_t in ns; a real in JSON */
        FIELD_CACHE, /* enum lab_cache, by name; so the next two */
        FIELD_RECEIVER,
        FIELD_PATH,
        FIELD_FLAG, /* bool; false where a file from before it has none */
        FIELD_TLS, /* enum lab_tls, by name; "none" where a file from before it has none */
};

struct field {
        const char *name;
        enum field_kind kind;
        size_t offset;
        size_t size;
        uint64_t minimum, maximum; /* of a number; both 0: what its type holds */
};

extern const struct field fields_run[], fields_environment[], fields_setting[], fields_case[],
        fields_skipped[], fields_sample[]; /* each ends with a name of NULL */

/* Adds the structure's members to the object. Errors: -ENOMEM. */
int fields_write(const struct field *fields, const void *structure, json_t *object)
        __attribute__((warn_unused_result));

/* Puts a question mark for what would steer a terminal: the file may be a stranger's. */
void fields_make_printable(char *text);

/* Reads them. -EBADMSG: *ret_name is one that is missing or wrong. */
int fields_read(const struct field *fields, void *structure, const json_t *object,
                const char **ret_name) __attribute__((warn_unused_result));
