// SPDX-License-Identifier: Apache-2.0
#include "oci/userns.h"

#include "base/fd.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "oci/mount.h"
#include "oci/mountapi.h"
#include "oci/mountflags.h"
#include "oci/procfs.h"
#include "oci/schedule.h"

#include <fcntl.h>
#include <grp.h>
#include <stdio.h>

/* The kernel takes one page, in one write (user_namespaces(7)). */
#define MAP_MAX 4095

static int clone_source(const struct rt_mount *m, int *ret, struct error *e)
{
    struct mount_options o;

    if (mount_options_parse(&m->options, &o, e) < 0) {
        return err_wrap(e, "mount on '%s'", m->destination);
    }
    if (!mount_is_bind(m, &o) || !m->source) {
        return 0;
    }
    *ret = mount_clone(AT_FDCWD, m->source, o.recursive);
    return *ret < 0 ? err_sys(e, *ret, "mount '%s' on '%s'", m->source, m->destination) : 0;
}

int userns_prepare(struct child *c, struct error *e)
{
    const struct rt_spec *spec = c->spec;

    c->mount_fds = xcalloc(spec->mounts_count + 1, sizeof(*c->mount_fds));
    for (size_t i = 0; i < spec->mounts_count; i++) {
        c->mount_fds[i] = FD_NONE;
    }
    for (size_t i = 0; i < spec->mounts_count; i++) {
        if (clone_source(&spec->mounts[i], &c->mount_fds[i], e) < 0) {
            return -1;
        }
    }
    if (!c->o->callbacks.mount_root) {
        c->rootfs_tree = mount_clone(AT_FDCWD, spec->rootfs, true);
        if (c->rootfs_tree < 0) {
            return err_sys(e, c->rootfs_tree, "open root file system '%s'", spec->rootfs);
        }
    }
    return 0;
}

void userns_done(struct child *c)
{
    for (size_t i = 0; c->mount_fds && i < c->spec->mounts_count; i++) {
        close_fd(&c->mount_fds[i]);
    }
    free(take_ptr(&c->mount_fds));
    close_fd(&c->rootfs_tree);
}

static int write_proc(pid_t pid, const char *file, const char *text)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/%s", (int) pid, file);
    return procfs_write(path, text);
}

static int write_map(pid_t pid, const char *file, const struct rt_id_mappings *m, struct error *e)
{
    CLEANUP(strbuf) struct strbuf text = STRBUF_INIT(MAP_MAX);

    for (size_t i = 0; i < m->count; i++) {
        strbuf_addf(&text, "%u %u %u\n", m->items[i].container, m->items[i].host, m->items[i].size);
    }
    if (!strbuf_ok(&text)) {
        return err_set(e, ERR_INVALID, "write %s: more mappings than the kernel takes", file);
    }
    int r = write_proc(pid, file, text.buf);

    if (r == -EPERM && file[0] == 'g') {
        /* Without CAP_SETGID a map of groups needs this first (CVE-2014-8989). */
        r = write_proc(pid, "setgroups", "deny");
        r = r < 0 ? r : write_proc(pid, file, text.buf);
    }
    return r < 0 ? err_sys(e, r, "write %s", file) : 0;
}

static int set_oom_score(pid_t pid, int64_t adj, struct error *e)
{
    char text[24];

    if (adj == RT_UNSET) {
        return 0;
    }
    snprintf(text, sizeof(text), "%lld", (long long) adj);
    int r = write_proc(pid, "oom_score_adj", text);

    if (r == -EACCES || r == -EPERM) {
        log_warn("oom score adjustment %s: not permitted here, unchanged", text);
        return 0;
    }
    return r < 0 ? err_sys(e, r, "set oom score adjustment %s", text) : 0;
}

int userns_settle(const struct rt_spec *spec, const struct oci_process *p, struct error *e)
{
    if (!spec->namespaces[RT_NS_USER].path &&
        (write_map(p->pid, "uid_map", &spec->uid_mappings, e) < 0 ||
         write_map(p->pid, "gid_map", &spec->gid_mappings, e) < 0)) {
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
