// SPDX-License-Identifier: Apache-2.0
#include "base/fd.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "oci/mount.h"
#include "oci/mountapi.h"
#include "oci/mountflags.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

/* MS_PRIVATE, MS_SHARED, ... of the word; 0 when it is none. */
static unsigned long root_propagation(const struct rt_spec *spec)
{
    CLEANUP(strv) struct strv words = STRV_INIT;
    static struct mount_options o;

    if (!spec->rootfs_propagation || !*spec->rootfs_propagation) {
        return MS_PRIVATE | MS_REC;
    }
    strv_add(&words, spec->rootfs_propagation);
    if (mount_options_parse(&words, &o, &(struct error){0}) < 0) {
        return 0;
    }
    return o.propagation;
}

static bool keeps_peers(unsigned long propagation)
{
    return propagation & MS_SHARED;
}

/*
 * The mount that holds 'path' becomes private, so that what we mount on it does not appear on the
 * host. Which ancestor is a mount point only the kernel knows: EINVAL means "not this one".
 */
static int make_holder_private(const char *path)
{
    char dir[4096];

    if ((size_t) snprintf(dir, sizeof(dir), "%s", path) >= sizeof(dir)) {
        return -ENAMETOOLONG;
    }
    for (;;) {
        if (mount(NULL, dir, NULL, MS_PRIVATE, NULL) == 0) {
            return 0;
        }
        if (errno != EINVAL || strcmp(dir, "/") == 0) {
            return -errno;
        }
        char *slash = strrchr(dir, '/');

        *(slash == dir ? slash + 1 : slash) = '\0';
    }
}

int step_propagation(struct child *c, struct error *e)
{
    unsigned long propagation = root_propagation(c->spec);
    const char *target = c->o->callbacks.mount_root ? c->o->root_target : c->spec->rootfs;
    int r = 0;

    if (!propagation) {
        return err_set(e, ERR_INVALID, "propagation '%s': unknown word",
                       c->spec->rootfs_propagation);
    }
    if (keeps_peers(propagation)) {
        r = make_holder_private(target);
    } else if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0) {
        /* Slave, not private: a bind with "rslave" must still hear of the host's later mounts.
         * Nothing goes the other way. */
        r = -errno;
    }
    return r < 0 ? err_sys(e, r, "make mounts private") : 0;
}

/*
 * The parent's clone of the rootfs. Where it lies is nothing to us: when its path is closed to the
 * container's root, any other place of this mount namespace will do until pivot_root.
 */
static int attach_tree(struct child *c, int *dir)
{
    if (*dir < 0) {
        *dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    int r = *dir < 0 ? -errno : mount_attach(c->rootfs_tree, *dir);

    c->root = take_fd(&c->rootfs_tree);
    return r;
}

int step_root(struct child *c, struct error *e)
{
    const struct oci_callbacks *cb = &c->o->callbacks;
    const char *path = cb->mount_root ? c->o->root_target : c->spec->rootfs;

    if (cb->mount_root) {
        if (cb->mount_root(cb->ctx, path, e) < 0) {
            return -1;
        }
        c->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return c->root < 0 ? err_sys(e, errno, "open root file system '%s'", path) : 0;
    }
    cleanup_close int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int r = 0;

    if (c->rootfs_tree >= 0) {
        r = attach_tree(c, &dir);
    } else if (dir < 0) {
        r = -errno;
    } else {
        c->root = mount_bind(dir, "", dir, true);
        r = c->root < 0 ? c->root : 0;
    }
    r = r < 0 ? r : mount_change(c->root, 0, 0, MS_PRIVATE, true);

    return r < 0 ? err_sys(e, r, "bind root file system '%s'", path) : 0;
}

/* The host's own /dev/null, checked: another file in its place would be shown to the container
 * instead of being hidden (CVE-2025-31133). */
static int open_null(struct error *e)
{
    cleanup_close int fd = open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0) {
        return err_sys(e, errno, "open '/dev/null'");
    }
    if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3)) {
        return err_set(e, ERR_CORRUPT, "open '/dev/null': not the null device");
    }
    return take_fd(&fd);
}

static int mask_one(struct child *c, int null, const char *path)
{
    cleanup_close int fd = rootfd_open(c->root, path, O_PATH, 0);
    struct stat st;

    if (fd == -ENOENT || fd == -ENOTDIR) {
        return 0;
    }
    if (fd < 0 || fstat(fd, &st) < 0) {
        return fd < 0 ? fd : -errno;
    }
    if (S_ISDIR(st.st_mode)) {
        return mount_fs("tmpfs", fd, "tmpfs", MS_RDONLY, NULL);
    }
    cleanup_close int mnt = mount_bind(null, "", fd, false);

    return mnt < 0 ? mnt : 0;
}

int step_masked_paths(struct child *c, struct error *e)
{
    char *path;

    if (!c->spec->masked_paths.count) {
        return 0;
    }
    cleanup_close int null = open_null(e);

    if (null < 0) {
        return -1;
    }
    strv_foreach (&c->spec->masked_paths, path) {
        int r = mask_one(c, null, path);

        if (r < 0) {
            return err_sys(e, r, "mask '%s'", path);
        }
    }
    return 0;
}

static int readonly_one(struct child *c, const char *path)
{
    cleanup_close int fd = rootfd_open(c->root, path, O_PATH, 0);

    if (fd == -ENOENT || fd == -ENOTDIR) {
        return 0;
    }
    cleanup_close int mnt = fd < 0 ? fd : mount_bind(fd, "", fd, true);

    return mnt < 0 ? mnt : mount_change(mnt, MOUNT_ATTR_RDONLY, 0, 0, true);
}

int step_readonly_paths(struct child *c, struct error *e)
{
    char *path;

    strv_foreach (&c->spec->readonly_paths, path) {
        int r = readonly_one(c, path);

        if (r < 0) {
            return err_sys(e, r, "make '%s' read-only", path);
        }
    }
    return 0;
}

int step_readonly_root(struct child *c, struct error *e)
{
    if (!c->spec->rootfs_readonly) {
        return 0;
    }
    int r = mount_change(c->root, MOUNT_ATTR_RDONLY, 0, 0, false);

    return r < 0 ? err_sys(e, r, "make '/' read-only") : 0;
}

/*
 * Without pivot_root the host's mounts stay below ours. What of them is proc or sysfs and may be
 * seen in full would let a user namespace in the container mount its own, so it goes first.
 */
static void detach_proc_and_sys(void)
{
    static const char *const paths[] = {"/proc", "/sys"};

    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        if (mount(NULL, paths[i], NULL, MS_PRIVATE | MS_REC, NULL) == 0 || errno != EINVAL) {
            (void) umount2(paths[i], MNT_DETACH);
        }
    }
}

/* For a host whose root is a ramfs, which pivot_root refuses. */
static int move_root(struct child *c, struct error *e)
{
    if (fchdir(c->root) < 0) {
        return err_sys(e, errno, "enter the root file system");
    }
    detach_proc_and_sys();
    if (mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0) {
        return err_sys(e, errno, "move the root file system to '/'");
    }
    return 0;
}

static int pivot(struct child *c, unsigned long propagation, struct error *e)
{
    /* pivot_root(2), "pivot_root(".", ".")": the old root ends up on top of the new one. */
    if (fchdir(c->root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0) {
        return err_sys(e, errno, "pivot_root");
    }
    if (keeps_peers(propagation) && mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL) < 0) {
        return err_sys(e, errno, "make the host's mounts slaves");
    }
    if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0) {
        return err_sys(e, errno, "detach the host's root");
    }
    return 0;
}

int step_pivot(struct child *c, struct error *e)
{
    unsigned long propagation = root_propagation(c->spec);

    if ((c->o->no_pivot ? move_root(c, e) : pivot(c, propagation, e)) < 0) {
        return -1;
    }
    if (!(propagation & MS_PRIVATE) && mount(NULL, "/", NULL, propagation, NULL) < 0) {
        return err_sys(e, errno, "set propagation of '/'");
    }
    close_fd(&c->root);
    return 0;
}
