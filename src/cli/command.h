// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The commands: one const struct per command, in its cmd_*.c, and one table of all of them in
 * commands.c. Dispatch, help, usage errors and the man page are made from it.
 *
 *   main -> command_find("container", "ls") -> command->run(cli, argc, argv)
 *        -> cli_parse(cli, &options, ...)   -> engine call -> print
 */
#include "cli/options.h"
#include "engine/engine.h"

struct cli;

#define ARGS_ANY (-1)

enum command_flags {
    COMMAND_COMMON = 1u << 0, /* listed first in 'hoy --help' */
    COMMAND_PREFIX = 1u << 1, /* its failures are printed with "hoy: " in front: they come between
                                 the output of a container's program */
    COMMAND_FAILS_125 = 1u << 2, /* its failures give EXIT_ENGINE, for 1 may be the program's own */
    COMMAND_INTERNAL = 1u << 3,  /* started by hoy itself, in no list */
};

struct command {
    /* Every way to call it, as the help's "Aliases:" shows them: "container ls, ps". The first of
     * a group, and the one without a group, are the names in lists and sentences. */
    const char *names;
    const char *usage; /* "[OPTIONS] CONTAINER [CONTAINER...]" */
    const char *help;  /* one line */
    struct option_set options;
    unsigned flags;
    int min_args;
    int max_args; /* or ARGS_ANY */
    /* argv: the words behind the command's name; argv[argc] is NULL. Returns the exit code. */
    int (*run)(struct cli *cli, int argc, char **argv);
};

struct command_group {
    const char *name; /* "container" */
    const char *help;
};

/* Both end with NULL. */
extern const struct command *const commands[];
extern const struct command_group command_groups[];

/*
 * The command called "name" (group NULL) or "group name"; NULL: there is none. *ret_path: its
 * proper name in that group, "container ls" for "container list"; the caller frees it.
 */
const struct command *command_find(const char *group, const char *name, char **ret_path);
const struct command_group *command_group_find(const char *name);

/*
 * The name of a command within a group (NULL: without group), or NULL when it has none there;
 * the caller frees it.
 */
char *command_name_in(const struct command *c, const char *group);
