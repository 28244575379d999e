/* Lists of bench files: lines of "SIZE PATH". */
#pragma once

#include <stdint.h>
#include <stdio.h>

#define LIST_PATH_SIZE 256

/* Reads the next line. 0, -ENODATA (no more), or -EINVAL (not such a line). */
int list_next(FILE *file, uint64_t *ret_size, char ret_path[static LIST_PATH_SIZE]);
