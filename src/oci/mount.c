// SPDX-License-Identifier: Apache-2.0
#include "oci/mount.h"

#include "base/fd.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "oci/copytree.h"
#include "oci/mountapi.h"
#include "oci/mountflags.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

bool mount_is_bind(const struct rt_mount *m, const struct mount_options *o)
{
    return o->bind || !m->type || strcmp(m->type, "bind") == 0;
}

bool mount_dev_is_bind(const struct rt_spec *spec)
{
    for (size_t i = 0; i < spec->mounts_count; i++) {
        const struct rt_mount *m = &spec->mounts[i];

        if (strcmp(m->destination, "/dev") == 0 &&
            (!m->type || strcmp(m->type, "bind") == 0 || strv_contains(&m->options, "bind") ||
             strv_contains(&m->options, "rbind"))) {
            return true;
        }
    }
    return false;
}

/* Says which mount failed, as a user would name it: by its source when it is a bind. */
static int fail(const struct rt_mount *m, int r, struct error *e)
{
    const char *what = m->type && strcmp(m->type, "bind") != 0 ? m->type : m->source;

    return err_sys(e, r, "mount '%s' on '%s'", what ? what : "none", m->destination);
}

/* A volume that nobody wrote to yet starts with what the image has at the destination. */
static int fill_bind_source(struct child *c, const struct rt_mount *m, struct error *e)
{
    cleanup_close int from = rootfd_open(c->root, m->destination, O_RDONLY | O_DIRECTORY, 0);
    cleanup_close int to = open(m->source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (from < 0 || to < 0) {
        return 0; /* the image has no such folder, or a file is bound */
    }
    int empty = dir_is_empty(to);

    if (empty < 0) {
        return err_sys(e, empty, "read volume folder '%s'", m->source);
    }
    int r = empty ? copytree(from, to, e) : 0;

    return r < 0 ? err_wrap(e, "copy '%s' of the image into '%s'", m->destination, m->source) : 0;
}

static int apply_attributes(int mnt, const struct mount_options *o, unsigned long propagation)
{
    uint64_t set = mount_attr_from_flags(o->set);
    uint64_t clear = mount_attr_from_flags(o->clear);
    bool together = (set | clear) && !o->recursive; /* a single mount: one call for both */
    int r = 0;

    if (set | clear) {
        r = mount_change(mnt, set, clear, together ? propagation : 0, false);
    }
    if (r == 0 && propagation && !together) {
        r = mount_change(mnt, 0, 0, propagation, propagation & MS_REC);
    }
    if (r == 0 && (o->recursive_set | o->recursive_clear)) {
        r = mount_change(mnt, o->recursive_set, o->recursive_clear, 0, true);
    }
    return r;
}

/* "remount" with "bind" changes the attributes of the mount that is there (mount(8)). */
static int rebind(struct child *c, const struct rt_mount *m, const struct mount_options *o,
                  struct error *e)
{
    cleanup_close int there = rootfd_open(c->root, m->destination, O_PATH, 0);
    int r = there < 0 ? there : apply_attributes(there, o, o->propagation);

    return r < 0 ? fail(m, r, e) : 0;
}

static int bind_mount(struct child *c, const struct rt_mount *m, const struct mount_options *o,
                      struct error *e)
{
    struct stat st;

    if (o->set & MS_REMOUNT) {
        return rebind(c, m, o, e);
    }
    if (!m->source) {
        return err_set(e, ERR_INVALID, "mount on '%s': a bind needs a source", m->destination);
    }
    if (o->copyup && fill_bind_source(c, m, e) < 0) {
        return -1;
    }
    size_t index = (size_t) (m - c->spec->mounts);
    cleanup_close int mnt = c->mount_fds && c->mount_fds[index] >= 0
                                ? take_fd(&c->mount_fds[index])
                                : mount_clone(AT_FDCWD, m->source, o->recursive);

    if (mnt < 0 || fstat(mnt, &st) < 0) {
        return fail(m, mnt < 0 ? mnt : -errno, e);
    }
    cleanup_close int target = S_ISDIR(st.st_mode) ? rootfd_mkdirs(c->root, m->destination, 0755)
                                                   : rootfd_mkfile(c->root, m->destination, 0755);

    if (target < 0) {
        (void) fail(m, target, e);
        return target == -ENOTDIR || target == -EISDIR
                   ? err_hint(e, "are you trying to mount a directory onto a file (or vice-versa)?")
                   : -1;
    }
    int r = mount_attach(mnt, target);

    if (r == 0) {
        /* The host's tree is a slave of the host here; what a container sees is private unless
         * it was asked for otherwise. */
        r = apply_attributes(mnt, o, o->propagation ? o->propagation : MS_PRIVATE | MS_REC);
    }
    return r < 0 ? fail(m, r, e) : 0;
}

/*
 * The folder to mount on. /proc and /sys must be real folders: with a link in their place the
 * masks and read-only paths below would land elsewhere (CVE-2019-19921, CVE-2023-27561).
 */
static int fs_target(struct child *c, const struct rt_mount *m, struct error *e)
{
    int fd = FD_NONE;

    if (strcmp(m->type, "proc") == 0 || strcmp(m->type, "sysfs") == 0) {
        fd = rootfd_open(c->root, m->destination, O_PATH | O_NOFOLLOW | O_DIRECTORY, 0);
        if (fd == -ENOTDIR || fd == -ELOOP) {
            return err_set(e, ERR_INVALID, "mount '%s' on '%s': not an ordinary folder", m->type,
                           m->destination);
        }
    }
    if (fd < 0) {
        fd = rootfd_mkdirs(c->root, m->destination, 0755);
    }
    return fd < 0 ? fail(m, fd, e) : fd;
}

/*
 * A tmpfs shows the mode of the folder it covers, unless it was given one (as runc). A folder made
 * for it gets what a tmpfs has by itself, so that the next start finds the same.
 */
static int tmpfs_target(struct child *c, const struct rt_mount *m, struct mount_options *o,
                        struct error *e)
{
    char given[MOUNT_DATA_MAX];
    char path[32];
    struct stat st;
    cleanup_close int fd = rootfd_open(c->root, m->destination, O_PATH | O_DIRECTORY, 0);
    bool found = fd >= 0;

    if (!found) {
        fd = rootfd_mkdirs(c->root, m->destination, 0755);
    }
    if (fd < 0) {
        return fail(m, fd, e);
    }
    if ((!found && chmod(fd_path(fd, path), 01777) < 0) || fstat(fd, &st) < 0) {
        return fail(m, -errno, e);
    }
    memcpy(given, o->data, sizeof(given));
    int n = snprintf(o->data, sizeof(o->data), "mode=%o%s%s", st.st_mode & 07777, *given ? "," : "",
                     given);

    return n < (int) sizeof(o->data) ? take_fd(&fd) : fail(m, -E2BIG, e);
}

static int fill_tmpfs(int below, int top, const struct mount_options *o, struct error *e)
{
    cleanup_close int from = fd_reopen(below, O_RDONLY | O_DIRECTORY);
    cleanup_close int to = fd_reopen(top, O_RDONLY | O_DIRECTORY);

    if (from < 0 || to < 0) {
        return err_sys(e, from < 0 ? from : to, "open");
    }
    struct stat asked;

    if (fstat(to, &asked) < 0) {
        return err_sys(e, errno, "look at the tmpfs");
    }
    if (copytree(from, to, e) < 0) {
        return -1;
    }
    /* What the options say of the folder itself wins over the image's folder. */
    if (strstr(o->data, "mode=") && fchmod(to, asked.st_mode & 07777) < 0) {
        return err_sys(e, errno, "set the mode of the tmpfs");
    }
    if ((strstr(o->data, "uid=") || strstr(o->data, "gid=")) &&
        fchown(to, asked.st_uid, asked.st_gid) < 0) {
        return err_sys(e, errno, "set the owner of the tmpfs");
    }
    int r = o->set & MS_RDONLY ? mount_change(top, MOUNT_ATTR_RDONLY, 0, 0, false) : 0;

    return r < 0 ? err_sys(e, r, "set read-only") : 0;
}

/* A user namespace may mount a sysfs only of a network of its own; another one sees the host's. */
static int bind_sys(const struct rt_mount *m, const struct mount_options *o, int target,
                    struct error *e)
{
    cleanup_close int mnt = mount_bind(AT_FDCWD, "/sys", target, true);
    int r = mnt < 0 ? mnt : mount_change(mnt, mount_attr_from_flags(o->set), 0, 0, true);

    return r < 0 ? fail(m, r, e) : 0;
}

static int fs_mount(struct child *c, const struct rt_mount *m, struct mount_options *o,
                    struct error *e)
{
    bool tmpfs = strcmp(m->type, "tmpfs") == 0;
    bool copyup = o->copyup && tmpfs;
    cleanup_close int target =
        tmpfs && !strstr(o->data, "mode=") ? tmpfs_target(c, m, o, e) : fs_target(c, m, e);

    if (target < 0) {
        return -1;
    }
    if (strcmp(m->type, "cgroup") == 0) {
        return mount_cgroup(c, m, o, target, e);
    }
    int r = mount_fs(m->source, target, m->type,
                     copyup ? o->set & ~(unsigned long) MS_RDONLY : o->set, o->data);

    if (r == -EPERM && userns_wanted(c->spec) && strcmp(m->type, "sysfs") == 0) {
        return bind_sys(m, o, target, e);
    }
    if (r < 0) {
        return fail(m, r, e);
    }
    if (!copyup && !o->propagation && !(o->recursive_set | o->recursive_clear)) {
        return 0;
    }
    cleanup_close int top = rootfd_open(c->root, m->destination, O_PATH | O_DIRECTORY, 0);

    if (top < 0) {
        return fail(m, top, e);
    }
    if (copyup && fill_tmpfs(target, top, o, e) < 0) {
        return err_wrap(e, "copy '%s' of the image into its tmpfs", m->destination);
    }
    struct mount_options rest = {.recursive_set = o->recursive_set,
                                 .recursive_clear = o->recursive_clear};

    r = apply_attributes(top, &rest, o->propagation);
    return r < 0 ? fail(m, r, e) : 0;
}

static int mount_one(struct child *c, const struct rt_mount *m, struct error *e)
{
    struct mount_options o;
    cleanup_free char *clean = path_clean(m->destination);

    if (!path_is_absolute(m->destination) || strcmp(clean, "/") == 0) {
        return err_set(e, ERR_INVALID, "mount on '%s': not a path below '/'", m->destination);
    }
    if (mount_options_parse(&m->options, &o, e) < 0) {
        return err_wrap(e, "mount on '%s'", m->destination);
    }
    return mount_is_bind(m, &o) ? bind_mount(c, m, &o, e) : fs_mount(c, m, &o, e);
}

int step_mounts(struct child *c, struct error *e)
{
    const char *cwd = c->process->cwd;

    for (size_t i = 0; i < c->spec->mounts_count; i++) {
        if (mount_one(c, &c->spec->mounts[i], e) < 0) {
            return -1;
        }
    }
    if (cwd && strcmp(cwd, "/") != 0) {
        cleanup_close int fd = rootfd_mkdirs(c->root, cwd, 0755);

        if (fd == -ENOTDIR) {
            return err_set(e, ERR_INVALID, "cannot mkdir: %s is not a directory", cwd);
        }
        if (fd < 0) {
            return err_sys(e, fd, "make working directory '%s'", cwd);
        }
    }
    return 0;
}
