// SPDX-License-Identifier: Apache-2.0
#include "base/fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2) /* Linux 5.11 */
#endif

int fd_write_all(int fd, const void *data, size_t n)
{
    const char *p = data;

    while (n > 0) {
        ssize_t w = write(fd, p, n);

        if (w < 0) {
            if (errno == EINTR) {
                continue;
            }
            return -errno;
        }
        p += w;
        n -= (size_t) w;
    }
    return 0;
}

ssize_t fd_read_full(int fd, void *buf, size_t n)
{
    size_t got = 0;

    while (got < n) {
        ssize_t r = read(fd, (char *) buf + got, n - got);

        if (r < 0) {
            if (errno == EINTR) {
                continue;
            }
            return -errno;
        }
        if (r == 0) {
            break;
        }
        got += (size_t) r;
    }
    return (ssize_t) got;
}

int fd_read_all(int fd, size_t max, char **ret, size_t *ret_len)
{
    cleanup_free char *buf = NULL;
    size_t len = 0;
    size_t room = 4096;
    struct stat st;

    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
        if ((uintmax_t) st.st_size > max) {
            return -EFBIG;
        }
        room = (size_t) st.st_size + 2;
    }
    for (;;) {
        char *p = realloc(buf, room);

        if (!p) {
            return -ENOMEM;
        }
        buf = p;
        ssize_t r = fd_read_full(fd, buf + len, room - 1 - len);

        if (r < 0) {
            return (int) r;
        }
        len += (size_t) r;
        if (len > max) {
            return -EFBIG;
        }
        if (len < room - 1) {
            break;
        }
        room *= 2;
    }
    buf[len] = '\0';
    if (ret_len) {
        *ret_len = len;
    }
    *ret = take_ptr(&buf);
    return 0;
}

int file_read(int dirfd, const char *path, size_t max, char **ret, size_t *ret_len)
{
    cleanup_close int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0) {
        return -errno;
    }
    return fd_read_all(fd, max, ret, ret_len);
}

int file_write(int dirfd, const char *path, const char *data)
{
    cleanup_close int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    size_t n = strlen(data);
    ssize_t w;

    if (fd < 0) {
        return -errno;
    }
    do {
        w = write(fd, data, n);
    } while (w < 0 && errno == EINTR);
    if (w < 0) {
        return -errno;
    }
    return (size_t) w == n ? 0 : -EIO;
}

int fd_dup_cloexec(int fd)
{
    int r = fcntl(fd, F_DUPFD_CLOEXEC, 3);

    return r < 0 ? -errno : r;
}

int fd_set_nonblock(int fd, bool on)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0) {
        return -errno;
    }
    int want = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;

    if (want != flags && fcntl(fd, F_SETFL, want) < 0) {
        return -errno;
    }
    return 0;
}

int fd_set_cloexec(int fd, bool on)
{
    return fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0) < 0 ? -errno : 0;
}

int fd_copy(int in, int out, off_t max)
{
    char buf[65536];
    off_t total = 0;

    for (;;) {
        ssize_t r = fd_read_full(in, buf, sizeof(buf));

        if (r <= 0) {
            return (int) r;
        }
        total += r;
        if (total > max) {
            return -EFBIG;
        }
        int w = fd_write_all(out, buf, (size_t) r);

        if (w < 0) {
            return w;
        }
    }
}

static int cloexec_by_proc(unsigned first)
{
    DIR *dir = opendir("/proc/self/fd");
    struct dirent *d;

    if (!dir) {
        return -errno;
    }
    while ((d = readdir(dir))) {
        char *end;
        long fd = strtol(d->d_name, &end, 10);

        if (*end == '\0' && fd >= (long) first && fd <= INT_MAX && fd != dirfd(dir)) {
            (void) fd_set_cloexec((int) fd, true);
        }
    }
    closedir(dir);
    return 0;
}

int fd_cloexec_from(unsigned first)
{
    if (syscall(SYS_close_range, first, UINT_MAX, CLOSE_RANGE_CLOEXEC) == 0) {
        return 0;
    }
    return cloexec_by_proc(first);
}

int fd_msg_send(int sock, const void *data, size_t n, const int *fds, size_t count)
{
    union {
        char buf[CMSG_SPACE(sizeof(int) * FD_PASS_MAX)];
        struct cmsghdr align;
    } control;
    struct iovec iov = {.iov_base = (void *) (uintptr_t) data, .iov_len = n};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    ssize_t r;

    if (count > FD_PASS_MAX) {
        return -EINVAL;
    }
    if (count) {
        msg.msg_control = control.buf;
        msg.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        memset(control.buf, 0, msg.msg_controllen);
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(c), fds, sizeof(int) * count);
    }
    do {
        r = sendmsg(sock, &msg, MSG_NOSIGNAL);
    } while (r < 0 && errno == EINTR);
    return r < 0 ? -errno : 0;
}

static size_t take_descriptors(struct msghdr *msg, int *fds, size_t count)
{
    size_t got = 0;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        for (size_t i = 0; i < n; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
            if (got < count) {
                fds[got++] = fd;
            } else {
                close(fd);
            }
        }
    }
    return got;
}

ssize_t fd_msg_recv(int sock, void *buf, size_t n, int *fds, size_t count, size_t *ret_count)
{
    union {
        char buf[CMSG_SPACE(sizeof(int) * FD_PASS_MAX)];
        struct cmsghdr align;
    } control;
    struct iovec iov = {.iov_base = buf, .iov_len = n};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.buf,
                         .msg_controllen = sizeof(control.buf)};
    ssize_t r;

    do {
        r = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
    } while (r < 0 && errno == EINTR);
    if (r < 0) {
        return -errno;
    }
    size_t got = take_descriptors(&msg, fds, count);

    if (ret_count) {
        *ret_count = got;
    }
    return msg.msg_flags & MSG_TRUNC ? -EMSGSIZE : r;
}
