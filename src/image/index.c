// SPDX-License-Identifier: Apache-2.0
#include "image/index.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/fs.h"

#include <string.h>

#define INDEX_FILE "index.json"
#define EMPTY_INDEX                                                                                \
    "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\","              \
    "\"manifests\":[]}"

static void entry_done(struct index_entry *entry)
{
    json_decref(entry->descriptor);
    free(entry->name);
}

void image_index_done(struct image_index *x)
{
    for (size_t i = 0; i < x->count; i++) {
        entry_done(&x->entries[i]);
    }
    free(x->entries);
    json_decref(x->doc);
    *x = (struct image_index){0};
}

/* The full form of a name that any tool may have written; NULL when it is none. */
static char *normalised(const char *name)
{
    CLEANUP(image_ref) struct image_ref ref = {0};
    struct error e;

    if (!*name || image_ref_parse(name, &ref, &e) < 0) {
        return NULL;
    }
    image_ref_default_tag(&ref);
    return image_ref_full(&ref);
}

static struct index_entry *append(struct image_index *x, json_t *descriptor)
{
    const json_t *notes = json_object_get(descriptor, "annotations");
    const char *digest = json_str(descriptor, "digest");
    const char *id = json_str(notes, ANNOTATION_ID);
    const char *name = json_str(notes, ANNOTATION_CONTAINERD);

    x->entries = xrealloc_array(x->entries, x->count + 1, sizeof(*x->entries));
    struct index_entry *entry = &x->entries[x->count++];

    *entry = (struct index_entry){.descriptor = descriptor};
    if (image_digest_valid(digest)) {
        entry->digest = digest;
        entry->id = image_digest_valid(id) ? id : NULL;
        entry->name = normalised(*name ? name : json_str(notes, ANNOTATION_NAME));
    }
    return entry;
}

int image_index_parse(const char *data, size_t n, struct image_index *ret, struct error *e)
{
    struct image_index x = {.doc = json_parse(data, n, INDEX_FILE, e)};
    json_t *manifests = NULL;
    json_t *descriptor;
    size_t i;

    if (!x.doc) {
        e->kind = ERR_CORRUPT;
        return -1;
    }
    if (!json_is_object(x.doc)) {
        json_decref(x.doc);
        return err_set(e, ERR_CORRUPT, "read " INDEX_FILE ": expected an object");
    }
    if (json_get_array(x.doc, "", "manifests", &manifests, e) < 0) {
        json_decref(x.doc);
        e->kind = ERR_CORRUPT;
        return err_wrap(e, "read " INDEX_FILE);
    }
    json_array_foreach (manifests, i, descriptor) {
        append(&x, json_incref(descriptor));
    }
    *ret = x;
    return 0;
}

int image_index_text(const struct image_store *s, char **ret, size_t *ret_len, struct error *e)
{
    int r = file_read(s->dir, INDEX_FILE, JSON_MAX_BYTES, ret, ret_len);

    if (r == -ENOENT) {
        *ret = xstrdup(EMPTY_INDEX);
        *ret_len = strlen(*ret);
        return 0;
    }
    return r < 0 ? err_sys(e, r, "read the image store's " INDEX_FILE) : 0;
}

int image_index_read(const struct image_store *s, struct image_index *ret, struct error *e)
{
    cleanup_free char *data = NULL;
    size_t n;

    return image_index_text(s, &data, &n, e) < 0 ? -1 : image_index_parse(data, n, ret, e);
}

static int append_text(void *ctx, const char *text, size_t n)
{
    struct error ignored;
    json_t *descriptor = json_parse(text, n, INDEX_FILE, &ignored);

    if (!descriptor) {
        return -EINVAL;
    }
    append(ctx, descriptor);
    return 0;
}

int image_index_select(const char *data, size_t n, const struct index_filter *filter,
                       struct image_index *ret, struct error *e)
{
    struct image_index x = {0};

    if (image_index_scan(data, n, filter, append_text, &x) == 0) {
        *ret = x;
        return 0;
    }
    image_index_done(&x);
    return image_index_parse(data, n, ret, e);
}

int image_index_write(const struct image_store *s, struct image_index *x, struct error *e)
{
    json_t *manifests = json_array();

    for (size_t i = 0; i < x->count; i++) {
        json_push(manifests, json_incref(x->entries[i].descriptor));
    }
    json_put(x->doc, "manifests", manifests);
    cleanup_free char *text = json_dump(x->doc);
    int r = fs_write_atomic(s->dir, INDEX_FILE, text, strlen(text), 0644, FS_DURABLE);

    return r < 0 ? err_sys(e, r, "write the image store's " INDEX_FILE) : 0;
}

void image_index_add(struct image_index *x, const json_t *descriptor, const char *name,
                     const char *id)
{
    json_t *copy = json_deep_copy(descriptor);
    json_t *notes = json_object_get(copy, "annotations");

    if (!json_is_object(notes)) {
        json_put(copy, "annotations", json_object());
        notes = json_object_get(copy, "annotations");
    }
    json_object_del(notes, ANNOTATION_CONTAINERD);
    json_object_del(notes, ANNOTATION_NAME);
    if (name) {
        json_put(notes, ANNOTATION_NAME, json_text(name));
    }
    if (id) {
        json_put(notes, ANNOTATION_ID, json_text(id));
    }
    append(x, copy);
}

void image_index_remove(struct image_index *x, size_t i)
{
    entry_done(&x->entries[i]);
    x->count--;
    memmove(&x->entries[i], &x->entries[i + 1], (x->count - i) * sizeof(*x->entries));
}

void image_index_unname(struct image_index *x, size_t i)
{
    struct index_entry *entry = &x->entries[i];
    json_t *notes = json_object_get(entry->descriptor, "annotations");

    json_object_del(notes, ANNOTATION_NAME);
    json_object_del(notes, ANNOTATION_CONTAINERD);
    free(take_ptr(&entry->name));
}
