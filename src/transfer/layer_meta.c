// SPDX-License-Identifier: Apache-2.0
#include "transfer/layer_meta.h"

#include "base/alloc.h"
#include "base/rootfd.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

struct layer_dir {
    char *path;
    struct timespec times[2];
    void *acl; /* default ACL: files made before it is set must not inherit it */
    size_t acl_size;
};

static struct timespec timespec_of(int64_t sec, long nsec)
{
    bool sane = nsec >= 0 && nsec < 1000000000;

    return (struct timespec){.tv_sec = sec, .tv_nsec = sane ? nsec : 0};
}

int layer_meta_read(struct archive_entry *entry, struct layer_meta *ret, struct error *e)
{
    int64_t uid = archive_entry_uid(entry), gid = archive_entry_gid(entry);

    /* The last value means "unchanged" to chown(2). */
    if (uid < 0 || uid >= UINT32_MAX || gid < 0 || gid >= UINT32_MAX) {
        return err_set(e, ERR_INVALID, "the owner %lld:%lld is out of range", (long long) uid,
                       (long long) gid);
    }
    *ret = (struct layer_meta){
        .uid = (uid_t) uid,
        .gid = (gid_t) gid,
        .mode = archive_entry_perm(entry) & 07777,
    };
    ret->times[1] = timespec_of(archive_entry_mtime(entry), archive_entry_mtime_nsec(entry));
    ret->times[0] = ret->times[1];
    if (archive_entry_atime_is_set(entry)) {
        ret->times[0] = timespec_of(archive_entry_atime(entry), archive_entry_atime_nsec(entry));
    }
    return 0;
}

bool layer_xattr_is_hosts(const char *name)
{
    return strncmp(name, "trusted.overlay.", 16) == 0 || strncmp(name, "trusted.hoy.", 12) == 0 ||
           strncmp(name, "user.overlay.", 13) == 0 || strcmp(name, "security.selinux") == 0;
}

static void note_skipped(struct layer_apply *la, const char *name)
{
    if (la->skipped_xattrs++ == 0) {
        tar_printable(name, la->skipped_first, sizeof(la->skipped_first));
    }
}

static int xattr_failed(struct layer_apply *la, const char *name, size_t size, int errnum,
                        struct error *e)
{
    char shown[280];

    /* As Docker: a file system without such attributes takes the rest of the image. */
    if (errnum == EOPNOTSUPP) {
        note_skipped(la, name);
        return 0;
    }
    tar_printable(name, shown, sizeof(shown));
    if (errnum == ENOSPC || errnum == E2BIG || errnum == ERANGE) {
        return err_set(e, ERR_UNAVAILABLE,
                       "the attribute '%s' of %zu bytes does not fit in the file system", shown,
                       size);
    }
    return err_sys(e, errnum, "set the attribute '%s'", shown);
}

/* Either fd, or a path whose last component is not followed. */
static int xattrs_set(struct layer_apply *la, struct archive_entry *entry, int fd, const char *path,
                      bool is_dir, struct error *e)
{
    const char *name;
    const void *value;
    size_t size;

    archive_entry_xattr_reset(entry);
    while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
        if (layer_xattr_is_hosts(name) || (is_dir && strcmp(name, XATTR_ACL_DEFAULT) == 0)) {
            continue;
        }
        int r =
            fd >= 0 ? fsetxattr(fd, name, value, size, 0) : lsetxattr(path, name, value, size, 0);

        if (r < 0 && xattr_failed(la, name, size, errno, e) < 0) {
            return -1;
        }
    }
    return 0;
}

int layer_meta_set_fd(struct layer_apply *la, struct archive_entry *entry,
                      const struct layer_meta *m, int fd, struct error *e)
{
    bool is_dir = archive_entry_filetype(entry) == AE_IFDIR;

    if (fchown(fd, m->uid, m->gid) < 0) {
        return err_sys(e, errno, "set its owner");
    }
    if (archive_entry_xattr_count(entry) && xattrs_set(la, entry, fd, NULL, is_dir, e) < 0) {
        return -1;
    }
    return fchmod(fd, m->mode) < 0 ? err_sys(e, errno, "set its mode") : 0;
}

int layer_meta_set_at(struct layer_apply *la, struct archive_entry *entry,
                      const struct layer_meta *m, int dirfd, const char *name, struct error *e)
{
    char dir[32], path[32 + NAME_MAX + 2];
    bool is_link = archive_entry_filetype(entry) == AE_IFLNK;

    if (fchownat(dirfd, name, m->uid, m->gid, AT_SYMLINK_NOFOLLOW) < 0) {
        return err_sys(e, errno, "set its owner");
    }
    snprintf(path, sizeof(path), "%s/%s", fd_path(dirfd, dir), name);
    if (archive_entry_xattr_count(entry) && xattrs_set(la, entry, -1, path, false, e) < 0) {
        return -1;
    }
    /* We made it just now and nobody else can reach the draft: it is no link. */
    if (!is_link && fchmodat(dirfd, name, m->mode, 0) < 0) {
        return err_sys(e, errno, "set its mode");
    }
    if (utimensat(dirfd, name, m->times, AT_SYMLINK_NOFOLLOW) < 0) {
        return err_sys(e, errno, "set its time");
    }
    return 0;
}

static void keep_default_acl(struct layer_dir *d, struct archive_entry *entry)
{
    const char *name;
    const void *value;
    size_t size;

    archive_entry_xattr_reset(entry);
    while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
        if (strcmp(name, XATTR_ACL_DEFAULT) == 0 && size <= XATTR_SIZE_MAX && !d->acl) {
            d->acl = xmalloc(size + 1);
            memcpy(d->acl, value, size);
            d->acl_size = size;
        }
    }
}

int layer_dir_remember(struct layer_apply *la, const char *path, struct archive_entry *entry,
                       const struct layer_meta *m, struct error *e)
{
    if (la->dirs_count == la->dirs_alloc) {
        la->dirs_alloc = la->dirs_alloc ? la->dirs_alloc * 2 : 256;
        la->dirs = xrealloc_array(la->dirs, la->dirs_alloc, sizeof(*la->dirs));
    }
    struct layer_dir *d = &la->dirs[la->dirs_count++];

    *d = (struct layer_dir){.path = xstrdup(path), .times = {m->times[0], m->times[1]}};
    if (archive_entry_xattr_count(entry)) {
        keep_default_acl(d, entry);
    }
    la->dirs_bytes += (int64_t) (sizeof(*d) + strlen(path) + 1 + d->acl_size);
    if (la->dirs_bytes > la->limits.dir_memory) {
        return err_set(e, ERR_INVALID, "the archive has too many folders");
    }
    return 0;
}

static int finish_dir(struct layer_apply *la, const struct layer_dir *d, struct error *e)
{
    char shown[256];
    cleanup_close int fd = rootfd_open(la->root, d->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

    if (fd < 0) {
        return 0; /* a later entry took its place */
    }
    if (d->acl && fsetxattr(fd, XATTR_ACL_DEFAULT, d->acl, d->acl_size, 0) < 0 &&
        xattr_failed(la, XATTR_ACL_DEFAULT, d->acl_size, errno, e) < 0) {
        return err_wrap(e, "unpack '%s'", tar_printable(d->path, shown, sizeof(shown)));
    }
    if (futimens(fd, d->times) < 0) {
        return err_sys(e, errno, "unpack '%s': set its time",
                       tar_printable(d->path, shown, sizeof(shown)));
    }
    return 0;
}

int layer_dirs_finish(struct layer_apply *la, struct error *e)
{
    for (size_t i = 0; i < la->dirs_count; i++) {
        if (finish_dir(la, &la->dirs[i], e) < 0) {
            return -1;
        }
    }
    return 0;
}

void layer_dirs_free(struct layer_apply *la)
{
    for (size_t i = 0; i < la->dirs_count; i++) {
        free(la->dirs[i].path);
        free(la->dirs[i].acl);
    }
    free(la->dirs);
    la->dirs = NULL;
    la->dirs_count = 0;
}
