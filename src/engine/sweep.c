// SPDX-License-Identifier: Apache-2.0
#include "engine/sweep.h"

#include "base/fs.h"
#include "base/log.h"
#include "engine/container.h"

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
