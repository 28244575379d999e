/* The doctor's findings, for people and for programs. */
#pragma once

#include <stdio.h>

#include "cli/doctor_check.h"

/* One line a finding, grouped, and one more for a remedy. Wrapped to width
 * columns; 0: not at all. */
void doctor_report_text(FILE *out, const struct doctor_target *target,
                        const struct doctor_finding *findings, size_t count, int width,
                        bool colour);

/* {"path", "file_system", "kernel", "checks": [{"name", "title", "state",
 * "value", "meaning", "remedy"}]}; remedy is null where there is nothing to do.
 * 0, -ENOMEM, or -EIO when out does not take it. */
int doctor_report_json(FILE *out, const struct doctor_target *target,
                       const struct doctor_finding *findings, size_t count)
        __attribute__((warn_unused_result));
