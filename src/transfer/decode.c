// SPDX-License-Identifier: Apache-2.0
#include "transfer/decode.h"

#include "transfer/decoders.h"

#include <string.h>

static bool starts_with(const uint8_t *data, size_t n, const char *magic, size_t size)
{
    return n >= size && memcmp(data, magic, size) == 0;
}

#define STARTS_WITH(magic) starts_with(data, n, magic, sizeof(magic) - 1)

enum compression compression_detect(const uint8_t *data, size_t n)
{
    if (STARTS_WITH("\x1f\x8b\x08")) {
        return COMPRESSION_GZIP;
    }
    /* A frame, or a skippable frame (RFC 8878 section 3.1.2) as pzstd puts in front. */
    if (STARTS_WITH("\x28\xb5\x2f\xfd") ||
        (n >= 4 && (data[0] & 0xf0) == 0x50 && memcmp(data + 1, "\x2a\x4d\x18", 3) == 0)) {
        return COMPRESSION_ZSTD;
    }
    /* lzma has no magic: properties byte of all usual levels, dictionary size of 64 KB or more. */
    if (STARTS_WITH("BZh") ||
        STARTS_WITH("\xfd"
                    "7zXZ\0") ||
        STARTS_WITH("\x04\x22\x4d\x18") || STARTS_WITH("\x02\x21\x4c\x18") || STARTS_WITH("LZIP") ||
        STARTS_WITH("\x1f\x9d") || STARTS_WITH("\x5d\0\0")) {
        return COMPRESSION_OTHER;
    }
    return COMPRESSION_NONE;
}

/*
 * Fills each chunk, however small the pieces that a pipe gives: what the deflater makes of its
 * input depends on how that is cut, and the same archive is to give the same blob.
 */
static int decode_none(struct decode *d, struct error *e)
{
    ssize_t n = 1;

    while (n > 0) {
        size_t room, used = 0;
        uint8_t *chunk = decode_reserve(d, &room, e);

        if (!chunk) {
            return -1;
        }
        while (used < room && (n = input_read(d->in, chunk + used, room - used, e)) > 0) {
            used += (size_t) n;
        }
        if (n < 0 || (d->raw && blob_write(d->raw, chunk, used, e) < 0) ||
            decode_publish(d, used, e) < 0) {
            return -1;
        }
    }
    return 0;
}

int decode_run(struct decode *d, struct error *e)
{
    static int (*const decoders[COMPRESSION_COUNT])(struct decode *, struct error *) = {
        [COMPRESSION_NONE] = decode_none,
        [COMPRESSION_GZIP] = decode_gzip,
        [COMPRESSION_ZSTD] = decode_zstd,
        [COMPRESSION_OTHER] = decode_other,
    };

    if (decoders[d->compression](d, e) < 0) {
        return -1;
    }
    ring_end(d->out);
    return 0;
}
