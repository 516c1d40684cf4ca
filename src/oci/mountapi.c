// SPDX-License-Identifier: Apache-2.0
#include "oci/mountapi.h"

#include "base/fd.h"
#include "base/rootfd.h"
#include "oci/fault.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256 /* Linux 5.10 */
#endif

#define MOUNTINFO_MAX (16u << 20)

int mount_clone(int dirfd, const char *path, bool recursive)
{
    unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (*path ? 0 : AT_EMPTY_PATH) |
                     (recursive ? AT_RECURSIVE : 0);
    int fd = open_tree(dirfd, path, flags);

    return fd < 0 ? -errno : fd;
}

int mount_attach(int mnt, int target)
{
    int r = move_mount(mnt, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);

    return r < 0 ? -errno : 0;
}

int mount_bind(int dirfd, const char *path, int target, bool recursive)
{
    cleanup_close int mnt = mount_clone(dirfd, path, recursive);

    if (mnt < 0) {
        return mnt;
    }
    int r = mount_attach(mnt, target);

    return r < 0 ? r : take_fd(&mnt);
}

int mount_fs(const char *source, int target, const char *type, unsigned long flags,
             const char *data)
{
    char path[32];

    return mount(source, fd_path(target, path), type, flags, data && *data ? data : NULL) < 0
               ? -errno
               : 0;
}

static unsigned long flags_of_mount(int mnt)
{
    static const struct {
        unsigned long st;
        unsigned long ms;
    } map[] = {
        {ST_RDONLY, MS_RDONLY},     {ST_NOSUID, MS_NOSUID},         {ST_NODEV, MS_NODEV},
        {ST_NOEXEC, MS_NOEXEC},     {ST_NODIRATIME, MS_NODIRATIME}, {ST_NOATIME, MS_NOATIME},
        {ST_RELATIME, MS_RELATIME},
    };
    struct statvfs st;
    unsigned long flags = 0;

    if (fstatvfs(mnt, &st) == 0) {
        for (size_t i = 0; i < ARRAY_SIZE(map); i++) {
            flags |= st.f_flag & map[i].st ? map[i].ms : 0;
        }
    }
    return flags;
}

/* What mount(2) calls the attributes; STRICTATIME and NOATIME push RELATIME out. */
static unsigned long flags_from_attr(uint64_t attr)
{
    unsigned long flags = 0;

    flags |= attr & MOUNT_ATTR_RDONLY ? MS_RDONLY : 0;
    flags |= attr & MOUNT_ATTR_NOSUID ? MS_NOSUID : 0;
    flags |= attr & MOUNT_ATTR_NODEV ? MS_NODEV : 0;
    flags |= attr & MOUNT_ATTR_NOEXEC ? MS_NOEXEC : 0;
    flags |= attr & MOUNT_ATTR_NODIRATIME ? MS_NODIRATIME : 0;
    flags |= attr & MOUNT_ATTR_NOSYMFOLLOW ? MS_NOSYMFOLLOW : 0;
    flags |= attr & MOUNT_ATTR_NOATIME ? MS_NOATIME : 0;
    flags |= attr & MOUNT_ATTR_STRICTATIME ? MS_STRICTATIME : 0;
    return flags;
}

static int remount_one(int mnt, uint64_t set, uint64_t clear)
{
    unsigned long flags = flags_of_mount(mnt);
    char path[32];

    flags &= ~flags_from_attr(clear & ~(uint64_t) MOUNT_ATTR__ATIME);
    if ((set | clear) & MOUNT_ATTR__ATIME) {
        flags &= ~(unsigned long) (MS_NOATIME | MS_RELATIME | MS_STRICTATIME);
    }
    flags |= flags_from_attr(set);
    return mount(NULL, fd_path(mnt, path), NULL, MS_REMOUNT | MS_BIND | flags, NULL) < 0 ? -errno
                                                                                         : 0;
}

static uint64_t mount_id(int fd)
{
    struct statx stx;

    if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0 || !(stx.stx_mask & STATX_MNT_ID)) {
        return 0;
    }
    return stx.stx_mnt_id;
}

/* Remounts the mount that a line of mountinfo names, if its path still leads to that mount. */
static int remount_line(const char *mount_point, uint64_t id, uint64_t set, uint64_t clear)
{
    cleanup_close int fd = open(mount_point, O_PATH | O_NOFOLLOW | O_CLOEXEC);

    /* Hidden below another mount, or with blanks in its name: nothing reaches it by that path. */
    if (fd < 0 || mount_id(fd) != id) {
        return 0;
    }
    return remount_one(fd, set, clear);
}

/* All mounts below 'top', by their parents' numbers: a parent's line comes before its children. */
static int remount_below(uint64_t top, uint64_t set, uint64_t clear)
{
    cleanup_free char *info = NULL;
    cleanup_free uint64_t *ids = NULL;
    size_t count = 1;
    size_t lines = 2;
    char *save = NULL;
    int r = file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &info, NULL);

    if (r < 0) {
        return r;
    }
    for (const char *p = info; *p; p++) {
        lines += *p == '\n';
    }
    ids = calloc(lines, sizeof(*ids));
    if (!ids) {
        return -ENOMEM;
    }
    ids[0] = top;
    for (char *line = strtok_r(info, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        unsigned long long id;
        unsigned long long parent;
        char point[4096];

        if (sscanf(line, "%llu %llu %*s %*s %4095s", &id, &parent, point) != 3) {
            continue;
        }
        for (size_t i = 0; i < count; i++) {
            if (ids[i] == parent) {
                ids[count++] = id;
                r = remount_line(point, id, set, clear);
                break;
            }
        }
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

static int change_by_remount(int mnt, uint64_t set, uint64_t clear, unsigned long propagation,
                             bool recursive)
{
    char path[32];
    int r = 0;

    if (set | clear) {
        r = remount_one(mnt, set, clear);
        if (r == 0 && recursive) {
            r = remount_below(mount_id(mnt), set, clear);
        }
    }
    if (r == 0 && propagation &&
        mount(NULL, fd_path(mnt, path), NULL, propagation | (recursive ? MS_REC : 0), NULL) < 0) {
        r = -errno;
    }
    return r;
}

int mount_change(int mnt, uint64_t set, uint64_t clear, unsigned long propagation, bool recursive)
{
    struct mount_attr attr = {
        .attr_set = set,
        .attr_clr = clear,
        .propagation = propagation & ~(unsigned long) MS_REC,
    };

    if ((set | clear) & MOUNT_ATTR__ATIME) {
        attr.attr_clr |= MOUNT_ATTR__ATIME; /* one field: the kernel wants it cleared whole */
    }
    attr.attr_clr &= ~(set & ~(uint64_t) MOUNT_ATTR__ATIME);
    int r = -ENOSYS;

    if (!fault_wanted("no-mount-setattr")) {
        unsigned at = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

        r = mount_setattr(mnt, "", at, &attr, sizeof(attr)) < 0 ? -errno : 0;
    }
    if (r != -ENOSYS && r != -EPERM) {
        return r;
    }
    return change_by_remount(mnt, set, clear, attr.propagation, recursive);
}

bool fd_is_on(int fd, long magic)
{
    struct statfs st;

    return fstatfs(fd, &st) == 0 && st.f_type == magic;
}
