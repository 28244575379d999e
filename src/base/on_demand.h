/* Libraries that few runs need are opened by those runs, dlopen(3), instead of by the
 * loader at every start: OpenSSL alone is half of the time until a server of plain HTTP
 * answers, and half of its memory.
 *
 * A library's table (a .def file) has a line for each function the program calls:
 *
 *   FUNCTION(int, SSL_read, (SSL *a, void *b, int c), (a, b, c))
 *   PROCEDURE(SSL_free, (SSL *a), (a))      for those that return nothing
 *
 * ON_DEMAND_FUNCTION and ON_DEMAND_PROCEDURE make a function of the same name of it, so
 * that callers and the library's own headers, whose types the compiler compares it with,
 * know nothing of this; ON_DEMAND_SYMBOL makes the list that on_demand_load() fills in.
 * The program is not linked with the library: a line that is missing does not link. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct on_demand_symbol {
        const char *name;
        void **address; /* where the library has it, once it is loaded */
};

#define ON_DEMAND_FUNCTION(type, name, parameters, arguments) \
        static __typeof__(name) *name##_of_library;           \
        type name parameters                                  \
        {                                                     \
                return name##_of_library arguments;           \
        }
#define ON_DEMAND_PROCEDURE(name, parameters, arguments) \
        static __typeof__(name) *name##_of_library;      \
        void name parameters                             \
        {                                                \
                name##_of_library arguments;             \
        }
/* clang-format off */
#define ON_DEMAND_SYMBOL(name) {#name, (void **)&name##_of_library}
/* clang-format on */

/* A note in the program's file, by which packagers find what it opens:
 * https://uapi-group.org/specifications/specs/elf_dlopen_metadata/ */
#define ON_DEMAND_NOTE(library, soname, feature, description)                                \
        __attribute__((used, section(".note.dlopen"), aligned(4))) static const struct {     \
                unsigned owner_size, text_size, type;                                        \
                char owner[4];                                                               \
                _Alignas(4) char text[sizeof(ON_DEMAND_TEXT(soname, feature, description))]; \
        } library##_note = {                                                                 \
                .owner_size = 4,                                                             \
                .text_size = sizeof(ON_DEMAND_TEXT(soname, feature, description)),           \
                .type = 0x407c0c0a,                                                          \
                .owner = "FDO",                                                              \
                .text = ON_DEMAND_TEXT(soname, feature, description),                        \
        }
#define ON_DEMAND_TEXT(soname, feature, description)                                               \
        "[{\"soname\":[\"" soname "\"],\"feature\":\"" feature "\",\"description\":\"" description \
        "\",\"priority\":\"recommended\"}]"

struct on_demand {
        const char *soname; /* what the linker would have noted: its SONAME */
        const struct on_demand_symbol *symbols;
        size_t count;
        bool tried;
        char error[256]; /* why it is not open; empty: it is */
};

/* What to do about it, behind the error. */
#define ON_DEMAND_REMEDY "; 'sluice doctor' says what to install"

/* list: an array of struct on_demand_symbol. */
#define ON_DEMAND_LIBRARY(its_soname, list)                \
        {                                                  \
                .soname = (its_soname), .symbols = (list), \
                .count = sizeof(list) / sizeof((list)[0])  \
        }

/* Opens a library, for good, at the first call; before a sandbox is entered, whose rules
 * forbid it. Errors: -ELIBACC; ret_error is in words then, and the library's. */
int on_demand_load(struct on_demand *library, const char **ret_error)
        __attribute__((warn_unused_result));
