// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The runtime's commands: one const struct each, in its cmd_*.c, and one table of them in main.c.
 */
#include "runtime/args.h"

/* The global flags. */
struct runtime {
    const char *root; /* where containers are kept; absolute */
    bool rootless;    /* the host gives us no cgroups: go on without */
};

struct runtime_command {
    const char *name;
    const char *usage;      /* "[OPTIONS] CONTAINER" */
    const char *help;       /* one line */
    const struct arg *args; /* NULL: none */
    size_t args_size;       /* of the struct that 'args' fills; given to run */
    int positionals;        /* see args_parse() */
    int min_args;
    int max_args; /* -1: any number */
    int failure;  /* exit code when run gives -1 */
    /* argv: the words that are no flags. Exit code, or -1 with *e. */
    int (*run)(const struct runtime *rt, void *args, int argc, char **argv, struct error *e);
};

/* Of the many that take one container and nothing else. */
#define RUNTIME_TAKES_A_CONTAINER .positionals = ARGS_ANYWHERE, .min_args = 1, .max_args = 1

extern const struct runtime_command runtime_create, runtime_delete, runtime_events, runtime_exec,
    runtime_features, runtime_kill, runtime_list, runtime_pause, runtime_ps, runtime_resume,
    runtime_update, runtime_run, runtime_spec, runtime_start, runtime_state;
