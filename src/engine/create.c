// SPDX-License-Identifier: Apache-2.0
/* create: from wishes and an image to a container on disk that can be started. */
#include "base/fs.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/path.h"
#include "base/rand.h"
#include "base/timeutil.h"
#include "base/undo.h"
#include "engine/check.h"
#include "engine/finish.h"
#include "engine/images.h"
#include "engine/lifecycle.h"
#include "engine/volume.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void default_string(char **dst, const char *value)
{
    if (!*dst && value && *value) {
        *dst = xstrdup(value);
    }
}

/* Entries of the image whose name the user did not give, behind the user's (as moby's merge). */
static void merge_env(struct ctr_config *c, const struct image_config *image)
{
    size_t given = c->env.count;
    char *entry;

    strv_foreach (&image->env, entry) {
        size_t len = strcspn(entry, "=");
        bool found = false;

        for (size_t i = 0; i < given && !found; i++) {
            found = strncmp(c->env.items[i], entry, len) == 0 &&
                    (c->env.items[i][len] == '=' || c->env.items[i][len] == '\0');
        }
        if (!found) {
            strv_add(&c->env, entry);
        }
    }
}

static void merge_command(struct ctr_config *c, const struct image_config *image)
{
    if (c->entrypoint_set) {
        return; /* --entrypoint also drops the image's command */
    }
    if (c->cmd.count == 0) {
        strv_extend(&c->cmd, &image->cmd);
    }
    strv_extend(&c->entrypoint, &image->entrypoint);
}

static void merge_volumes(struct ctr_config *c, const struct image_config *image)
{
    const char *path;
    json_t *unused;

    json_object_foreach (image->volumes, path, unused) {
        cleanup_free char *target = path_clean(path);
        bool taken = !path_is_absolute(target) || strcmp(target, "/") == 0;

        for (size_t i = 0; i < c->mounts_count && !taken; i++) {
            taken = strcmp(c->mounts[i].target, target) == 0;
        }
        if (!taken) {
            struct ctr_mount *m = ctr_config_add_mount(c);

            m->type = CTR_MOUNT_VOLUME;
            m->anonymous = true;
            m->target = take_ptr(&target);
        }
    }
}

static void merge_image(struct ctr_config *c, const struct image *image)
{
    const struct image_config *ic = &image->config;
    const char *key;
    json_t *value;

    merge_env(c, ic);
    merge_command(c, ic);
    merge_volumes(c, ic);
    default_string(&c->user, ic->user);
    default_string(&c->working_dir, ic->working_dir);
    default_string(&c->stop_signal, ic->stop_signal);
    json_object_foreach (ic->labels, key, value) {
        if (!json_object_get(c->labels, key)) {
            json_put(c->labels, key, json_incref(value));
        }
    }
    xstrset(&c->image_id, image->id);
    strv_extend(&c->chain, &ic->diff_ids);
}

static void merge_defaults(struct engine *eng, struct ctr_config *c)
{
    char host[65] = "";

    default_string(&c->network_mode, "none");
    default_string(&c->ipc_mode, "private");
    default_string(&c->log_driver, eng->config.log_driver);
    default_string(&c->cgroup_parent, eng->config.cgroup_parent);
    if (!c->log_max_size) {
        c->log_max_size = eng->config.log_max_size;
    }
    if (!c->log_max_file) {
        c->log_max_file = eng->config.log_max_file;
    }
    if (!c->shm_size) {
        c->shm_size = eng->config.shm_size;
    }
    c->init = c->init || eng->config.init;
    if (strcmp(c->network_mode, "host") == 0 || (c->uts_mode && strcmp(c->uts_mode, "host") == 0)) {
        gethostname(host, sizeof(host) - 1);
    }
    if (!c->hostname || !*c->hostname) {
        free(c->hostname);
        c->hostname = *host ? xstrdup(host) : xstrndup(c->id, CTR_SHORT_LEN);
    }
    c->created = time_now();
}

/* ---- what is made, and how it is taken back ---- */

struct making {
    struct engine *eng;
    struct container *c;
    struct strv volumes; /* made by this call */
};

static int undo_folders(void *arg, struct error *e)
{
    struct making *m = arg;
    char path[sizeof("containers/") + CTR_ID_LEN];

    snprintf(path, sizeof(path), "containers/%s", m->c->config.id);
    int r = fs_remove_tree(m->eng->root, path);
    int r2 = fs_remove_tree(m->eng->state, path);

    return r < 0 || r2 < 0 ? err_sys(e, r < 0 ? r : r2, "remove '%s'", path) : 0;
}

static int undo_name(void *arg, struct error *e)
{
    struct making *m = arg;

    ctr_name_release(m->eng, m->c->config.name, m->c->config.id);
    return 0;
}

static int undo_snapshot(void *arg, struct error *e)
{
    struct making *m = arg;
    const struct storage *s = engine_storage(m->eng, e);

    return s ? storage_snapshot_remove(s, m->c->config.id, e) : -1;
}

static int undo_volumes(void *arg, struct error *e)
{
    struct making *m = arg;
    char *name;
    int result = 0;

    strv_foreach (&m->volumes, name) {
        result = volume_remove(m->eng, name, e) < 0 ? -1 : result;
    }
    return result;
}

static int make_folders(struct making *m, struct error *e)
{
    struct container *c = m->c;
    char path[sizeof("containers/") + CTR_ID_LEN];

    snprintf(path, sizeof(path), "containers/%s", c->config.id);
    c->run_dir = fs_opendir_make(m->eng->state, path, 0700);
    if (c->run_dir < 0) {
        return err_sys(e, c->run_dir, "make '%s/%s'", m->eng->state_path, path);
    }
    /* Held until the container is whole: it tells a sweep that this is not garbage. */
    c->lock = lock_try(c->run_dir, "lock", LOCK_MODE_EXCLUSIVE);
    if (c->lock < 0) {
        return err_sys(e, c->lock, "lock '%s/%s'", m->eng->state_path, path);
    }
    c->data_dir = fs_opendir_make(m->eng->root, path, 0710);
    if (c->data_dir < 0) {
        return err_sys(e, c->data_dir, "make '%s/%s'", m->eng->root_path, path);
    }
    c->dir = c->config.auto_remove ? c->run_dir : c->data_dir;
    return 0;
}

static int make_name(struct making *m, struct error *e)
{
    struct ctr_config *c = &m->c->config;

    if (!c->name) {
        return ctr_name_generate(m->eng, c->id, &c->name, e);
    }
    return ctr_name_claim(m->eng, c->name, c->id, e);
}

/* "-v /host:/ctr" of a folder that does not exist makes it, as Docker does. */
static int make_bind_source(const struct ctr_mount *m, struct error *e)
{
    if (m->must_exist || access(m->source, F_OK) == 0) {
        return 0;
    }
    int r = fs_mkdirs(AT_FDCWD, m->source, 0755);

    return r < 0 ? err_sys(e, r, "error while creating mount source path '%s': mkdir %s", m->source,
                           m->source)
                 : 0;
}

static int make_volumes(struct making *m, struct error *e)
{
    for (size_t i = 0; i < m->c->config.mounts_count; i++) {
        struct ctr_mount *mount = &m->c->config.mounts[i];
        bool made = false;

        if (mount->type == CTR_MOUNT_BIND && make_bind_source(mount, e) < 0) {
            return -1;
        }
        if (mount->type != CTR_MOUNT_VOLUME) {
            continue;
        }
        if (!mount->name) {
            char hex[CTR_ID_LEN + 1];
            int r = rand_hex(hex, sizeof(hex));

            if (r < 0) {
                return err_sys(e, r, "make a volume name");
            }
            mount->name = xstrdup(hex);
        }
        xstrset(&mount->source, NULL);
        if (volume_ensure(m->eng, mount->name, mount->anonymous, &mount->source, &made, e) < 0) {
            return -1;
        }
        if (made) {
            strv_add(&m->volumes, mount->name);
        }
    }
    return 0;
}

static int make_snapshot(struct making *m, struct error *e)
{
    const struct storage *s = engine_storage(m->eng, e);

    if (!s) {
        return -1;
    }
    xstrset(&m->c->config.driver, storage_driver_name(s));
    return storage_snapshot_prepare(s, m->c->config.id, &m->c->config.chain, e);
}

/* Everything on disk; what was made before a failing step is taken back. */
static int make_all(struct making *m, struct error *e)
{
    CLEANUP(undo) struct undo undo = UNDO_INIT;

    undo_push(&undo, "remove folders", undo_folders, m);
    if (make_folders(m, e) < 0 || make_name(m, e) < 0) {
        return -1;
    }
    undo_push(&undo, "release name", undo_name, m);
    undo_push(&undo, "remove volumes", undo_volumes, m);
    if (make_volumes(m, e) < 0) {
        return -1;
    }
    undo_push(&undo, "remove snapshot", undo_snapshot, m);
    if (make_snapshot(m, e) < 0 || ctr_save_config(m->c, e) < 0) {
        return -1;
    }
    if (!m->c->config.auto_remove) {
        /* The folder's own entry and the name must outlive a power cut as well. */
        cleanup_close int containers = fs_opendir(m->eng->root, "containers");
        cleanup_close int names = fs_opendir(m->eng->root, "names");

        if (containers < 0 || names < 0 || fs_sync_dir(containers) < 0 || fs_sync_dir(names) < 0) {
            return err_sys(e, errno, "make container '%s' durable", m->c->config.name);
        }
    }
    undo_disarm(&undo);
    return 0;
}

int ctr_create(struct engine *eng, struct ctr_config *config, const struct create_options *o,
               struct container *ret, struct error *e)
{
    CLEANUP(image) struct image image = {0};
    struct making making = {.eng = eng, .c = ret};

    json_decref(ret->config.labels);
    ret->config = *config;
    memset(config, 0, sizeof(*config));

    struct ctr_config *c = &ret->config;

    if (c->name && ctr_name_check(*c->name == '/' ? c->name + 1 : c->name, e) < 0) {
        return -1;
    }
    if (c->name && *c->name == '/') {
        memmove(c->name, c->name + 1, strlen(c->name));
    }
    int r = rand_hex(c->id, sizeof(c->id));

    if (r < 0) {
        return err_sys(e, r, "make a container ID");
    }
    if (engine_image_ensure(eng, c->image, o->pull, o->progress, &image, e) < 0) {
        return -1;
    }
    merge_image(c, &image);
    merge_defaults(eng, c);
    if (ctr_config_check(c, e) < 0) {
        return -1;
    }
    if (c->entrypoint.count + c->cmd.count == 0) {
        return err_set(e, ERR_INVALID, "No command specified");
    }
    cleanup_close int lock = engine_images_lock(eng, false, e);

    if (lock < 0 || engine_image_verify(eng, &image, e) < 0) {
        return -1;
    }
    int result = make_all(&making, e);

    ctr_unlock(ret);
    strv_done(&making.volumes);
    return result;
}
