// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A container's cgroup on v1, hybrid and v2, behind one ops table (cgroup_v1.c, cgroup_v2.c; the
 * suite in tests/conform/ runs against each). docs/design/cgroup.md tells the whole story.
 *
 * Which layout a host has is read from /proc/self/mountinfo once per process. Hybrid counts as v1:
 * controllers are where v1 has them; the v2 tree at "unified" is joined too when it is writable.
 * A limit whose controller the host does not offer is not an error by itself: what could not be
 * applied is collected in cgroup->missing for the caller to say on stderr. Device rules are the
 * exception: a container that should be confined and cannot be is refused (see cgroup_create).
 *
 * Lifecycle: cgroup_create -> clone3 with cgroup_clone_fd -> cgroup_enter in the child -> ... ->
 * cgroup_kill, cgroup_remove -> cgroup_free. A later process gets the same object with cgroup_open.
 * cgroup paths are "/hoy/<id>": relative to the cgroup root that this process sees; ".." refused.
 *
 * Getting a process into the group, which is the expensive part of it (docs/design/cgroup.md):
 *
 *   int fd = cgroup_clone_fd(cg);                  v2 and hybrid; FD_NONE on v1
 *   clone3({.flags = fd >= 0 ? CLONE_INTO_CGROUP : 0, .cgroup = fd, ...});
 *   child: cgroup_enter(cg, fd >= 0, e);           first thing, still with one thread
 *          unshare(CLONE_NEWCGROUP);               only now: the namespace's root is the group one
 *                                                  is in when it is made, also with clone3
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

/*
 * Makes the group (parents too) with the limits; a left-over empty group of that name is replaced.
 * r may be NULL. ERR_INVALID names the path or the limit the kernel refused, ERR_DENIED path and
 * controller, ERR_EXISTS: a group of that name has processes, ERR_UNSUPPORTED: device rules are
 * asked for and nothing here can enforce them. r->devices is the complete list; none: no rules.
 */
int cgroup_create(const char *path, const struct rt_resources *r, struct cgroup **ret,
                  struct error *e) MUST_CHECK;

/*
 * On a v2 host: the group's folder and the files that the kernel lets be delegated belong to that
 * user, who can then make groups below it. Limits stay ours. Nothing on v1, where it is not secure.
 */
int cgroup_delegate(const struct cgroup *cg, uid_t uid, struct error *e) MUST_CHECK;

/* The existing group of a container; ERR_NOT_FOUND. */
int cgroup_open(const char *path, struct cgroup **ret, struct error *e) MUST_CHECK;
void cgroup_free(struct cgroup *cg);
DEFINE_CLEANUP_PTR(cgroup, struct cgroup, cgroup_free);

/* Descriptor for clone_args.cgroup (v2 and hybrid), borrowed; FD_NONE on v1. A process cloned into
 * it still needs cgroup_enter: on hybrid the v1 hierarchies are joined there. */
int cgroup_clone_fd(const struct cgroup *cg);

/*
 * The calling process joins every hierarchy that clone3 did not put it into ('cloned': it was made
 * with cgroup_clone_fd). It must have one thread. Before anything is unshared or unmounted. Free
 * where there is nothing to do (v2).
 */
int cgroup_enter(const struct cgroup *cg, bool cloned, struct error *e) MUST_CHECK;

/*
 * For one more process in a container that has divided its group on v2 (systemd inside does): the
 * kernel then takes processes only in the groups below, and clone3 fails with EBUSY. Makes
 * cgroup_clone_fd the group that pid, the container's init, is in; clone3 again.
 */
int cgroup_follow(struct cgroup *cg, pid_t pid, struct error *e) MUST_CHECK;

/* Moves another process, with all its threads, into all hierarchies. Slow (an RCU grace period,
 * up to tens of ms): for processes that cannot call cgroup_enter. */
int cgroup_add(const struct cgroup *cg, pid_t pid, struct error *e) MUST_CHECK;

/* What a container may see of its group: one entry for each hierarchy that it is in. */
struct cgroup_mount {
    const char *name;    /* folder in /sys/fs/cgroup: "cpu,cpuacct", "unified"; "" on pure v2 */
    const char *options; /* mount(2) data for type "cgroup"; NULL: type "cgroup2" */
    const char *path;    /* the group's folder on the host, to bind when there is no namespace */
};
#define CGROUP_MOUNTS_MAX 16
/* Number of entries; all borrowed from cg. */
size_t cgroup_mounts(const struct cgroup *cg, struct cgroup_mount ret[CGROUP_MOUNTS_MAX]);

/* Changes the limits that are set in r. */
int cgroup_update(struct cgroup *cg, const struct rt_resources *r, struct error *e) MUST_CHECK;

/* Names of limits that the host could not apply ("memory swap limit"), for a warning; borrowed. */
const struct strv *cgroup_missing(const struct cgroup *cg);

/* Stops or continues all processes; waits until the kernel says it is so (ten seconds, then
 * ERR_TIMEOUT and what was stopped goes on). */
int cgroup_freeze(const struct cgroup *cg, bool frozen, struct error *e) MUST_CHECK;

/* True when it is stopped, or about to be. */
bool cgroup_is_frozen(const struct cgroup *cg);

/* Kills every process in it and below (cgroup.kill on v2 >= 5.14, else a loop); a frozen group is
 * thawed. Returns when none is left or after ten seconds with ERR_TIMEOUT. */
int cgroup_kill(const struct cgroup *cg, struct error *e) MUST_CHECK;

/* Removes the empty group and those below it; absent is no error. Retries EBUSY for a moment.
 * ERR_IN_USE: processes are left (cgroup_kill first); a caller whose container had its own pid
 * namespace need not kill when init was reaped. */
int cgroup_remove(const struct cgroup *cg, struct error *e) MUST_CHECK;

/* Pids in it and below (host numbers, ascending); the caller frees *ret. */
int cgroup_pids(const struct cgroup *cg, pid_t **ret, size_t *ret_count,
                struct error *e) MUST_CHECK;

/* How often the kernel's OOM killer struck in it and below; 0 when unknown. */
uint64_t cgroup_oom_kills(const struct cgroup *cg);

/* -1 where unknown. */
struct cgroup_stats {
    int64_t memory_usage;    /* bytes, page cache included */
    int64_t memory_inactive; /* bytes of it that are inactive page cache (docker stats hides it) */
    int64_t memory_peak;
    int64_t memory_limit; /* bytes; INT64_MAX: none */
    int64_t pids;
    int64_t pids_limit; /* INT64_MAX: none */
    int64_t cpu_ns;
    int64_t io_read; /* bytes from and to block devices */
    int64_t io_write;
};
void cgroup_stats(const struct cgroup *cg, struct cgroup_stats *ret);
