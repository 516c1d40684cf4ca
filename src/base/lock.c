// SPDX-License-Identifier: Apache-2.0
#include "base/lock.h"

#include <fcntl.h>
#include <sys/stat.h>

static int lock_with(int dirfd, const char *name, enum lock_mode mode, int cmd)
{
    for (;;) {
        cleanup_close int fd = openat(dirfd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        struct flock fl = {.l_type = mode == LOCK_MODE_EXCLUSIVE ? F_WRLCK : F_RDLCK,
                           .l_whence = SEEK_SET};
        struct stat mine, named;

        if (fd < 0) {
            return -errno;
        }
        if (fcntl(fd, cmd, &fl) < 0) {
            if (errno == EINTR) {
                continue;
            }
            return errno == EACCES ? -EAGAIN : -errno;
        }
        /* Its owner may have removed the file while we waited: then lock the new one. */
        if (fstat(fd, &mine) == 0 && fstatat(dirfd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
            mine.st_ino == named.st_ino && mine.st_dev == named.st_dev) {
            return take_fd(&fd);
        }
        if (cmd == F_OFD_SETLK) {
            return -EAGAIN;
        }
    }
}

int lock_open(int dirfd, const char *name, enum lock_mode mode)
{
    return lock_with(dirfd, name, mode, F_OFD_SETLKW);
}

int lock_try(int dirfd, const char *name, enum lock_mode mode)
{
    return lock_with(dirfd, name, mode, F_OFD_SETLK);
}

void lock_release(int *fd)
{
    struct flock fl = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

    if (*fd >= 0) {
        (void) fcntl(*fd, F_OFD_SETLK, &fl);
    }
    close_fd(fd);
}

bool lock_is_held(int dirfd, const char *name)
{
    cleanup_close int fd = openat(dirfd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    struct flock fl = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

    return fd >= 0 && fcntl(fd, F_OFD_GETLK, &fl) == 0 && fl.l_type == F_WRLCK;
}
