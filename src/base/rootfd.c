// SPDX-License-Identifier: Apache-2.0
#include "base/rootfd.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static int open_how(int root, const char *path, const struct open_how *how)
{
    /* EAGAIN: a rename ran beside a ".." lookup and the kernel could not be sure; bounded. */
    for (int tries = 0; tries < 128; tries++) {
        long fd = syscall(SYS_openat2, root, *path ? path : ".", how, sizeof(*how));

        if (fd >= 0) {
            return (int) fd;
        }
        if (errno != EAGAIN && errno != EINTR) {
            return -errno;
        }
    }
    return -EAGAIN;
}

int rootfd_open(int root, const char *path, int flags, mode_t mode)
{
    const struct open_how how = {
        .flags = (uint64_t) (unsigned) flags | O_CLOEXEC,
        .mode = flags & O_CREAT ? mode : 0,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };

    return open_how(root, path, &how);
}

int rootfd_open_nolinks(int root, const char *path, int flags)
{
    const struct open_how how = {
        .flags = (uint64_t) (unsigned) flags | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };

    return open_how(root, path, &how);
}

int rootfd_parent(int root, const char *path, char *name, size_t size)
{
    char dir[PATH_MAX];
    size_t len = strlen(path);

    while (len && path[len - 1] == '/') {
        len--;
    }
    size_t start = len;

    while (start && path[start - 1] != '/') {
        start--;
    }
    size_t n = len - start;

    if (!n || n >= size || start >= sizeof(dir)) {
        return n ? -ENAMETOOLONG : -EINVAL;
    }
    memcpy(name, path + start, n);
    name[n] = '\0';
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        return -EINVAL;
    }
    memcpy(dir, path, start);
    dir[start] = '\0';
    return rootfd_open(root, dir, O_PATH | O_DIRECTORY, 0);
}

#define LINKS_MAX 40 /* as the kernel's own limit on links in one path */

static int make_folders(int root, const char *path, mode_t mode, int links);

/*
 * Where a dangling link at 'path' wants its target, as a path inside the root: images ship such
 * links (/etc/resolv.conf -> ../run/...), and what they name is then made. -ENOENT: no link.
 */
static int dangling_target(int root, const char *path, char *ret, size_t size)
{
    char name[NAME_MAX + 1];
    char text[PATH_MAX];
    cleanup_close int parent = rootfd_parent(root, path, name, sizeof(name));
    ssize_t n = parent < 0 ? -1 : readlinkat(parent, name, text, sizeof(text) - 1);

    if (n < 0) {
        return -ENOENT;
    }
    text[n] = '\0';
    const char *slash = strrchr(path, '/');
    int dir = text[0] == '/' || !slash ? 0 : (int) (slash - path);
    int len = snprintf(ret, size, "%.*s/%s", dir, path, text);

    return len < 0 || (size_t) len >= size ? -ENAMETOOLONG : 0;
}

/* Opens path as a folder, making its last component when it is missing. */
static int open_or_make(int root, const char *path, mode_t mode, int links)
{
    char name[NAME_MAX + 1];
    char target[PATH_MAX];
    int fd = rootfd_open(root, path, O_PATH | O_DIRECTORY, 0);

    if (fd != -ENOENT) {
        return fd;
    }
    cleanup_close int parent = rootfd_parent(root, path, name, sizeof(name));

    if (parent < 0) {
        return parent;
    }
    /* EEXIST: made meanwhile, or a dangling link. */
    if (mkdirat(parent, name, mode) < 0 && errno != EEXIST) {
        return -errno;
    }
    fd = rootfd_open(root, path, O_PATH | O_DIRECTORY, 0);
    if (fd != -ENOENT) {
        return fd;
    }
    int r = dangling_target(root, path, target, sizeof(target));

    if (r == 0 && links == 0) {
        r = -ELOOP;
    }
    return r < 0 ? r : make_folders(root, target, mode, links - 1);
}

static int make_folders(int root, const char *path, mode_t mode, int links)
{
    char prefix[PATH_MAX];
    size_t len = strlen(path);
    int fd = rootfd_open(root, path, O_PATH | O_DIRECTORY, 0);

    if (fd != -ENOENT) {
        return fd;
    }
    if (len >= sizeof(prefix)) {
        return -ENAMETOOLONG;
    }
    /* Each prefix anew from the root, so that a link in the middle is followed inside it. */
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        if (path[i - 1] == '/') {
            continue;
        }
        memcpy(prefix, path, i);
        prefix[i] = '\0';
        close_fd(&fd);
        fd = open_or_make(root, prefix, mode, links);
        if (fd < 0) {
            return fd;
        }
    }
    return fd;
}

int rootfd_mkdirs(int root, const char *path, mode_t mode)
{
    return make_folders(root, path, mode, LINKS_MAX);
}

/* Makes the missing file at path; -EEXIST when something has the name (a dangling link). */
static int make_file(int root, const char *path, mode_t mode)
{
    char name[NAME_MAX + 1];
    char dir[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t) (slash - path) : 0;

    if (n >= sizeof(dir)) {
        return -ENAMETOOLONG;
    }
    memcpy(dir, path, n);
    dir[n] = '\0';
    cleanup_close int made = n ? rootfd_mkdirs(root, dir, 0755) : FD_NONE;

    if (n && made < 0) {
        return made;
    }
    cleanup_close int parent = rootfd_parent(root, path, name, sizeof(name));

    if (parent < 0) {
        return parent;
    }
    cleanup_close int file =
        openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

    return file < 0 ? -errno : 0;
}

int rootfd_mkfile(int root, const char *path, mode_t mode)
{
    char target[PATH_MAX];
    struct stat st;
    int fd = FD_NONE;

    for (int links = 0; links < LINKS_MAX; links++) {
        int r;

        fd = rootfd_open(root, path, O_PATH, 0);
        if (fd != -ENOENT) {
            break;
        }
        r = make_file(root, path, mode);
        if (r == -EEXIST) {
            char next[PATH_MAX];

            r = dangling_target(root, path, next, sizeof(next));
            if (r == 0) {
                memcpy(target, next, sizeof(target));
                path = target;
            } else if (r == -ENOENT) {
                r = 0; /* made meanwhile by another */
            }
        }
        if (r < 0) {
            return r;
        }
    }
    if (fd >= 0 && (fstat(fd, &st) < 0 || S_ISDIR(st.st_mode))) {
        close(fd);
        return -EISDIR;
    }
    return fd == -ENOENT ? -ELOOP : fd;
}

const char *fd_path(int fd, char buf[32])
{
    snprintf(buf, 32, "/proc/self/fd/%d", fd);
    return buf;
}

int fd_reopen(int fd, int flags)
{
    char path[32];
    int r = open(fd_path(fd, path), flags | O_CLOEXEC);

    return r < 0 ? -errno : r;
}
