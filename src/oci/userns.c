// SPDX-License-Identifier: Apache-2.0
#include "oci/userns.h"

#include "base/fd.h"
#include "base/log.h"
#include "oci/idmap.h"
#include "oci/mount.h"
#include "oci/mountapi.h"
#include "oci/mountflags.h"
#include "oci/procfs.h"
#include "oci/schedule.h"

#include <sys/prctl.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>

/* The namespace by which a mount maps its ids; *ret stays FD_NONE when it is ours to borrow. */
static int mapping_namespace(const struct child *c, const struct rt_mount *m, int *ret,
                             struct error *e)
{
    const struct rt_spec *spec = c->spec;

    if (m->uid_mappings.count) {
        *ret = idmap_open(&m->uid_mappings, &m->gid_mappings, e);
        return *ret < 0 ? -1 : 0;
    }
    if (!userns_wanted(spec)) {
        return err_set(e, ERR_INVALID,
                       "id map: neither the mount nor the container has mappings of ids");
    }
    if (c->ns_fds[RT_NS_USER] >= 0) {
        return 0;
    }
    *ret = idmap_open(&spec->uid_mappings, &spec->gid_mappings, e);
    return *ret < 0 ? -1 : 0;
}

static int map_ids(const struct child *c, const struct rt_mount *m, const struct mount_options *o,
                   int tree, struct error *e)
{
    cleanup_close int own = FD_NONE;

    if (mapping_namespace(c, m, &own, e) < 0) {
        return -1;
    }
    int r = idmap_apply(tree, own >= 0 ? own : c->ns_fds[RT_NS_USER], o->idmap_recursive);

    if (r == -EINVAL) {
        return err_set(e, ERR_UNSUPPORTED, "id map: the file system of '%s' cannot", m->source);
    }
    return r < 0 ? err_sys(e, r, "id map") : 0;
}

static int clone_source(const struct child *c, const struct rt_mount *m, bool all, int *ret,
                        struct error *e)
{
    struct mount_options o;

    if (mount_options_parse(&m->options, &o, e) < 0) {
        return -1;
    }
    bool mapped = o.idmap || m->uid_mappings.count;

    if (mapped && !mount_is_bind(m, &o)) {
        return err_set(e, ERR_UNSUPPORTED, "id map: only a bind can have one");
    }
    if (!mount_is_bind(m, &o) || !m->source || (!all && !mapped)) {
        return 0;
    }
    *ret = mount_clone(AT_FDCWD, m->source, o.recursive);
    if (*ret == -EPERM && !mapped) {
        *ret = FD_NONE; /* rootless: only the child may, in its own namespaces */
        return 0;
    }
    if (*ret < 0) {
        return err_sys(e, *ret, "open '%s'", m->source);
    }
    return mapped ? map_ids(c, m, &o, *ret, e) : 0;
}

bool trees_wanted(const struct rt_spec *spec)
{
    for (size_t i = 0; i < spec->mounts_count; i++) {
        if (spec->mounts[i].uid_mappings.count ||
            strv_contains(&spec->mounts[i].options, "idmap") ||
            strv_contains(&spec->mounts[i].options, "ridmap")) {
            return true;
        }
    }
    return userns_wanted(spec) || spec->namespaces[RT_NS_MOUNT].path;
}

int trees_open(struct child *c, struct error *e)
{
    const struct rt_spec *spec = c->spec;
    bool all = userns_wanted(spec) || spec->namespaces[RT_NS_MOUNT].path;

    c->mount_fds = xcalloc(spec->mounts_count + 1, sizeof(*c->mount_fds));
    for (size_t i = 0; i < spec->mounts_count; i++) {
        c->mount_fds[i] = FD_NONE;
    }
    for (size_t i = 0; i < spec->mounts_count; i++) {
        if (clone_source(c, &spec->mounts[i], all, &c->mount_fds[i], e) < 0) {
            return err_wrap(e, "mount on '%s'", spec->mounts[i].destination);
        }
    }
    if (all && !c->o->callbacks.mount_root) {
        c->rootfs_tree = mount_clone(AT_FDCWD, spec->rootfs, true);
        if (c->rootfs_tree < 0 && c->rootfs_tree != -EPERM) {
            return err_sys(e, c->rootfs_tree, "open root file system '%s'", spec->rootfs);
        }
    }
    return 0;
}

void trees_close(struct child *c)
{
    for (size_t i = 0; c->mount_fds && i < c->spec->mounts_count; i++) {
        close_fd(&c->mount_fds[i]);
    }
    free(take_ptr(&c->mount_fds));
    close_fd(&c->rootfs_tree);
}

static int set_oom_score(pid_t pid, int64_t adj, struct error *e)
{
    char text[24];

    if (adj == RT_UNSET) {
        return 0;
    }
    snprintf(text, sizeof(text), "%lld", (long long) adj);
    int r = procfs_write_of(pid, "oom_score_adj", text);

    if (r == -EACCES || r == -EPERM) {
        log_warn("oom score adjustment %s: not permitted here, unchanged", text);
        return 0;
    }
    return r < 0 ? err_sys(e, r, "set oom score adjustment %s", text) : 0;
}

int userns_settle(const struct rt_spec *spec, const struct oci_process *p, struct error *e)
{
    if (!spec->namespaces[RT_NS_USER].path &&
        idmap_write(p->pid, &spec->uid_mappings, &spec->gid_mappings, e) < 0) {
        return -1;
    }
    if (set_oom_score(p->pid, spec->process.oom_score_adj, e) < 0 ||
        identity_set_rlimits(p->pid, FD_NONE, &spec->process, e) < 0 ||
        schedule_set(p->pid, &spec->process, e) < 0) {
        return -1;
    }
    int r = sync_send(p->sync, SYNC_GO_ON, FD_NONE);

    return r < 0 && r != -EPIPE ? err_sys(e, r, "answer container process") : 0;
}

/* All file systems of the namespace are owned by its root: whatever we make must be, too. */
int step_user_namespace(struct child *c, struct error *e)
{
    if (!userns_wanted(c->spec) && !c->joins_userns) {
        return 0;
    }
    if (!c->joins_userns) {
        child_await(c, SYNC_GO_ON);
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) {
            return err_sys(e, errno, "forbid tracing");
        }
    }
    /* The host's groups; forbidden where setgroups is denied, and then there is nothing to gain. */
    if (setgroups(0, NULL) < 0 && errno != EPERM) {
        return err_sys(e, errno, "leave the host's groups");
    }
    if (setresgid(0, 0, 0) < 0) {
        return err_sys(e, errno, "become group 0 of the user namespace");
    }
    return setresuid(0, 0, 0) < 0 ? err_sys(e, errno, "become user 0 of the user namespace") : 0;
}
