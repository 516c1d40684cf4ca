// SPDX-License-Identifier: Apache-2.0
#pragma once
/* A layer while it is unpacked: what the placing of entries has to remember. */
#include "storage/storage.h"
#include "transfer/layer_path.h"

struct layer_limits {
    int64_t entries;    /* of the archive */
    int64_t dir_memory; /* bytes to remember folders with, whose times are set at the end */
};

struct layer_dir;

struct layer_apply {
    int root; /* borrowed: the draft's folder */
    enum storage_whiteouts whiteouts;
    bool lowest; /* no layer lies below: whiteouts hide nothing */
    struct layer_limits limits;
    struct layer_parent parent;
    struct layer_dir *dirs; /* finished by layer_dirs_finish() */
    size_t dirs_count, dirs_alloc;
    int64_t dirs_bytes;
    struct layer_inodes *made; /* what this layer brought; only for STORAGE_WHITEOUTS_APPLY */
    int64_t entries;
    bool has_root;          /* there was an entry for the root itself */
    int64_t size;           /* of all files; -1: not known, since some were replaced */
    int64_t skipped_xattrs; /* attributes that the file system or policy has no place for */
    char skipped_first[200];
};
