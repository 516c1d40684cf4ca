// SPDX-License-Identifier: Apache-2.0
#include "transfer/store_open.h"

#include "base/log.h"

/* Which containers there are is the engine's knowledge; drafts are all we sweep. */
static bool keep_all(void *ctx, const char *key)
{
    return true;
}

int opened_store_open(struct opened_store *s, const char *root, struct error *e)
{
    struct error ignored = {0};

    if (storage_open(root, NULL, &s->storage, e) < 0) {
        return -1;
    }
    s->has_storage = true;
    if (image_store_open(s->storage.root, &s->images, e) < 0) {
        return -1;
    }
    s->has_images = true;
    if (storage_sweep(&s->storage, keep_all, NULL, &ignored) < 0 ||
        (image_store_interrupted(&s->images) && image_store_sweep(&s->images, &ignored) < 0)) {
        log_debug("sweep: %s", ignored.text);
    }
    return 0;
}

void opened_store_done(struct opened_store *s)
{
    if (s->has_images) {
        image_store_done(&s->images);
    }
    if (s->has_storage) {
        storage_done(&s->storage);
    }
    *s = (struct opened_store) OPENED_STORE_INIT;
}
