// SPDX-License-Identifier: Apache-2.0
#include "transfer/blob.h"

#include "base/fd.h"

#include <fcntl.h>

#define WRITE_BEHIND (4 << 20)

int blob_begin(struct blob *b, const struct image_store *store, struct error *e)
{
    *b = (struct blob){.fd = FD_NONE, .store = store};
    digest_init(&b->hash);
    if (store && image_blob_begin(store, b->tmp, sizeof(b->tmp), &b->fd, e) < 0) {
        b->store = NULL;
        return -1;
    }
    return 0;
}

int blob_write(struct blob *b, const void *data, size_t n, struct error *e)
{
    digest_update(&b->hash, data, n);
    if (b->fd >= 0) {
        int r = fd_write_all(b->fd, data, n);

        if (r < 0) {
            return err_sys(e, r, "write the layer's blob");
        }
    }
    b->size += (int64_t) n;
    /* The disk starts now, so that little is left to do for the sync at the end. */
    if (b->fd >= 0 && b->size - b->flushed >= WRITE_BEHIND) {
        sync_file_range(b->fd, b->flushed, b->size - b->flushed, SYNC_FILE_RANGE_WRITE);
        b->flushed = b->size;
    }
    return 0;
}

int blob_close(struct blob *b, struct error *e)
{
    return digest_final(&b->hash, b->digest, e);
}

int blob_commit(struct blob *b, struct error *e)
{
    const struct image_store *store = take_ptr(&b->store);

    if (!store) {
        return 0;
    }
    if (image_blob_commit(store, b->tmp, b->fd, b->digest, e) < 0) {
        image_blob_abort(store, b->tmp);
        return -1;
    }
    close_fd(&b->fd);
    return 0;
}

void blob_done(struct blob *b)
{
    if (b->store) {
        image_blob_abort(b->store, b->tmp);
        b->store = NULL;
    }
    close_fd(&b->fd);
    digest_done(&b->hash);
}
