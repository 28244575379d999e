#include "base/number.h"

#include <errno.h>
#include <stdio.h>

int number_parse(struct span text, uint64_t *ret_value)
{
        uint64_t value = 0;

        if (text.length == 0)
                return -EINVAL;
        for (size_t i = 0; i < text.length; i++) {
                unsigned digit = (unsigned)(unsigned char)text.data[i] - '0';
                if (digit > 9)
                        return -EINVAL;
                if (__builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, digit, &value))
                        return -ERANGE;
        }
        *ret_value = value;
        return 0;
}

struct unit {
        const char *name;
        uint64_t factor;
};

/* The number and the unit behind it; the first unit of the table, "", is the
 * default. */
static int parse_with_unit(struct span text, const struct unit *units, uint64_t *ret_value)
{
        size_t digits = 0;
        while (digits < text.length && text.data[digits] >= '0' && text.data[digits] <= '9')
                digits++;

        struct span name = {.data = text.data + digits, .length = text.length - digits};
        while (units->name && !span_equal_fold(name, span_of(units->name)))
                units++;
        if (!units->name)
                return -EINVAL;

        uint64_t value;
        int r = number_parse((struct span){.data = text.data, .length = digits}, &value);
        if (r < 0)
                return r;
        if (__builtin_mul_overflow(value, units->factor, &value))
                return -ERANGE;
        *ret_value = value;
        return 0;
}

int number_parse_size(struct span text, uint64_t *ret_bytes)
{
        static const struct unit units[] = {
                {"", 1},
                {"B", 1},
                {"K", UINT64_C(1) << 10},
                {"KB", UINT64_C(1) << 10},
                {"KiB", UINT64_C(1) << 10},
                {"M", UINT64_C(1) << 20},
                {"MB", UINT64_C(1) << 20},
                {"MiB", UINT64_C(1) << 20},
                {"G", UINT64_C(1) << 30},
                {"GB", UINT64_C(1) << 30},
                {"GiB", UINT64_C(1) << 30},
                {"T", UINT64_C(1) << 40},
                {"TB", UINT64_C(1) << 40},
                {"TiB", UINT64_C(1) << 40},
                {NULL, 0},
        };
        return parse_with_unit(text, units, ret_bytes);
}

int number_parse_duration(struct span text, uint64_t *ret_ms)
{
        static const struct unit units[] = {
                {"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {NULL, 0},
        };
        return parse_with_unit(text, units, ret_ms);
}

const char *number_format_size(uint64_t bytes, char buffer[static NUMBER_TEXT_SIZE])
{
        static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
        double value = (double)bytes;
        size_t unit = 0;

        while (value >= 1024.0 && unit + 1 < sizeof(units) / sizeof(units[0])) {
                value /= 1024.0;
                unit++;
        }
        snprintf(buffer, NUMBER_TEXT_SIZE, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
        return buffer;
}

/* Every number of two digits: half of the divisions. */
static const char pairs[] = "0001020304050607080910111213141516171819"
                            "2021222324252627282930313233343536373839"
                            "4041424344454647484950515253545556575859"
                            "6061626364656667686970717273747576777879"
                            "8081828384858687888990919293949596979899";

size_t number_write(uint64_t value, char *out)
{
        char digits[20], *end = digits + sizeof(digits), *at = end;

        for (; value >= 100; value /= 100)
                memcpy(at -= 2, pairs + 2 * (value % 100), 2);
        if (value >= 10)
                memcpy(at -= 2, pairs + 2 * value, 2);
        else
                *--at = (char)('0' + value);
        memcpy(out, at, (size_t)(end - at));
        return (size_t)(end - at);
}

const char *number_format_count(uint64_t value, char buffer[static NUMBER_TEXT_SIZE])
{
        char digits[20];
        size_t count = number_write(value, digits);
        char *out = buffer;

        for (size_t i = 0; i < count; i++) {
                if (i > 0 && (count - i) % 3 == 0)
                        *out++ = ',';
                *out++ = digits[i];
        }
        *out = '\0';
        return buffer;
}
