// SPDX-License-Identifier: Apache-2.0
/* pause, resume and update: what changes a running container. */
#include "base/fd.h"
#include "base/parse.h"
#include "runtime/command.h"
#include "runtime/container.h"
#include "spec/runtime_json.h"

#include <fcntl.h>
#include <string.h>

/* The container, locked, with its group; its status in *ret. */
static int open_with_cgroup(const struct runtime *rt, const char *id, struct rctr *c,
                            struct cgroup **ret_cgroup, enum rctr_status *ret, struct error *e)
{
    rctr_init(c);
    if (rctr_open_locked(rt->root, id, c, e) < 0) {
        return -1;
    }
    *ret = rctr_status(c);
    if (rctr_cgroup(c, ret_cgroup, e) < 0) {
        return -1;
    }
    return *ret_cgroup || *ret == RCTR_STOPPED
               ? 0
               : err_set(e, ERR_NOT_FOUND, "container '%s' has no cgroup", id);
}

static int pause_all(const struct runtime *rt, void *args, int argc, char **argv, struct error *e)
{
    CLEANUP(rctr) struct rctr c;
    CLEANUP(cgroup) struct cgroup *cg = NULL;
    enum rctr_status status;

    (void) args;
    (void) argc;
    if (open_with_cgroup(rt, argv[0], &c, &cg, &status, e) < 0) {
        return -1;
    }
    if (status != RCTR_RUNNING && status != RCTR_CREATED) {
        return err_set(e, ERR_IN_USE, "container not running or created: %s",
                       rctr_status_to_string(status));
    }
    return cgroup_freeze(cg, true, e);
}

static int resume(const struct runtime *rt, void *args, int argc, char **argv, struct error *e)
{
    CLEANUP(rctr) struct rctr c;
    CLEANUP(cgroup) struct cgroup *cg = NULL;
    enum rctr_status status;

    (void) args;
    (void) argc;
    if (open_with_cgroup(rt, argv[0], &c, &cg, &status, e) < 0) {
        return -1;
    }
    /* A created one may be frozen as well. */
    if (status != RCTR_PAUSED && (status != RCTR_CREATED || !cgroup_is_frozen(cg))) {
        return err_set(e, ERR_IN_USE, "container not paused");
    }
    return cgroup_freeze(cg, false, e);
}

/* ---- update ---- */

struct update_args {
    const char *resources;
    const char *blkio_weight;
    const char *cpu_period;
    const char *cpu_quota;
    const char *cpu_burst;
    const char *cpu_share;
    const char *cpu_rt_period;
    const char *cpu_rt_runtime;
    const char *cpu_idle;
    const char *cpuset_cpus;
    const char *cpuset_mems;
    const char *memory;
    const char *memory_reservation;
    const char *memory_swap;
    const char *pids_limit;
};

static const struct arg update_table[] = {
    ARG(STRING, 'r', "resources", struct update_args, resources,
        "file with linux.resources as JSON; \"-\": standard input"),
    ARG(STRING, 0, "blkio-weight", struct update_args, blkio_weight,
        "block I/O weight, 10 to 1000"),
    ARG(STRING, 0, "cpu-period", struct update_args, cpu_period, "CPU period in microseconds"),
    ARG(STRING, 0, "cpu-quota", struct update_args, cpu_quota, "microseconds of CPU a period"),
    ARG(STRING, 0, "cpu-burst", struct update_args, cpu_burst, "microseconds that may be saved up"),
    ARG(STRING, 0, "cpu-share", struct update_args, cpu_share, "CPU shares, 2 to 262144"),
    ARG(STRING, 0, "cpu-rt-period", struct update_args, cpu_rt_period, "real-time period"),
    ARG(STRING, 0, "cpu-rt-runtime", struct update_args, cpu_rt_runtime, "real-time runtime"),
    ARG(STRING, 0, "cpu-idle", struct update_args, cpu_idle, "1: SCHED_IDLE (cgroup v2)"),
    ARG(STRING, 0, "cpuset-cpus", struct update_args, cpuset_cpus, "CPUs to use"),
    ARG(STRING, 0, "cpuset-mems", struct update_args, cpuset_mems, "memory nodes to use"),
    ARG(STRING, 0, "memory", struct update_args, memory, "memory limit"),
    ARG(STRING, 0, "memory-reservation", struct update_args, memory_reservation,
        "memory reservation"),
    ARG(STRING, 0, "memory-swap", struct update_args, memory_swap,
        "limit of memory and swap; -1: none"),
    ARG(STRING, 0, "pids-limit", struct update_args, pids_limit, "number of processes; -1: any"),
    ARG_LAST,
};

static int set_number(const char *name, const char *text, bool size, int64_t *ret, struct error *e)
{
    if (!text || !*text) {
        return 0;
    }
    if (parse_i64(text, ret) == 0 || (size && parse_size(text, ret) == 0)) {
        return 0;
    }
    return err_set(e, ERR_INVALID, "invalid value for %s: '%.100s'", name, text);
}

static int resources_of_flags(const struct update_args *a, struct rt_resources *r, struct error *e)
{
    const struct {
        const char *name;
        const char *text;
        int64_t *ret;
        bool size;
    } numbers[] = {
        {"blkio-weight", a->blkio_weight, &r->blkio_weight, false},
        {"cpu-period", a->cpu_period, &r->cpu_period, false},
        {"cpu-quota", a->cpu_quota, &r->cpu_quota, false},
        {"cpu-burst", a->cpu_burst, &r->cpu_burst, false},
        {"cpu-share", a->cpu_share, &r->cpu_shares, false},
        {"cpu-rt-period", a->cpu_rt_period, &r->cpu_rt_period, false},
        {"cpu-rt-runtime", a->cpu_rt_runtime, &r->cpu_rt_runtime, false},
        {"cpu-idle", a->cpu_idle, &r->cpu_idle, false},
        {"memory", a->memory, &r->memory_limit, true},
        {"memory-reservation", a->memory_reservation, &r->memory_reservation, true},
        {"memory-swap", a->memory_swap, &r->memory_swap, true},
        {"pids-limit", a->pids_limit, &r->pids_limit, false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        if (set_number(numbers[i].name, numbers[i].text, numbers[i].size, numbers[i].ret, e) < 0) {
            return -1;
        }
    }
    xstrset(&r->cpuset_cpus, a->cpuset_cpus && *a->cpuset_cpus ? a->cpuset_cpus : NULL);
    xstrset(&r->cpuset_mems, a->cpuset_mems && *a->cpuset_mems ? a->cpuset_mems : NULL);
    return 0;
}

static int read_resources(const struct update_args *a, struct rt_resources *r, struct error *e)
{
    cleanup_free char *text = NULL;
    size_t n;

    if (!a->resources) {
        return resources_of_flags(a, r, e);
    }
    if (strcmp(a->resources, "-") != 0) {
        return rt_resources_read(AT_FDCWD, a->resources, r, e);
    }
    int got = fd_read_all(STDIN_FILENO, RT_JSON_MAX, &text, &n);

    return got < 0 ? err_sys(e, got, "read resources from standard input")
                   : rt_resources_parse(text, n, "standard input", r, e);
}

static int update(const struct runtime *rt, void *args, int argc, char **argv, struct error *e)
{
    CLEANUP(rctr) struct rctr c;
    CLEANUP(cgroup) struct cgroup *cg = NULL;
    CLEANUP(rt_resources) struct rt_resources r;
    enum rctr_status status;

    (void) argc;
    rt_resources_init(&r);
    if (open_with_cgroup(rt, argv[0], &c, &cg, &status, e) < 0) {
        return -1;
    }
    if (status == RCTR_STOPPED || status == RCTR_CREATING) {
        return err_set(e, ERR_IN_USE, "container not running");
    }
    return read_resources(args, &r, e) < 0 ? -1 : cgroup_update(cg, &r, e);
}

const struct runtime_command runtime_pause = {
    .name = "pause",
    .usage = "CONTAINER",
    .help = "stop all processes of a container",
    RUNTIME_TAKES_A_CONTAINER,
    .run = pause_all,
};

const struct runtime_command runtime_resume = {
    .name = "resume",
    .usage = "CONTAINER",
    .help = "let a paused container go on",
    RUNTIME_TAKES_A_CONTAINER,
    .run = resume,
};

const struct runtime_command runtime_update = {
    .name = "update",
    .usage = "[OPTIONS] CONTAINER",
    .help = "change the limits of a running container",
    .args = update_table,
    .args_size = sizeof(struct update_args),
    RUNTIME_TAKES_A_CONTAINER,
    .run = update,
};
