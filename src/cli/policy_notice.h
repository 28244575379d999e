/* What a policy changes, in words for who starts a server by it. */
#pragma once

#include "cli/settings.h"

/* Which of the options are as the policy at path has them, and that it was measured
 * on another kernel, where its comments say so. */
void policy_notice_print(const struct settings *settings, const char *path, FILE *out);
