/* Of the lab: with the libraries that it opens. */
#pragma once

#include "lab/libraries.h"
#include "unit.h"

static int load_libraries(void **state)
{
        const char *error;
        (void)state;
        return lab_libraries_load(&error);
}
