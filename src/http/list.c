#include "http/list.h"

#include "http/characters.h"

struct span list_trim(struct span text)
{
        while (text.length > 0 && character_is_space(text.data[0])) {
                text.data++;
                text.length--;
        }
        while (text.length > 0 && character_is_space(text.data[text.length - 1]))
                text.length--;
        return text;
}

bool list_next(struct span *rest, struct span *ret_element)
{
        while (rest->length > 0) {
                const char *comma = memchr(rest->data, ',', rest->length);
                size_t length = comma ? (size_t)(comma - rest->data) : rest->length;
                struct span element = list_trim((struct span){rest->data, length});

                size_t taken = comma ? length + 1 : length;
                rest->data += taken;
                rest->length -= taken;
                if (element.length > 0) {
                        *ret_element = element;
                        return true;
                }
        }
        return false;
}
