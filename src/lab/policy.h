/* What a server should do on this machine, decided from what was measured on
 * it. Pure, but for policy_write(). */
#pragma once

#include <stdio.h>

#include "lab/results.h"
#include "lab/small_bodies.h"
#include "lab/step_sizes.h"

#define POLICY_EVIDENCE_SIZE 400

/* A line of the policy: a key of sluice.conf(5), and why. */
struct policy_line {
        const char *key; /* NULL: a remark only */
        char value[32];
        char evidence[POLICY_EVIDENCE_SIZE];
};

#define POLICY_LINES 6

struct policy {
        struct policy_line lines[POLICY_LINES];
        size_t count;
};

/* The cases that decide, to be measured; sizes fit a run of a minute. Errors:
 * -ENOMEM. */
int policy_plan(struct lab_results *results) __attribute__((warn_unused_result));

/* Errors: -ENOMEM. */
int policy_decide(struct policy *ret, const struct lab_results *results,
                  const struct small_body bodies[static SMALL_BODIES_SIZES],
                  const struct step_size steps[static STEP_SIZES])
        __attribute__((warn_unused_result));

/* As a file that 'sluice serve --policy' reads. Errors: -EIO. */
int policy_write(const struct policy *policy, const struct lab_environment *environment, FILE *out)
        __attribute__((warn_unused_result));
