// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A container's cgroup on v1, hybrid and v2, behind one ops table (cgroup_v1.c, cgroup_v2.c; the
 * suite in tests/conform/ runs against each).
 *
 * Which layout a host has is read from /proc/self/mountinfo once per process. Hybrid counts as v1:
 * controllers are where v1 has them; the v2 tree at "unified" is joined too when it is writable.
 * A limit whose controller the host does not offer is not an error by itself: what could not be
 * applied is collected in cgroup->missing for the caller to say on stderr.
 *
 * Lifecycle: cgroup_create -> (clone3 with cgroup_clone_fd | cgroup_add) -> ... -> cgroup_kill,
 * cgroup_remove -> cgroup_free. A later process gets the same object with cgroup_open.
 * cgroup paths are "/hoy/<id>": relative to the cgroup root that this process sees; ".." refused.
 */
#include "base/error.h"
#include "base/strv.h"
#include "spec/runtime.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum cgroup_mode {
    CGROUP_MODE_NONE, /* no cgroup file system is mounted */
    CGROUP_MODE_V1,
    CGROUP_MODE_HYBRID,
    CGROUP_MODE_V2,
    CGROUP_MODE_COUNT,
};

struct cgroup;

/* The host's layout; "1" or "2" as docker info's "Cgroup Version" says it is cgroup_version(). */
enum cgroup_mode cgroup_host_mode(void);
const char *cgroup_version(void);

/* Controllers that can be used here: "cpu", "memory", "pids", ...; appended to ret. */
int cgroup_controllers(struct strv *ret);

/* Makes the group (parents too) with the limits. ERR_INVALID names the limit the kernel refused. */
int cgroup_create(const char *path, const struct rt_resources *r, struct cgroup **ret,
                  struct error *e) MUST_CHECK;

/* The existing group of a container. */
int cgroup_open(const char *path, struct cgroup **ret, struct error *e) MUST_CHECK;
void cgroup_free(struct cgroup *cg);
DEFINE_CLEANUP_PTR(cgroup, struct cgroup, cgroup_free);

/* Descriptor for clone_args.cgroup (v2 only), borrowed; FD_NONE where cgroup_add must be used. */
int cgroup_clone_fd(const struct cgroup *cg);

/* Moves a process in (all hierarchies). */
int cgroup_add(const struct cgroup *cg, pid_t pid, struct error *e) MUST_CHECK;

/* Changes the limits that are set in r. */
int cgroup_update(struct cgroup *cg, const struct rt_resources *r, struct error *e) MUST_CHECK;

/* Names of limits that the host could not apply ("memory swap limit"), for a warning; borrowed. */
const struct strv *cgroup_missing(const struct cgroup *cg);

/* Stops or continues all processes; waits until the kernel says it is so (bounded). */
int cgroup_freeze(const struct cgroup *cg, bool frozen, struct error *e) MUST_CHECK;

/* Kills every process in it and below (cgroup.kill on v2 >= 5.14, else a loop); a frozen group is
 * thawed. Returns when none is left or after ten seconds with ERR_TIMEOUT. */
int cgroup_kill(const struct cgroup *cg, struct error *e) MUST_CHECK;

/* Removes the empty group and those below it; absent is no error. Retries EBUSY for a moment. */
int cgroup_remove(const struct cgroup *cg, struct error *e) MUST_CHECK;

/* Pids in it and below (host numbers); the caller frees *ret. */
int cgroup_pids(const struct cgroup *cg, pid_t **ret, size_t *ret_count,
                struct error *e) MUST_CHECK;

/* How often the kernel's OOM killer struck in it; 0 when unknown. */
uint64_t cgroup_oom_kills(const struct cgroup *cg);

/* Current memory use in bytes and peak, pids, cpu ns; -1 where unknown. */
struct cgroup_stats {
    int64_t memory_usage;
    int64_t memory_limit;
    int64_t pids;
    int64_t cpu_ns;
};
void cgroup_stats(const struct cgroup *cg, struct cgroup_stats *ret);
