// SPDX-License-Identifier: Apache-2.0
#include "transfer/tar_pack_entry.h"

#include "base/alloc.h"
#include "base/rootfd.h"
#include "transfer/layer_meta.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define BUFFER (256u << 10)

static const uint8_t zeros[BUFFER];

int tar_pack_failed(struct tar_pack *p, struct error *e)
{
    const char *why = archive_error_string(p->a);

    if (ring_error(p->out, e) < 0) {
        return -1;
    }
    return err_set(e, ERR_INTERNAL, "write the archive: %s", why ? why : "unknown cause");
}

static void free_entry(struct archive_entry **entry)
{
    archive_entry_free(*entry);
}

static struct pack_link *slot_of(const struct tar_pack *p, dev_t dev, ino_t ino)
{
    size_t i = (size_t) ((ino ^ (dev << 32)) * 0x9e3779b97f4a7c15ull) & (p->links_size - 1);

    while (p->links[i].ino && (p->links[i].ino != ino || p->links[i].dev != dev)) {
        i = (i + 1) & (p->links_size - 1);
    }
    return &p->links[i];
}

static void links_grow(struct tar_pack *p)
{
    struct pack_link *old = p->links;
    size_t old_size = p->links_size;

    p->links_size = old_size ? old_size * 2 : 256;
    p->links = xcalloc(p->links_size, sizeof(*p->links));
    for (size_t i = 0; i < old_size; i++) {
        if (old[i].ino) {
            *slot_of(p, old[i].dev, old[i].ino) = old[i];
        }
    }
    free(old);
}

/* The name under which the file was packed already, or NULL and it is remembered. */
static const char *packed_before(struct tar_pack *p, const struct stat *st, const char *path)
{
    if (S_ISDIR(st->st_mode) || st->st_nlink < 2) {
        return NULL;
    }
    if (p->links_used * 2 >= p->links_size) {
        links_grow(p);
    }
    struct pack_link *l = slot_of(p, st->st_dev, st->st_ino);

    if (!l->ino) {
        *l = (struct pack_link){.dev = st->st_dev, .ino = st->st_ino, .path = xstrdup(path)};
        p->links_used++;
        return NULL;
    }
    return l->path;
}

void tar_pack_links_free(struct tar_pack *p)
{
    for (size_t i = 0; i < p->links_size; i++) {
        free(p->links[i].path);
    }
    free(p->links);
    p->links = NULL;
}

static int add_xattr(struct archive_entry *entry, const char *file, const char *name,
                     struct error *e)
{
    cleanup_free char *value = xmalloc(XATTR_SIZE_MAX);
    ssize_t n = lgetxattr(file, name, value, XATTR_SIZE_MAX);

    if (n < 0) {
        return err_sys(e, errno, "read the attribute '%s'", name);
    }
    archive_entry_xattr_add_entry(entry, name, value, (size_t) n);
    return 0;
}

static int add_xattrs(struct archive_entry *entry, const char *file, struct error *e)
{
    ssize_t n = llistxattr(file, NULL, 0);

    if (n <= 0) {
        return n == 0 || errno == EOPNOTSUPP ? 0 : err_sys(e, errno, "list its attributes");
    }
    cleanup_free char *list = xmalloc(XATTR_LIST_MAX + 1);

    n = llistxattr(file, list, XATTR_LIST_MAX);
    if (n < 0) {
        return err_sys(e, errno, "list its attributes");
    }
    list[n] = '\0';
    for (const char *name = list; name < list + n; name += strlen(name) + 1) {
        if (!layer_xattr_is_hosts(name) && add_xattr(entry, file, name, e) < 0) {
            return -1;
        }
    }
    return 0;
}

static int add_symlink(struct archive_entry *entry, int dirfd, const char *name, struct error *e)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(dirfd, name, target, sizeof(target) - 1);

    if (n < 0) {
        return err_sys(e, errno, "read the link");
    }
    target[n] = '\0';
    archive_entry_copy_symlink(entry, target);
    return 0;
}

/* Tells libarchive where data is, when the file has holes. */
static void add_holes(struct archive_entry *entry, int fd, const struct stat *st)
{
    off_t data = 0, hole = 0;

    if (st->st_blocks * 512 >= st->st_size) {
        return;
    }
    while (hole < st->st_size && (data = lseek(fd, hole, SEEK_DATA)) >= 0 &&
           (hole = lseek(fd, data, SEEK_HOLE)) > data) {
        archive_entry_sparse_add_entry(entry, data, hole - data);
    }
    if (archive_entry_sparse_count(entry) == 0) {
        archive_entry_sparse_add_entry(entry, st->st_size, 0);
    }
    lseek(fd, 0, SEEK_SET);
}

static int write_data(struct tar_pack *p, const uint8_t *data, size_t n, struct error *e)
{
    return archive_write_data(p->a, data, n) == (la_ssize_t) n ? 0 : tar_pack_failed(p, e);
}

/* libarchive takes holes as bytes and drops them itself; they need not be read from the file. */
static int write_content(struct tar_pack *p, int fd, const struct stat *st, struct error *e)
{
    cleanup_free uint8_t *buf = xmalloc(BUFFER);
    off_t pos = 0;

    while (pos < st->st_size) {
        off_t data = lseek(fd, pos, SEEK_DATA);

        if (data < 0) {
            data = errno == ENXIO ? st->st_size : pos; /* all hole; or unknown to this fs */
        }
        if (data > pos) {
            off_t hole = MIN(data, st->st_size) - pos;
            off_t n = MIN((off_t) BUFFER, hole);

            if (write_data(p, zeros, (size_t) n, e) < 0) {
                return -1;
            }
            pos += n;
            continue;
        }
        ssize_t n = pread(fd, buf, (size_t) MIN((off_t) BUFFER, st->st_size - pos), pos);

        if (n < 0) {
            return err_sys(e, errno, "read the file");
        }
        if (n == 0) {
            return err_set(e, ERR_CORRUPT, "the file became shorter while it was read");
        }
        if (write_data(p, buf, (size_t) n, e) < 0) {
            return -1;
        }
        pos += n;
    }
    return 0;
}

static void fill_entry(struct archive_entry *entry, const char *path, const struct stat *st)
{
    archive_entry_copy_pathname(entry, path);
    archive_entry_set_mode(entry, st->st_mode);
    archive_entry_set_uid(entry, st->st_uid);
    archive_entry_set_gid(entry, st->st_gid);
    archive_entry_set_mtime(entry, st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
    archive_entry_set_size(entry, S_ISREG(st->st_mode) ? st->st_size : 0);
    if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode)) {
        archive_entry_set_rdevmajor(entry, major(st->st_rdev));
        archive_entry_set_rdevminor(entry, minor(st->st_rdev));
    }
}

static int write_header(struct tar_pack *p, struct archive_entry *entry, struct error *e)
{
    /* A warning is about names that are no UTF-8: they are stored as they are, and marked so. */
    int r = archive_write_header(p->a, entry);

    return r == ARCHIVE_OK || r == ARCHIVE_WARN ? 0 : tar_pack_failed(p, e);
}

/* Opens a file for reading; what it is now counts, not what it was when its name was read. */
static int open_file(int dirfd, const char *name, struct stat *st, struct error *e)
{
    cleanup_close int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0 || fstat(fd, st) < 0) {
        return err_sys(e, errno, "open the file");
    }
    if (!S_ISREG(st->st_mode)) {
        return err_set(e, ERR_CORRUPT, "the file changed while it was read");
    }
    return take_fd(&fd);
}

int tar_pack_entry(struct tar_pack *p, int dirfd, const char *name, const char *path,
                   const struct stat *seen, struct error *e)
{
    __attribute__((cleanup(free_entry))) struct archive_entry *entry = archive_entry_new();
    char dir[32], file[32 + NAME_MAX + 2];
    struct stat st = *seen;
    cleanup_close int fd = FD_NONE;

    if (S_ISREG(st.st_mode) && (fd = open_file(dirfd, name, &st, e)) < 0) {
        return -1;
    }
    const char *first = packed_before(p, &st, path);

    fill_entry(entry, path, &st);
    if (first) {
        archive_entry_copy_hardlink(entry, first);
        archive_entry_unset_size(entry);
        return write_header(p, entry, e);
    }
    if (S_ISLNK(st.st_mode) && add_symlink(entry, dirfd, name, e) < 0) {
        return -1;
    }
    snprintf(file, sizeof(file), "%s/%s", fd_path(dirfd, dir), name);
    if (add_xattrs(entry, file, e) < 0) {
        return -1;
    }
    if (fd >= 0) {
        add_holes(entry, fd, &st);
    }
    if (write_header(p, entry, e) < 0) {
        return -1;
    }
    return fd >= 0 ? write_content(p, fd, &st, e) : 0;
}
