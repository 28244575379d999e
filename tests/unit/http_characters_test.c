#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above, and before it. */
#include <cmocka.h>

#include <ctype.h>
#include <string.h>

#include "http/characters.h"

static bool is_one_of(const char *set, int byte)
{
        return byte != 0 && strchr(set, byte);
}

/* The classes again, from the grammar's words. */
static unsigned classes_by_grammar(int byte)
{
        bool ascii = byte < 128, alnum = ascii && isalnum(byte);
        bool visible = byte > ' ' && byte < 127;
        bool unreserved = alnum || is_one_of("-._~", byte);
        bool sub_delim = is_one_of("!$&'()*+,;=", byte);
        unsigned classes = 0;

        if (alnum || is_one_of("!#$%&'*+-.^_`|~", byte))
                classes |= CHARACTER_TOKEN;
        if (visible || byte == ' ' || byte == '\t' || byte >= 128)
                classes |= CHARACTER_VALUE;
        if (visible && byte != '#')
                classes |= CHARACTER_TARGET;
        if (unreserved || sub_delim || byte == '%')
                classes |= CHARACTER_HOST;
        if (unreserved || is_one_of("/:@", byte) || (sub_delim && !is_one_of("&'", byte)))
                classes |= CHARACTER_PATH;
        if ((visible && byte != '"') || byte >= 128)
                classes |= CHARACTER_ETAG;
        return classes;
}

static void classes_are_those_of_the_grammar(void **state)
{
        (void)state;
        for (int byte = 0; byte < 256; byte++)
                assert_int_equal(character_classes[byte], classes_by_grammar(byte));
}

static void hexadecimal_digits_have_values(void **state)
{
        (void)state;
        static const char digits[] = "0123456789abcdef";
        for (int byte = 0; byte < 256; byte++) {
                const char *digit = byte < 128 && byte > 0 ? strchr(digits, tolower(byte)) : NULL;
                assert_int_equal(character_hex((char)byte), digit ? digit - digits : -1);
        }
}

/* Every byte at every place of a text, beside neighbours that borrow and carry. */
static void skipping_ends_where_the_class_does(void **state)
{
        (void)state;
        static const enum character_class classes[] = {CHARACTER_TOKEN, CHARACTER_VALUE,
                                                       CHARACTER_TARGET};
        static const char neighbours[] = "!\"$~a \t\x80\xff";
        char text[20];

        for (size_t c = 0; c < sizeof(classes) / sizeof(classes[0]); c++)
                for (size_t n = 0; n < sizeof(neighbours) - 1; n++)
                        for (size_t place = 0; place < sizeof(text); place++)
                                for (int byte = 0; byte < 256; byte++) {
                                        memset(text, neighbours[n], sizeof(text));
                                        text[place] = (char)byte;
                                        const char *end = text + sizeof(text), *expected = text;
                                        while (expected < end &&
                                               character_is(*expected, classes[c]))
                                                expected++;
                                        assert_ptr_equal(characters_skip(text, end, classes[c]),
                                                         expected);
                                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(classes_are_those_of_the_grammar),
                cmocka_unit_test(hexadecimal_digits_have_values),
                cmocka_unit_test(skipping_ends_where_the_class_does),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
