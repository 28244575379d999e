#include "lab/progress.h"

#include <unistd.h>

#define WIDTH 30

void progress_init(struct progress *progress, bool wanted)
{
        *progress = (struct progress){.out = wanted && isatty(STDERR_FILENO) ? stderr : NULL};
}

void progress_show(void *context, const char *what, double share, double seconds_left)
{
        struct progress *progress = context;
        char bar[WIDTH + 1];

        if (!progress->out)
                return;
        for (int i = 0; i < WIDTH; i++)
                bar[i] = i < (int)(share * WIDTH) ? '#' : '.';
        bar[WIDTH] = '\0';
        (void)fprintf(progress->out, "\r\033[K[%s] %3.0f %%", bar, 100 * share);
        if (seconds_left >= 0)
                (void)fprintf(progress->out, "  %.0f s left", seconds_left);
        (void)fprintf(progress->out, "  %s", what);
        (void)fflush(progress->out);
        progress->shown = true;
}

void progress_clear(struct progress *progress)
{
        if (!progress->shown)
                return;
        (void)fputs("\r\033[K", progress->out);
        (void)fflush(progress->out);
        progress->shown = false;
}
