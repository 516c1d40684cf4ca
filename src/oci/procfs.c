// SPDX-License-Identifier: Apache-2.0
#include "oci/procfs.h"

#include "base/fd.h"
#include "oci/mountapi.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>

int procfs_write(const char *path, const char *text)
{
    cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0) {
        return -errno;
    }
    if (!fd_is_on(fd, PROC_SUPER_MAGIC)) {
        return -EXDEV;
    }
    size_t len = strlen(text);
    ssize_t n = write(fd, text, len);

    return n < 0 ? -errno : (size_t) n == len ? 0 : -EIO;
}

int procfs_write_of(pid_t pid, const char *file, const char *text)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/%s", (int) pid, file);
    return procfs_write(path, text);
}
