// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * From the bytes as they came to the bytes of the tar archive: runs in the source thread, between
 * an input and a ring.
 *
 * gzip (igzip) and zstd streams may be kept as they are: 'raw' gets the very bytes that were
 * decompressed, no more and no less. Everything else libarchive knows (bzip2, xz, lzma, lz4,
 * lzip, compress) is only read.
 */
#include "transfer/decode_sink.h"

/* By the first n bytes (512 suffice). */
enum compression compression_detect(const uint8_t *data, size_t n);

/*
 * Everything from d->in to d->out, and the end of the ring. ERR_CORRUPT names the format ("the
 * gzip data is damaged", "... ends too early"); ERR_INVALID when it grows over max_bytes.
 */
int decode_run(struct decode *d, struct error *e) MUST_CHECK;
