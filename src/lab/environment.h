/* Where a run was made. */
#pragma once

#include "lab/results.h"

/* Fills in what the machine tells; what it does not tell stays empty. */
void environment_fill(struct lab_environment *environment, const char *folder, int file_fd);
