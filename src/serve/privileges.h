/* --user: what is opened as root is served as somebody else. */
#pragma once

/* Becomes user[:group] for good, each a name or a number; a number that nobody is named by
 * wants a group. NULL: stays. Errors: -ESRCH (no such user or
 * group), -EPERM (not allowed to). Core dumps stay as they were. */
int privileges_drop(const char *user_and_group) __attribute__((warn_unused_result));

/* Whether there are such a user and group: 0, or -EINVAL. */
int privileges_check(const char *user_and_group) __attribute__((warn_unused_result));
