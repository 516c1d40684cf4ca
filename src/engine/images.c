// SPDX-License-Identifier: Apache-2.0
#include "engine/images.h"

#include "base/log.h"
#include "engine/image_helper.h"
#include "engine/list.h"
#include "engine/registry.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

int engine_image_import(struct engine *eng, const struct import_options *o, char **ret_id,
                        struct error *e)
{
    CLEANUP(strv) struct strv args = STRV_INIT;
    CLEANUP(image_answer) struct image_answer answer = {0};
    char *change;

    strv_add(&args, "import");
    strv_foreach (&o->changes, change) {
        strv_add(&args, "--change");
        strv_add(&args, change);
    }
    if (o->message) {
        strv_add(&args, "--message");
        strv_add(&args, o->message);
    }
    if (o->platform) {
        strv_add(&args, "--platform");
        strv_add(&args, o->platform);
    }
    strv_add(&args, "--");
    strv_add(&args, o->source);
    if (o->reference) {
        strv_add(&args, o->reference);
    }
    int r = image_helper_run(eng, &args, &answer, NULL, e);
    struct error ignored = {0};

    if (r == 0) {
        *ret_id = take_ptr(&answer.id);
    }

    /* Also after a hoy-image that was killed. */
    if (engine_images_mend(eng, &ignored) < 0) {
        log_debug("mend the image store: %s", ignored.text);
    }
    return r;
}

/* ---- finding ---- */

/* First layer of the image that is not unpacked, or NULL. */
static const char *missing_layer(const struct storage *s, const struct image *image)
{
    for (size_t i = 0; i < image->config.diff_ids.count; i++) {
        struct strv chain = {.items = image->config.diff_ids.items, .count = i + 1};

        if (!storage_layer_exists(s, &chain)) {
            return image->config.diff_ids.items[i];
        }
    }
    return NULL;
}

static int unpack(struct engine *eng, const struct image *image, struct error *e)
{
    CLEANUP(strv) struct strv args = STRV_INIT;
    CLEANUP(image_answer) struct image_answer answer = {0};
    const struct storage *s = engine_storage(eng, e);

    if (!s) {
        return -1;
    }
    if (!missing_layer(s, image)) {
        return 0;
    }
    strv_add(&args, "unpack");
    strv_add(&args, image->manifest_digest);
    return image_helper_run(eng, &args, &answer, NULL, e);
}

/* The name as Docker shows it; caller frees. NULL: it is none. */
static char *shown_name(const char *name, struct error *e)
{
    CLEANUP(image_ref) struct image_ref ref = {0};

    if (image_ref_parse(name, &ref, e) < 0) {
        return NULL;
    }
    image_ref_default_tag(&ref);
    return image_ref_familiar(&ref);
}

static int no_such_image(const char *name, struct error *e)
{
    cleanup_free char *shown = shown_name(name, e);

    return shown ? err_set(e, ERR_NOT_FOUND, "No such image: %s", shown) : -1;
}

/* Says that it is not here, and fetches it. */
static int fetch(struct engine *eng, const char *name, const struct image_progress *progress,
                 struct error *e)
{
    struct image_pull_options o = {.reference = name, .access = {.retry = -1}};

    return engine_image_pull(eng, &o, progress, e);
}

static void tell_missing(const char *shown, const struct image_progress *progress)
{
    CLEANUP(json) json_t *j = json_object();

    json_put(j, "name", json_text(shown));
    if (progress) {
        progress->line(progress->ctx, "missing", j);
    }
}

int engine_image_ensure(struct engine *eng, const char *name, enum pull_policy pull,
                        const struct image_progress *progress, struct image *ret, struct error *e)
{
    const struct image_store *s = engine_images(eng, e);

    if (!s || (pull == PULL_ALWAYS && fetch(eng, name, progress, e) < 0)) {
        return -1;
    }
    if (image_find(s, name, ret, e) == 0) {
        return unpack(eng, ret, e);
    }
    if (e->kind != ERR_NOT_FOUND) {
        return -1;
    }
    cleanup_free char *shown = shown_name(name, e);

    if (!shown) {
        return -1;
    }
    if (pull != PULL_MISSING) {
        return no_such_image(name, e);
    }
    err_clear(e);
    tell_missing(shown, progress);
    if (fetch(eng, name, progress, e) < 0 || image_find(s, name, ret, e) < 0) {
        return -1;
    }
    return unpack(eng, ret, e);
}

int engine_image_verify(struct engine *eng, const struct image *image, struct error *e)
{
    const struct storage *s = engine_storage(eng, e);

    if (!s) {
        return -1;
    }
    const char *missing = missing_layer(s, image);

    return missing ? err_set(e, ERR_NOT_FOUND, "image '%s' was removed meanwhile", image->id) : 0;
}

int engine_image_tag(struct engine *eng, const char *source, const char *target, struct error *e)
{
    CLEANUP(image) struct image image = {0};
    CLEANUP(image_ref) struct image_ref ref = {0};
    const struct image_store *s = engine_images(eng, e);
    struct error parse = {0};

    if (!s) {
        return -1;
    }
    if (image_ref_parse(target, &ref, &parse) < 0) {
        return err_set(e, ERR_INVALID,
                       "Error parsing reference: \"%s\" is not a valid repository/tag: %s", target,
                       parse.text);
    }
    if (ref.digest) {
        return err_set(e, ERR_INVALID, "refusing to create a tag with a digest reference");
    }
    image_ref_default_tag(&ref);
    if (image_find(s, source, &image, e) < 0) {
        return e->kind == ERR_NOT_FOUND ? no_such_image(source, e) : -1;
    }
    return image_tag(s, &image, &ref, e);
}

/* ---- rmi ---- */

struct users {
    struct container *list;
    size_t count;
};

static bool in_use(void *ctx, const char *image_id, bool *running, char *container_id_12)
{
    const struct users *u = ctx;
    const struct container *found = NULL;

    for (size_t i = 0; i < u->count; i++) {
        if (u->list[i].config.image_id && strcmp(u->list[i].config.image_id, image_id) == 0 &&
            (!found || (ctr_is_running(&u->list[i]) && !ctr_is_running(found)))) {
            found = &u->list[i];
        }
    }
    if (!found) {
        return false;
    }
    *running = ctr_is_running(found);
    memcpy(container_id_12, found->config.id, CTR_SHORT_LEN);
    container_id_12[CTR_SHORT_LEN] = '\0';
    return true;
}

/* The layers of an image that is gone, and what an earlier rmi or import left. */
static int remove_layers(struct engine *eng, bool interrupted, struct error *e)
{
    const struct image_store *s = engine_images(eng, e);

    if (!s || engine_layers_sweep(eng, e) < 0 || (interrupted && image_store_sweep(s, e) < 0)) {
        return -1;
    }
    image_change_end(s);
    return 0;
}

/* The chain IDs of the removed image's layers, topmost first, that are nobody else's. */
static int say_layers(struct engine *eng, struct image_removed *ret, struct error *e)
{
    CLEANUP(image_answer) struct image_answer answer = {0};
    CLEANUP(strv) struct strv args = STRV_INIT;

    if (ret->diff_ids.count == ret->shared) {
        return 0;
    }
    if (ret->diff_ids.count == 1) { /* the chain ID is the diff ID */
        strv_add(&ret->deleted, ret->diff_ids.items[0]);
        return 0;
    }
    strv_add(&args, "chain-ids");
    strv_extend(&args, &ret->diff_ids);
    if (image_helper_run(eng, &args, &answer, NULL, e) < 0) {
        return err_wrap(e, "name the removed layers");
    }
    for (size_t i = answer.chain_ids.count; i > ret->shared; i--) {
        strv_add(&ret->deleted, answer.chain_ids.items[i - 1]);
    }
    return 0;
}

static int remove_with_lock(struct engine *eng, const char *name_or_id, bool force,
                            struct image_removed *ret, struct error *e)
{
    const struct image_store *s = engine_images(eng, e);
    struct list_options all = {.all = true};
    struct users users = {0};
    struct image_use use = {.ctx = &users, .in_use = in_use};

    /* Against containers that are just being made from it. */
    cleanup_close int lock = engine_images_lock(eng, true, e);

    if (!s || lock < 0 || ctr_list(eng, &all, &users.list, &users.count, e) < 0) {
        return -1;
    }
    /* Against an import that has just found one of the layers to be there. */
    if (image_store_lock(s, e) < 0) {
        ctr_list_free(users.list, users.count);
        return -1;
    }
    bool interrupted = image_store_interrupted(s);
    int r = image_remove(s, name_or_id, force, &use, ret, e);

    if (r < 0 && e->kind == ERR_NOT_FOUND) {
        (void) no_such_image(name_or_id, e);
    }
    if (r == 0 && ret->deleted.count) {
        r = remove_layers(eng, interrupted, e);
    }
    /* Layers that no image needs may still be the floor of a container. */
    for (size_t i = 0; r == 0 && i < users.count; i++) {
        ret->shared = MAX(ret->shared, strv_common(&ret->diff_ids, &users.list[i].config.chain));
    }
    image_store_unlock(s);
    ctr_list_free(users.list, users.count);
    return r;
}

int engine_image_remove(struct engine *eng, const char *name_or_id, bool force,
                        struct image_removed *ret, struct error *e)
{
    if (remove_with_lock(eng, name_or_id, force, ret, e) < 0) {
        return -1;
    }
    return say_layers(eng, ret, e); /* no lock is held while waiting for a program */
}
