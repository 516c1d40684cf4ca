// SPDX-License-Identifier: Apache-2.0
#include "transfer/encode.h"

#include "base/alloc.h"

#include <isa-l/igzip_lib.h>

#define OUT_SIZE (256u << 10)

/*
 * Level 1: on a Debian root file system 5 % larger than zlib's default level, at ten times its
 * speed; deflating is what an import of a plain archive spends most of its time on.
 */
#define LEVEL          1
#define LEVEL_BUF_SIZE ISAL_DEF_LVL1_DEFAULT

struct deflater {
    struct isal_zstream stream;
    uint8_t out[OUT_SIZE];
    uint8_t level_buf[LEVEL_BUF_SIZE];
};

static struct deflater *deflater_new(void)
{
    /* Zeroed: what igzip finds in old memory shows in its output, which must be reproducible. */
    struct deflater *d = xcalloc(1, sizeof(*d));

    isal_deflate_init(&d->stream);
    d->stream.level = LEVEL;
    d->stream.level_buf = d->level_buf;
    d->stream.level_buf_size = sizeof(d->level_buf);
    d->stream.gzip_flag = IGZIP_GZIP;
    d->stream.flush = NO_FLUSH;
    return d;
}

/* Feeds n bytes; last: and ends the stream. */
static int deflate_some(struct encode *en, struct deflater *d, const uint8_t *data, size_t n,
                        bool last, struct error *e)
{
    struct isal_zstream *s = &d->stream;

    s->next_in = (uint8_t *) data;
    s->avail_in = (uint32_t) n;
    s->end_of_stream = last;
    do {
        s->next_out = d->out;
        s->avail_out = OUT_SIZE;
        if (isal_deflate(s) != COMP_OK) {
            return err_set(e, ERR_INTERNAL, "compress the layer");
        }
        if (blob_write(en->blob, d->out, OUT_SIZE - s->avail_out, e) < 0) {
            return -1;
        }
    } while (s->avail_out == 0 || (last && s->internal_state.state != ZSTATE_END));
    return 0;
}

int encode_run(struct encode *en, struct error *e)
{
    cleanup_free struct deflater *deflater = en->blob ? deflater_new() : NULL;
    CLEANUP(digest) struct digest hash;
    const uint8_t *data = NULL;
    ssize_t n;

    digest_init(&hash);
    while ((n = ring_next(en->in, en->reader, &data)) > 0) {
        digest_update(&hash, data, (size_t) n);
        en->size += n;
        if (deflater && deflate_some(en, deflater, data, (size_t) n, false, e) < 0) {
            return -1;
        }
    }
    if (n < 0) {
        return ring_error(en->in, e);
    }
    if (deflater && deflate_some(en, deflater, NULL, 0, true, e) < 0) {
        return -1;
    }
    return digest_final(&hash, en->diff_id, e);
}
