// SPDX-License-Identifier: Apache-2.0
#include "transfer/unpack.h"

#include "transfer/confine.h"
#include "transfer/layer_ingest.h"
#include "transfer/report.h"
#include "transfer/store_open.h"

#include <string.h>
#include <unistd.h>

static int fill_draft(const struct opened_store *s, const char *digest, bool lowest,
                      struct storage_draft *draft, struct error *e)
{
    cleanup_close int fd = image_blob_open(&s->images, digest, e);
    struct layer_ingest layer = {
        .source = LAYER_SOURCE_STREAM,
        .fd = fd,
        .own_fd = FD_NONE,
        .draft = draft,
        .lowest = lowest,
        .trailer = TAR_TRAILER_IGNORE,
        .progress_name = "unpack",
    };

    if (fd < 0) {
        return err_hint(e, "the image is incomplete: copy or import it again");
    }
    if (layer_ingest_run(&layer, e) < 0) {
        return err_wrap(e, "blob '%s'", digest);
    }
    blob_done(&layer.blob);
    if (strcmp(layer.blob.digest, digest) != 0) {
        return err_set(e, ERR_CORRUPT, "blob '%s': its content has digest '%s'", digest,
                       layer.blob.digest);
    }
    if (strcmp(layer.diff_id, draft->diff_id) != 0) {
        return err_set(e, ERR_CORRUPT, "blob '%s': unpacked it is '%s', the image says '%s'",
                       digest, layer.diff_id, draft->diff_id);
    }
    return 0;
}

/* Only while the image is there: whoever removed it meanwhile thinks the layer gone, too. */
static int commit(const struct opened_store *s, const char *image_id, struct storage_draft *draft,
                  struct error *e)
{
    CLEANUP(image) struct image image = {0};

    if (syncfs(draft->dirfd) < 0) { /* the long wait, before others have to wait for us */
        return err_sys(e, errno, "write the layer");
    }
    if (image_store_lock(&s->images, e) < 0) {
        return -1;
    }
    int r = image_find(&s->images, image_id, &image, e);

    if (r == 0) {
        r = storage_layer_commit(&s->storage, draft, e);
    }
    image_store_unlock(&s->images);
    return r;
}

/* chain: up to and with the layer. 1 when it was unpacked, 0 when it was there. */
static int unpack_layer(const struct opened_store *s, const char *image_id,
                        const struct strv *chain, const char *digest, struct error *e)
{
    struct storage_draft draft = {.dirfd = FD_NONE};
    int r = storage_layer_begin(&s->storage, chain, &draft, e);

    if (r < 0 || draft.exists) {
        return r;
    }
    r = fill_draft(s, digest, chain->count == 1, &draft, e);
    if (r == 0) {
        r = commit(s, image_id, &draft, e);
    }
    storage_layer_abort(&s->storage, &draft);
    return r < 0 ? -1 : 1;
}

static int unpack_image(const struct opened_store *s, const struct image *image, struct error *e)
{
    const struct strv *diff_ids = &image->config.diff_ids;
    CLEANUP(strv) struct strv chain = STRV_INIT;
    int64_t unpacked = 0;

    if (diff_ids->count != image->layer_digests.count) {
        return err_set(e, ERR_CORRUPT, "the manifest has %zu layers, the config %zu",
                       image->layer_digests.count, diff_ids->count);
    }
    for (size_t i = 0; i < diff_ids->count; i++) {
        strv_add(&chain, diff_ids->items[i]);
        int r = unpack_layer(s, image->id, &chain, image->layer_digests.items[i], e);

        if (r < 0) {
            return -1;
        }
        unpacked += r;
    }
    json_t *result = json_object();

    json_put(result, "id", json_string(image->id));
    json_put(result, "unpacked", json_integer(unpacked));
    report_line("result", result);
    return 0;
}

/* By name or ID, or by the digest of the manifest, which is what hoy has at hand. */
static int find_image(const struct opened_store *s, const char *name, struct image *ret,
                      struct error *e)
{
    struct image *list;
    size_t count;

    if (image_find(&s->images, name, ret, e) == 0) {
        return 0;
    }
    if (e->kind != ERR_NOT_FOUND || strncmp(name, "sha256:", 7) != 0) {
        return -1;
    }
    struct error ignored = {0};

    if (image_list(&s->images, &list, &count, &ignored) < 0) {
        return -1;
    }
    int r = -1;

    for (size_t i = 0; i < count && r < 0; i++) {
        if (!list[i].problem && strcmp(list[i].manifest_digest, name) == 0) {
            r = image_find(&s->images, list[i].id, ret, e);
        }
    }
    image_list_free(list, count);
    return r;
}

int unpack_run(const char *root, const char *name, struct error *e)
{
    CLEANUP(opened_store) struct opened_store s = OPENED_STORE_INIT;
    CLEANUP(image) struct image image = {0};

    if (opened_store_open(&s, root, e) < 0 || find_image(&s, name, &image, e) < 0 ||
        confine_self(e) < 0 || unpack_image(&s, &image, e) < 0) {
        return err_wrap(e, "unpack '%s'", name);
    }
    return 0;
}
