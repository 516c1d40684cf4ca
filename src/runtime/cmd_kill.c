// SPDX-License-Identifier: Apache-2.0
/* kill and delete. */
#include "base/fd.h"
#include "base/proc.h"
#include "runtime/lifecycle.h"

#include <signal.h>

struct kill_args {
    bool all;
};

struct delete_args {
    bool force;
};

static const struct arg kill_table[] = {
    ARG(BOOL, 'a', "all", struct kill_args, all, "signal every process of the container"),
    ARG_LAST,
};

static const struct arg delete_table[] = {
    ARG(BOOL, 'f', "force", struct delete_args, force,
        "kill what runs; no error when there is no such container"),
    ARG_LAST,
};

/* Every process of the cgroup; those that end meanwhile are no failure. */
static int signal_all(const struct rctr *c, int sig, struct error *e)
{
    CLEANUP(cgroup) struct cgroup *cg = NULL;
    cleanup_free pid_t *pids = NULL;
    size_t count = 0;

    if (rctr_cgroup(c, &cg, e) < 0) {
        return -1;
    }
    if (!cg) {
        return 0;
    }
    if (sig == SIGKILL) {
        return cgroup_kill(cg, e);
    }
    if (cgroup_pids(cg, &pids, &count, e) < 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (kill(pids[i], sig) < 0 && errno != ESRCH) {
            return err_sys(e, errno, "signal process %d", (int) pids[i]);
        }
    }
    return 0;
}

/* Without a pid namespace of its own a container does not end with its first process. */
static bool shares_pids(const struct rctr *c)
{
    CLEANUP(rt_spec) struct rt_spec spec;

    rt_spec_init(&spec);
    return rctr_spec(c, &spec, &(struct error){0}) == 0 &&
           (!spec.namespaces[RT_NS_PID].present || spec.namespaces[RT_NS_PID].path);
}

static int kill_container(const struct runtime *rt, void *args, int argc, char **argv,
                          struct error *e)
{
    const struct kill_args *a = args;
    CLEANUP(rctr) struct rctr c;
    int sig = argc > 1 ? signal_from_string(argv[1]) : SIGTERM;

    rctr_init(&c);
    if (rctr_open(rt->root, argv[0], &c, e) < 0) {
        return -1;
    }
    if (sig < 0) {
        return err_set(e, ERR_INVALID, "unknown signal \"%.100s\"", argv[1]);
    }
    cleanup_close int pidfd = rctr_pidfd(&c);
    bool alive = pidfd >= 0 && rctr_status(&c) != RCTR_STOPPED;

    if (a->all || (sig == SIGKILL && shares_pids(&c))) {
        if (!alive && !a->all) {
            return err_set(e, ERR_IN_USE, "container not running");
        }
        return signal_all(&c, sig, e);
    }
    int r = alive ? pidfd_signal(pidfd, sig) : -ESRCH;

    if (r == -ESRCH) {
        return err_set(e, ERR_IN_USE, "container not running");
    }
    return r < 0 ? err_sys(e, r, "signal container '%s'", c.id) : 0;
}

static int delete (const struct runtime *rt, void *args, int argc, char **argv, struct error *e)
{
    const struct delete_args *a = args;
    CLEANUP(rctr) struct rctr c;

    (void) argc;
    rctr_init(&c);
    if (rctr_open_locked(rt->root, argv[0], &c, e) < 0) {
        return a->force && e->kind == ERR_NOT_FOUND ? EXIT_SUCCESS : -1;
    }
    enum rctr_status status = rctr_status(&c);

    if (status != RCTR_STOPPED && status != RCTR_CREATED && !a->force) {
        return err_set(e, ERR_IN_USE, "cannot delete container %s that is not stopped: %s", c.id,
                       rctr_status_to_string(status));
    }
    return rctr_end(rt, &c, e);
}

const struct runtime_command runtime_kill = {
    .name = "kill",
    .usage = "[OPTIONS] CONTAINER [SIGNAL]",
    .help = "send a signal (default: TERM) to the container's first process",
    .args = kill_table,
    .args_size = sizeof(struct kill_args),
    .positionals = ARGS_ANYWHERE,
    .min_args = 1,
    .max_args = 2,
    .run = kill_container,
};

const struct runtime_command runtime_delete = {
    .name = "delete",
    .usage = "[OPTIONS] CONTAINER",
    .help = "remove a container that has stopped",
    .args = delete_table,
    .args_size = sizeof(struct delete_args),
    RUNTIME_TAKES_A_CONTAINER,
    .run = delete,
};
