#include "serve/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

struct identity {
        char name[64];
        uid_t user;
        gid_t group;
};

/* Before there are threads: getpwnam(3) need not be reentrant. */
static int look_up(const char *user_and_group, struct identity *ret_identity)
{
        struct identity identity;
        size_t length = strcspn(user_and_group, ":");
        const char *group = user_and_group[length] ? user_and_group + length + 1 : NULL;

        if (length == 0 || length >= sizeof(identity.name))
                return -ESRCH;
        memcpy(identity.name, user_and_group, length);
        identity.name[length] = '\0';

        const struct passwd *user = getpwnam(identity.name);
        if (!user)
                return -ESRCH;
        identity.user = user->pw_uid;
        identity.group = user->pw_gid;
        if (group) {
                const struct group *found = getgrnam(group);
                if (!found)
                        return -ESRCH;
                identity.group = found->gr_gid;
        }
        *ret_identity = identity;
        return 0;
}

int privileges_check(const char *user_and_group)
{
        struct identity identity;
        return look_up(user_and_group, &identity) < 0 ? -EINVAL : 0;
}

int privileges_drop(const char *user_and_group)
{
        struct identity identity;

        if (!user_and_group)
                return 0;
        int r = look_up(user_and_group, &identity);
        if (r < 0)
                return r;
        if (geteuid() == identity.user && getegid() == identity.group)
                return 0;
        if (initgroups(identity.name, identity.group) < 0 || setgid(identity.group) < 0 ||
            setuid(identity.user) < 0)
                return -errno;
        /* prctl(2): cleared by setuid(2); without it there are no core dumps, and
         * /proc/self/fd, which some methods need, is closed to us. */
        return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0 ? -errno : 0;
}
