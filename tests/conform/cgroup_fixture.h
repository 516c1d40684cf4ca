// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What the cgroup suites share: groups below one parent that is removed in the end, whatever
 * happened, and processes that run in them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "oci/cgroup.h"

#include <stdio.h>
#include <string.h>

extern struct error last_error; /* of OK() and REFUSED() */

#define OK(call)                                                                                   \
    do {                                                                                           \
        if ((call) < 0) {                                                                          \
            fail_msg("%s: %s", #call, last_error.text);                                            \
        }                                                                                          \
    } while (0)

/* The call must fail with this kind. */
#define REFUSED(call, expected)                                                                    \
    do {                                                                                           \
        if ((call) >= 0) {                                                                         \
            fail_msg("%s: succeeded", #call);                                                      \
        }                                                                                          \
        if (last_error.kind != (expected)) {                                                       \
            fail_msg("%s: %s", #call, last_error.text);                                            \
        }                                                                                          \
    } while (0)

#define SYS(call)                                                                                  \
    do {                                                                                           \
        if ((call) < 0) {                                                                          \
            fail_msg("%s: %s", #call, strerror(errno));                                            \
        }                                                                                          \
    } while (0)

/*
 * Runs the tests in a child and removes the parent group afterwards, also when the child crashed.
 * The exit status for main(): failures, or 77 (skip) when there is nothing to test with.
 */
int fixture_main(int (*run)(void));

/* cmocka teardown: kills and removes all below the parent group; fails when something is left. */
int fixture_clean(void **state);

/* "/hoy-conform-PID/name"; valid until the next call. */
const char *group_path(const char *name);
/* cgroup_create(group_path(name)); fails the test when it fails. r may be NULL. */
struct cgroup *group_make(const char *name, const struct rt_resources *r);
/* The folder of a controller ("memory") of the group, or of the v2 tree; NULL: not on this host. */
const char *group_folder(const struct cgroup *cg, const char *controller);
bool on_v2(void);

/* First line of folder/file without its newline; "(none)" when it cannot be read. */
const char *control(const char *folder, const char *file);
/*
 * Compares a limit with what must stand in the file that this host has for it. v1 and v2 are
 * "file=value"; nothing is compared where the host lacks the controller or the file.
 */
void expect_limit(const struct cgroup *cg, const char *controller, const char *v1, const char *v2);

/* A process in the group, made as the runtime does it; fn gives its exit code. */
pid_t process_in(const struct cgroup *cg, int (*fn)(void *arg), void *arg);
/* The same outside of cmocka's own process: -1 and last_error instead of a failed test. */
pid_t try_process_in(const struct cgroup *cg, int (*fn)(void *arg), void *arg);
/* Its exit code, or 128 + signal. */
int process_end(pid_t pid);
/* For fn: waits for ever. */
int sleep_on(void *arg);

/* Path of pid's group in the hierarchy of a controller ("" for v2), from /proc/PID/cgroup. */
const char *process_group(pid_t pid, const char *controller);

/* True when the condition came true within ten seconds. */
bool wait_until(bool (*condition)(void *arg), void *arg);
