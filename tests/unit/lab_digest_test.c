#include "unit.h"

#include "lab/digest.h"

static uint64_t in_pieces(const unsigned char *data, size_t length, size_t piece)
{
        struct digest digest;
        digest_init(&digest);
        for (size_t i = 0; i < length; i += piece)
                digest_add(&digest, data + i, length - i < piece ? length - i : piece);
        return digest_value(&digest);
}

static void pieces_do_not_matter(void **state)
{
        unsigned char data[1003];
        (void)state;

        for (size_t i = 0; i < sizeof(data); i++)
                data[i] = (unsigned char)(i * 7 + 3);
        uint64_t whole = in_pieces(data, sizeof(data), sizeof(data));
        for (size_t piece = 1; piece < 40; piece++)
                assert_true(in_pieces(data, sizeof(data), piece) == whole);
}

static void every_accident_is_seen(void **state)
{
        unsigned char data[64] = {0};
        (void)state;

        uint64_t before = in_pieces(data, sizeof(data), sizeof(data));
        for (size_t i = 0; i < sizeof(data); i++) {
                data[i] ^= 1;
                assert_true(in_pieces(data, sizeof(data), sizeof(data)) != before);
                data[i] ^= 1;
        }
        /* Lost bytes, and words that changed places. */
        assert_true(in_pieces(data, sizeof(data) - 1, sizeof(data)) != before);
        data[0] = 1;
        before = in_pieces(data, sizeof(data), sizeof(data));
        data[0] = 0;
        data[8] = 1;
        assert_true(in_pieces(data, sizeof(data), sizeof(data)) != before);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(pieces_do_not_matter),
                cmocka_unit_test(every_accident_is_seen),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
