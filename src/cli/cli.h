// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * One run of the program: what the global options said, which command runs, and the engine, opened
 * when a command first asks for it. And the one place that prints errors and picks exit codes.
 */
#include "cli/command.h"

#include <stdbool.h>

/* Exit codes, Docker's: what 'run' adds to the container's own. */
#define EXIT_ENGINE      125 /* the engine failed, or the options were wrong */
#define EXIT_NOT_RUNABLE 126
#define EXIT_NOT_FOUND   127

/* cli_parse: go on with the command. Every other value is the exit code to return. */
#define CLI_GO_ON (-1)

struct cli {
    const struct command *command;
    char *path; /* "run", "container ls" */
    struct engine_options engine_options;
    struct engine engine;
    bool engine_open;
    bool level_set; /* --log-level or --debug was given: the configuration's is not used */
};

/*
 * Parses the command's options into *target and checks the number of arguments. Prints usage
 * errors and --help itself. CLI_GO_ON: *argc is the number of arguments, in the front of argv, and
 * the caller frees the values (options_free); otherwise they are freed already.
 */
int cli_parse(struct cli *cli, void *target, int *argc, char **argv);

/* The engine, opened on first use; NULL and *e when that fails. */
struct engine *cli_engine(struct cli *cli, struct error *e);

/* ---- what goes wrong (report.c) ---- */

/* Prints the sentence (and hint) and returns the command's exit code for failures. */
int cli_fail(const struct cli *cli, const struct error *e);
/* Only prints. */
void cli_error(const struct cli *cli, const struct error *e);
/* A sentence, the usage line and where to find help. Returns EXIT_ENGINE. */
int cli_usage_error(const struct cli *cli, const struct error *e);
/* "hoy: 'hoy logs' requires 1 argument" and the like. Returns 1. */
int cli_argument_error(const struct cli *cli, int argc);
/* Flushes standard output; when what was printed did not arrive, says so and returns 1. */
int cli_finish(int code);
