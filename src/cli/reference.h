/* What is written from the option table besides --help: the manual's pages and
 * the shells' completions. Used by the build only (reference.c). */
#pragma once

#include <stdio.h>

#include "cli/options.h"

/* Copies a page of mdoc(7); a line that is one of @SYNOPSIS@, @OPERAND@,
 * @OPTIONS@, @KEYS@ and @DETAILS@, and the word @SUMMARY@, are filled in. 0, or -EIO. */
int reference_manual(const struct command *command, FILE *page, FILE *out)
        __attribute__((warn_unused_result));

void reference_bash(FILE *out);
void reference_zsh(FILE *out);
void reference_fish(FILE *out);
