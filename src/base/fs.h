// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Files and folders of our own store (host paths, trusted parents), and how they become durable.
 * Low tier: -errno.
 */
#include "base/defs.h"

#include <stdbool.h>
#include <sys/types.h>

/* mkdir -p; existing folders keep their mode. */
int fs_mkdirs(int dirfd, const char *path, mode_t mode);

/* Opens a folder O_DIRECTORY|O_RDONLY (not O_PATH: it can be fsynced). */
int fs_opendir(int dirfd, const char *path);

/* Makes (mkdir -p) and opens it. */
int fs_opendir_make(int dirfd, const char *path, mode_t mode);

enum fs_durability {
    FS_VOLATILE, /* atomic to readers; may be gone or old after a power cut */
    FS_DURABLE,  /* file and folder are fsynced: it outlives a power cut */
};

/*
 * Replaces dirfd/name by the n bytes: written to a temporary name (O_TMPFILE is not used, since it
 * cannot replace), renamed over. Readers see the old or the new file, never a part.
 */
int fs_write_atomic(int dirfd, const char *name, const void *data, size_t n, mode_t mode,
                    enum fs_durability durability);

/* fsync of a folder. */
int fs_sync_dir(int dirfd);

enum fs_visit {
    FS_VISIT_FILE,  /* anything that is no folder */
    FS_VISIT_DIR,   /* a folder, after everything in it */
    FS_VISIT_MOUNT, /* another file system is mounted there; it is not entered */
};

typedef int fs_visit_fn(void *ctx, int dirfd, const char *name, enum fs_visit kind);

/*
 * Visits everything below a folder (not the folder itself), of any depth, following no link. The
 * visitor may remove what it visits. Goes on after failures and returns the first (-EAGAIN:
 * somebody moved a folder that was being visited, the rest was left out).
 */
int fs_walk(int dirfd, fs_visit_fn *fn, void *ctx);

/*
 * rm -rf without leaving the tree: follows no link, crosses no mount point. Absent is no error.
 * Goes on after failures and returns the first.
 */
int fs_remove_tree(int dirfd, const char *name);

/* Names in a folder, without "." and ".."; appended to ret (struct strv), no order. */
struct strv;
int fs_list_dir(int dirfd, const char *path, struct strv *ret);

/* True when dirfd/path exists (links are not followed). */
bool fs_exists(int dirfd, const char *path);
