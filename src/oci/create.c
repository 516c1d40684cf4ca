// SPDX-License-Identifier: Apache-2.0
/* The parent's side of a container's birth. */
#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "oci/check.h"
#include "oci/child.h"
#include "oci/idmap.h"
#include "oci/parent.h"
#include "oci/userns.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>

/* What clone makes at once; network, cgroup and time namespaces are made by the child (init.c). */
static const struct {
    enum rt_namespace_type type;
    uint64_t flag;
} clone_flags[] = {
    {RT_NS_PID, CLONE_NEWPID}, {RT_NS_MOUNT, CLONE_NEWNS},  {RT_NS_IPC, CLONE_NEWIPC},
    {RT_NS_UTS, CLONE_NEWUTS}, {RT_NS_USER, CLONE_NEWUSER},
};

static uint64_t new_namespaces(const struct rt_spec *spec)
{
    uint64_t flags = 0;

    for (size_t i = 0; i < ARRAY_SIZE(clone_flags); i++) {
        const struct rt_namespace *ns = &spec->namespaces[clone_flags[i].type];

        flags |= ns->present && !ns->path ? clone_flags[i].flag : 0;
    }
    return flags;
}

static int open_namespaces(const struct rt_spec *spec, int fds[RT_NS_COUNT], struct error *e)
{
    for (int t = 0; t < RT_NS_COUNT; t++) {
        const struct rt_namespace *ns = &spec->namespaces[t];

        if (!ns->present || !ns->path) {
            continue;
        }
        fds[t] = open(ns->path, O_RDONLY | O_CLOEXEC);
        if (fds[t] < 0) {
            return err_sys(e, errno, "join %s namespace '%s'",
                           rt_namespace_name((enum rt_namespace_type) t), ns->path);
        }
        int type = ioctl(fds[t], NS_GET_NSTYPE);

        if (type < 0 || type != ns_clone_flag((enum rt_namespace_type) t)) {
            return err_set(e, ERR_INVALID, "join %s namespace '%s': no %s namespace",
                           rt_namespace_name((enum rt_namespace_type) t), ns->path,
                           rt_namespace_name((enum rt_namespace_type) t));
        }
    }
    return 0;
}

static void close_namespaces(int fds[RT_NS_COUNT])
{
    for (int t = 0; t < RT_NS_COUNT; t++) {
        close_fd(&fds[t]);
    }
}

static bool joins_any(const struct rt_spec *spec)
{
    for (int t = 0; t < RT_NS_COUNT; t++) {
        if (spec->namespaces[t].path) {
            return true;
        }
    }
    return false;
}

static int make_cgroup(const struct oci_create_options *o, struct cgroup **ret, struct error *e)
{
    if (cgroup_create(o->spec->cgroups_path, &o->spec->resources, ret, e) == 0) {
        return 0;
    }
    if (!o->cgroup_optional ||
        (e->kind != ERR_DENIED && e->kind != ERR_UNSUPPORTED && e->errnum != EROFS)) {
        return -1;
    }
    log_warn("%s: the container has no cgroup and no limits", e->text);
    err_clear(e);
    *ret = NULL;
    return 0;
}

/* "if and only if the cgroup filesystem is to be mounted read/write", in a namespace of its own. */
static bool delegates(const struct rt_spec *spec)
{
    const struct rt_namespace *ns = &spec->namespaces[RT_NS_CGROUP];

    for (size_t i = 0; i < spec->mounts_count && ns->present && !ns->path; i++) {
        const struct rt_mount *m = &spec->mounts[i];

        if (m->source && strcmp(m->source, "cgroup") == 0 &&
            strcmp(m->destination, "/sys/fs/cgroup") == 0 && !strv_contains(&m->options, "ro")) {
            return true;
        }
    }
    return false;
}

/* The group belongs to the user who runs the program, by the host's number. */
static int delegate(const struct rt_spec *spec, const struct cgroup *cg, struct error *e)
{
    uid_t uid = spec->process.user.uid;

    if (!delegates(spec)) {
        return 0;
    }
    if (userns_wanted(spec)) {
        uid = idmap_to_host(&spec->uid_mappings, uid); /* unknown in one that is joined */
    }
    return uid == 0 || uid == UINT32_MAX ? 0 : cgroup_delegate(cg, uid, e);
}

/* Everything up to a running child. */
static int spawn(const struct oci_create_options *o, struct child *c, struct oci_process *p,
                 struct error *e)
{
    struct parent_clone clone = {
        .flags = new_namespaces(o->spec),
        .cgroup_fd = FD_NONE,
        .pid_ns = c->ns_fds[RT_NS_PID],
        .run = init_run,
    };

    if (o->spec->cgroups_path) {
        if (make_cgroup(o, &p->cgroup, e) < 0) {
            return -1;
        }
        if (p->cgroup && delegate(o->spec, p->cgroup, e) < 0) {
            return -1;
        }
        clone.cgroup_fd = p->cgroup ? cgroup_clone_fd(p->cgroup) : FD_NONE;
    }
    c->cgroup = p->cgroup;
    c->cloned_into_cgroup = clone.cgroup_fd >= 0;
    bool userns = userns_wanted(o->spec);

    if (!trees_wanted(o->spec)) {
        int r = parent_clone(&clone, c, p, e);

        if (r < 0 && e->errnum == EAGAIN && clone.cgroup_fd >= 0 &&
            o->spec->resources.pids_limit == 0) {
            /* No process may be born in such a group, but one may join it. */
            clone.cgroup_fd = FD_NONE;
            c->cloned_into_cgroup = false;
            err_clear(e);
            r = parent_clone(&clone, c, p, e);
        }
        return r;
    }
    clone.join_first = userns && joins_any(o->spec);
    int r = trees_open(c, e);

    r = r < 0 ? r : parent_clone(&clone, c, p, e);
    trees_close(c);
    if (r == 0 && userns && userns_settle(o->spec, p, e) < 0) {
        parent_prefer_child_error(p, e);
        r = -1;
    }
    return r;
}

int oci_create(const struct oci_create_options *o, struct oci_process *ret, struct error *e)
{
    struct child c;

    child_init(&c);
    c.o = o;
    c.spec = o->spec;
    c.process = &o->spec->process;
    c.seccomp = &o->spec->seccomp;
    c.stdio = o->stdio;
    c.preserve_fds = o->preserve_fds;
    c.no_new_keyring = o->no_new_keyring;
    *ret = (struct oci_process){.pidfd = FD_NONE, .sync = FD_NONE, .console = FD_NONE};
    if (check_spec(o->spec, e) < 0) {
        return -1;
    }
    int r = open_namespaces(o->spec, c.ns_fds, e);

    if (r == 0) {
        r = spawn(o, &c, ret, e);
    }
    close_namespaces(c.ns_fds);
    if (r == 0) {
        r = parent_await_ready(ret, o, e);
    }
    if (r < 0) {
        oci_abort(ret);
    }
    return r;
}

int oci_start(struct oci_process *p, struct error *e)
{
    int r = sync_send(p->sync, SYNC_START, FD_NONE);

    /* A child that died while it waited has broken the pair; its status says more than EPIPE. */
    if (r < 0 && r != -EPIPE) {
        err_sys(e, r, "start container process");
        oci_abort(p);
        return -1;
    }
    if (parent_await_exec(p, NULL, e) < 0) {
        oci_abort(p);
        return -1;
    }
    return 0;
}

int oci_start_created(int sock, struct error *e)
{
    /* Without a pidfd nobody is killed or waited for: the child is not ours. */
    struct oci_process p = {.sync = sock, .pidfd = FD_NONE, .console = FD_NONE};
    int r = sync_send(sock, SYNC_START, FD_NONE);

    if (r < 0 && r != -EPIPE && r != -ECONNRESET) {
        return err_sys(e, r, "start container process");
    }
    return parent_await_exec(&p, NULL, e);
}

void oci_abort(struct oci_process *p)
{
    struct error ignored;
    int status;

    close_fd(&p->sync);
    close_fd(&p->console);
    if (p->pidfd >= 0) {
        (void) pidfd_signal(p->pidfd, SIGKILL);
        (void) pidfd_wait(p->pidfd, &status);
        close_fd(&p->pidfd);
    }
    p->pid = 0;
    if (p->cgroup) {
        /* A joined pid namespace does not end with our child: then there is more to kill. */
        if (cgroup_remove(p->cgroup, &ignored) < 0 &&
            (cgroup_kill(p->cgroup, &ignored) < 0 || cgroup_remove(p->cgroup, &ignored) < 0)) {
            log_debug("abort container: %s", ignored.text);
        }
        cgroup_free(p->cgroup);
        p->cgroup = NULL;
    }
}

void oci_process_done(struct oci_process *p)
{
    close_fd(&p->pidfd);
    close_fd(&p->sync);
    close_fd(&p->console);
}
