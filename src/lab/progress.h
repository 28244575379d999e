/* A line on a terminal that tells how far a run is. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct progress {
        FILE *out; /* NULL: tells nothing */
        bool shown;
};

/* For standard error, and only where that is a terminal. */
void progress_init(struct progress *progress, bool wanted);

/* As run_options.progress; context is a struct progress. */
void progress_show(void *context, const char *what, double share, double seconds_left);

/* Takes the line away again. */
void progress_clear(struct progress *progress);
