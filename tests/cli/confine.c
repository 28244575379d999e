/* Runs a program under a seccomp filter that lets system calls fail, as
 * containers do.
 *
 *     confine CALL=ERROR... -- PROGRAM [ARGUMENT...]
 *
 * CALL: a name, or a number where libseccomp does not know the name yet.
 * ERROR: EPERM, ENOSYS or EOPNOTSUPP. */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
        const char *name;
        int number;
} errors[] = {{"EPERM", EPERM}, {"ENOSYS", ENOSYS}, {"EOPNOTSUPP", EOPNOTSUPP}};

static int add_rule(scmp_filter_ctx filter, char *rule)
{
        char *error = strchr(rule, '=');
        if (!error)
                return -EINVAL;
        *error++ = '\0';
        int call = seccomp_syscall_resolve_name(rule);
        if (call == __NR_SCMP_ERROR)
                call = atoi(rule);
        if (call <= 0)
                return -EINVAL;
        for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
                if (strcmp(error, errors[i].name) == 0)
                        return seccomp_rule_add(filter, SCMP_ACT_ERRNO((uint32_t)errors[i].number),
                                                call, 0);
        return -EINVAL;
}

int main(int argc, char **argv)
{
        scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
        int i = 1;

        for (; filter && i < argc && strcmp(argv[i], "--") != 0; i++)
                if (add_rule(filter, argv[i]) < 0) {
                        (void)fprintf(stderr, "confine: bad rule: %s\n", argv[i]);
                        return 2;
                }
        if (!filter || i + 1 >= argc || seccomp_load(filter) < 0) {
                (void)fprintf(stderr, "confine: cannot set the filter up\n");
                return 2;
        }
        seccomp_release(filter);
        execvp(argv[i + 1], argv + i + 1);
        perror(argv[i + 1]);
        return 127;
}
