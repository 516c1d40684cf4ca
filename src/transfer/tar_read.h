// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The entries of a tar stream (v7, ustar, pax, GNU; sparse in all forms), read from a ring by
 * libarchive. What this file adds: our sentences, and strictness where libarchive only warns.
 *
 *   tar_open(&t, ring, 0);
 *   while ((r = tar_next(&t, &entry, e)) > 0) { ... tar_data(&t, ...) ... }
 *   tar_close(&t, ...)
 */
#include "base/error.h"
#include "transfer/ring.h"

#include <archive.h>
#include <archive_entry.h>
#include <limits.h>

#define TAR_BLOCK 512

struct tar_reader {
    struct archive *a;
    struct ring *in;
    unsigned reader;
    void (*on_chunk)(void *ctx); /* called for each chunk that is begun; may be NULL */
    void *ctx;
    const uint8_t *chunk; /* the one libarchive has now */
    size_t chunk_len;
    int64_t given;           /* bytes handed to libarchive before this chunk */
    bool in_data;            /* within an entry's content or the padding behind it */
    bool padded;             /* the stream ended there, and zeros were added up to a whole block */
    uint8_t head[TAR_BLOCK]; /* the first bytes of the stream */
    size_t head_len;
    bool started;    /* an entry was read: it is a tar archive */
    char where[128]; /* the last entry's name, for sentences */
};

/* Names from archives in sentences: control characters and bad UTF-8 as \xNN, shortened. */
const char *tar_printable(const char *name, char *buf, size_t size);

int tar_open(struct tar_reader *t, struct ring *in, unsigned reader, struct error *e) MUST_CHECK;
void tar_done(struct tar_reader *t);
DEFINE_CLEANUP(tar_reader, struct tar_reader, tar_done);

/*
 * 1 and the next entry (t's, until the next call), 0 at the end of the archive. ERR_INVALID: not
 * a tar archive at all; ERR_CORRUPT: truncated or damaged. An empty stream is an empty archive,
 * as it is to Docker; a stream may end with the last byte of the last content (umoci makes such
 * layers), without padding and end mark.
 */
int tar_next(struct tar_reader *t, struct archive_entry **ret, struct error *e) MUST_CHECK;

/* 1 and a piece of the entry's content at 'offset' (holes are skipped), 0 at its end. */
int tar_data(struct tar_reader *t, const void **ret, size_t *ret_n, int64_t *ret_offset,
             struct error *e) MUST_CHECK;

enum tar_trailer {
    TAR_TRAILER_ZEROS,  /* only zeros may follow the end mark */
    TAR_TRAILER_IGNORE, /* whatever follows is no part of the archive */
};

/* After tar_next() gave 0: reads the stream to its end. */
int tar_finish(struct tar_reader *t, enum tar_trailer trailer, struct error *e) MUST_CHECK;
