/* What the lab needs and no server does, opened by the commands that need it: jansson, of
 * which functions are called by their own names, and libm; base/on_demand.h. */
#pragma once

/* Before JSON is read or written, and before anything is computed. Errors: -ELIBACC, in words
 * in ret_error, as on_demand_load() has it. */
int lab_libraries_load(const char **ret_error) __attribute__((warn_unused_result));

/* log(3), exp(3), sqrt(3); their own names are the language's. */
extern double (*lab_log)(double);
extern double (*lab_exp)(double);
extern double (*lab_sqrt)(double);
