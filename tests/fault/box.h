// SPDX-License-Identifier: Apache-2.0
#pragma once
/* A root file system of busybox in a temporary folder, and run_spec on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

struct box {
    char dir[64];       /* temporary; dir/rootfs is the root file system */
    char group[64];     /* parent of the containers' cgroups: "/hoy-test-<pid>" */
    char output[16384]; /* of the last run: stdout and stderr as they came */
    int code;           /* its exit code */
};

/* For cmocka_run_group_tests; skips all (exit code 77) when not root. */
int box_setup(void **state);
int box_teardown(void **state);

/*
 * run_spec ROOTFS WORDS..., as a shell line, with HOY_FAULT set to fault unless it is NULL. At most
 * 30 seconds. In 'line' "%D" stands for the temporary folder, "%G" for the cgroup parent.
 */
void box_run(struct box *b, const char *fault, const char *line);

/* A shell line on the host, with the same replacements; fails the test unless it succeeds. */
void box_host(struct box *b, const char *line);

/* The last run ended with that code and exactly that output (or: with it somewhere in it). */
void box_said(const struct box *b, int code, const char *output);
void box_contains(const struct box *b, const char *text);

/* No mount below the temporary folder, no cgroup of ours (hence no process). */
void box_is_clean(struct box *b);
