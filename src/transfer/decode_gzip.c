// SPDX-License-Identifier: Apache-2.0
/* gzip (RFC 1952) by igzip, which inflates at two to three times zlib's speed. */
#include "transfer/decoders.h"

#include "base/alloc.h"

#include <isa-l/igzip_lib.h>

/* What stands behind the last member: zeros (tape padding) are passed over, else it is damage. */
static int skip_padding(struct decode *d, struct error *e)
{
    for (;;) {
        ssize_t n = input_fill(d->in, 1, e);

        if (n <= 0) {
            return (int) n;
        }
        for (ssize_t i = 0; i < n; i++) {
            if (input_data(d->in)[i]) {
                return err_set(e, ERR_CORRUPT, "the gzip data is followed by something else");
            }
        }
        if (!d->keep_padding) {
            input_consume(d->in, (size_t) n);
        } else if (decode_consume(d, (size_t) n, e) < 0) {
            return -1;
        }
    }
}

/* Inflates what is there into one chunk of the ring. */
static int inflate_some(struct decode *d, struct inflate_state *state, struct error *e)
{
    size_t room;
    ssize_t n = input_fill(d->in, 1, e);

    if (n < 0) {
        return -1;
    }
    uint8_t *chunk = decode_reserve(d, &room, e);

    if (!chunk) {
        return -1;
    }
    uint8_t *next = d->in->buf + d->in->pos;

    state->next_in = next;
    state->avail_in = (uint32_t) n;
    state->next_out = chunk;
    state->avail_out = (uint32_t) room;
    int r = isal_inflate(state);

    if (r < 0 || r == ISAL_NEED_DICT) {
        return err_set(e, ERR_CORRUPT, "the gzip data is damaged");
    }
    size_t used = (size_t) (state->next_in - next);
    size_t made = room - state->avail_out;

    if (decode_publish(d, made, e) < 0 || decode_consume(d, used, e) < 0) {
        return -1;
    }
    if (!used && !made && state->block_state != ISAL_BLOCK_FINISH) {
        return err_set(e, ERR_CORRUPT, "the gzip data %s", n ? "is damaged" : "ends too early");
    }
    return 0;
}

int decode_gzip(struct decode *d, struct error *e)
{
    cleanup_free struct inflate_state *state = xmalloc(sizeof(*state));

    for (;;) {
        isal_inflate_init(state);
        state->crc_flag = ISAL_GZIP;
        while (state->block_state != ISAL_BLOCK_FINISH) {
            if (inflate_some(d, state, e) < 0) {
                return -1;
            }
        }
        /* Members may follow one another (RFC 1952 section 2.2). */
        ssize_t n = input_fill(d->in, 2, e);

        if (n <= 0) {
            return (int) n;
        }
        if (n < 2 || input_data(d->in)[0] != 0x1f || input_data(d->in)[1] != 0x8b) {
            return skip_padding(d, e);
        }
    }
}
