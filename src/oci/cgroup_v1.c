// SPDX-License-Identifier: Apache-2.0
/* One v1 hierarchy (kernel: Documentation/admin-guide/cgroup-v1/). */
#include "oci/cgroup_internal.h"

#include "base/fd.h"
#include "base/path.h"
#include "base/timeutil.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define FREEZE_SECONDS 10

/* --- cpuset: a new group has no CPUs and no memory nodes, and takes no process until it has --- */

static const char *const cpuset_files[] = {"cpuset.cpus", "cpuset.mems"};

/*
 * Fills empty files of the folder from its parent, which is filled first. It ends at the mount
 * point, which always has values.
 */
static int cpuset_fill(const char *dir, const char *mount)
{
    const struct cgroup_dir d = {.path = (char *) (uintptr_t) dir, .fd = FD_NONE};
    char value[4096];

    for (size_t i = 0; i < ARRAY_SIZE(cpuset_files); i++) {
        ssize_t n = cgroup_dir_read(&d, cpuset_files[i], value, sizeof(value));

        if (n < 0) {
            return (int) n;
        }
        if (n > 1 || strcmp(dir, mount) == 0) {
            continue;
        }
        cleanup_free char *parent = path_dir(dir);
        const struct cgroup_dir p = {.path = parent, .fd = FD_NONE};
        int r = cpuset_fill(parent, mount);

        if (r == 0) {
            n = cgroup_dir_read(&p, cpuset_files[i], value, sizeof(value));
            r = n < 0 ? (int) n : cgroup_dir_write(&d, cpuset_files[i], value);
        }
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static void v1_parent_made(const struct cgroup_hier *h, const char *path)
{
    const struct cgroup_dir d = {.path = (char *) (uintptr_t) path, .fd = FD_NONE};

    if (h->controllers & CGROUP_BIT(CGROUP_CPUSET)) {
        /* Containers' groups are then born with our values: two writes less for each. */
        (void) cpuset_fill(path, h->mount);
        (void) cgroup_dir_write(&d, "cgroup.clone_children", "1");
    }
    if (h->controllers & CGROUP_BIT(CGROUP_MEMORY)) {
        /* Before 5.11 a group made by the container would escape the container's limit. */
        (void) cgroup_dir_write(&d, "memory.use_hierarchy", "1");
    }
}

static int v1_prepare(struct cgroup_dir *d, unsigned needed, struct error *e)
{
    if (!(d->controllers & CGROUP_BIT(CGROUP_CPUSET))) {
        return 0;
    }
    int r = cpuset_fill(d->path, d->hier->mount);

    return r < 0 ? err_sys(e, r, "copy the parent's cpuset to '%s'", d->path) : 0;
}

static int v1_set_cpuset(const struct cgroup_set *s, struct error *e)
{
    if (cgroup_limit_is_set(s->r, LIMIT_CPUSET_CPUS) &&
        cgroup_limit_write(s, LIMIT_CPUSET_CPUS, "cpuset.cpus", s->r->cpuset_cpus, e) < 0) {
        return -1;
    }
    return cgroup_limit_is_set(s->r, LIMIT_CPUSET_MEMS)
               ? cgroup_limit_write(s, LIMIT_CPUSET_MEMS, "cpuset.mems", s->r->cpuset_mems, e)
               : 0;
}

/* --- cpu --- */

/*
 * The kernel checks each write against the other values (burst <= quota, quota / period <= the
 * parent's), so no fixed order fits every change: what is refused is tried again after the rest.
 */
static int v1_set_bandwidth(const struct cgroup_set *s, struct error *e)
{
    const struct {
        enum cgroup_limit limit;
        const char *file;
        int64_t value;
    } steps[] = {
        {LIMIT_CPU_PERIOD, "cpu.cfs_period_us", s->r->cpu_period},
        {LIMIT_CPU_BURST, "cpu.cfs_burst_us", s->r->cpu_burst},
        {LIMIT_CPU_QUOTA, "cpu.cfs_quota_us", s->r->cpu_quota},
        {LIMIT_CPU_PERIOD, "cpu.cfs_period_us", s->r->cpu_period},
        {LIMIT_CPU_BURST, "cpu.cfs_burst_us", s->r->cpu_burst},
    };
    bool done[LIMIT_COUNT] = {false};

    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        if (done[steps[i].limit] || !cgroup_limit_is_set(s->r, steps[i].limit)) {
            continue;
        }
        bool again = i < 2 && cgroup_limit_is_set(s->r, LIMIT_CPU_QUOTA);

        if (cgroup_limit_write_i64(s, steps[i].limit, steps[i].file, steps[i].value, e) == 0) {
            done[steps[i].limit] = true;
        } else if (!again || e->errnum != EINVAL) {
            return -1;
        } else {
            err_clear(e);
        }
    }
    return 0;
}

static int v1_set_cpu(const struct cgroup_set *s, struct error *e)
{
    if (cgroup_limit_is_set(s->r, LIMIT_CPU_SHARES) &&
        cgroup_limit_write_i64(s, LIMIT_CPU_SHARES, "cpu.shares", s->r->cpu_shares, e) < 0) {
        return -1;
    }
    return v1_set_bandwidth(s, e);
}

/* --- memory --- */

#define MEMORY_FILE "memory.limit_in_bytes"
#define MEMSW_FILE  "memory.memsw.limit_in_bytes"

static int set_memory_limit(const struct cgroup_set *s, struct error *e)
{
    if (!cgroup_limit_is_set(s->r, LIMIT_MEMORY)) {
        return 0;
    }
    if (cgroup_limit_write_i64(s, LIMIT_MEMORY, MEMORY_FILE, s->r->memory_limit, e) == 0) {
        return 0;
    }
    if (e->errnum == EBUSY) {
        err_hint(e, "the container uses more memory than that and it cannot be reclaimed");
    } else if (e->errnum == EINVAL && !s->fresh && !cgroup_limit_is_set(s->r, LIMIT_MEMORY_SWAP)) {
        err_hint(e, "it is above the limit of memory and swap together; set that one too");
    }
    return -1;
}

static int set_memsw_limit(const struct cgroup_set *s, int64_t value, struct error *e)
{
    return value == RT_UNSET ? 0
                             : cgroup_limit_write_i64(s, LIMIT_MEMORY_SWAP, MEMSW_FILE, value, e);
}

/*
 * The kernel keeps memory <= memory + swap at each write. In a fresh group both are unlimited, so
 * memory goes first; when both are raised it is the other way round.
 */
static int v1_set_memory_limits(const struct cgroup_set *s, struct error *e)
{
    int64_t memsw = cgroup_limit_is_set(s->r, LIMIT_MEMORY_SWAP) ? s->r->memory_swap : RT_UNSET;
    int64_t now;

    if (memsw == RT_UNSET && s->r->memory_limit == -1 && !s->fresh &&
        cgroup_dir_read_i64(s->dir, MEMSW_FILE, &now) == 0) {
        memsw = -1; /* memory without limit below a limit of both would be refused */
    }
    bool raise = memsw != RT_UNSET && !s->fresh &&
                 cgroup_dir_read_i64(s->dir, MEMSW_FILE, &now) == 0 && (memsw == -1 || memsw > now);

    if (raise) {
        return set_memsw_limit(s, memsw, e) < 0 ? -1 : set_memory_limit(s, e);
    }
    return set_memory_limit(s, e) < 0 ? -1 : set_memsw_limit(s, memsw, e);
}

static int v1_set_memory(const struct cgroup_set *s, struct error *e)
{
    static const struct {
        enum cgroup_limit limit;
        const char *file;
        size_t offset;
    } plain[] = {
        {LIMIT_MEMORY_RESERVATION, "memory.soft_limit_in_bytes",
         offsetof(struct rt_resources, memory_reservation)},
        {LIMIT_MEMORY_SWAPPINESS, "memory.swappiness",
         offsetof(struct rt_resources, memory_swappiness)},
    };

    if (v1_set_memory_limits(s, e) < 0) {
        return -1;
    }
    for (size_t i = 0; i < ARRAY_SIZE(plain); i++) {
        int64_t value;

        memcpy(&value, (const char *) s->r + plain[i].offset, sizeof(value));
        if (cgroup_limit_is_set(s->r, plain[i].limit) &&
            cgroup_limit_write_i64(s, plain[i].limit, plain[i].file, value, e) < 0) {
            return -1;
        }
    }
    return cgroup_limit_is_set(s->r, LIMIT_OOM_KILLER)
               ? cgroup_limit_write(s, LIMIT_OOM_KILLER, "memory.oom_control", "1", e)
               : 0;
}

/* --- pids, block I/O --- */

static int v1_set_pids(const struct cgroup_set *s, struct error *e)
{
    if (!cgroup_limit_is_set(s->r, LIMIT_PIDS)) {
        return 0;
    }
    if (s->r->pids_limit < 0) {
        return cgroup_limit_write(s, LIMIT_PIDS, "pids.max", "max", e);
    }
    return cgroup_limit_write_i64(s, LIMIT_PIDS, "pids.max", s->r->pids_limit, e);
}

/* blkio.weight is CFQ's, gone with 5.0; BFQ has its own while a disk uses it. */
static int v1_set_io(const struct cgroup_set *s, struct error *e)
{
    char value[32];

    snprintf(value, sizeof(value), "%" PRId64, s->r->blkio_weight);
    int r = cgroup_dir_write(s->dir, "blkio.weight", value);

    if (r == -ENOENT || r == -EOPNOTSUPP) {
        return cgroup_limit_write(s, LIMIT_IO_WEIGHT, "blkio.bfq.weight", value, e);
    }
    return r < 0 ? cgroup_limit_fail(s, LIMIT_IO_WEIGHT, "blkio.weight", value, r, e) : 0;
}

/* --- freezer --- */

static void v1_hold(const struct cgroup_dir *d, bool hold)
{
    CLEANUP(strv) struct strv below = STRV_INIT;

    if (hold) {
        (void) cgroup_dir_write(d, "freezer.state", "FROZEN");
        return;
    }
    /* A group below that was stopped by itself (an engine in the container) stays stopped when
     * ours goes on. */
    (void) cgroup_tree(d, &below);
    for (size_t i = 0; i < below.count; i++) {
        const struct cgroup_dir sub = {.path = below.items[i], .fd = FD_NONE};

        (void) cgroup_dir_write(&sub, "freezer.state", "THAWED");
    }
}

/*
 * Nothing tells when a group is frozen: the kernel works the state out when it is read. So read,
 * with growing pauses. Writing the state again catches processes that were missed while forking.
 */
static int v1_freeze(const struct cgroup_dir *d, bool frozen, struct error *e)
{
    const char *want = frozen ? "FROZEN" : "THAWED";
    int64_t deadline = time_mono() + FREEZE_SECONDS * NS_PER_SEC;
    struct timespec pause = {.tv_nsec = 20000};
    char state[32];

    do {
        int r = cgroup_dir_write(d, "freezer.state", want);
        ssize_t n = r < 0 ? r : cgroup_dir_read(d, "freezer.state", state, sizeof(state));

        if (n < 0) {
            return err_sys(e, (int) n, "write '%s' to '%s/freezer.state'", want, d->path);
        }
        if (strncmp(state, want, strlen(want)) == 0) {
            return 0;
        }
        nanosleep(&pause, NULL);
        pause.tv_nsec = MIN(pause.tv_nsec * 2, 10000000L);
    } while (time_mono() < deadline);
    if (frozen) {
        (void) cgroup_dir_write(d, "freezer.state", "THAWED");
    }
    return err_sys(e, ETIMEDOUT, "wait for '%s' in '%s/freezer.state'", want, d->path);
}

/* --- numbers --- */

/* The kernel counts a kill in the group of its victim alone, so groups below are added. */
static uint64_t v1_oom_kills(const struct cgroup_dir *d)
{
    CLEANUP(strv) struct strv tree = STRV_INIT;
    uint64_t sum = 0;

    (void) cgroup_tree(d, &tree);
    for (size_t i = 0; i < tree.count; i++) {
        const struct cgroup_dir sub = {.path = tree.items[i], .fd = FD_NONE};
        char text[256];
        int64_t kills;

        if (cgroup_dir_read(&sub, "memory.oom_control", text, sizeof(text)) > 0 &&
            cgroup_keyed(text, "oom_kill", &kills)) {
            sum += (uint64_t) kills;
        }
    }
    return sum;
}

static void stats_memory(const struct cgroup_dir *d, struct cgroup_stats *ret)
{
    char text[8192];

    (void) cgroup_dir_read_i64(d, "memory.usage_in_bytes", &ret->memory_usage);
    (void) cgroup_dir_read_i64(d, "memory.max_usage_in_bytes", &ret->memory_peak);
    /* No limit is the largest number of whole pages that fits. */
    if (cgroup_dir_read_i64(d, MEMORY_FILE, &ret->memory_limit) == 0 &&
        ret->memory_limit > INT64_MAX - (1 << 20)) {
        ret->memory_limit = INT64_MAX;
    }
    if (cgroup_dir_read(d, "memory.stat", text, sizeof(text)) > 0) {
        (void) cgroup_keyed(text, "total_inactive_file", &ret->memory_inactive);
    }
}

/* Lines "8:0 Read 4096", one for each disk and kind. */
static void stats_io(const struct cgroup_dir *d, struct cgroup_stats *ret)
{
    char text[16384];
    char *save = NULL;

    if (cgroup_dir_read(d, "blkio.throttle.io_service_bytes_recursive", text, sizeof(text)) < 0 &&
        cgroup_dir_read(d, "blkio.throttle.io_service_bytes", text, sizeof(text)) < 0) {
        return;
    }
    ret->io_read = 0;
    ret->io_write = 0;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char kind[16];
        int64_t bytes;

        if (sscanf(line, "%*u:%*u %15s %" SCNd64, kind, &bytes) != 2) {
            continue;
        }
        if (strcmp(kind, "Read") == 0) {
            ret->io_read += bytes;
        } else if (strcmp(kind, "Write") == 0) {
            ret->io_write += bytes;
        }
    }
}

static void v1_stats(const struct cgroup_dir *d, struct cgroup_stats *ret)
{
    if (d->controllers & CGROUP_BIT(CGROUP_MEMORY)) {
        stats_memory(d, ret);
    }
    if (d->controllers & CGROUP_BIT(CGROUP_PIDS)) {
        (void) cgroup_dir_read_i64(d, "pids.current", &ret->pids);
        (void) cgroup_dir_read_i64(d, "pids.max", &ret->pids_limit);
    }
    if (d->controllers & CGROUP_BIT(CGROUP_CPUACCT)) {
        (void) cgroup_dir_read_i64(d, "cpuacct.usage", &ret->cpu_ns);
    }
    if (d->controllers & CGROUP_BIT(CGROUP_IO)) {
        stats_io(d, ret);
    }
}

const struct cgroup_ops cgroup_v1_ops = {
    .v2 = false,
    .parent_made = v1_parent_made,
    .prepare = v1_prepare,
    .set = {[CGROUP_CPU] = v1_set_cpu,
            [CGROUP_CPUSET] = v1_set_cpuset,
            [CGROUP_MEMORY] = v1_set_memory,
            [CGROUP_IO] = v1_set_io,
            [CGROUP_PIDS] = v1_set_pids},
    .enter_file = "tasks",
    .freeze = v1_freeze,
    .hold = v1_hold,
    .oom_kills = v1_oom_kills,
    .stats = v1_stats,
};
