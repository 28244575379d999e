/* Asks which method would carry a file to a TCP client, and why.
 *
 *     cc -o which_method which_method.c $(pkg-config --cflags --libs sluice)
 *     ./which_method film.mkv
 *
 * Nothing is sent. The answer depends on the kernel, on the file system and on
 * the socket, so the question needs both descriptors. */
#include <sluice.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void tell_methods(const sluice_facts *facts)
{
        const sluice_method *method;

        for (size_t i = 0; (method = sluice_method_at(i)); i++) {
                const char *why_not;
                if (sluice_method_supported(method, facts, &why_not))
                        printf("  %-10s %s\n", sluice_method_name(method),
                               sluice_method_summary(method));
                else
                        printf("  %-10s not here: %s\n", sluice_method_name(method), why_not);
        }
}

/* The exit code. */
static int tell(const char *path, int file, uint64_t length, int out)
{
        sluice_facts *facts;

        int error = sluice_facts_probe(&facts, file, out);
        if (error < 0) {
                fprintf(stderr, "%s: %s\n", path, strerror(-error));
                return 1;
        }

        const char *reason;
        const sluice_method *method = sluice_choose(facts, length, &reason);
        printf("%s: %s, because %s\n", path, sluice_method_name(method), reason);
        tell_methods(facts);
        sluice_facts_free(facts);
        return 0;
}

int main(int argc, char **argv)
{
        if (argc != 2) {
                fprintf(stderr, "usage: %s FILE\n", argv[0]);
                return 2;
        }

        int file = open(argv[1], O_RDONLY | O_CLOEXEC);
        /* Not connected, it stands for a client elsewhere. To ask about one
         * client pass the socket that accept(2) gave. */
        int out = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct stat status;
        if (file < 0 || out < 0 || fstat(file, &status) < 0) {
                perror(argv[1]);
                return 1;
        }
        int code = tell(argv[1], file, (uint64_t)status.st_size, out);
        close(out);
        close(file);
        return code;
}
