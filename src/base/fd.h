// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Reading, writing and passing file descriptors. Low tier: -errno, silent. No allocation except
 * in fd_read_all and file_read, so the monitor may use the rest.
 */
#include "base/defs.h"

#include <stdbool.h>
#include <sys/types.h>

/* Writes all n bytes, over short writes and EINTR. */
int fd_write_all(int fd, const void *data, size_t n);

/* Reads until n bytes or end of file; returns how many came. */
ssize_t fd_read_full(int fd, void *buf, size_t n);

/* The rest of fd as a NUL-terminated string (caller frees), -EFBIG when over max bytes. */
int fd_read_all(int fd, size_t max, char **ret, size_t *ret_len);

/* openat + fd_read_all. ret_len may be NULL. */
int file_read(int dirfd, const char *path, size_t max, char **ret, size_t *ret_len);

/* Writes data with one write(2) to an existing file, as the kernel's control files want it. */
int file_write(int dirfd, const char *path, const char *data);

/* A duplicate that is close-on-exec; -errno on failure. */
int fd_dup_cloexec(int fd);

int fd_set_nonblock(int fd, bool on);
int fd_set_cloexec(int fd, bool on);

/* Copies from in to out until end of file; -EFBIG when more than max bytes come. */
int fd_copy(int in, int out, off_t max);

/* Marks every descriptor >= first close-on-exec (close_range, or /proc/self/fd before 5.11). */
int fd_cloexec_from(unsigned first);

/*
 * One SEQPACKET datagram with up to 'count' descriptors beside it (at most FD_PASS_MAX).
 * fd_msg_recv: descriptors arrive close-on-exec, *ret_count of them (at most 'count'; any more
 * are closed); returns the datagram's length, 0 at end of file, -EMSGSIZE when it was cut.
 */
#define FD_PASS_MAX 32
int fd_msg_send(int sock, const void *data, size_t n, const int *fds, size_t count);
ssize_t fd_msg_recv(int sock, void *buf, size_t n, int *fds, size_t count, size_t *ret_count);
