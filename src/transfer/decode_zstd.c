// SPDX-License-Identifier: Apache-2.0
#include "transfer/decoders.h"

#include <zstd.h>

/* 128 MB of window, as zstd's own tools allow without being asked: bounds what a frame may cost. */
#define WINDOW_LOG_MAX 27

static void free_stream(ZSTD_DStream **s)
{
    ZSTD_freeDStream(*s);
}

/* One step; *ret_open says whether a frame is unfinished. */
static int inflate_some(struct decode *d, ZSTD_DStream *stream, size_t avail, bool *ret_open,
                        struct error *e)
{
    size_t room;
    uint8_t *chunk = decode_reserve(d, &room, e);

    if (!chunk) {
        return -1;
    }
    ZSTD_inBuffer src = {input_data(d->in), avail, 0};
    ZSTD_outBuffer dst = {chunk, room, 0};
    size_t r = ZSTD_decompressStream(stream, &dst, &src);

    if (ZSTD_isError(r)) {
        return err_set(e, ERR_CORRUPT, "the zstd data is damaged: %s", ZSTD_getErrorName(r));
    }
    if (decode_publish(d, dst.pos, e) < 0 || decode_consume(d, src.pos, e) < 0) {
        return -1;
    }
    if (avail == 0 && dst.pos == 0 && r != 0) {
        return err_set(e, ERR_CORRUPT, "the zstd data ends too early");
    }
    *ret_open = r != 0;
    return 0;
}

int decode_zstd(struct decode *d, struct error *e)
{
    __attribute__((cleanup(free_stream))) ZSTD_DStream *stream = ZSTD_createDStream();
    bool open = true;

    if (!stream ||
        ZSTD_isError(ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX))) {
        return err_set(e, ERR_INTERNAL, "prepare to read zstd data");
    }
    for (;;) {
        ssize_t n = input_fill(d->in, 1, e);

        if (n < 0) {
            return -1;
        }
        if (n == 0 && !open) {
            return 0;
        }
        if (inflate_some(d, stream, (size_t) n, &open, e) < 0) {
            return -1;
        }
    }
}
