#include "base/terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

int terminal_width(int fd)
{
        struct winsize size;
        return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

bool terminal_has_colour(int fd)
{
        const char *no_color = getenv("NO_COLOR");
        return isatty(fd) && !(no_color && no_color[0]);
}
