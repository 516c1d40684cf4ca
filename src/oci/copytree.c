// SPDX-License-Identifier: Apache-2.0
#include "oci/copytree.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/rootfd.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define DEPTH_MAX 512 /* each level holds two descriptors and a stack frame */
#define XATTR_MAX 65536

/* Files with more than one name: where the first name was copied to. */
struct link_seen {
    dev_t dev;
    ino_t ino;
    char *path; /* relative to the target */
};

struct copy {
    int target; /* root of the copy */
    struct link_seen *links;
    size_t links_count;
    size_t links_alloc;
    char path[PATH_MAX]; /* of the current entry, relative */
    size_t path_len;
};

static bool name_is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

int dir_is_empty(int dirfd)
{
    int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *d;
    int empty = 1;

    if (!dir) {
        int r = -errno;

        close_fd(&fd);
        return r;
    }
    while (empty && (d = readdir(dir))) {
        empty = name_is_dots(d->d_name) || strcmp(d->d_name, "lost+found") == 0;
    }
    closedir(dir);
    return empty;
}

static int copy_one_xattr(int from, int to, const char *name, char *value)
{
    ssize_t n = fgetxattr(from, name, value, XATTR_MAX);

    if (n < 0) {
        return errno == ENODATA ? 0 : -errno;
    }
    if (fsetxattr(to, name, value, (size_t) n, 0) < 0 && errno != ENOTSUP) {
        return -errno;
    }
    return 0;
}

/* Security labels are the target's own affair; overlay's private attributes are not content. */
static bool xattr_is_copied(const char *name)
{
    return strncmp(name, "trusted.overlay.", 16) != 0 && strcmp(name, "security.selinux") != 0;
}

static int copy_xattrs(int from, int to)
{
    ssize_t size = flistxattr(from, NULL, 0);

    if (size <= 0) {
        return size == 0 || errno == ENOTSUP ? 0 : -errno;
    }
    cleanup_free char *names = xmalloc((size_t) size);
    cleanup_free char *value = xmalloc(XATTR_MAX);

    size = flistxattr(from, names, (size_t) size);
    if (size < 0) {
        return -errno;
    }
    for (char *name = names; name < names + size; name += strlen(name) + 1) {
        int r = xattr_is_copied(name) ? copy_one_xattr(from, to, name, value) : 0;

        if (r < 0) {
            return r;
        }
    }
    return 0;
}

/* Owner first: chown clears set-user-id bits and file capabilities. */
static int copy_attributes(int from, int to, const struct stat *st)
{
    struct timespec times[2] = {st->st_atim, st->st_mtim};

    if (fchown(to, st->st_uid, st->st_gid) < 0 || fchmod(to, st->st_mode & 07777) < 0) {
        return -errno;
    }
    int r = copy_xattrs(from, to);

    if (r == 0 && futimens(to, times) < 0) {
        r = -errno;
    }
    return r;
}

static int copy_extent(int from, int to, off_t start, off_t end)
{
    char buf[65536];

    while (start < end) {
        ssize_t n = copy_file_range(from, &start, to, NULL, (size_t) (end - start), 0);

        if (n > 0) {
            continue;
        }
        if (n == 0) {
            return 0; /* shrank meanwhile */
        }
        if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) {
            return -errno;
        }
        n = pread(from, buf, (size_t) MIN(end - start, (off_t) sizeof(buf)), start);
        if (n <= 0) {
            return n < 0 ? -errno : 0;
        }
        int r = fd_write_all(to, buf, (size_t) n);

        if (r < 0) {
            return r;
        }
        start += n;
    }
    return 0;
}

/* Only where there is data; holes stay holes. */
static int copy_data(int from, int to, off_t size)
{
    off_t pos = 0;

    while (pos < size) {
        off_t start = lseek(from, pos, SEEK_DATA);

        if (start < 0 && errno == ENXIO) {
            break;
        }
        off_t end = start < 0 ? size : lseek(from, start, SEEK_HOLE);

        start = start < 0 ? pos : start;
        end = end < 0 ? size : end;
        if (lseek(to, start, SEEK_SET) < 0) {
            return -errno;
        }
        int r = copy_extent(from, to, start, end);

        if (r < 0) {
            return r;
        }
        pos = end;
    }
    return ftruncate(to, size) < 0 ? -errno : 0;
}

static int copy_file(int from_dir, int to_dir, const char *name, const struct stat *st)
{
    cleanup_close int from = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    cleanup_close int to =
        openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (from < 0 || to < 0) {
        return -errno;
    }
    int r = copy_data(from, to, st->st_size);

    return r < 0 ? r : copy_attributes(from, to, st);
}

static int copy_symlink(int from_dir, int to_dir, const char *name, const struct stat *st)
{
    struct timespec times[2] = {st->st_atim, st->st_mtim};
    char text[PATH_MAX];
    ssize_t n = readlinkat(from_dir, name, text, sizeof(text) - 1);

    if (n < 0) {
        return -errno;
    }
    text[n] = '\0';
    if (symlinkat(text, to_dir, name) < 0 ||
        fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0 ||
        utimensat(to_dir, name, times, AT_SYMLINK_NOFOLLOW) < 0) {
        return -errno;
    }
    return 0;
}

/* Devices, fifos; sockets are left out, as no process listens on a copy. */
static int copy_special(int to_dir, const char *name, const struct stat *st)
{
    if (S_ISSOCK(st->st_mode)) {
        return 0;
    }
    if (mknodat(to_dir, name, st->st_mode, st->st_rdev) < 0 ||
        fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0 ||
        fchmodat(to_dir, name, st->st_mode & 07777, 0) < 0) {
        return -errno;
    }
    return 0;
}

/* True when the file was linked to a copy that was made under another name. */
static bool linked_before(struct copy *c, const struct stat *st, int to_dir, const char *name,
                          int *ret)
{
    for (size_t i = 0; i < c->links_count; i++) {
        if (c->links[i].dev == st->st_dev && c->links[i].ino == st->st_ino) {
            *ret = linkat(c->target, c->links[i].path, to_dir, name, 0) < 0 ? -errno : 0;
            return true;
        }
    }
    if (c->links_count == c->links_alloc) {
        c->links_alloc = c->links_alloc ? c->links_alloc * 2 : 64;
        c->links = xrealloc_array(c->links, c->links_alloc, sizeof(*c->links));
    }
    c->links[c->links_count++] = (struct link_seen){
        .dev = st->st_dev,
        .ino = st->st_ino,
        .path = xstrdup(c->path),
    };
    return false;
}

static int copy_children(struct copy *c, int from_fd, int to_fd, int depth);

static int copy_folder(struct copy *c, int from_dir, int to_dir, const char *name,
                       const struct stat *st, int depth)
{
    int from = openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (from < 0) {
        return -errno;
    }
    cleanup_close int own = from;

    if (mkdirat(to_dir, name, 0700) < 0) {
        return -errno;
    }
    cleanup_close int to = openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (to < 0) {
        return -errno;
    }
    int r = copy_children(c, own, to, depth + 1);

    /* After its content, which changes its times. */
    return r < 0 ? r : copy_attributes(own, to, st);
}

static int copy_entry(struct copy *c, int from_dir, int to_dir, const char *name, int depth)
{
    struct stat st;
    int r = 0;

    if (fstatat(from_dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        return -errno;
    }
    if (S_ISDIR(st.st_mode)) {
        return copy_folder(c, from_dir, to_dir, name, &st, depth);
    }
    if (st.st_nlink > 1 && linked_before(c, &st, to_dir, name, &r)) {
        return r;
    }
    if (S_ISREG(st.st_mode)) {
        return copy_file(from_dir, to_dir, name, &st);
    }
    return S_ISLNK(st.st_mode) ? copy_symlink(from_dir, to_dir, name, &st)
                               : copy_special(to_dir, name, &st);
}

static int copy_children(struct copy *c, int from_fd, int to_fd, int depth)
{
    int fd = openat(from_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *d;
    size_t len = c->path_len;
    int r = depth > DEPTH_MAX ? -ELOOP : 0;

    if (!dir) {
        r = -errno;
        close_fd(&fd);
        return r;
    }
    while (r == 0 && (d = readdir(dir))) {
        if (name_is_dots(d->d_name)) {
            continue;
        }
        int n = snprintf(c->path + len, sizeof(c->path) - len, "%s%s", len ? "/" : "", d->d_name);

        if (n < 0 || (size_t) n >= sizeof(c->path) - len) {
            c->path[len] = '\0';
            r = -ENAMETOOLONG;
            break;
        }
        c->path_len = len + (size_t) n;
        r = copy_entry(c, from_fd, to_fd, d->d_name, depth);
        if (r == 0) {
            c->path_len = len;
            c->path[len] = '\0';
        }
    }
    closedir(dir);
    return r;
}

int copytree(int from, int to, struct error *e)
{
    struct copy c = {.target = to};
    struct stat st;
    int r = copy_children(&c, from, to, 0);

    if (r == 0) {
        r = fstat(from, &st) < 0 ? -errno : copy_attributes(from, to, &st);
    }
    for (size_t i = 0; i < c.links_count; i++) {
        free(c.links[i].path);
    }
    free(c.links);
    return r < 0 ? err_sys(e, r, "copy '%s'", c.path) : 0;
}
