/* `sluice doctor [--json] PATH` alone. */
#include <string.h>

#include "cli/doctor.h"

int main(int argc, char **argv)
{
        bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
        return argc == 2 + json ? doctor_examine(argv[1 + json], json) : 2;
}
