// SPDX-License-Identifier: Apache-2.0
#include "image/find.h"

#include "base/alloc.h"
#include "base/path.h"
#include "base/timeutil.h"
#include "image/manifest.h"

#include <string.h>

void image_done(struct image *i)
{
    free(i->manifest_digest);
    free(i->id);
    free(i->problem);
    strv_done(&i->names);
    strv_done(&i->layer_digests);
    strv_done(&i->layer_types);
    image_config_done(&i->config);
    *i = (struct image){0};
}

char *image_entry_id(const struct image_store *s, const struct index_entry *entry)
{
    CLEANUP(image_manifest) struct image_manifest m = {0};
    struct error e;

    if (!entry->digest) {
        return NULL;
    }
    if (entry->id) {
        return xstrdup(entry->id);
    }
    if (image_manifest_load(s, entry->descriptor, &m, &e) < 0) {
        return xstrdup(entry->digest);
    }
    return take_ptr(&m.config_digest);
}

static int load_config(const struct image_store *s, const struct image_manifest *m,
                       struct image *ret, struct error *e)
{
    cleanup_free char *data = NULL;
    size_t n = 0;

    if (image_blob_read(s, m->config_digest, m->config_size, &data, &n, e) < 0) {
        return -1;
    }
    if (image_config_parse(data, n, &ret->config, e) < 0) {
        e->kind = ERR_CORRUPT;
        return err_wrap(e, "blob '%s'", m->config_digest);
    }
    if (ret->config.diff_ids.count != m->layer_digests.count) {
        err_set(e, ERR_CORRUPT, "its manifest has %zu layers, its configuration %zu",
                m->layer_digests.count, ret->config.diff_ids.count);
        image_config_done(&ret->config);
        return -1;
    }
    return 0;
}

int image_load(const struct image_store *s, const json_t *descriptor, struct image *ret,
               struct error *e)
{
    CLEANUP(image_manifest) struct image_manifest m = {0};

    *ret = (struct image){0};
    if (image_manifest_load(s, descriptor, &m, e) < 0 || load_config(s, &m, ret, e) < 0) {
        return -1;
    }
    if (ret->config.created) {
        (void) time_parse(ret->config.created, &ret->created);
    }
    ret->manifest_digest = take_ptr(&m.digest);
    ret->id = take_ptr(&m.config_digest);
    ret->blob_bytes = m.blob_bytes;
    strv_extend(&ret->layer_digests, &m.layer_digests);
    strv_extend(&ret->layer_types, &m.layer_types);
    return 0;
}

/* ---- by name ---- */

static bool same_repository(const char *full_name, const struct image_ref *ref)
{
    size_t domain = strlen(ref->domain);
    size_t path = strlen(ref->path);

    return strncmp(full_name, ref->domain, domain) == 0 && full_name[domain] == '/' &&
           strncmp(full_name + domain + 1, ref->path, path) == 0 &&
           strchr(":@", full_name[domain + 1 + path]);
}

/* The manifest that "name@digest" means may also be the one for this machine inside an index. */
static bool is_or_holds(const struct image_store *s, const struct index_entry *entry,
                        const char *digest)
{
    CLEANUP(image_manifest) struct image_manifest m = {0};
    struct error e;

    return strcmp(entry->digest, digest) == 0 ||
           (image_manifest_load(s, entry->descriptor, &m, &e) == 0 &&
            strcmp(m.digest, digest) == 0);
}

/* With a digest the tag says nothing, as in moby's reference store. */
static bool find_name(const struct image_store *s, const struct image_index *x,
                      const struct image_ref *ref, size_t *ret)
{
    struct image_ref bare = {.domain = ref->domain,
                             .path = ref->path,
                             .tag = ref->digest ? NULL : ref->tag,
                             .digest = ref->digest};
    cleanup_free char *full = image_ref_full(&bare);

    for (size_t i = 0; i < x->count; i++) {
        if (x->entries[i].name && strcmp(x->entries[i].name, full) == 0) {
            *ret = i;
            return true;
        }
    }
    for (size_t i = 0; ref->digest && i < x->count; i++) {
        if (x->entries[i].name && same_repository(x->entries[i].name, ref) &&
            is_or_holds(s, &x->entries[i], ref->digest)) {
            *ret = i;
            return true;
        }
    }
    return false;
}

/* ---- by ID ---- */

/* Finds the one image whose ID begins with the hex digits: its entry, -ENOENT, or -EEXIST when
 * several do. */
static int find_id(const struct image_store *s, const struct image_index *x, const char *hex,
                   size_t *ret)
{
    size_t n = strlen(hex);
    cleanup_free char *found = NULL;

    for (size_t i = 0; i < x->count; i++) {
        cleanup_free char *id = image_entry_id(s, &x->entries[i]);

        if (!id || strncmp(id + strlen("sha256:"), hex, n) != 0) {
            continue;
        }
        if (!found) {
            found = take_ptr(&id);
            *ret = i;
        } else if (strcmp(found, id) != 0) {
            return -EEXIST;
        }
    }
    if (found) {
        return 0;
    }
    /* The whole digest of a manifest names its image too. */
    for (size_t i = 0; n == 64 && i < x->count; i++) {
        if (x->entries[i].digest && strcmp(x->entries[i].digest + strlen("sha256:"), hex) == 0) {
            *ret = i;
            return 0;
        }
    }
    return -ENOENT;
}

/* The digits of what may be an ID or the beginning of one; NULL when it cannot be one. */
static const char *id_digits(const char *s)
{
    const char *hex = strncmp(s, "sha256:", 7) == 0 ? s + 7 : s;
    size_t n = strspn(hex, "0123456789abcdef");

    return n > 0 && n <= 64 && hex[n] == '\0' ? hex : NULL;
}

int image_index_find(const struct image_store *s, const struct image_index *x,
                     const char *name_or_id, size_t *ret_entry, char **ret_id, struct error *e)
{
    CLEANUP(image_ref) struct image_ref ref = {0};
    const char *hex = id_digits(name_or_id);
    bool whole_id = hex && strlen(hex) == 64;
    bool found = false;

    if (!whole_id) {
        if (image_ref_parse(name_or_id, &ref, e) < 0) {
            return -1;
        }
        image_ref_default_tag(&ref);
        found = find_name(s, x, &ref, ret_entry);
    }
    if (!found && hex) {
        int r = find_id(s, x, hex, ret_entry);

        if (r == -EEXIST) {
            return err_set(e, ERR_INVALID, "ambiguous reference: several image IDs begin with '%s'",
                           name_or_id);
        }
        found = r == 0;
    }
    if (!found) {
        cleanup_free char *name = whole_id ? xasprintf("sha256:%s", hex) : image_ref_familiar(&ref);

        return err_set(e, ERR_NOT_FOUND, "No such image: %s", name);
    }
    *ret_id = image_entry_id(s, &x->entries[*ret_entry]);
    return 0;
}

/* Names that lead to the same image. To read no further manifest, entries without our annotation
 * count only when they name the same manifest. */
static int collect_names(const char *text, size_t n, const char *digest, const char *id,
                         struct strv *ret, struct error *e)
{
    CLEANUP(image_index) struct image_index x = {0};
    const struct index_filter same = {.words = {digest, id}};

    if (image_index_select(text, n, &same, &x, e) < 0) {
        return -1;
    }
    for (size_t i = 0; i < x.count; i++) {
        const struct index_entry *entry = &x.entries[i];

        if (entry->name &&
            (strcmp(entry->digest, digest) == 0 || (entry->id && strcmp(entry->id, id) == 0))) {
            strv_add(ret, entry->name);
        }
    }
    strv_sort(ret);
    return 0;
}

/* Everything that can match what was typed: its last word as part of a name, its digits as part of
 * an ID; entries without our annotation may have any ID. */
static void filter_for(const char *name_or_id, char **ret_word, struct index_filter *ret)
{
    const char *hex = id_digits(name_or_id);
    CLEANUP(image_ref) struct image_ref ref = {0};
    struct error ignored;

    if (!(hex && strlen(hex) == 64) && image_ref_parse(name_or_id, &ref, &ignored) == 0) {
        *ret_word = xstrdup(path_base(ref.path));
    }
    *ret = (struct index_filter){.words = {*ret_word, hex}, .unless = hex ? ANNOTATION_ID : NULL};
}

int image_find(const struct image_store *s, const char *name_or_id, struct image *ret,
               struct error *e)
{
    CLEANUP(image_index) struct image_index x = {0};
    struct index_filter filter;
    cleanup_free char *text = NULL;
    cleanup_free char *word = NULL;
    cleanup_free char *id = NULL;
    size_t n = 0;
    size_t i = 0;

    *ret = (struct image){0};
    filter_for(name_or_id, &word, &filter);
    if (image_index_text(s, &text, &n, e) < 0 || image_index_select(text, n, &filter, &x, e) < 0 ||
        image_index_find(s, &x, name_or_id, &i, &id, e) < 0) {
        return -1;
    }
    if (image_load(s, x.entries[i].descriptor, ret, e) < 0) {
        return err_wrap(e, "image '%s'", name_or_id);
    }
    if (collect_names(text, n, x.entries[i].digest, ret->id, &ret->names, e) < 0) {
        image_done(ret);
        return -1;
    }
    return 0;
}
