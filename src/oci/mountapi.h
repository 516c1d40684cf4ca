// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Thin forms of the mount system calls that name both ends by descriptor, so that nothing a
 * container could rename or link comes between a check and the mount. Low tier: -errno.
 *
 * Binds use open_tree + move_mount (Linux 5.2), file systems use mount(2) onto /proc/self/fd/N,
 * which is one call where fsopen needs four.
 */
#include "base/defs.h"

#include <stdbool.h>
#include <stdint.h>

/* A detached copy of the mount at dirfd/path ("" is dirfd itself), with those below if recursive.
 */
int mount_clone(int dirfd, const char *path, bool recursive);

/* Puts a detached mount on top of target (O_PATH). mnt stays open and now names it there. */
int mount_attach(int mnt, int target);

/* Both; returns a descriptor of the new mount. */
int mount_bind(int dirfd, const char *path, int target, bool recursive);

/* A new file system of the type on target. */
int mount_fs(const char *source, int target, const char *type, unsigned long flags,
             const char *data);

/*
 * Changes an attached mount, given by a descriptor of its root: MOUNT_ATTR_* to set and to clear,
 * propagation (MS_PRIVATE ... or 0), also for all mounts below if recursive. Without
 * mount_setattr (before Linux 5.12) by remounting each.
 */
int mount_change(int mnt, uint64_t set, uint64_t clear, unsigned long propagation, bool recursive);

/* True when fd lies on a file system with that magic number (linux/magic.h). */
bool fd_is_on(int fd, long magic);
