// SPDX-License-Identifier: Apache-2.0
/* events: numbers of a container, once or again and again, and when it ran out of memory. */
#include "base/fd.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/timeutil.h"
#include "runtime/command.h"
#include "runtime/container.h"

#include <poll.h>
#include <stdio.h>

/* How often the kernel's count of killed processes is looked at: on v1 nothing tells a process
 * that is no child of the container's. */
#define OOM_MS 200

struct events_args {
    const char *interval;
    bool stats;
};

static const struct arg events_table[] = {
    ARG(BOOL, 0, "stats", struct events_args, stats, "print the numbers once"),
    ARG(STRING, 0, "interval", struct events_args, interval, "time between numbers (default: 5s)"),
    ARG_LAST,
};

/* Numbers that are unknown are left out; "no limit" is the largest one, as runc has it. */
static void put(json_t *j, const char *key, int64_t value)
{
    if (value >= 0) {
        json_put(j, key, json_integer(value));
    }
}

static json_t *with(const char *key, json_t *value)
{
    json_t *j = json_object();

    json_put(j, key, value);
    return j;
}

static json_t *numbers(const struct cgroup *cg)
{
    struct cgroup_stats s;
    json_t *data = json_object();
    json_t *cpu = json_object();
    json_t *memory = json_object();
    json_t *pids = json_object();
    json_t *io = json_array();

    cgroup_stats(cg, &s);
    put(cpu, "total", s.cpu_ns);
    json_put(data, "cpu", with("usage", cpu));
    put(memory, "limit", s.memory_limit);
    put(memory, "usage", s.memory_usage);
    put(memory, "max", s.memory_peak);
    json_t *m = with("usage", memory);

    if (s.memory_inactive >= 0) {
        json_put(m, "raw", with("inactive_file", json_integer(s.memory_inactive)));
    }
    json_put(data, "memory", m);
    put(pids, "current", s.pids);
    put(pids, "limit", s.pids_limit == INT64_MAX ? 0 : s.pids_limit);
    json_put(data, "pids", pids);
    for (int i = 0; i < 2; i++) {
        int64_t bytes = i ? s.io_write : s.io_read;
        json_t *entry = with("op", json_text(i ? "Write" : "Read"));

        put(entry, "value", bytes);
        json_push(io, entry);
    }
    json_put(data, "blkio", with("ioServiceBytesRecursive", io));
    return data;
}

static void print_event(const char *type, const char *id, json_t *data)
{
    CLEANUP(json) json_t *j = with("type", json_text(type));

    json_put(j, "id", json_text(id));
    if (data) {
        json_put(j, "data", data);
    }
    cleanup_free char *text = json_dump(j);

    printf("%s\n", text);
    fflush(stdout);
}

/* Until the container ends, or nobody reads. */
static int follow(const char *id, const struct cgroup *cg, int pidfd, int64_t interval,
                  struct error *e)
{
    uint64_t killed = cgroup_oom_kills(cg);
    int64_t next = time_mono() + interval;

    while (!ferror(stdout)) {
        struct pollfd p = {.fd = pidfd, .events = POLLIN};
        int ended = poll(&p, 1, OOM_MS);
        uint64_t now_killed = cgroup_oom_kills(cg);

        if (ended < 0 && errno != EINTR) {
            return err_sys(e, errno, "wait for container '%s'", id);
        }
        if (now_killed > killed) {
            killed = now_killed;
            print_event("oom", id, NULL);
        }
        if (ended > 0) {
            break;
        }
        if (time_mono() >= next) {
            next += interval;
            print_event("stats", id, numbers(cg));
        }
    }
    return EXIT_SUCCESS;
}

static int events(const struct runtime *rt, void *args, int argc, char **argv, struct error *e)
{
    const struct events_args *a = args;
    int64_t interval = 5 * NS_PER_SEC;
    CLEANUP(rctr) struct rctr c;
    CLEANUP(cgroup) struct cgroup *cg = NULL;

    (void) argc;
    rctr_init(&c);
    if (a->interval && (parse_duration(a->interval, &interval) < 0 || interval <= 0)) {
        return err_set(e, ERR_INVALID, "interval '%.100s': expected a duration above 0, as 5s",
                       a->interval);
    }
    if (rctr_open(rt->root, argv[0], &c, e) < 0 || rctr_cgroup(&c, &cg, e) < 0) {
        return -1;
    }
    cleanup_close int pidfd = rctr_pidfd(&c);

    if (pidfd < 0 || !cg) {
        return err_set(e, ERR_IN_USE, "container '%s' is not running", c.id);
    }
    if (a->stats) {
        print_event("stats", c.id, numbers(cg));
        return EXIT_SUCCESS;
    }
    return follow(c.id, cg, pidfd, interval, e);
}

const struct runtime_command runtime_events = {
    .name = "events",
    .usage = "[OPTIONS] CONTAINER",
    .help = "print numbers of a container, and when it runs out of memory",
    .args = events_table,
    .args_size = sizeof(struct events_args),
    RUNTIME_TAKES_A_CONTAINER,
    .run = events,
};
