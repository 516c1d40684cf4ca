// SPDX-License-Identifier: Apache-2.0
#include "engine/images.h"

#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "base/proc.h"
#include "engine/list.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES (64u << 10)

/* ---- the helper program ---- */

/* What hoy-image said. */
struct answer {
    char *id; /* the result's */
    struct strv chain_ids;
    struct error failure;
};

static void answer_done(struct answer *a)
{
    free(a->id);
    strv_done(&a->chain_ids);
}
DEFINE_CLEANUP(answer, struct answer, answer_done);

static int helper_line(const char *line, size_t n, struct answer *ret, struct error *e)
{
    CLEANUP(json) json_t *j = json_parse(line, n, "a message of hoy-image", e);

    if (!j) {
        return -1;
    }
    const char *type = json_str(j, "type");

    if (strcmp(type, "result") == 0) {
        xstrset(&ret->id, json_str(j, "id"));
    } else if (strcmp(type, "chain") == 0) {
        strv_add(&ret->chain_ids, json_str(j, "id"));
    } else if (strcmp(type, "error") == 0) {
        err_set(&ret->failure, err_kind_from_string(json_str(j, "kind")), "%s",
                json_str(j, "text"));
        if (*json_str(j, "hint")) {
            err_hint(&ret->failure, "%s", json_str(j, "hint"));
        }
    }
    return 0;
}

static int helper_read(int fd, struct answer *ret, struct error *e)
{
    cleanup_free char *buf = xmalloc(LINE_MAX_BYTES);
    size_t len = 0;

    for (;;) {
        ssize_t r = read(fd, buf + len, LINE_MAX_BYTES - len);

        if (r < 0 && errno == EINTR) {
            continue;
        }
        if (r <= 0) {
            return r < 0 ? err_sys(e, errno, "read from hoy-image") : 0;
        }
        len += (size_t) r;
        for (char *nl; (nl = memchr(buf, '\n', len));) {
            size_t line = (size_t) (nl - buf);

            if (helper_line(buf, line, ret, e) < 0) {
                return -1;
            }
            len -= line + 1;
            memmove(buf, nl + 1, len);
        }
        if (len == LINE_MAX_BYTES) {
            return err_set(e, ERR_INTERNAL, "read from hoy-image: line of over %u bytes",
                           LINE_MAX_BYTES);
        }
    }
}

/*
 * Runs hoy-image with these arguments (behind --root); our stdin is its stdin. Its error becomes
 * ours. Progress lines are its own affair until there is a pull.
 */
static int helper_run(struct engine *eng, struct strv *args, struct answer *ret, struct error *e)
{
    CLEANUP(strv) struct strv argv = STRV_INIT;
    cleanup_free char *path = proc_helper_path("hoy-image");
    int channel[2];
    int status;

    if (!path) {
        return err_set(e, ERR_NOT_FOUND, "the program hoy-image is not installed");
    }
    strv_add(&argv, path);
    strv_add(&argv, "--root");
    strv_add(&argv, eng->root_path);
    strv_extend(&argv, args);
    if (pipe2(channel, O_CLOEXEC) < 0) {
        return err_sys(e, errno, "make a pipe");
    }
    struct proc_spawn s = {.path = path,
                           .argv = strv_argv(&argv),
                           .stdin_fd = STDIN_FILENO,
                           .stdout_fd = -1,
                           .stderr_fd = -1,
                           .extra_fds = &channel[1],
                           .extra_count = 1};
    pid_t pid = proc_spawn(&s);

    close(channel[1]);
    int r = pid < 0 ? err_sys(e, pid, "start '%s'", path) : helper_read(channel[0], ret, e);

    close(channel[0]);
    if (pid < 0) {
        return -1;
    }
    (void) proc_wait(pid, &status);
    if (r < 0) {
        return -1;
    }
    if (ret->failure.kind != ERR_NONE) {
        *e = ret->failure;
        return -1;
    }
    if (proc_exit_code(status) != 0) {
        return err_set(e, ERR_INTERNAL, "hoy-image ended with status %d and no reason",
                       proc_exit_code(status));
    }
    return 0;
}

int engine_image_import(struct engine *eng, const struct import_options *o, char **ret_id,
                        struct error *e)
{
    CLEANUP(strv) struct strv args = STRV_INIT;
    CLEANUP(answer) struct answer answer = {0};
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
    int r = helper_run(eng, &args, &answer, e);
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
    CLEANUP(answer) struct answer answer = {0};
    const struct storage *s = engine_storage(eng, e);

    if (!s) {
        return -1;
    }
    if (!missing_layer(s, image)) {
        return 0;
    }
    strv_add(&args, "unpack");
    strv_add(&args, image->manifest_digest);
    return helper_run(eng, &args, &answer, e);
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

/* The words under which people search for it, and what can be done about it. */
static int not_here(const char *name, struct error *e)
{
    cleanup_free char *shown = shown_name(name, e);

    if (!shown) {
        return -1;
    }
    err_set(e, ERR_NOT_FOUND,
            "Unable to find image '%s' locally: this hoy has no registry client yet", shown);
    err_hint(e, "make one with 'hoy import FILE %s'", name);
    return -1;
}

int engine_image_ensure(struct engine *eng, const char *name, enum pull_policy pull, bool quiet,
                        struct image *ret, struct error *e)
{
    const struct image_store *s = engine_images(eng, e);

    (void) quiet;
    if (!s) {
        return -1;
    }
    if (pull == PULL_ALWAYS) {
        return err_set(e, ERR_UNSUPPORTED, "pull '%s': this hoy has no registry client yet", name);
    }
    if (image_find(s, name, ret, e) < 0) {
        if (e->kind != ERR_NOT_FOUND) {
            return -1;
        }
        return pull == PULL_NEVER ? no_such_image(name, e) : not_here(name, e);
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
    CLEANUP(answer) struct answer answer = {0};
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
    if (helper_run(eng, &args, &answer, e) < 0) {
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
