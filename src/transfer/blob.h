// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A blob on its way into the store, or one that is only read again: every byte is hashed and
 * counted in passing. Its digest becomes its name when it is committed.
 */
#include "image/store.h"
#include "transfer/digest.h"

struct blob {
    const struct image_store *store; /* NULL: nothing is written, only hashed */
    int fd;
    char tmp[100];
    struct digest hash;
    int64_t size;
    int64_t flushed;          /* bytes the kernel was told to write out already */
    char digest[DIGEST_SIZE]; /* "" until blob_close() */
};

/* store NULL: bytes are hashed, not kept. */
int blob_begin(struct blob *b, const struct image_store *store, struct error *e) MUST_CHECK;
int blob_write(struct blob *b, const void *data, size_t n, struct error *e) MUST_CHECK;
/* No more bytes: b->digest and b->size are final. */
int blob_close(struct blob *b, struct error *e) MUST_CHECK;
/* After blob_close(): syncs and gives it its name. */
int blob_commit(struct blob *b, struct error *e) MUST_CHECK;
/* Drops what was not committed. */
void blob_done(struct blob *b);
DEFINE_CLEANUP(blob, struct blob, blob_done);
