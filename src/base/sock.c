// SPDX-License-Identifier: Apache-2.0
#include "base/sock.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

int sock_pair(int ret[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) < 0 ? -errno : 0;
}

static int address_of(int dirfd, const char *name, struct sockaddr_un *ret)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    int n = snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d/%s", dirfd, name);

    return n < 0 || (size_t) n >= sizeof(ret->sun_path) ? -ENAMETOOLONG : 0;
}

int sock_listen(int dirfd, const char *name)
{
    struct sockaddr_un addr;
    int r = address_of(dirfd, name, &addr);

    if (r < 0) {
        return r;
    }
    cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0) {
        return -errno;
    }
    if (unlinkat(dirfd, name, 0) < 0 && errno != ENOENT) {
        return -errno;
    }
    /* Mode of the socket file comes from the descriptor before bind (no umask race). */
    if (fchmod(fd, 0600) < 0 || bind(fd, (struct sockaddr *) &addr, sizeof(addr)) < 0 ||
        listen(fd, 64) < 0) {
        return -errno;
    }
    return take_fd(&fd);
}

int sock_connect(int dirfd, const char *name)
{
    struct sockaddr_un addr;
    int r = address_of(dirfd, name, &addr);

    if (r < 0) {
        return r;
    }
    cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return -errno;
    }
    if (connect(fd, (struct sockaddr *) &addr, sizeof(addr)) < 0) {
        return -errno;
    }
    return take_fd(&fd);
}
