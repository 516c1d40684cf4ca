// SPDX-License-Identifier: Apache-2.0
#pragma once
/* One file of a folder that is packed: header, attributes, content. */
#include "transfer/ring.h"
#include "transfer/tar_read.h"

#include <sys/stat.h>

struct pack_link {
    dev_t dev;
    ino_t ino; /* 0: free slot */
    char *path;
};

struct tar_pack {
    struct ring *out;
    struct archive *a;
    uint64_t mnt_id; /* the mount the folder lies on */
    dev_t own_dev;   /* the folder that is not to be entered; inode 0: none */
    ino_t own_ino;
    uint8_t *chunk; /* reserved, with 'used' bytes of 'room' */
    size_t room, used;
    struct pack_link *links; /* files with several names, by their first; open addressing */
    size_t links_size, links_used;
};

/* Says why libarchive refused, or the ring ended. */
int tar_pack_failed(struct tar_pack *p, struct error *e);

/* Writes header and content of one file; path is its name in the archive. */
int tar_pack_entry(struct tar_pack *p, int dirfd, const char *name, const char *path,
                   const struct stat *st, struct error *e) MUST_CHECK;

void tar_pack_links_free(struct tar_pack *p);
