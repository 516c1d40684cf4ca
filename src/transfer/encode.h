// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The tar stream once more, beside the unpacking: its diff ID, and (when the archive did not come
 * in a form that can be stored) its compression to the layer's blob.
 */
#include "transfer/blob.h"
#include "transfer/ring.h"

struct encode {
    struct ring *in;
    unsigned reader;
    struct blob *blob;         /* gets gzip data; NULL: only the diff ID is computed */
    char diff_id[DIGEST_SIZE]; /* result */
    int64_t size;              /* result: bytes of the tar stream */
};

/* Until the ring ends. The gzip stream depends on nothing but the input (no time, no name). */
int encode_run(struct encode *en, struct error *e) MUST_CHECK;
