// SPDX-License-Identifier: Apache-2.0
#include "base/fs.h"

#include "base/fd.h"
#include "base/rand.h"
#include "base/strv.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int fs_mkdirs(int dirfd, const char *path, mode_t mode)
{
    char prefix[PATH_MAX];
    size_t len = strlen(path);

    if (mkdirat(dirfd, path, mode) == 0) {
        return 0;
    }
    if (errno != ENOENT && errno != EEXIST) {
        return -errno;
    }
    if (len >= sizeof(prefix)) {
        return -ENAMETOOLONG;
    }
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        memcpy(prefix, path, i);
        prefix[i] = '\0';
        if (mkdirat(dirfd, prefix, mode) < 0 && errno != EEXIST) {
            return -errno;
        }
    }
    struct stat st;

    if (fstatat(dirfd, path, &st, 0) < 0) {
        return -errno;
    }
    return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int fs_opendir(int dirfd, const char *path)
{
    int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd < 0 ? -errno : fd;
}

int fs_opendir_make(int dirfd, const char *path, mode_t mode)
{
    int fd = fs_opendir(dirfd, path);

    if (fd != -ENOENT) {
        return fd;
    }
    int r = fs_mkdirs(dirfd, path, mode);

    return r < 0 ? r : fs_opendir(dirfd, path);
}

int fs_sync_dir(int dirfd)
{
    return fsync(dirfd) < 0 ? -errno : 0;
}

int fs_write_atomic(int dirfd, const char *name, const void *data, size_t n, mode_t mode,
                    enum fs_durability durability)
{
    char tmp[NAME_MAX + 1];
    char suffix[17];
    int r = rand_hex(suffix, sizeof(suffix));

    if (r < 0) {
        return r;
    }
    if ((size_t) snprintf(tmp, sizeof(tmp), ".%.200s.%s", name, suffix) >= sizeof(tmp)) {
        return -ENAMETOOLONG;
    }
    cleanup_close int fd = openat(dirfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

    if (fd < 0) {
        return -errno;
    }
    r = fd_write_all(fd, data, n);
    if (r == 0 && durability == FS_DURABLE && fsync(fd) < 0) {
        r = -errno;
    }
    if (r == 0 && renameat(dirfd, tmp, dirfd, name) < 0) {
        r = -errno;
    }
    if (r < 0) {
        unlinkat(dirfd, tmp, 0);
        return r;
    }
    return durability == FS_DURABLE ? fs_sync_dir(dirfd) : 0;
}

static int remove_one(void *ctx, int dirfd, const char *name, enum fs_visit kind)
{
    if (kind == FS_VISIT_MOUNT) {
        return -EBUSY;
    }
    if (unlinkat(dirfd, name, kind == FS_VISIT_DIR ? AT_REMOVEDIR : 0) < 0 && errno != ENOENT) {
        return -errno;
    }
    return 0;
}

int fs_remove_tree(int dirfd, const char *name)
{
    struct stat st;

    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        return errno == ENOENT ? 0 : -errno;
    }
    if (!S_ISDIR(st.st_mode)) {
        return unlinkat(dirfd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
    }
    int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0) {
        return errno == ENOENT ? 0 : -errno;
    }
    int r = fs_walk(fd, remove_one, NULL);

    close(fd);
    if (unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT && r == 0) {
        r = -errno;
    }
    return r;
}

bool fs_exists(int dirfd, const char *path)
{
    struct stat st;

    return fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int fs_list_dir(int dirfd, const char *path, struct strv *ret)
{
    int fd = fs_opendir(dirfd, path);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *d;

    if (!dir) {
        int r = fd < 0 ? fd : -errno;

        close_p(&fd);
        return r;
    }
    while ((d = readdir(dir))) {
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0) {
            strv_add(ret, d->d_name);
        }
    }
    closedir(dir);
    return 0;
}
