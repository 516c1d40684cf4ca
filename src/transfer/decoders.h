// SPDX-License-Identifier: Apache-2.0
#pragma once
/* One function for each compression, all with decode_run()'s contract but for the ring's end. */
#include "transfer/decode_sink.h"

int decode_gzip(struct decode *d, struct error *e) MUST_CHECK;
int decode_zstd(struct decode *d, struct error *e) MUST_CHECK;
/* bzip2, xz, lzma, lz4, lzip, compress */
int decode_other(struct decode *d, struct error *e) MUST_CHECK;
