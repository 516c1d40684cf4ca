// SPDX-License-Identifier: Apache-2.0
#include "transfer/store_open.h"

#include "base/fs.h"
#include "base/log.h"

#include <string.h>

/* Which containers there are is the engine's knowledge; drafts are all we sweep. */
static bool keep_all(void *ctx, const char *key)
{
    return true;
}

static int is_temporary(void *ctx, int dirfd, const char *name, enum fs_visit kind)
{
    bool *found = ctx;

    if (kind == FS_VISIT_FILE && name[0] == '.' && strcmp(name, ".lock") != 0) {
        *found = true;
    }
    return 0;
}

/*
 * Only where a temporary file hints at a crash: the sweep takes blobs away that no image needs,
 * and a tool that knows nothing of our lock may just be writing some.
 */
static int sweep_images(const struct image_store *s, struct error *e)
{
    bool found = false;

    if (fs_walk(s->dir, is_temporary, &found) < 0 || !found) {
        return 0;
    }
    return image_store_sweep(s, e);
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
        sweep_images(&s->images, &ignored) < 0) {
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
