#include "client/list.h"

#include <errno.h>
#include <string.h>

#include "base/number.h"

int list_next(FILE *file, uint64_t *ret_size, char ret_path[static LIST_PATH_SIZE])
{
        char line[LIST_PATH_SIZE + NUMBER_TEXT_SIZE];
        if (!fgets(line, sizeof(line), file))
                return -ENODATA;
        line[strcspn(line, "\n")] = '\0';
        char *space = strchr(line, ' ');
        if (!space || strlen(space + 1) >= LIST_PATH_SIZE || space[1] == '\0')
                return -EINVAL;
        struct span digits = {.data = line, .length = (size_t)(space - line)};
        if (number_parse(digits, ret_size) < 0)
                return -EINVAL;
        memcpy(ret_path, space + 1, strlen(space + 1) + 1);
        return 0;
}
