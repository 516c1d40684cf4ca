// SPDX-License-Identifier: Apache-2.0
#include "base/fd.h"
#include "base/rootfd.h"
#include "oci/mount.h"
#include "oci/mountapi.h"
#include "oci/mountflags.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* The container's own group of one hierarchy on dir/name, with the attributes that were asked. */
static int mount_hierarchy(struct child *c, const struct mount_options *o,
                           const struct cgroup_mount *h, int dir)
{
    bool own_namespace = c->spec->namespaces[RT_NS_CGROUP].present;

    if (mkdirat(dir, h->name, 0755) < 0) {
        return -errno;
    }
    cleanup_close int target = openat(dir, h->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (target < 0) {
        return -errno;
    }
    if (own_namespace) {
        return mount_fs("cgroup", target, h->options ? "cgroup" : "cgroup2", o->set, h->options);
    }
    cleanup_close int mnt = mount_bind(AT_FDCWD, h->path, target, false);

    return mnt < 0 ? mnt : mount_change(mnt, mount_attr_from_flags(o->set), 0, MS_PRIVATE, false);
}

/* Hosts mount controllers together ("cpu,cpuacct"); each is to be found by its own name too. */
static int link_controllers(const char *name, int dir)
{
    char word[NAME_MAX + 1];

    if (!strchr(name, ',')) {
        return 0;
    }
    for (const char *p = name; *p;) {
        size_t n = strcspn(p, ",");

        if (n < sizeof(word)) {
            memcpy(word, p, n);
            word[n] = '\0';
            if (symlinkat(name, dir, word) < 0 && errno != EEXIST) {
                return -errno;
            }
        }
        p += n + (p[n] == ',');
    }
    return 0;
}

/* As Docker: the v1 hierarchies only; the empty v2 tree of a hybrid host is left out. */
static int mount_hierarchies(struct child *c, const struct mount_options *o, int dir)
{
    struct cgroup_mount list[CGROUP_MOUNTS_MAX];
    size_t count = c->cgroup ? cgroup_mounts(c->cgroup, list) : 0;
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++) {
        if (!list[i].options) {
            continue;
        }
        r = mount_hierarchy(c, o, &list[i], dir);
        if (r == 0) {
            r = link_controllers(list[i].name, dir);
        }
    }
    return r;
}

static int mount_v1(struct child *c, const struct rt_mount *m, const struct mount_options *o,
                    int target)
{
    unsigned long flags = o->set & ~(unsigned long) MS_RDONLY;
    int r = mount_fs("tmpfs", target, "tmpfs", flags, "mode=755");

    if (r < 0) {
        return r;
    }
    cleanup_close int top = rootfd_open(c->root, m->destination, O_RDONLY | O_DIRECTORY, 0);

    if (top < 0) {
        return top;
    }
    r = mount_hierarchies(c, o, top);
    if (r == 0 && o->set & MS_RDONLY) {
        r = mount_change(top, MOUNT_ATTR_RDONLY, 0, 0, false);
    }
    return r;
}

/* A user namespace may mount the tree of a cgroup namespace of its own only; without one the
 * container sees its own group, as if it had one. */
static int bind_v2(struct child *c, const struct mount_options *o, int target)
{
    struct cgroup_mount list[CGROUP_MOUNTS_MAX];
    size_t count = c->cgroup ? cgroup_mounts(c->cgroup, list) : 0;
    const char *path = "/sys/fs/cgroup";

    for (size_t i = 0; i < count; i++) {
        path = list[i].options ? path : list[i].path;
    }
    cleanup_close int mnt = mount_bind(AT_FDCWD, path, target, false);

    return mnt < 0 ? mnt : mount_change(mnt, mount_attr_from_flags(o->set), 0, MS_PRIVATE, false);
}

int mount_cgroup(struct child *c, const struct rt_mount *m, const struct mount_options *o,
                 int target, struct error *e)
{
    int r;

    if (cgroup_host_mode() == CGROUP_MODE_V2) {
        r = mount_fs("cgroup", target, "cgroup2", o->set, NULL);
        if (r == -EPERM && userns_wanted(c->spec)) {
            r = bind_v2(c, o, target);
        }
    } else if (cgroup_host_mode() == CGROUP_MODE_NONE) {
        return 0;
    } else {
        r = mount_v1(c, m, o, target);
    }
    return r < 0 ? err_sys(e, r, "mount 'cgroup' on '%s'", m->destination) : 0;
}
