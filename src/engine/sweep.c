// SPDX-License-Identifier: Apache-2.0
#include "engine/sweep.h"

#include "base/fs.h"
#include "base/lock.h"
#include "base/log.h"
#include "engine/layers.h"

#include <stdio.h>
#include <string.h>

static bool is_known(void *ctx, const char *key)
{
    const struct engine *eng = ctx;
    char path[sizeof("containers//config.json") + CTR_ID_LEN];

    if (!strv_contains(&eng->before_boot, key) ||
        (size_t) snprintf(path, sizeof(path), "containers/%s/config.json", key) >= sizeof(path)) {
        return true;
    }
    return fs_exists(eng->root, path);
}

int sweep_after_boot(struct engine *eng, struct error *e)
{
    const struct storage *storage = eng->before_boot.count ? engine_storage(eng, e) : NULL;
    char *id;

    if (fs_exists(eng->root, "images") && engine_images_mend(eng, e) < 0) {
        return -1;
    }
    if (!storage) {
        return eng->before_boot.count ? -1 : 0;
    }
    if (storage_sweep(storage, is_known, eng, e) < 0) {
        return -1;
    }
    cleanup_close int containers = fs_opendir(eng->root, "containers");

    strv_foreach (&eng->before_boot, id) {
        if (!is_known(eng, id)) {
            int r = fs_remove_tree(containers, id);

            log_debug("sweep: container %.12s: %s", id, r < 0 ? strerror(-r) : "removed");
        }
    }
    return 0;
}

void sweep_garbage(struct engine *eng, const char *id)
{
    char path[sizeof("containers//config.json") + CTR_ID_LEN];

    snprintf(path, sizeof(path), "containers/%.64s", id);
    cleanup_close int run_dir = fs_opendir_make(eng->state, path, 0700);
    cleanup_close int lock = run_dir < 0 ? FD_NONE : lock_try(run_dir, "lock", LOCK_MODE_EXCLUSIVE);

    if (lock < 0) {
        return;
    }
    snprintf(path, sizeof(path), "containers/%.64s/config.json", id);
    if (!fs_exists(eng->root, path) && !fs_exists(eng->state, path)) {
        log_debug("sweep: container %.12s was left half-way", id);
        snprintf(path, sizeof(path), "containers/%.64s", id);
        (void) fs_remove_tree(eng->root, path);
        (void) fs_remove_tree(eng->state, path);
    }
}
