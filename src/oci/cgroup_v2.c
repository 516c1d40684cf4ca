// SPDX-License-Identifier: Apache-2.0
/* The v2 tree (kernel: Documentation/admin-guide/cgroup-v2.rst). */
#include "oci/cgroup_internal.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/timeutil.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define FREEZE_SECONDS 10
#define SUBTREE        "cgroup.subtree_control"

static const char *const v2_names[CGROUP_CONTROLLER_COUNT] = {
    [CGROUP_CPU] = "cpu",   [CGROUP_CPUSET] = "cpuset", [CGROUP_MEMORY] = "memory",
    [CGROUP_IO] = "io",     [CGROUP_PIDS] = "pids",     [CGROUP_HUGETLB] = "hugetlb",
    [CGROUP_RDMA] = "rdma",
};

/* --- conversions --- */

static uint64_t clamp(int64_t v, int64_t low, int64_t high)
{
    return (uint64_t) (v < low ? low : MIN(v, high));
}

uint64_t cgroup_weight_from_shares(int64_t shares)
{
    return 1 + (clamp(shares, 2, 262144) - 2) * 9999 / 262142;
}

uint64_t cgroup_io_weight(int64_t weight)
{
    return 1 + (clamp(weight, 10, 1000) - 10) * 9999 / 990;
}

int cgroup_swap_from_memsw(int64_t memory, int64_t memsw, int64_t *ret, struct error *e)
{
    if (memory == RT_UNSET) {
        memory = 0;
    }
    if (memsw == RT_UNSET || memsw == 0) {
        /* Memory without a limit makes a limit of memory and swap together void. */
        *ret = memory == -1 ? -1 : RT_UNSET;
        return 0;
    }
    if (memsw == -1) {
        *ret = -1;
        return 0;
    }
    if (memory <= 0) {
        return err_set(e, ERR_INVALID,
                       "set memory swap limit to '%" PRId64 "': it needs a memory limit", memsw);
    }
    if (memsw < memory) {
        return err_set(
            e, ERR_INVALID,
            "set memory swap limit to '%" PRId64
            "': it counts memory and swap together and is below the memory limit '%" PRId64 "'",
            memsw, memory);
    }
    *ret = memsw - memory;
    return 0;
}

/* --- controllers --- */

static unsigned read_controllers(const struct cgroup_dir *d)
{
    char text[1024];

    return cgroup_dir_read(d, "cgroup.controllers", text, sizeof(text)) < 0
               ? 0
               : cgroup_controllers_parse(text, " \n");
}

unsigned cgroup_v2_available(struct cgroup_hier *h)
{
    if (!h->controllers_known) {
        const struct cgroup_dir root = {.path = h->mount, .fd = FD_NONE};

        h->controllers = read_controllers(&root) | CGROUP_V2_ALWAYS;
        h->controllers_known = true;
    }
    return h->controllers;
}

int cgroup_v2_open(struct cgroup_dir *d)
{
    if (d->fd >= 0) {
        return 0;
    }
    d->fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->fd < 0) {
        int r = -errno;

        d->fd = FD_NONE;
        return r;
    }
    d->controllers = CGROUP_V2_ALWAYS;
    if (!d->hier->controllers_known || d->hier->controllers & CGROUP_V2_WANTED) {
        d->controllers |= read_controllers(d);
    }
    return 0;
}

static int enable_fail(const char *name, const char *path, int errnum, struct error *e)
{
    if (errnum == -EBUSY) {
        err_set(e, ERR_IN_USE,
                "enable controller '%s' in '%s/" SUBTREE "': the group has processes of its own",
                name, path);
        e->errnum = EBUSY;
        return err_hint(e,
                        "cgroup v2 gives controllers only to groups below one without "
                        "processes: move them from '%s' to a group below it first",
                        path);
    }
    return err_sys(e, errnum, "enable controller '%s' in '%s/" SUBTREE "'", name, path);
}

static unsigned subtree_controllers(const struct cgroup_dir *d)
{
    char text[1024];

    return cgroup_dir_read(d, SUBTREE, text, sizeof(text)) < 0
               ? 0
               : cgroup_controllers_parse(text, " \n");
}

/*
 * The kernel would refuse memory and io there, but take cpu, cpuset and pids alone: and that turns
 * the group into a "threaded domain", in which no group below can take a process any more.
 * The tree's real root is excepted; it has no type.
 */
static bool has_own_processes(const struct cgroup_dir *d)
{
    char text[16];

    return cgroup_dir_read(d, "cgroup.type", text, sizeof(text)) > 0 &&
           cgroup_dir_read(d, "cgroup.procs", text, sizeof(text)) > 0;
}

static int enable(const struct cgroup_dir *d, unsigned bits)
{
    char text[128] = "";
    size_t len = 0;

    for (int c = 0; c < CGROUP_CONTROLLER_COUNT; c++) {
        if (bits & CGROUP_BIT(c)) {
            len += (size_t) snprintf(text + len, sizeof(text) - len, "+%s ", v2_names[c]);
        }
    }
    return cgroup_dir_write(d, SUBTREE, text);
}

/*
 * Turns controllers on for the groups below path: all in one write, and when the kernel refuses
 * that one by one. Those that cannot be had leave *bits; that is a failure for the needed ones.
 * What is on already is left alone: in a delegated tree the groups above are not ours.
 */
static int enable_below(const char *path, unsigned *bits, unsigned needed, struct error *e)
{
    const struct cgroup_dir d = {.path = (char *) (uintptr_t) path, .fd = FD_NONE};
    unsigned off = *bits & ~subtree_controllers(&d);
    bool busy = off && has_own_processes(&d);

    if (!off || (!busy && enable(&d, off) == 0)) {
        return 0;
    }
    for (int c = 0; c < CGROUP_CONTROLLER_COUNT; c++) {
        int r = 0;

        if (off & CGROUP_BIT(c)) {
            r = busy ? -EBUSY : enable(&d, CGROUP_BIT(c));
        }
        if (r < 0) {
            *bits &= ~CGROUP_BIT(c);
            if (needed & CGROUP_BIT(c)) {
                return enable_fail(v2_names[c], path, r, e);
            }
        }
    }
    return 0;
}

/*
 * In a host's first container the groups above ours have no controllers yet. Later this is one
 * read of cgroup.controllers (in cgroup_v2_open).
 */
static int v2_prepare(struct cgroup_dir *d, unsigned needed, struct error *e)
{
    int r = cgroup_v2_open(d);

    if (r < 0) {
        return err_sys(e, r, "open cgroup '%s'", d->path);
    }
    unsigned lacking = (CGROUP_V2_WANTED | (needed & CGROUP_RARE)) & ~d->controllers;

    lacking &= lacking ? cgroup_v2_available(d->hier) : 0;
    if (!lacking) {
        return 0;
    }
    needed &= lacking;

    cleanup_free char *path = xstrdup(d->path);

    for (char *p = path + strlen(d->hier->mount); lacking && p; p = strchr(p + 1, '/')) {
        *p = '\0';
        if (enable_below(path, &lacking, needed, e) < 0) {
            return -1;
        }
        *p = '/';
    }
    d->controllers = read_controllers(d) | CGROUP_V2_ALWAYS;
    return 0;
}

/* --- limits --- */

static int write_or_max(const struct cgroup_set *s, enum cgroup_limit l, const char *file,
                        int64_t value, struct error *e)
{
    return value < 0 ? cgroup_limit_write(s, l, file, "max", e)
                     : cgroup_limit_write_i64(s, l, file, value, e);
}

/* cpu.max is "QUOTA PERIOD"; a quota alone keeps the period. */
static int set_cpu_max(const struct cgroup_set *s, struct error *e)
{
    bool quota = cgroup_limit_is_set(s->r, LIMIT_CPU_QUOTA);
    bool period = cgroup_limit_is_set(s->r, LIMIT_CPU_PERIOD);
    char value[64] = "max";

    if (!quota && !period) {
        return 0;
    }
    if (quota && s->r->cpu_quota > 0) {
        snprintf(value, sizeof(value), "%" PRId64, s->r->cpu_quota);
    } else if (!quota && !s->fresh) {
        if (cgroup_dir_read(s->dir, "cpu.max", value, sizeof(value)) < 0) {
            value[0] = '\0';
        }
        value[strcspn(value, " \n")] = '\0';
    }
    if (period) {
        size_t len = strlen(value);

        snprintf(value + len, sizeof(value) - len, " %" PRId64, s->r->cpu_period);
    }
    return cgroup_limit_write(s, quota ? LIMIT_CPU_QUOTA : LIMIT_CPU_PERIOD, "cpu.max", value, e);
}

/* cpu.max.burst (5.14) must not be above the quota at any moment: tried before and after. */
static int v2_set_cpu(const struct cgroup_set *s, struct error *e)
{
    bool burst = cgroup_limit_is_set(s->r, LIMIT_CPU_BURST);

    if (cgroup_limit_is_set(s->r, LIMIT_CPU_SHARES) &&
        cgroup_limit_write_i64(s, LIMIT_CPU_SHARES, "cpu.weight",
                               (int64_t) cgroup_weight_from_shares(s->r->cpu_shares), e) < 0) {
        return -1;
    }
    if (burst) {
        if (cgroup_limit_write_i64(s, LIMIT_CPU_BURST, "cpu.max.burst", s->r->cpu_burst, e) == 0) {
            burst = false;
        } else if (e->errnum != EINVAL) {
            return -1;
        } else {
            err_clear(e);
        }
    }
    if (set_cpu_max(s, e) < 0) {
        return -1;
    }
    return burst ? cgroup_limit_write_i64(s, LIMIT_CPU_BURST, "cpu.max.burst", s->r->cpu_burst, e)
                 : 0;
}

static int v2_set_cpuset(const struct cgroup_set *s, struct error *e)
{
    if (cgroup_limit_is_set(s->r, LIMIT_CPUSET_CPUS) &&
        cgroup_limit_write(s, LIMIT_CPUSET_CPUS, "cpuset.cpus", s->r->cpuset_cpus, e) < 0) {
        return -1;
    }
    return cgroup_limit_is_set(s->r, LIMIT_CPUSET_MEMS)
               ? cgroup_limit_write(s, LIMIT_CPUSET_MEMS, "cpuset.mems", s->r->cpuset_mems, e)
               : 0;
}

/* v1 refuses such a limit by itself; v2 would let the OOM killer make it true. */
static int check_usage(const struct cgroup_set *s, struct error *e)
{
    int64_t usage;

    if (s->fresh || !cgroup_limit_is_set(s->r, LIMIT_MEMORY) || s->r->memory_limit < 0 ||
        cgroup_dir_read_i64(s->dir, "memory.current", &usage) < 0 || usage <= s->r->memory_limit) {
        return 0;
    }
    return err_set(e, ERR_IN_USE, "set memory limit to '%" PRId64 "': the container uses %" PRId64,
                   s->r->memory_limit, usage);
}

/* Swap goes first: a lowered memory limit then has somewhere to push pages, or knows it has not. */
static int v2_set_memory(const struct cgroup_set *s, struct error *e)
{
    int64_t swap = RT_UNSET;

    if (cgroup_swap_from_memsw(s->r->memory_limit, s->r->memory_swap, &swap, e) < 0) {
        return -1;
    }
    if (swap != RT_UNSET && !(swap == -1 && s->fresh) &&
        write_or_max(s, LIMIT_MEMORY_SWAP, "memory.swap.max", swap, e) < 0) {
        return -1;
    }
    if (s->r->memory_check_before_update && check_usage(s, e) < 0) {
        return -1;
    }
    if (cgroup_limit_is_set(s->r, LIMIT_MEMORY) &&
        write_or_max(s, LIMIT_MEMORY, "memory.max", s->r->memory_limit, e) < 0) {
        return -1;
    }
    if (cgroup_limit_is_set(s->r, LIMIT_MEMORY_RESERVATION) &&
        write_or_max(s, LIMIT_MEMORY_RESERVATION, "memory.low", s->r->memory_reservation, e) < 0) {
        return -1;
    }
    for (size_t i = 0; i < 2; i++) { /* v2 has neither */
        enum cgroup_limit l = i ? LIMIT_OOM_KILLER : LIMIT_MEMORY_SWAPPINESS;

        if (cgroup_limit_is_set(s->r, l)) {
            cgroup_missing_add(s->cg, cgroup_limit_name(l));
        }
    }
    return 0;
}

static int v2_set_pids(const struct cgroup_set *s, struct error *e)
{
    return cgroup_limit_is_set(s->r, LIMIT_PIDS)
               ? write_or_max(s, LIMIT_PIDS, "pids.max", s->r->pids_limit, e)
               : 0;
}

/* io.bfq.weight is there while a disk uses BFQ and has blkio's own scale, but for its maximum. */
static int v2_set_io(const struct cgroup_set *s, struct error *e)
{
    char value[32];

    snprintf(value, sizeof(value), "%" PRId64, s->r->blkio_weight);
    int r = cgroup_dir_write(s->dir, "io.bfq.weight", value);

    if (r == -ENOENT || r == -EOPNOTSUPP) {
        return cgroup_limit_write_i64(s, LIMIT_IO_WEIGHT, "io.weight",
                                      (int64_t) cgroup_io_weight(s->r->blkio_weight), e);
    }
    return r < 0 ? cgroup_limit_fail(s, LIMIT_IO_WEIGHT, "io.bfq.weight", value, r, e) : 0;
}

/* --- events --- */

int cgroup_v2_wait(const struct cgroup_dir *d, const char *key, int64_t value, int64_t deadline)
{
    cleanup_close int fd = cgroup_dir_open(d, "cgroup.events", O_RDONLY);
    char text[256];
    int64_t now;

    if (fd < 0) {
        return fd;
    }
    for (;;) {
        /* Reading arms the notification; a change after it makes the file ready (kernfs). */
        ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

        if (n < 0) {
            return -errno;
        }
        text[n] = '\0';
        if (cgroup_keyed(text, key, &now) && now == value) {
            return 0;
        }
        int64_t left = deadline - time_mono();

        if (left <= 0) {
            return -ETIMEDOUT;
        }
        struct pollfd p = {.fd = fd, .events = POLLPRI};

        if (poll(&p, 1, (int) (left / 1000000) + 1) < 0 && errno != EINTR) {
            return -errno;
        }
    }
}

static void v2_hold(const struct cgroup_dir *d, bool hold)
{
    (void) cgroup_dir_write(d, "cgroup.freeze", hold ? "1" : "0");
}

static int v2_freeze(const struct cgroup_dir *d, bool frozen, struct error *e)
{
    int r = cgroup_dir_write(d, "cgroup.freeze", frozen ? "1" : "0");

    if (r < 0) {
        return err_sys(e, r, "write '%d' to '%s/cgroup.freeze'", frozen, d->path);
    }
    r = cgroup_v2_wait(d, "frozen", frozen, time_mono() + FREEZE_SECONDS * NS_PER_SEC);
    if (r < 0) {
        if (frozen) {
            v2_hold(d, false);
        }
        return err_sys(e, r, "wait for 'frozen %d' in '%s/cgroup.events'", frozen, d->path);
    }
    return 0;
}

/* --- numbers --- */

static uint64_t v2_oom_kills(const struct cgroup_dir *d)
{
    char text[512];
    int64_t kills = 0;

    (void) (cgroup_dir_read(d, "memory.events", text, sizeof(text)) > 0 &&
            cgroup_keyed(text, "oom_kill", &kills));
    return (uint64_t) kills;
}

static int64_t sum_of(const char *text, const char *key)
{
    size_t len = strlen(key);
    int64_t sum = 0;

    for (const char *p = text; (p = strstr(p, key)); p += len) {
        sum += strtoll(p + len, NULL, 10);
    }
    return sum;
}

static void v2_stats(const struct cgroup_dir *d, struct cgroup_stats *ret)
{
    char text[16384];
    int64_t usec;

    if (d->controllers & CGROUP_BIT(CGROUP_MEMORY)) {
        (void) cgroup_dir_read_i64(d, "memory.current", &ret->memory_usage);
        (void) cgroup_dir_read_i64(d, "memory.peak", &ret->memory_peak); /* 5.19 */
        (void) cgroup_dir_read_i64(d, "memory.max", &ret->memory_limit);
        if (cgroup_dir_read(d, "memory.stat", text, sizeof(text)) > 0) {
            (void) cgroup_keyed(text, "inactive_file", &ret->memory_inactive);
        }
    }
    if (d->controllers & CGROUP_BIT(CGROUP_PIDS)) {
        (void) cgroup_dir_read_i64(d, "pids.current", &ret->pids);
        (void) cgroup_dir_read_i64(d, "pids.max", &ret->pids_limit);
    }
    if (ret->cpu_ns < 0 && cgroup_dir_read(d, "cpu.stat", text, sizeof(text)) > 0 &&
        cgroup_keyed(text, "usage_usec", &usec)) {
        ret->cpu_ns = usec * 1000;
    }
    if (d->controllers & CGROUP_BIT(CGROUP_IO) &&
        cgroup_dir_read(d, "io.stat", text, sizeof(text)) >= 0) {
        ret->io_read = sum_of(text, " rbytes=");
        ret->io_write = sum_of(text, " wbytes=");
    }
}

const struct cgroup_ops cgroup_v2_ops = {
    .v2 = true,
    .parent_made = NULL,
    .prepare = v2_prepare,
    .set = {[CGROUP_CPU] = v2_set_cpu,
            [CGROUP_CPUSET] = v2_set_cpuset,
            [CGROUP_MEMORY] = v2_set_memory,
            [CGROUP_IO] = v2_set_io,
            [CGROUP_PIDS] = v2_set_pids},
    .enter_file = "cgroup.procs",
    .freeze = v2_freeze,
    .hold = v2_hold,
    .oom_kills = v2_oom_kills,
    .stats = v2_stats,
};
