// SPDX-License-Identifier: Apache-2.0
/* The compressions of which people have an archive now and then, by libarchive's filters. */
#include "transfer/decoders.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

struct context {
    struct decode *d;
    struct error *e;
    bool given; /* the buffered input has been handed over */
};

static void free_archive(struct archive **a)
{
    archive_read_free(*a);
}

static la_ssize_t read_input(struct archive *a, void *ctx, const void **ret)
{
    struct context *c = ctx;
    struct input *in = c->d->in;
    ssize_t n;

    if (c->given) {
        input_consume(in, in->len - in->pos);
    }
    c->given = true;
    n = input_fill(in, 1, c->e);
    if (n < 0) {
        archive_set_error(a, c->e->errnum, "%s", c->e->text);
        return ARCHIVE_FATAL;
    }
    *ret = input_data(in);
    return n;
}

static int damaged(const struct context *c, struct archive *a)
{
    if (c->e->kind != ERR_NONE) {
        return -1;
    }
    if (archive_errno(a) == ENOMEM) {
        return err_set(c->e, ERR_UNAVAILABLE, "decompressing it takes too much memory");
    }
    return err_set(c->e, ERR_CORRUPT, "the compressed data is damaged or ends too early");
}

static int copy_out(struct context *c, struct archive *a)
{
    for (;;) {
        size_t room;
        uint8_t *chunk = decode_reserve(c->d, &room, c->e);

        if (!chunk) {
            return -1;
        }
        la_ssize_t n = archive_read_data(a, chunk, room);

        if (n < 0) {
            return damaged(c, a);
        }
        if (n == 0) {
            return 0;
        }
        if (decode_publish(c->d, (size_t) n, c->e) < 0) {
            return -1;
        }
    }
}

int decode_other(struct decode *d, struct error *e)
{
    __attribute__((cleanup(free_archive))) struct archive *a = archive_read_new();
    struct context c = {.d = d, .e = e};
    struct archive_entry *entry;

    if (!a) {
        return err_set(e, ERR_INTERNAL, "prepare to read compressed data");
    }
    err_clear(e);
    archive_read_support_filter_bzip2(a);
    archive_read_support_filter_xz(a);
    archive_read_support_filter_lzma(a);
    archive_read_support_filter_lz4(a);
    archive_read_support_filter_lzip(a);
    archive_read_support_filter_compress(a);
    archive_read_support_format_raw(a);
    if (archive_read_open(a, &c, NULL, read_input, NULL) != ARCHIVE_OK ||
        archive_read_next_header(a, &entry) != ARCHIVE_OK) {
        return damaged(&c, a);
    }
    return copy_out(&c, a);
}
