// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The only way to reach a path inside a root file system that somebody else filled.
 *
 * 'root' is a descriptor of the rootfs; 'path' is taken as the container sees it: absolute or
 * not, with symbolic links that may point anywhere. Resolution is openat2(RESOLVE_IN_ROOT |
 * RESOLVE_NO_MAGICLINKS), so no link and no ".." leaves the root, also while the tree changes
 * under us (Linux 5.6; see CVE-2021-30465 for what joined strings do).
 *
 * Low tier: descriptor or -errno.
 */
#include "base/defs.h"

#include <stdint.h>
#include <sys/types.h>

/* open(2) flags; O_CLOEXEC is added. mode only with O_CREAT. */
int rootfd_open(int root, const char *path, int flags, mode_t mode);

/*
 * O_PATH descriptor of the folder, made with its missing parents (mode, owned by the caller).
 * Links on the way are followed inside the root, and what a dangling one names is made there.
 * -ENOTDIR when something else is there, -ELOOP.
 */
int rootfd_mkdirs(int root, const char *path, mode_t mode);

/*
 * O_PATH descriptor of an existing file (not a folder), or of an empty regular file made in its
 * place with missing parents; what bind mounts onto files need.
 */
int rootfd_mkfile(int root, const char *path, mode_t mode);

/*
 * O_PATH|O_DIRECTORY descriptor of path's parent inside the root, and path's last component in
 * name (a buffer of NAME_MAX + 1). -EINVAL when path has no last component ("/", "..").
 */
int rootfd_parent(int root, const char *path, char *name, size_t size);

/* "/proc/self/fd/N", for the calls that take only paths; buf of at least 32 bytes. */
const char *fd_path(int fd, char buf[32]);

/* Opens an O_PATH descriptor anew for reading or writing; needs /proc. */
int fd_reopen(int fd, int flags);

/* As rootfd_open with flags, for paths below root that pass no link: -ELOOP when one does. */
int rootfd_open_nolinks(int root, const char *path, int flags);
