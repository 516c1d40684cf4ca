// SPDX-License-Identifier: Apache-2.0
/* New images and new names. */
#include "image/find.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "image/manifest.h"

#include <string.h>

static bool has_other_name(const struct image_index *x, size_t i)
{
    for (size_t j = 0; j < x->count; j++) {
        const struct index_entry *a = &x->entries[i];
        const struct index_entry *b = &x->entries[j];

        if (j != i && b->digest &&
            (strcmp(a->digest, b->digest) == 0 || (a->id && b->id && strcmp(a->id, b->id) == 0))) {
            return true;
        }
    }
    return false;
}

/* Takes a name from whoever has it; an image that loses its last one stays, nameless. */
static void free_name(struct image_index *x, const char *name)
{
    for (size_t i = x->count; i > 0; i--) {
        const char *has = x->entries[i - 1].name;

        if (!has || strcmp(has, name) != 0) {
            continue;
        }
        if (has_other_name(x, i - 1)) {
            image_index_remove(x, i - 1);
        } else {
            image_index_unname(x, i - 1);
        }
    }
}

/* An image with a name needs no nameless entry, and one nameless entry is enough. */
static void drop_nameless(struct image_index *x, const char *digest)
{
    for (size_t i = x->count; i > 0; i--) {
        const struct index_entry *entry = &x->entries[i - 1];

        if (entry->digest && !entry->name && strcmp(entry->digest, digest) == 0) {
            image_index_remove(x, i - 1);
        }
    }
}

static bool has_digest(const struct image_index *x, const char *digest)
{
    for (size_t i = 0; i < x->count; i++) {
        if (x->entries[i].digest && strcmp(x->entries[i].digest, digest) == 0) {
            return true;
        }
    }
    return false;
}

static void put(struct image_index *x, const json_t *descriptor, const char *name, const char *id)
{
    const char *digest = json_str(descriptor, "digest");

    if (!name && has_digest(x, digest)) {
        return;
    }
    if (name) {
        free_name(x, name);
        drop_nameless(x, digest);
    }
    image_index_add(x, descriptor, name, id);
}

static int add_locked(const struct image_store *s, const json_t *descriptor, const char *name,
                      struct error *e)
{
    CLEANUP(image_manifest) struct image_manifest m = {0};
    CLEANUP(image_index) struct image_index x = {0};
    int r = fs_sync_dir(s->blobs); /* index.json must not name what a power cut takes away */

    if (r < 0) {
        return err_sys(e, r, "sync the image store's blobs");
    }
    if (image_manifest_load(s, descriptor, &m, e) < 0) {
        return -1;
    }
    cleanup_close int config = image_blob_open(s, m.config_digest, e);

    if (config < 0 || image_index_read(s, &x, e) < 0) {
        return -1;
    }
    put(&x, descriptor, name, m.config_digest);
    return image_index_write(s, &x, e);
}

int image_add(const struct image_store *s, const json_t *descriptor, const char *full_name,
              struct error *e)
{
    CLEANUP(image_ref) struct image_ref ref = {0};
    cleanup_free char *name = NULL;

    if (full_name) {
        if (image_ref_parse(full_name, &ref, e) < 0) {
            return err_wrap(e, "add image '%s'", full_name);
        }
        image_ref_default_tag(&ref);
        name = image_ref_full(&ref);
    }
    if (image_store_lock(s, e) < 0) {
        return -1;
    }
    int r = add_locked(s, descriptor, name, e);

    image_store_unlock(s);
    return r < 0 ? err_wrap(e, "add image '%s'", name ? name : json_str(descriptor, "digest")) : 0;
}

static int tag_locked(const struct image_store *s, const struct image *image, const char *name,
                      struct error *e)
{
    CLEANUP(image_index) struct image_index x = {0};

    if (image_index_read(s, &x, e) < 0) {
        return -1;
    }
    for (size_t i = 0; i < x.count; i++) {
        cleanup_free char *id = image_entry_id(s, &x.entries[i]);

        if (id && strcmp(id, image->id) == 0) {
            CLEANUP(json) json_t *descriptor = json_incref(x.entries[i].descriptor);

            put(&x, descriptor, name, id);
            return image_index_write(s, &x, e);
        }
    }
    return err_set(e, ERR_NOT_FOUND, "No such image: %s", image->id);
}

int image_tag(const struct image_store *s, const struct image *image, const struct image_ref *name,
              struct error *e)
{
    if (name->digest) {
        return err_set(e, ERR_INVALID, "refusing to create a tag with a digest reference");
    }
    struct image_ref tagged = *name;

    tagged.tag = name->tag ? name->tag : (char *) (uintptr_t) "latest";
    cleanup_free char *full = image_ref_full(&tagged);

    if (image_store_lock(s, e) < 0) {
        return -1;
    }
    int r = tag_locked(s, image, full, e);

    image_store_unlock(s);
    return r;
}
