// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What the decoders (decoders.h) work on, and how they hand their output on. */
#include "base/error.h"
#include "transfer/blob.h"
#include "transfer/input.h"
#include "transfer/ring.h"

enum compression {
    COMPRESSION_NONE,
    COMPRESSION_GZIP,
    COMPRESSION_ZSTD,
    COMPRESSION_OTHER, /* by libarchive */
    COMPRESSION_COUNT,
};

struct decode {
    struct input *in;
    struct ring *out;
    struct blob *raw; /* gets the bytes that were used, in order; NULL: nobody wants them */
    enum compression compression;
    bool keep_padding;    /* zeros behind a gzip stream belong to 'raw' (a blob with a digest) */
    int64_t max_bytes;    /* of output; more is refused */
    int64_t decompressed; /* bytes given to the ring */
};

/* A chunk of the ring to write to; NULL with *e when the stream has failed meanwhile. */
uint8_t *decode_reserve(struct decode *d, size_t *ret_room, struct error *e);
/* Hands n bytes on; fails over max_bytes. */
int decode_publish(struct decode *d, size_t n, struct error *e) MUST_CHECK;
/* Takes n bytes out of the input, with a copy to raw. */
int decode_consume(struct decode *d, size_t n, struct error *e) MUST_CHECK;
