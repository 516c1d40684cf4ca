// SPDX-License-Identifier: Apache-2.0
#include "engine/layers.h"

#include "base/lock.h"
#include "image/digestset.h"

int engine_images_lock(struct engine *eng, bool exclusive, struct error *e)
{
    int fd =
        lock_open(eng->root, "images.lock", exclusive ? LOCK_MODE_EXCLUSIVE : LOCK_MODE_SHARED);

    return fd < 0 ? err_sys(e, fd, "lock the images") : fd;
}

static void keep_all(struct digest_set *kept, const struct strv *diff_ids)
{
    const char *diff_id;

    strv_foreach (diff_ids, diff_id) {
        if (image_digest_valid(diff_id)) {
            digest_set_add(kept, diff_id);
        }
    }
}

static int keep_needed(struct engine *eng, const struct image_store *s, struct digest_set *kept,
                       struct error *e)
{
    CLEANUP(strv) struct strv ids = STRV_INIT;
    struct image *images;
    size_t count;
    const char *id;

    if (image_list(s, &images, &count, e) < 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        keep_all(kept, &images[i].config.diff_ids);
    }
    image_list_free(images, count);
    if (ctr_ids(eng, &ids, e) < 0) {
        return -1;
    }
    strv_foreach (&ids, id) {
        CLEANUP(container) struct container c;

        container_init(&c);
        if (ctr_load(eng, id, &c, e) < 0) {
            if (e->kind != ERR_NOT_FOUND) {
                return -1; /* who knows what it needs */
            }
            err_clear(e);
            continue;
        }
        keep_all(kept, &c.config.chain);
    }
    return 0;
}

/* Every temporary one that no program writes to, as a crash of rmi leaves them too. */
static bool keep_snapshot(void *ctx, const char *key)
{
    return true;
}

int engine_layers_sweep(struct engine *eng, struct error *e)
{
    CLEANUP(digest_set) struct digest_set kept = {0};
    CLEANUP(strv) struct strv layers = STRV_INIT;
    const struct image_store *s = engine_images(eng, e);
    const struct storage *storage = engine_storage(eng, e);
    char *diff_id;

    if (!s || !storage || keep_needed(eng, s, &kept, e) < 0 ||
        storage_layer_list(storage, &layers, e) < 0) {
        return -1;
    }
    strv_foreach (&layers, diff_id) {
        if (!digest_set_has(&kept, diff_id) && storage_layer_remove(storage, diff_id, e) < 0) {
            return -1;
        }
    }
    return storage_sweep(storage, keep_snapshot, NULL, e);
}

int engine_images_mend(struct engine *eng, struct error *e)
{
    const struct image_store *s = engine_images(eng, e);

    if (!s || !image_store_interrupted(s)) {
        return s ? 0 : -1;
    }
    cleanup_close int lock = engine_images_lock(eng, true, e);

    if (lock < 0 || image_store_lock(s, e) < 0) {
        return -1;
    }
    int r = 0;

    if (image_store_interrupted(s)) { /* else it was somebody at work */
        r = engine_layers_sweep(eng, e) < 0 ? -1 : image_store_sweep(s, e);
        if (r == 0) {
            image_change_end(s);
        }
    }
    image_store_unlock(s);
    return r;
}

int engine_layers_release(struct engine *eng, const struct ctr_config *gone, struct error *e)
{
    const struct image_store *s = engine_images(eng, e);

    if (!s) {
        return -1;
    }
    if (!gone->image_id || image_exists(s, gone->image_id)) {
        return 0;
    }
    cleanup_close int lock = engine_images_lock(eng, true, e);

    if (lock < 0 || image_store_lock(s, e) < 0) {
        return -1;
    }
    int r = engine_layers_sweep(eng, e);

    image_store_unlock(s);
    return r;
}
