#include "lab/libraries.h"

#include <gnu/lib-names.h>
#include <jansson.h>
#include <stdarg.h>

#include "base/on_demand.h"

ON_DEMAND_NOTE(jansson, SONAME_JANSSON, "lab", "sluice lab; sluice doctor");

#define FUNCTION ON_DEMAND_FUNCTION
#define PROCEDURE ON_DEMAND_PROCEDURE
#include "lab/jansson.def"
#undef FUNCTION
#undef PROCEDURE

/* Its arguments cannot be handed on as they are. */
json_t *json_pack(const char *fmt, ...)
{
        va_list arguments;
        va_start(arguments, fmt);
        json_t *packed = json_vpack_ex(NULL, 0, fmt, arguments);
        va_end(arguments);
        return packed;
}

static const struct on_demand_symbol jansson_symbols[] = {
#define FUNCTION(type, name, parameters, arguments) ON_DEMAND_SYMBOL(name),
#define PROCEDURE(name, parameters, arguments) ON_DEMAND_SYMBOL(name),
#include "lab/jansson.def"
#undef FUNCTION
#undef PROCEDURE
};

double (*lab_log)(double);
double (*lab_exp)(double);
double (*lab_sqrt)(double);

static const struct on_demand_symbol libm_symbols[] = {
        {"log", (void **)&lab_log},
        {"exp", (void **)&lab_exp},
        {"sqrt", (void **)&lab_sqrt},
};

int lab_libraries_load(const char **ret_error)
{
        static struct on_demand jansson = ON_DEMAND_LIBRARY(SONAME_JANSSON, jansson_symbols);
        static struct on_demand libm = ON_DEMAND_LIBRARY(LIBM_SO, libm_symbols);
        int r = on_demand_load(&jansson, ret_error);
        return r < 0 ? r : on_demand_load(&libm, ret_error);
}
