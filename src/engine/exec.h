// SPDX-License-Identifier: Apache-2.0
#pragma once
/* exec: one more program in a running container, and top: what runs in it. */
#include "engine/container.h"

struct cgroup;

struct exec_options {
    struct strv args;
    struct strv env;   /* over the container's */
    char *user;        /* NULL: the container's */
    char *working_dir; /* NULL: the container's */
    bool tty;
    bool privileged;
    bool detach;
    int stdio[3]; /* for the program; ignored with tty and with detach (/dev/null) */
    unsigned short rows;
    unsigned short cols;
};

void exec_options_init(struct exec_options *o);
void exec_options_done(struct exec_options *o);
DEFINE_CLEANUP(exec_options, struct exec_options, exec_options_done);

struct exec_result {
    int pidfd; /* its parent is the caller, who reaps it; FD_NONE when detached */
    pid_t pid;
    int console;   /* pty master with tty, else FD_NONE */
    int exit_code; /* of a failed exec: 126 or 127, else 1 (absent, paused, stopped) */
};

int ctr_exec(struct engine *eng, struct container *c, struct exec_options *o,
             struct exec_result *ret, struct error *e) MUST_CHECK;

/*
 * The programs that exec started and that still run, for inspect: one ID each, 64 hex digits made
 * of pid, start time and the container's ID. Nothing is written down for it: whatever is in the
 * container's cgroup with a parent outside of it came in by exec, and its ID is the same as long as
 * it lives. None when that cannot be found out.
 */
void ctr_exec_ids(const struct container *c, const struct cgroup *cg, struct strv *ret);

/*
 * Runs the host's ps with these arguments (none: "-ef") and keeps the lines of the container's
 * processes. ret: object {"Titles": [...], "Processes": [[...], ...]} as Docker's API. New ref.
 */
json_t *ctr_top(struct engine *eng, struct container *c, const struct strv *ps_args,
                struct error *e);
