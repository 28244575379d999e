#include "lab/environment.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/version.h"
#include "lab/process.h"

#define VULNERABILITIES "/sys/devices/system/cpu/vulnerabilities"

/* The first line of a file, or the value behind "name : " in it. */
static void read_line(const char *path, const char *name, char *ret, size_t size)
{
        char line[512];
        FILE *file = fopen(path, "re");
        while (file && fgets(line, sizeof(line), file)) {
                const char *value = line;
                if (name && strncmp(line, name, strlen(name)) != 0)
                        continue;
                if (name) {
                        value = strchr(line, ':');
                        value = value ? value + 1 : line;
                }
                value += strspn(value, " \t");
                (void)snprintf(ret, size, "%.*s", (int)strcspn(value, "\n"), value);
                break;
        }
        if (file)
                (void)fclose(file);
}

/* "36 25 254:0 / /mnt rw - ext4 /dev/vda rw", proc_pid_mountinfo(5). */
static void find_file_system(int fd, char ret[static LAB_NAME_SIZE])
{
        char line[4096], wanted[32];
        struct stat status;
        FILE *file = fopen("/proc/self/mountinfo", "re");

        if (fstat(fd, &status) < 0)
                status.st_dev = 0;
        (void)snprintf(wanted, sizeof(wanted), "%u:%u", major(status.st_dev), minor(status.st_dev));
        while (file && fgets(line, sizeof(line), file)) {
                char device[32];
                const char *rest = strstr(line, " - ");
                if (rest && sscanf(line, "%*d %*d %31s", device) == 1 &&
                    strcmp(device, wanted) == 0)
                        (void)sscanf(rest, " - %15s", ret);
        }
        if (file)
                (void)fclose(file);
}

static void find_mitigations(char *ret, size_t size)
{
        struct dirent **entries;
        size_t used = 0;
        int count = scandir(VULNERABILITIES, &entries, NULL, alphasort);

        for (int i = 0; i < count; i++) {
                char path[sizeof(VULNERABILITIES) + 256], state[128] = "";
                (void)snprintf(path, sizeof(path), VULNERABILITIES "/%s", entries[i]->d_name);
                if (entries[i]->d_name[0] != '.')
                        read_line(path, NULL, state, sizeof(state));
                if (strncmp(state, "Mitigation: ", 12) == 0 && used < size)
                        used += (size_t)snprintf(ret + used, size - used, "%s%s: %s",
                                                 used ? "; " : "", entries[i]->d_name, state + 12);
                free(entries[i]);
        }
        if (count >= 0)
                free(entries);
}

void environment_fill(struct lab_environment *environment, const char *folder, int file_fd)
{
        struct utsname kernel;
        time_t now = time(NULL);
        struct tm utc;
        char *path = realpath(folder, NULL);

        (void)snprintf(environment->version, sizeof(environment->version), "%s", SLUICE_VERSION);
        if (gmtime_r(&now, &utc))
                (void)strftime(environment->started, sizeof(environment->started),
                               "%Y-%m-%dT%H:%M:%SZ", &utc);
        if (uname(&kernel) == 0)
                (void)snprintf(environment->kernel, sizeof(environment->kernel),
                               "%.30s %.80s %.30s", kernel.sysname, kernel.release, kernel.machine);
        read_line("/proc/cpuinfo", "model name", environment->processor,
                  sizeof(environment->processor));
        find_file_system(file_fd, environment->file_system);
        (void)snprintf(environment->folder, sizeof(environment->folder), "%s",
                       path ? path : folder);
        free(path);
        find_mitigations(environment->mitigations, sizeof(environment->mitigations));
        environment->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
        environment->memory_bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * environment->page_bytes;
        environment->cores = process_cores(&environment->sender_core, &environment->receiver_core);
}
