// SPDX-License-Identifier: Apache-2.0
/* One more program in a running container. */
#include "base/fd.h"
#include "oci/check.h"
#include "oci/child.h"
#include "oci/fault.h"
#include "oci/parent.h"
#include "oci/schedule.h"

#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080 /* Linux 5.6 */
#endif

/*
 * Those of the namespaces that are not ours. Without privileges on the host even one that is shared
 * with it cannot be "joined".
 */
static int differing(pid_t pid, int flags)
{
    static const struct {
        int flag;
        const char *name;
    } kinds[] = {
        {CLONE_NEWNS, "mnt"},    {CLONE_NEWUTS, "uts"},   {CLONE_NEWIPC, "ipc"},
        {CLONE_NEWNET, "net"},   {CLONE_NEWUSER, "user"}, {CLONE_NEWCGROUP, "cgroup"},
        {CLONE_NEWTIME, "time"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        char own[32], theirs[48];
        struct stat a, b;

        snprintf(own, sizeof(own), "/proc/self/ns/%s", kinds[i].name);
        snprintf(theirs, sizeof(theirs), "/proc/%d/ns/%s", (int) pid, kinds[i].name);
        if (stat(own, &a) < 0
                ? errno == ENOENT /* before Linux 5.6: no time namespaces */
                : stat(theirs, &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev) {
            flags &= ~kinds[i].flag;
        }
    }
    return flags;
}

/*
 * All in one call (Linux 5.8): the kernel joins all or none, and those that the container shares
 * with us are the same and cost nothing. Root and working directory are then those of the mount
 * namespace, which is the container's root. The pid namespace counts for children only, so the
 * parent joined it for us before the clone.
 */
static int step_join(struct child *c, struct error *e)
{
    int flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP;

    flags |= c->joins_userns ? CLONE_NEWUSER : 0; /* EINVAL for one that we are in */

    if (setns(c->target, flags | CLONE_NEWTIME) == 0) {
        return 0;
    }
    if (errno == EINVAL && setns(c->target, flags) == 0) {
        return 0; /* a kernel without time namespaces */
    }
    if (errno == EPERM && setns(c->target, differing(c->target_pid, flags | CLONE_NEWTIME)) == 0) {
        return 0;
    }
    return errno == ESRCH ? err_set(e, ERR_IN_USE, "join container: it is not running")
                          : err_sys(e, errno, "join container");
}

static const struct child_step steps[] = {
    {NULL, "undumpable", step_undumpable},
    {NULL, "cgroup", step_cgroup},
    {NULL, "keyring", step_keyring},
    /* What is written in /proc is written in the host's; after the join it is the container's. */
    {NULL, "oom-score", step_oom_score},
    {NULL, "lsm", step_lsm},
    {NULL, "rlimits", step_rlimits},
    {NULL, "schedule", step_schedule},
    {NULL, "trampoline", step_trampoline},
    {NULL, "join", step_join},
    {NULL, "user-namespace", step_user_namespace},
    {NULL, "console", step_console_in_place},
    {"standard streams", "stdio", step_stdio},
    {NULL, "seccomp-early", step_seccomp_early},
    {NULL, "bounding", step_bounding},
    {NULL, "cwd-as-root", step_cwd_as_root},
    {NULL, "ids", step_ids},
    {NULL, "capabilities", step_capabilities},
    {NULL, "cwd-as-user", step_cwd_as_user},
    {NULL, "no-new-privs", step_no_new_privs},
    {NULL, "find-program", step_find_program},
    {NULL, "seccomp-listener", step_seccomp_listener},
    {NULL, "send-console", step_send_console},
    {NULL, "descriptors", step_descriptors},
    {NULL, "announce", step_announce},
    {NULL, "seccomp-late", step_seccomp_late},
    {NULL, "execute", step_execute},
};

NORETURN void exec_run(struct child *c)
{
    child_run(c, steps, ARRAY_SIZE(steps));
}

/*
 * A container that has divided its group (systemd inside does, on v2) takes processes only in the
 * groups below; the kernel refuses the clone, and then init's group is the right one.
 */
static int clone_into_container(const struct oci_exec_options *o, struct parent_clone *clone,
                                struct child *c, struct oci_process *ret, struct error *e)
{
    int r = fault_wanted("cgroup-divided") ? err_sys(e, EBUSY, "clone container process")
                                           : parent_clone(clone, c, ret, e);

    if (r == 0 || e->errnum != EBUSY || clone->cgroup_fd < 0) {
        return r;
    }
    err_clear(e);
    if (cgroup_follow(o->cgroup, o->init_pid, e) < 0) {
        return -1;
    }
    clone->cgroup_fd = cgroup_clone_fd(o->cgroup);
    return parent_clone(clone, c, ret, e);
}

int oci_exec(const struct oci_exec_options *o, struct oci_process *ret, struct error *e)
{
    static const struct rt_seccomp no_filter;
    struct child c;

    child_init(&c);
    c.process = o->process;
    c.seccomp = o->seccomp ? o->seccomp : &no_filter;
    c.stdio = o->stdio;
    c.preserve_fds = o->preserve_fds;
    c.no_new_keyring = o->no_new_keyring;
    c.target = o->pidfd;
    c.target_pid = o->init_pid;
    c.joins_userns = o->userns;
    c.personality = o->personality;
    c.cgroup = o->cgroup;
    *ret = (struct oci_process){.pidfd = FD_NONE, .sync = FD_NONE, .console = FD_NONE};
    if (check_process(o->process, e) < 0) {
        return -1;
    }
    struct parent_clone clone = {
        .cgroup_fd = o->cgroup ? cgroup_clone_fd(o->cgroup) : FD_NONE,
        .pid_ns = o->pidfd,
        .run = exec_run,
    };

    c.cloned_into_cgroup = clone.cgroup_fd >= 0;
    struct schedule_cpus cpus;
    int r = schedule_start_on(o->process->cpu_affinity_initial, &cpus, e);

    r = r < 0 ? r : clone_into_container(o, &clone, &c, ret, e);
    schedule_restore(&cpus);
    if (r < 0 || parent_await_exec(ret, &o->callbacks, e) < 0) {
        oci_abort(ret);
        return -1;
    }
    return 0;
}
