#include "serve/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/number.h"

struct identity {
        char name[64]; /* "" for a number that has none */
        uid_t user;
        gid_t group;
};

/* The largest stands for "no change" (setuid(2)). */
static bool is_number(const char *text, uint32_t *ret_number)
{
        uint64_t number;
        if (number_parse(span_of(text), &number) < 0 || number >= UINT32_MAX)
                return false;
        *ret_number = (uint32_t)number;
        return true;
}

/* A name goes before a number, as chown(1) has it. */
static int look_up_group(const char *text, gid_t *ret_group)
{
        const struct group *found = getgrnam(text);
        if (!found)
                return is_number(text, ret_group) ? 0 : -ESRCH;
        *ret_group = found->gr_gid;
        return 0;
}

static int look_up_user(const char *text, bool with_group, struct identity *ret_identity)
{
        const struct passwd *found = getpwnam(text);
        uid_t number;

        if (!found && is_number(text, &number)) {
                found = getpwuid(number);
                ret_identity->user = number;
                ret_identity->group = getegid();
                /* Nobody needs to have a number; but then its group is to be said, unless it is
                 * who we are. */
                if (!found)
                        return with_group || number == geteuid() ? 0 : -ESRCH;
        }
        if (!found || strlen(found->pw_name) >= sizeof(ret_identity->name))
                return -ESRCH;
        (void)snprintf(ret_identity->name, sizeof(ret_identity->name), "%s", found->pw_name);
        ret_identity->user = found->pw_uid;
        ret_identity->group = found->pw_gid;
        return 0;
}

/* Before there are threads: getpwnam(3) need not be reentrant. */
static int look_up(const char *user_and_group, struct identity *ret_identity)
{
        struct identity identity = {.name = ""};
        char user[sizeof(identity.name)];
        size_t length = strcspn(user_and_group, ":");
        const char *group = user_and_group[length] ? user_and_group + length + 1 : NULL;

        if (length == 0 || length >= sizeof(user))
                return -ESRCH;
        memcpy(user, user_and_group, length);
        user[length] = '\0';
        int r = look_up_user(user, group != NULL, &identity);
        if (r == 0 && group)
                r = look_up_group(group, &identity.group);
        if (r == 0)
                *ret_identity = identity;
        return r;
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
        r = identity.name[0] ? initgroups(identity.name, identity.group)
                             : setgroups(1, &identity.group);
        if (r < 0 || setgid(identity.group) < 0 || setuid(identity.user) < 0)
                return -errno;
        /* prctl(2): cleared by setuid(2); without it there are no core dumps, and
         * /proc/self/fd, which some methods need, is closed to us. */
        return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0 ? -errno : 0;
}
