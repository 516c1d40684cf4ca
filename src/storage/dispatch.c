// SPDX-License-Identifier: Apache-2.0
/* The calls of storage.h: names are checked here, then the driver does it. */
#include "storage/storage.h"

#include "base/fs.h"
#include "base/path.h"
#include "storage/driver.h"

#include <fcntl.h>
#include <string.h>

#define KEY_MAX 128

bool storage_diff_id_valid(const char *diff_id)
{
    const char *hex = diff_id + 7;

    return strncmp(diff_id, "sha256:", 7) == 0 && strspn(hex, "0123456789abcdef") == STORAGE_HEX &&
           hex[STORAGE_HEX] == '\0';
}

const char *storage_diff_id_hex(const char *diff_id)
{
    return diff_id + 7;
}

static int check_diff_id(const char *diff_id, struct error *e)
{
    if (!storage_diff_id_valid(diff_id)) {
        return err_set(e, ERR_INVALID, "layer '%.100s': not a sha256 diff ID", diff_id);
    }
    return 0;
}

static int check_chain(const struct strv *chain, struct error *e)
{
    if (chain->count > STORAGE_MAX_LAYERS) {
        return err_set(e, ERR_UNSUPPORTED, "image has %zu layers: %d is the kernel's limit",
                       chain->count, STORAGE_MAX_LAYERS);
    }
    for (size_t i = 0; i < chain->count; i++) {
        if (check_diff_id(chain->items[i], e) < 0) {
            return -1;
        }
    }
    return 0;
}

/* A key becomes a folder's name, and must not be one that means something: ".", "..", ".tmp". */
static int check_key(const char *key, struct error *e)
{
    size_t n = strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

    if (n == 0 || key[n] != '\0' || n > KEY_MAX || key[0] == '.' || key[0] == '-') {
        return err_set(e, ERR_INVALID, "snapshot '%.100s': not a valid key", key);
    }
    return 0;
}

int storage_open(const char *root_path, const char *driver, struct storage *ret, struct error *e)
{
    *ret = (struct storage){.root = FD_NONE};
    ret->root_path = path_absolute(root_path);
    if (!ret->root_path) {
        return err_sys(e, errno, "open data folder '%s'", root_path);
    }
    ret->root = fs_opendir_make(AT_FDCWD, ret->root_path, 0711);
    if (ret->root < 0) {
        err_sys(e, ret->root, "open data folder '%s'", ret->root_path);
    } else if (storage_pick(ret, driver, e) == 0) {
        return 0;
    }
    storage_done(ret);
    return -1;
}

void storage_done(struct storage *s)
{
    close_fd(&s->root);
    free(s->root_path);
    free(s->reason);
    *s = (struct storage){.root = FD_NONE};
}

const char *storage_driver_name(const struct storage *s)
{
    return s->ops->name;
}

bool storage_needs_parents(const struct storage *s)
{
    return s->ops->needs_parents;
}

bool storage_layer_exists(const struct storage *s, const struct strv *chain)
{
    struct error e;

    /* The layers below only matter to drivers whose layers build on them; callers ask for each
     * layer of a chain in turn. */
    if (chain->count == 0 || check_diff_id(chain->items[chain->count - 1], &e) < 0 ||
        (s->ops->needs_parents && check_chain(chain, &e) < 0)) {
        return false;
    }
    return s->ops->layer_exists(s, chain);
}

int storage_layer_begin(const struct storage *s, const struct strv *chain,
                        struct storage_draft *ret, struct error *e)
{
    const char *top = chain->count ? chain->items[chain->count - 1] : "";
    struct strv below = {.items = chain->items, .count = chain->count ? chain->count - 1 : 0};

    *ret = (struct storage_draft){.dirfd = FD_NONE, .size = -1, .whiteouts = s->ops->whiteouts};
    if (check_chain(&below, e) < 0 || (*top && check_diff_id(top, e) < 0)) {
        return -1;
    }
    memcpy(ret->diff_id, top, strlen(top) + 1);
    if (*top && s->ops->layer_exists(s, chain)) {
        ret->exists = true;
        return 0;
    }
    return s->ops->layer_begin(s, chain, ret, e);
}

int storage_layer_commit(const struct storage *s, struct storage_draft *d, struct error *e)
{
    if (d->exists) {
        return 0;
    }
    if (check_diff_id(d->diff_id, e) < 0) {
        return -1;
    }
    return s->ops->layer_commit(s, d, e);
}

void storage_layer_abort(const struct storage *s, struct storage_draft *d)
{
    if (d->dirfd >= 0) {
        s->ops->layer_abort(s, d);
    }
}

int storage_layer_remove(const struct storage *s, const char *diff_id, struct error *e)
{
    return check_diff_id(diff_id, e) < 0 ? -1 : s->ops->layer_remove(s, diff_id, e);
}

int storage_layer_list(const struct storage *s, struct strv *ret, struct error *e)
{
    return s->ops->layer_list(s, ret, e);
}

int storage_layer_usage(const struct storage *s, const char *diff_id, int64_t *ret, struct error *e)
{
    return check_diff_id(diff_id, e) < 0 ? -1 : s->ops->layer_usage(s, diff_id, ret, e);
}

int storage_snapshot_prepare(const struct storage *s, const char *key, const struct strv *chain,
                             struct error *e)
{
    if (check_key(key, e) < 0 || check_chain(chain, e) < 0) {
        return -1;
    }
    return s->ops->snapshot_prepare(s, key, chain, e);
}

int storage_snapshot_mount(const struct storage *s, const char *key, const struct strv *chain,
                           const char *target, unsigned flags, struct error *e)
{
    if (!key && !(flags & STORAGE_MOUNT_READONLY)) {
        return err_set(e, ERR_INVALID, "mount a chain without a key: only read-only");
    }
    if ((key && check_key(key, e) < 0) || check_chain(chain, e) < 0) {
        return -1;
    }
    return s->ops->snapshot_mount(s, key, chain, target, flags, e);
}

int storage_snapshot_remove(const struct storage *s, const char *key, struct error *e)
{
    return check_key(key, e) < 0 ? -1 : s->ops->snapshot_remove(s, key, e);
}

int storage_snapshot_usage(const struct storage *s, const char *key, int64_t *ret, struct error *e)
{
    return check_key(key, e) < 0 ? -1 : s->ops->snapshot_usage(s, key, ret, e);
}

void storage_snapshot_paths(const struct storage *s, const char *key, const struct strv *chain,
                            struct storage_paths *ret)
{
    struct error e;

    *ret = (struct storage_paths){0};
    if (check_key(key, &e) == 0 && check_chain(chain, &e) == 0) {
        s->ops->snapshot_paths(s, key, chain, ret);
    }
}

int storage_sweep(const struct storage *s, bool (*keep)(void *ctx, const char *key), void *ctx,
                  struct error *e)
{
    return s->ops->sweep(s, keep, ctx, e);
}
