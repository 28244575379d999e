/* What `sluice doctor` finds out about the libraries that are opened when they are wanted. */
#include "cli/doctor_check.h"

void doctor_probe_library(const struct doctor_target *target, const struct doctor_check *check,
                          struct doctor_finding *finding)
{
        const char *error;
        (void)target;
        if (check->load(&error) == 0)
                doctor_say(finding, DOCTOR_OK, "can be opened");
        else
                doctor_say(finding, DOCTOR_MISSING, "%s", error);
}
