// SPDX-License-Identifier: Apache-2.0
#include "engine/sweep.h"

#include "base/fs.h"
#include "base/log.h"
#include "base/path.h"
#include "engine/container.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct sweep {
    const struct engine *eng;
    struct strv old; /* ids from before the state folder was made */
};

static bool is_known(void *ctx, const char *key)
{
    const struct sweep *s = ctx;
    char path[sizeof("containers//config.json") + CTR_ID_LEN];

    if (!strv_contains(&s->old, key) ||
        (size_t) snprintf(path, sizeof(path), "containers/%s/config.json", key) >= sizeof(path)) {
        return true;
    }
    return fs_exists(s->eng->root, path);
}

static int sweep_after_boot(struct engine *eng, struct sweep *s, struct error *e)
{
    const struct storage *storage = s->old.count ? engine_storage(eng, e) : NULL;
    char *id;

    if (!storage) {
        return s->old.count ? -1 : 0;
    }
    if (storage_sweep(storage, is_known, s, e) < 0) {
        return -1;
    }
    cleanup_close int containers = fs_opendir(eng->root, "containers");

    strv_foreach (&s->old, id) {
        if (!is_known(s, id)) {
            int r = fs_remove_tree(containers, id);

            log_debug("sweep: container %.12s: %s", id, r < 0 ? strerror(-r) : "removed");
        }
    }
    return 0;
}

int sweep_open_state(struct engine *eng, struct error *e)
{
    struct sweep s = {.eng = eng, .old = STRV_INIT};
    int made = -1;

    eng->state = fs_opendir(AT_FDCWD, eng->state_path);
    if (eng->state == -ENOENT) {
        cleanup_free char *parent = path_dir(eng->state_path);
        int r = fs_mkdirs(AT_FDCWD, parent, 0755);

        if (r == 0 && ctr_ids(eng, &s.old, e) < 0) {
            strv_done(&s.old);
            return -1;
        }
        made = r < 0 ? r : mkdir(eng->state_path, 0755);
        eng->state = fs_opendir(AT_FDCWD, eng->state_path);
    }
    if (eng->state < 0) {
        strv_done(&s.old);
        return err_sys(e, eng->state, "open '%s'", eng->state_path);
    }
    int result = made == 0 ? sweep_after_boot(eng, &s, e) : 0;

    strv_done(&s.old);
    return result;
}
