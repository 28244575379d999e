#include "http/range.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "http/characters.h"
#include "http/list.h"

/* The decimal digits at the start of *text, taken off; more than fits is as good as
 * the greatest number: no file reaches it. False: no digit. */
static bool take_number(struct span *text, uint64_t *ret_value)
{
        uint64_t value = 0;
        size_t i = 0;

        for (; i < text->length && text->data[i] >= '0' && text->data[i] <= '9'; i++)
                if (__builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, (uint64_t)(text->data[i] - '0'), &value))
                        value = UINT64_MAX;
        text->data += i;
        text->length -= i;
        *ret_value = value;
        return i > 0;
}

/* One range-spec. False: malformed. A length of 0 in *ret_range: not satisfiable. */
static bool parse_one(struct span spec, uint64_t size, struct byte_range *ret_range)
{
        uint64_t first = 0, last = UINT64_MAX;
        bool has_first = take_number(&spec, &first);

        if (spec.length == 0 || spec.data[0] != '-')
                return false;
        spec.data++;
        spec.length--;
        bool has_last = take_number(&spec, &last);
        if (spec.length > 0 || (!has_first && !has_last))
                return false;

        if (!has_first) {
                uint64_t length = last < size ? last : size;
                *ret_range = (struct byte_range){.offset = size - length, .length = length};
                return true;
        }
        if (!has_last)
                last = UINT64_MAX;
        if (last < first)
                return false;
        *ret_range = (struct byte_range){.offset = first, .length = 0};
        if (first < size)
                ret_range->length = (last < size ? last + 1 : size) - first;
        return true;
}

/* A suffix of nothing: "-5" of an empty file. */
static bool is_empty_suffix(struct span spec, uint64_t size)
{
        if (size > 0 || spec.data[0] != '-')
                return false;
        for (size_t i = 1; i < spec.length; i++)
                if (spec.data[i] != '0')
                        return true;
        return false;
}

enum range_result range_parse(struct span value, uint64_t size, struct byte_range *ret_ranges,
                              size_t capacity, size_t *ret_count)
{
        static const struct span unit = SPAN_LITERAL("bytes=");
        size_t count = 0;
        bool any = false;

        if (value.length <= unit.length ||
            !span_equal_fold((struct span){value.data, unit.length}, unit) ||
            character_is_space(value.data[unit.length]))
                return RANGE_IGNORED;

        struct span rest = {value.data + unit.length, value.length - unit.length}, spec;
        while (list_next(&rest, &spec)) {
                struct byte_range range;
                if (!parse_one(spec, size, &range) || is_empty_suffix(spec, size))
                        return RANGE_IGNORED;
                any = true;
                if (range.length == 0)
                        continue;
                if (count == capacity)
                        return RANGE_IGNORED;
                ret_ranges[count++] = range;
        }
        if (!any)
                return RANGE_IGNORED;
        if (count == 0)
                return RANGE_UNSATISFIABLE;
        *ret_count = count;
        return RANGE_SATISFIABLE;
}

static int compare(const void *left, const void *right)
{
        const struct byte_range *a = left, *b = right;
        return (a->offset > b->offset) - (a->offset < b->offset);
}

size_t range_join(struct byte_range *ranges, size_t count, uint64_t gap)
{
        struct byte_range sorted[RANGE_JOIN_MAX];
        size_t joined = 0;

        assert(count <= RANGE_JOIN_MAX);
        if (count < 2)
                return count;
        memcpy(sorted, ranges, count * sizeof(ranges[0]));
        qsort(sorted, count, sizeof(sorted[0]), compare);
        for (size_t i = 1; i < count; i++) {
                struct byte_range *last = &sorted[joined];
                uint64_t end = last->offset + last->length;
                uint64_t this_end = sorted[i].offset + sorted[i].length;
                if (sorted[i].offset > end && sorted[i].offset - end > gap)
                        sorted[++joined] = sorted[i];
                else if (this_end > end)
                        last->length = this_end - last->offset;
        }
        if (++joined == count)
                return count;
        memcpy(ranges, sorted, joined * sizeof(ranges[0]));
        return joined;
}
