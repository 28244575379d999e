#include "http/field.h"

#include <errno.h>

#include "http/characters.h"
#include "http/list.h"

int field_parse(struct span line, struct span *ret_name, struct span *ret_value)
{
        const char *colon = memchr(line.data, ':', line.length);
        if (!colon || colon == line.data)
                return -EINVAL;
        struct span name = {line.data, (size_t)(colon - line.data)};
        struct span value = {colon + 1, line.length - name.length - 1};

        for (size_t i = 0; i < name.length; i++)
                if (!character_is(name.data[i], CHARACTER_TOKEN))
                        return -EINVAL;
        for (size_t i = 0; i < value.length; i++)
                if (!character_is(value.data[i], CHARACTER_VALUE))
                        return -EINVAL;
        *ret_name = name;
        *ret_value = list_trim(value);
        return 0;
}
