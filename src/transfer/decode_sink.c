// SPDX-License-Identifier: Apache-2.0
#include "transfer/decode_sink.h"

uint8_t *decode_reserve(struct decode *d, size_t *ret_room, struct error *e)
{
    uint8_t *chunk = ring_reserve(d->out, ret_room);

    if (!chunk) {
        ring_error(d->out, e);
    }
    return chunk;
}

int decode_publish(struct decode *d, size_t n, struct error *e)
{
    d->decompressed += (int64_t) n;
    if (d->decompressed > d->max_bytes) {
        return err_set(e, ERR_INVALID, "the archive holds more than %lld bytes",
                       (long long) d->max_bytes);
    }
    ring_publish(d->out, n);
    return 0;
}

int decode_consume(struct decode *d, size_t n, struct error *e)
{
    if (d->raw && n && blob_write(d->raw, input_data(d->in), n, e) < 0) {
        return -1;
    }
    input_consume(d->in, n);
    return 0;
}
