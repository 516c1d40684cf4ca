// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * When and where the kernel runs the program: scheduling policy, I/O priority, CPUs, memory nodes,
 * execution domain. Private to oci/. Each costs nothing unless the specification asks for it.
 */
#include "oci/child.h"

/*
 * process.scheduler and process.ioPriority of a process; 0 is the caller. They take privileges of
 * the host, so for a container with a user namespace the parent sets them.
 */
int schedule_set(pid_t pid, const struct rt_process *p, struct error *e) MUST_CHECK;

/* The rest, which is the child's own, and the above when it may. */
int step_schedule(struct child *c, struct error *e);

/* execCPUAffinity.initial: in the parent, around the clone. prev is what schedule_restore needs. */
struct schedule_cpus {
    unsigned char mask[8192]; /* one bit for each of 65536 CPUs */
    bool changed;
};
int schedule_start_on(const char *list, struct schedule_cpus *prev, struct error *e) MUST_CHECK;
void schedule_restore(const struct schedule_cpus *prev);
