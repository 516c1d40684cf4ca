// SPDX-License-Identifier: Apache-2.0
#include "base/fd.h"
#include "base/rootfd.h"
#include "oci/mount.h"
#include "oci/mountapi.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Runtime specification, config-linux.md "Default Devices"; ptmx is a link below. */
static const struct node {
    const char *name;
    unsigned major, minor;
} default_nodes[] = {
    {"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
    {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0},
};

/* config-linux.md "Dev symbolic links" */
static const struct link {
    const char *name;
    const char *to;
} default_links[] = {
    {"ptmx", "pts/ptmx"},          {"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"},
    {"stdout", "/proc/self/fd/1"}, {"stderr", "/proc/self/fd/2"},
};

/* Where mknod is forbidden (a user namespace, a container in a container): the host's own node,
 * bound; 1. */
static int bind_host_node(int dir, const char *name, mode_t type, dev_t dev)
{
    char host[NAME_MAX + 8];
    struct stat st;

    snprintf(host, sizeof(host), "/dev/%s", name);
    cleanup_close int node = open(host, O_PATH | O_NOFOLLOW | O_CLOEXEC);

    if (node < 0 || fstat(node, &st) < 0) {
        return -errno;
    }
    if ((st.st_mode & S_IFMT) != type || st.st_rdev != dev) {
        return -EPERM;
    }
    cleanup_close int file =
        openat(dir, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

    if (file < 0) {
        return -errno;
    }
    cleanup_close int mnt = mount_bind(node, "", file, false);

    return mnt < 0 ? mnt : 1;
}

/* A node of the same name is fine when it is that device (1: bound there); anything else in its
 * place is not. */
static int check_existing(int dir, const char *name, mode_t type, dev_t dev)
{
    struct stat above;
    struct stat st;

    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        return -errno;
    }
    if ((st.st_mode & S_IFMT) != type || st.st_rdev != dev) {
        return -EEXIST;
    }
    return fstat(dir, &above) == 0 && above.st_dev != st.st_dev; /* bound */
}

/* 1: it is the host's own, whose owner and mode are not ours to change. */
static int make_node(int dir, const char *name, mode_t mode, dev_t dev)
{
    if (mknodat(dir, name, mode, dev) == 0) {
        return 0;
    }
    if (errno == EEXIST) {
        return check_existing(dir, name, mode & S_IFMT, dev);
    }
    return errno == EPERM ? bind_host_node(dir, name, mode & S_IFMT, dev) : -errno;
}

static int make_defaults(int dev, struct error *e)
{
    for (size_t i = 0; i < ARRAY_SIZE(default_nodes); i++) {
        const struct node *n = &default_nodes[i];
        int r = make_node(dev, n->name, S_IFCHR | 0666, makedev(n->major, n->minor));

        if (r < 0) {
            return err_sys(e, r, "make device '/dev/%s'", n->name);
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(default_links); i++) {
        if (symlinkat(default_links[i].to, dev, default_links[i].name) < 0 && errno != EEXIST) {
            return err_sys(e, errno, "make link '/dev/%s'", default_links[i].name);
        }
    }
    /* Only where the kernel offers it. */
    if (access("/proc/kcore", F_OK) == 0 && symlinkat("/proc/kcore", dev, "core") < 0 &&
        errno != EEXIST) {
        return err_sys(e, errno, "make link '/dev/core'");
    }
    return 0;
}

static int make_device(struct child *c, const struct rt_device *d)
{
    char name[NAME_MAX + 1];
    char dir[PATH_MAX];
    mode_t type = d->type == 'b' ? S_IFBLK : d->type == 'p' ? S_IFIFO : S_IFCHR;
    size_t len = strlen(d->path);

    /* The container's own multiplexer is below /dev/pts; the host's, which Docker lists for
     * privileged containers, would open the host's terminals. */
    if (strcmp(d->path, "/dev/ptmx") == 0) {
        return 0;
    }
    while (len && d->path[len - 1] != '/') {
        len--;
    }
    if (len >= sizeof(dir)) {
        return -ENAMETOOLONG;
    }
    memcpy(dir, d->path, len);
    dir[len] = '\0';
    cleanup_close int made = rootfd_mkdirs(c->root, dir, 0755);
    cleanup_close int parent =
        made < 0 ? made : rootfd_parent(c->root, d->path, name, sizeof(name));

    if (parent < 0) {
        return parent;
    }
    dev_t dev = type == S_IFIFO ? 0 : makedev((unsigned) d->major, (unsigned) d->minor);
    int r = make_node(parent, name, type | (d->mode & 07777), dev);

    if (r == 0 && fchownat(parent, name, d->uid, d->gid, AT_SYMLINK_NOFOLLOW) < 0) {
        r = -errno;
    }
    /* One that was there, like the default ones, gets its mode too; no link can be in its place. */
    if (r == 0 && fchmodat(parent, name, d->mode & 07777, 0) < 0) {
        r = -errno;
    }
    return r;
}

int step_devices(struct child *c, struct error *e)
{
    if (!mount_dev_is_bind(c->spec)) {
        cleanup_close int dev = rootfd_mkdirs(c->root, "/dev", 0755);

        if (dev < 0) {
            return err_sys(e, dev, "open '/dev'");
        }
        if (make_defaults(dev, e) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < c->spec->devices_count; i++) {
        const struct rt_device *d = &c->spec->devices[i];
        int r = make_device(c, d);

        if (r < 0) {
            return err_sys(e, r, "make device '%s'", d->path);
        }
    }
    return 0;
}
