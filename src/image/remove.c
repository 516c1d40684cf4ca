// SPDX-License-Identifier: Apache-2.0
/*
 * 'rmi'. The rules are moby's (daemon/images/image_delete.go), so are the sentences. All changes
 * are made to the index in memory; what became free is worked out before anything is deleted.
 */
#include "image/find.h"

#include "base/alloc.h"
#include "base/log.h"
#include "image/manifest.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SHORT_ID 12

void image_removed_done(struct image_removed *r)
{
    strv_done(&r->untagged);
    strv_done(&r->deleted);
    strv_done(&r->diff_ids);
}

struct removal {
    const struct image_store *s;
    struct image_index x;
    char *id; /* of the image at hand */
    const char *short_id;
    bool force;
    const struct image_use *use;
    struct image_removed *out;
    struct strv gone; /* descriptors taken out of the index, as JSON text */
};

static void removal_done(struct removal *r)
{
    image_index_done(&r->x);
    free(r->id);
    strv_done(&r->gone);
}
DEFINE_CLEANUP(removal, struct removal, removal_done);

static bool is_ours(const struct removal *r, size_t i)
{
    cleanup_free char *id = image_entry_id(r->s, &r->x.entries[i]);

    return id && strcmp(id, r->id) == 0;
}

/* The image's names, sorted. */
static void names_of(const struct removal *r, struct strv *ret)
{
    for (size_t i = 0; i < r->x.count; i++) {
        const char *name = r->x.entries[i].name;

        if (name && is_ours(r, i) && !strv_contains(ret, name)) {
            strv_add(ret, name);
        }
    }
    strv_sort(ret);
}

static bool is_digest_name(const char *full_name)
{
    return strchr(full_name, '@');
}

/* Length of "domain/path" in a full name. */
static size_t repository_length(const char *full_name)
{
    const char *slash = strrchr(full_name, '/');

    return slash ? (size_t) (slash - full_name) + strcspn(slash, ":@") : strlen(full_name);
}

static bool same_repository(const char *a, const char *b)
{
    size_t n = repository_length(a);

    return n == repository_length(b) && strncmp(a, b, n) == 0;
}

/* At most one tag, and all digest names from its repository (moby: isSingleReference). */
static bool is_single_reference(const struct strv *names)
{
    const char *single = NULL;
    bool digest_of_single = false;

    if (names->count <= 1) {
        return true;
    }
    for (size_t i = 0; i < names->count; i++) {
        if (is_digest_name(names->items[i])) {
            continue;
        }
        if (single) {
            return false;
        }
        single = names->items[i];
    }
    single = single ? single : names->items[0];
    for (size_t i = 0; i < names->count; i++) {
        if (is_digest_name(names->items[i])) {
            if (!same_repository(names->items[i], single)) {
                return false;
            }
            digest_of_single = true;
        }
    }
    return digest_of_single;
}

static void say_untagged(struct removal *r, const char *full_name)
{
    CLEANUP(image_ref) struct image_ref ref = {0};
    struct error e;

    if (image_ref_parse(full_name, &ref, &e) == 0) {
        strv_take(&r->out->untagged, image_ref_familiar(&ref));
    }
}

static void take_out(struct removal *r, size_t i)
{
    strv_take(&r->gone, json_dump(r->x.entries[i].descriptor));
    image_index_remove(&r->x, i);
}

static size_t count_entries(const struct removal *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->x.count; i++) {
        n += is_ours(r, i);
    }
    return n;
}

/* Takes a name off; the image's last entry stays, nameless, for delete_image() to decide on. */
static void untag(struct removal *r, const char *full_name)
{
    cleanup_free char *name = xstrdup(full_name); /* it may lie in the entry that goes */

    for (size_t i = r->x.count; i > 0; i--) {
        const char *has = r->x.entries[i - 1].name;

        if (!has || strcmp(has, name) != 0) {
            continue;
        }
        if (count_entries(r) > 1) {
            take_out(r, i - 1);
        } else {
            image_index_unname(&r->x, i - 1);
        }
    }
    say_untagged(r, name);
}

/* ---- conflicts ---- */

enum conflict {
    CONFLICT_RUNNING = 1u << 0, /* hard: -f does not help */
    CONFLICT_NAMES = 1u << 1,
    CONFLICT_STOPPED = 1u << 2,
};

static int conflict(const struct removal *r, const char *how, const char *why,
                    const char *container, struct error *e)
{
    return err_set(e, ERR_IN_USE, "conflict: unable to delete %s (%s) - %s%s", r->short_id, how,
                   why, container);
}

/* *ret_used: the conflict is with a container, not with names. */
static int check_conflicts(const struct removal *r, unsigned mask, bool *ret_used, struct error *e)
{
    CLEANUP(strv) struct strv names = STRV_INIT;
    char container[SHORT_ID + 1] = "";
    bool running = false;
    bool used = r->use && r->use->in_use(r->use->ctx, r->id, &running, container);

    *ret_used = true;
    if (mask & CONFLICT_RUNNING && used && running) {
        return conflict(r, "cannot be forced", "image is being used by running container ",
                        container, e);
    }
    names_of(r, &names);
    if (mask & CONFLICT_NAMES && names.count > 0) {
        *ret_used = false;
        return conflict(r, "must be forced", "image is referenced in multiple repositories", "", e);
    }
    if (mask & CONFLICT_STOPPED && used && !running) {
        return conflict(r, "must be forced", "image is being used by stopped container ", container,
                        e);
    }
    return 0;
}

/* ---- the steps ---- */

/* After the last tag of a repository its digest names go too. */
static void untag_digests(struct removal *r, const char *untagged)
{
    CLEANUP(strv) struct strv names = STRV_INIT;
    const char *name;

    names_of(r, &names);
    strv_foreach (&names, name) {
        if (!is_digest_name(name) && same_repository(name, untagged)) {
            return;
        }
    }
    strv_foreach (&names, name) {
        if (is_digest_name(name) && same_repository(name, untagged)) {
            untag(r, name);
        }
    }
}

/* By name. *ret_done: other names remain, and that was all. */
static int remove_name(struct removal *r, const char *typed, size_t i, bool *ret_done,
                       struct error *e)
{
    CLEANUP(strv) struct strv names = STRV_INIT;
    CLEANUP(strv) struct strv left = STRV_INIT;
    cleanup_free char *name = xstrdup(r->x.entries[i].name);
    char container[SHORT_ID + 1] = "";
    bool running;

    names_of(r, &names);
    if (!r->force && is_single_reference(&names) && r->use &&
        r->use->in_use(r->use->ctx, r->id, &running, container)) {
        return err_set(e, ERR_IN_USE,
                       "conflict: unable to remove repository reference \"%s\" (must force) - "
                       "container %s is using its referenced image %s",
                       typed, container, r->short_id);
    }
    untag(r, name);
    if (!is_digest_name(name)) {
        untag_digests(r, name);
    }
    names_of(r, &left);
    *ret_done = left.count > 0;
    return 0;
}

/* By ID: names of one repository go without being forced. */
static int remove_names_of_id(struct removal *r, struct error *e)
{
    CLEANUP(strv) struct strv names = STRV_INIT;
    const char *name;
    bool used;

    names_of(r, &names);
    if (!is_single_reference(&names)) {
        return 0;
    }
    if (check_conflicts(r, CONFLICT_RUNNING | (r->force ? 0 : CONFLICT_STOPPED), &used, e) < 0) {
        return -1;
    }
    strv_foreach (&names, name) {
        untag(r, name);
    }
    return 0;
}

/* quiet: a name was removed, which was what the user asked for; a container keeps the rest. */
static int delete_image(struct removal *r, bool quiet, struct error *e)
{
    CLEANUP(strv) struct strv names = STRV_INIT;
    const char *name;
    bool used;
    unsigned mask = CONFLICT_RUNNING | (r->force ? 0 : CONFLICT_NAMES | CONFLICT_STOPPED);

    if (check_conflicts(r, mask, &used, e) < 0) {
        if (quiet && used) {
            err_clear(e);
            return 0;
        }
        return -1;
    }
    names_of(r, &names);
    strv_foreach (&names, name) {
        say_untagged(r, name);
    }
    for (size_t i = r->x.count; i > 0; i--) {
        if (is_ours(r, i - 1)) {
            take_out(r, i - 1);
        }
    }
    strv_add(&r->out->deleted, r->id);
    return 0;
}

/* ---- what became free ---- */

/* Blobs that only the removed descriptors reach. */
static int find_free_blobs(const struct removal *r, struct strv *ret, struct error *e)
{
    CLEANUP(digest_set) struct digest_set kept = {0};

    for (size_t i = 0; i < r->x.count; i++) {
        if (image_manifest_reach(r->s, r->x.entries[i].descriptor, &kept, NULL, e) < 0) {
            return -1;
        }
    }
    /* Added to what is kept, only the new ones come back. */
    for (size_t i = 0; i < r->gone.count; i++) {
        CLEANUP(json)
        json_t *descriptor =
            json_parse(r->gone.items[i], strlen(r->gone.items[i]), "descriptor", e);

        if (!descriptor || image_manifest_reach(r->s, descriptor, &kept, ret, e) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The removed image's layers, and how far other images' begin alike. */
static int find_layers(const struct removal *r, struct image_removed *ret, struct error *e)
{
    CLEANUP(image) struct image gone = {0};
    struct error ignored;
    bool found = false;

    for (size_t i = 0; i < r->gone.count && !found; i++) {
        CLEANUP(json)
        json_t *descriptor =
            json_parse(r->gone.items[i], strlen(r->gone.items[i]), "descriptor", e);

        found = descriptor && image_load(r->s, descriptor, &gone, &ignored) == 0;
    }
    if (!found) {
        return 0;
    }
    for (size_t i = 0; i < r->x.count; i++) {
        CLEANUP(image) struct image other = {0};

        if (image_load(r->s, r->x.entries[i].descriptor, &other, e) < 0) {
            if (e->kind != ERR_CORRUPT && e->kind != ERR_UNSUPPORTED) {
                return -1;
            }
            err_clear(e);
        }
        ret->shared = MAX(ret->shared, strv_common(&gone.config.diff_ids, &other.config.diff_ids));
    }
    strv_extend(&ret->diff_ids, &gone.config.diff_ids);
    return 0;
}

/* First the index, then the blobs: a crash between leaves garbage, never a name of nothing. */
static int finish(struct removal *r, struct error *e)
{
    CLEANUP(strv) struct strv blobs = STRV_INIT;
    const char *digest;

    if (r->gone.count && find_free_blobs(r, &blobs, e) < 0) {
        return -1;
    }
    if (r->out->deleted.count && find_layers(r, r->out, e) < 0) {
        return -1;
    }
    if ((r->out->deleted.count && image_change_begin(r->s, e) < 0) ||
        image_index_write(r->s, &r->x, e) < 0) {
        return -1;
    }
    strv_foreach (&blobs, digest) {
        if (unlinkat(r->s->blobs, digest + strlen("sha256:"), 0) < 0 && errno != ENOENT) {
            log_debug("remove blob '%s': %s", digest, strerror(errno));
        }
    }
    return 0;
}

static bool is_id_prefix(const char *id, const char *typed)
{
    size_t n = strlen(typed);

    return strncmp(id, typed, n) == 0 || strncmp(id + strlen("sha256:"), typed, n) == 0;
}

static int remove_locked(struct removal *r, const char *name_or_id, struct error *e)
{
    bool done = false;
    size_t i;

    if (image_index_read(r->s, &r->x, e) < 0 ||
        image_index_find(r->s, &r->x, name_or_id, &i, &r->id, e) < 0) {
        return -1;
    }
    cleanup_free char *short_id = xstrndup(r->id + strlen("sha256:"), SHORT_ID);
    /* As moby: what begins like the ID is taken for it, even when it is a name too. */
    bool by_name = r->x.entries[i].name && !is_id_prefix(r->id, name_or_id) &&
                   !(strlen(name_or_id) >= 64 && is_id_prefix(r->x.entries[i].digest, name_or_id));

    r->short_id = short_id;
    if (by_name ? remove_name(r, name_or_id, i, &done, e) < 0 : remove_names_of_id(r, e) < 0) {
        return -1;
    }
    if (!done && delete_image(r, by_name, e) < 0) {
        return -1;
    }
    return finish(r, e);
}

int image_remove(const struct image_store *s, const char *name_or_id, bool force,
                 const struct image_use *use, struct image_removed *ret, struct error *e)
{
    CLEANUP(removal) struct removal r = {.s = s, .force = force, .use = use, .out = ret};

    *ret = (struct image_removed){0};
    if (image_store_lock(s, e) < 0) {
        return -1;
    }
    int rc = remove_locked(&r, name_or_id, e);

    image_store_unlock(s);
    if (rc < 0) {
        image_removed_done(ret);
        *ret = (struct image_removed){0};
    }
    return rc;
}
