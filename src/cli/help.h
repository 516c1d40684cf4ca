// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The texts of --help, in Docker's layout, made from the tables of commands and options. */
#include "cli/command.h"

#include <stdio.h>

void help_top(FILE *f);
void help_group(FILE *f, const struct command_group *g);
/* path: the name it was called by. */
void help_command(FILE *f, const struct command *c, const char *path);

/* "Usage:  hoy run [OPTIONS] IMAGE [COMMAND] [ARG...]" */
void help_usage_line(FILE *f, const struct command *c, const char *path);
