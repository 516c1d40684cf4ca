// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * One container of the runtime: the folder <root>/<id>/.
 *
 *   lock          held (base/lock.h) by whoever changes the container
 *   state.json    what this file writes; replaced atomically, never fsynced (it is on tmpfs)
 *   config.json   the bundle's, as it was at create
 *   start.sock    where the first process waits while the container is "created" (oci/oci.h)
 *
 *   creating   made, no first process yet, and the lock is held
 *   created    the first process waits: start.sock exists
 *   running    start.sock is gone
 *   paused     the same, and its cgroup is frozen
 *   stopped    the first process is gone, also when 'create' died before it was there
 *
 * The first process is named by pid and start time: a number that was given to another process
 * since then is never taken for it. Readers take no lock.
 */
#include "base/error.h"
#include "base/json.h"
#include "oci/cgroup.h"
#include "spec/runtime.h"

#define RUNTIME_SPEC_VERSION "1.2.0" /* of the state and of what 'spec' writes */
#define START_SOCKET_NAME    "start.sock"

enum rctr_status {
    RCTR_CREATING,
    RCTR_CREATED,
    RCTR_RUNNING,
    RCTR_PAUSED,
    RCTR_STOPPED,
    RCTR_STATUS_COUNT,
};

struct rctr {
    char *id;
    int dir;
    int lock; /* FD_NONE: not ours */
    pid_t pid;
    uint64_t start_time;
    char *bundle;      /* absolute */
    char *rootfs;      /* absolute */
    char *cgroup_path; /* for cgroup_open(); NULL: none */
    char *created;     /* RFC 3339 */
    int64_t owner;     /* user id */
    json_t *annotations;
};

/* Everything empty. */
void rctr_init(struct rctr *c);
void rctr_done(struct rctr *c);
DEFINE_CLEANUP(rctr, struct rctr, rctr_done);

/* ERR_INVALID unless id has only letters, digits and "_+-.,", and is neither "." nor "..". */
int rctr_id_check(const char *id, struct error *e) MUST_CHECK;

/* Makes the folder and locks it; ERR_EXISTS. */
int rctr_make(const char *root, const char *id, struct rctr *c, struct error *e) MUST_CHECK;

/* Reads an existing one; ERR_NOT_FOUND: "container does not exist". */
int rctr_open(const char *root, const char *id, struct rctr *c, struct error *e) MUST_CHECK;

/* The same, locked first. */
int rctr_open_locked(const char *root, const char *id, struct rctr *c, struct error *e) MUST_CHECK;

/* Ids below root, sorted; none when root does not exist. */
int rctr_list(const char *root, struct strv *ret, struct error *e) MUST_CHECK;

int rctr_save(const struct rctr *c, struct error *e) MUST_CHECK;

/* Gives the lock up. */
void rctr_unlock(struct rctr *c);

/* Removes the folder. */
int rctr_remove(const char *root, struct rctr *c, struct error *e) MUST_CHECK;

enum rctr_status rctr_status(const struct rctr *c);
const char *rctr_status_to_string(enum rctr_status s);

/* Its first process, -ESRCH when that has ended. */
int rctr_pidfd(const struct rctr *c);

/* Its cgroup; 0 with NULL in *ret when it has none (any more). */
int rctr_cgroup(const struct rctr *c, struct cgroup **ret, struct error *e) MUST_CHECK;

/* config.json as it was at create. */
int rctr_spec(const struct rctr *c, struct rt_spec *ret, struct error *e) MUST_CHECK;

/* The state as the specification has it (runtime.md, "State"). pid 0: left out. New reference. */
json_t *rctr_state(const struct rctr *c, enum rctr_status status, pid_t pid);
