// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Commands that take several containers: every one is tried, each failure is one line. */
#include "cli/cli.h"
#include "engine/container.h"

/* Does the work on one; ERR_* with the sentence to print. */
typedef int each_fn(struct engine *eng, struct container *c, void *ctx, struct error *e);

struct each {
    each_fn *fn;
    void *ctx;
    const char *verb; /* stands before the sentence about a container that is not there, or NULL */
};

/*
 * For every name in argv: finds the container, calls fn, prints the name as it was typed. Returns
 * the exit code, 1 when any failed.
 */
int each_container(struct cli *cli, int argc, char **argv, const struct each *each);

/*
 * The same for work that waits (stop): in child processes, several at once, so that ten containers
 * take as long as the slowest one. What is printed keeps the order of argv.
 */
int each_container_at_once(struct cli *cli, int argc, char **argv, const struct each *each);
