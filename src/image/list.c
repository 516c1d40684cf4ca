// SPDX-License-Identifier: Apache-2.0
#include "image/find.h"

#include "base/alloc.h"

#include <string.h>

struct listed {
    char *id;
    const struct index_entry *entry;
};

static int by_id(const void *a, const void *b)
{
    const struct listed *x = a;
    const struct listed *y = b;
    int r = strcmp(x->id, y->id);

    return r ? r
             : strcmp(x->entry->name ? x->entry->name : "", y->entry->name ? y->entry->name : "");
}

/* Newest first, as 'docker images'; those of one moment in a fixed order. */
static int newest_first(const void *a, const void *b)
{
    const struct image *x = a;
    const struct image *y = b;

    if (x->created != y->created) {
        return x->created < y->created ? 1 : -1;
    }
    return strcmp(x->id, y->id);
}

/* One image from the entries that share its ID. */
static int load_group(const struct image_store *s, const struct listed *group, size_t n,
                      struct image *ret, struct error *e)
{
    int r = -1;

    *ret = (struct image){0};
    for (size_t i = 0; i < n && r < 0; i++) { /* a second manifest may be whole */
        r = image_load(s, group[i].entry->descriptor, ret, e);
        if (r < 0 && e->kind != ERR_CORRUPT && e->kind != ERR_UNSUPPORTED) {
            return -1;
        }
    }
    if (r < 0) {
        ret->id = xstrdup(group[0].id);
        ret->manifest_digest = xstrdup(group[0].entry->digest);
        ret->problem = xstrdup(e->text);
        err_clear(e);
    }
    for (size_t i = 0; i < n; i++) {
        const char *name = group[i].entry->name;

        if (name && !strv_contains(&ret->names, name)) {
            strv_add(&ret->names, name);
        }
    }
    return 0;
}

static int load_all(const struct image_store *s, const struct listed *sorted, size_t n,
                    struct image **ret, size_t *ret_count, struct error *e)
{
    struct image *images = xcalloc(n + 1, sizeof(*images));
    size_t count = 0;

    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && strcmp(sorted[from].id, sorted[to].id) == 0; to++) {
        }
        if (load_group(s, sorted + from, to - from, &images[count], e) < 0) {
            image_list_free(images, count);
            return -1;
        }
        count++;
    }
    qsort(images, count, sizeof(*images), newest_first);
    *ret = images;
    *ret_count = count;
    return 0;
}

int image_list(const struct image_store *s, struct image **ret, size_t *ret_count, struct error *e)
{
    CLEANUP(image_index) struct image_index x = {0};
    size_t n = 0;

    if (image_index_read(s, &x, e) < 0) {
        return -1;
    }
    cleanup_free struct listed *sorted = xcalloc(x.count + 1, sizeof(*sorted));

    for (size_t i = 0; i < x.count; i++) {
        char *id = image_entry_id(s, &x.entries[i]);

        if (id) {
            sorted[n++] = (struct listed){.id = id, .entry = &x.entries[i]};
        }
    }
    qsort(sorted, n, sizeof(*sorted), by_id);
    int r = load_all(s, sorted, n, ret, ret_count, e);

    for (size_t i = 0; i < n; i++) {
        free(sorted[i].id);
    }
    return r;
}

void image_list_free(struct image *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        image_done(&list[i]);
    }
    free(list);
}
