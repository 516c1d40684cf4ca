// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * One layer, from a stream of bytes to an unpacked folder and a blob, in one pass and bounded
 * memory. Three threads, which on two cores keep both busy:
 *
 *   source   read, hash and keep the compressed bytes, inflate      --+
 *                                                                     ring
 *   encode   hash the tar stream (diff ID); deflate it to the blob  <-+
 *   caller   unpack                                                 <-+
 *
 * Whichever fails first stops the others. Nothing is visible until the caller commits.
 */
#include "storage/storage.h"
#include "transfer/blob.h"
#include "transfer/decode.h"
#include "transfer/layer_apply.h"

enum layer_source {
    LAYER_SOURCE_STREAM, /* an archive from 'fd' */
    LAYER_SOURCE_FOLDER, /* the folder 'fd' is packed */
};

struct layer_ingest {
    /* inputs */
    enum layer_source source;
    int fd;                          /* borrowed */
    int own_fd;                      /* not to be packed: the data folder; FD_NONE: none */
    const struct image_store *store; /* where the blob goes; NULL: none is made, only hashed */
    struct storage_draft *draft;     /* filled; its size and implicit_root are set */
    bool lowest;                     /* no layer lies below */
    bool any_compression;            /* also what only libarchive reads */
    enum tar_trailer trailer;        /* what may follow the archive */
    int64_t max_bytes;               /* of the tar stream; 0: LAYER_MAX_BYTES */
    const char *progress_name;       /* "import"; NULL: none is told */
    /* 'fd' is a file that still grows: see struct input. NULL: it does not. */
    int (*more)(void *ctx, int64_t have, struct error *e);
    void *more_ctx;
    /* results */
    struct blob blob; /* closed, not committed; digest and size of what was read when no store */
    const char *media_type; /* of the blob */
    char diff_id[DIGEST_SIZE];
    int64_t tar_size;
    int64_t skipped_xattrs;
    char skipped_first[200];
};

/* A tebibyte: a bound for what a few megabytes of compressed zeros make us do. */
#define LAYER_MAX_BYTES (1ll << 40)

/* On success in->blob is to be committed or dropped by the caller (blob_done). */
int layer_ingest_run(struct layer_ingest *in, struct error *e) MUST_CHECK;
