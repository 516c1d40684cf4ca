// SPDX-License-Identifier: Apache-2.0
#include "engine/finish.h"

#include "base/fd.h"
#include "base/fs.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/timeutil.h"
#include "engine/layers.h"
#include "engine/volume.h"
#include "monitor/monitor.h"
#include "oci/cgroup.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

char *ctr_cgroup_path(const struct container *c)
{
    const char *parent = c->config.cgroup_parent ? c->config.cgroup_parent : "/hoy";

    return xasprintf("%s%s/%s", *parent == '/' ? "" : "/", parent, c->config.id);
}

static int release_cgroup(struct container *c, struct error *e)
{
    CLEANUP(cgroup) struct cgroup *cg = NULL;
    cleanup_free char *path = ctr_cgroup_path(c);
    int result = 0;

    if (cgroup_open(path, &cg, e) == 0) {
        c->state.oom_killed = cgroup_oom_kills(cg) > 0;
        /* Init's end took its pid namespace along: mostly there is nobody left to kill. */
        if (cgroup_remove(cg, e) < 0 &&
            (e->kind != ERR_IN_USE || cgroup_kill(cg, e) < 0 || cgroup_remove(cg, e) < 0)) {
            result = err_wrap(e, "container '%.12s'", c->config.id);
        }
    } else if (e->kind == ERR_NOT_FOUND) {
        err_clear(e);
    } else {
        result = -1;
    }
    return result;
}

/* As long as the state says "running", these tell readers how it really is: they go after it. */
static void remove_run_files(struct container *c)
{
    static const char *const files[] = {ATTACH_SOCKET_NAME, MONITOR_EXIT_NAME, "monitor.lock"};

    for (size_t i = 0; i < ARRAY_SIZE(files) && c->run_dir >= 0; i++) {
        unlinkat(c->run_dir, files[i], 0);
    }
    if (c->run_dir >= 0) {
        unlinkat(c->run_dir, "rootfs", AT_REMOVEDIR);
    }
}

int ctr_release_run(struct engine *eng, struct container *c, struct error *e)
{
    int result = release_cgroup(c, e);

    (void) eng;
    remove_run_files(c);
    return result;
}

/* Keeps the first error, forgets later ones: teardown goes on. */
static void note_failure(int r, struct error *e, struct error *first)
{
    if (r < 0 && first->kind == ERR_NONE) {
        *first = *e;
    }
    err_clear(e);
}

static void remove_anonymous_volumes(struct engine *eng, struct container *c)
{
    for (size_t i = 0; i < c->config.mounts_count; i++) {
        const struct ctr_mount *m = &c->config.mounts[i];
        struct error e = {0};

        if (m->type == CTR_MOUNT_VOLUME && m->anonymous && m->name &&
            volume_remove(eng, m->name, &e) < 0) {
            log_debug("remove volume '%s': %s", m->name, e.text);
        }
    }
}

static int remove_below(int base, const char *id)
{
    cleanup_close int containers = fs_opendir(base, "containers");

    if (containers < 0) {
        return containers == -ENOENT ? 0 : containers;
    }
    return fs_remove_tree(containers, id);
}

int ctr_delete(struct engine *eng, struct container *c, bool volumes, struct error *e)
{
    struct error first = {0};
    const struct storage *storage = engine_storage(eng, e);

    /*
     * config.json goes first: from then on no command sees the container, and whatever a crash
     * leaves of it is swept as garbage. A durable removal, so that it does not come back.
     */
    if (unlinkat(c->dir, "config.json", 0) < 0 && errno != ENOENT) {
        return err_sys(e, errno, "remove container '%.12s'", c->config.id);
    }
    if (!c->config.auto_remove) {
        (void) fs_sync_dir(c->dir);
    }
    if (volumes) {
        remove_anonymous_volumes(eng, c);
    }
    if (storage) {
        note_failure(storage_snapshot_remove(storage, c->config.id, e), e, &first);
    } else {
        note_failure(-1, e, &first);
    }
    if (c->config.name) {
        ctr_name_release(eng, c->config.name, c->config.id);
    }
    int r = remove_below(eng->root, c->config.id);

    if (r < 0) {
        err_sys(e, r, "remove the files of container '%.12s'", c->config.id);
        note_failure(-1, e, &first);
    }
    r = remove_below(eng->state, c->config.id);
    if (r < 0) {
        err_sys(e, r, "remove the run files of container '%.12s'", c->config.id);
        note_failure(-1, e, &first);
    }
    note_failure(engine_layers_release(eng, &c->config, e), e, &first);
    if (first.kind != ERR_NONE) {
        *e = first;
        return -1;
    }
    return 0;
}

/* With the lock held: when the monitor is gone without having cleaned up, does it now. */
static int repair(struct engine *eng, struct container *c, struct error *e)
{
    ctr_reload_state(c);
    if (!c->stale) {
        return 0;
    }
    log_debug("container %.12s: its monitor is gone, cleaning up", c->config.id);
    if (release_cgroup(c, e) < 0) {
        return -1;
    }
    c->stale = false;
    if (c->config.auto_remove) {
        if (ctr_delete(eng, c, true, e) < 0) {
            return -1;
        }
        return err_set(e, ERR_NOT_FOUND, "No such container: %s",
                       c->config.name ? c->config.name : c->config.id);
    }
    if (ctr_save_state(c, e) == 0) {
        remove_run_files(c);
        return 0;
    }
    if (e->errnum != ENOSPC && e->errnum != EDQUOT) {
        return -1;
    }
    /* What is left of the run tells the same to the next command; rm must work on a full disk. */
    log_debug("%s", e->text);
    err_clear(e);
    return 0;
}

int ctr_lock(struct engine *eng, struct container *c, struct error *e)
{
    char path[sizeof("containers/") + CTR_ID_LEN + 1];

    if (c->lock >= 0) {
        return 0;
    }
    if (c->run_dir < 0) {
        /* After a boot the state folder is empty: an existing container gets its place again. */
        snprintf(path, sizeof(path), "containers/%s", c->config.id);
        c->run_dir = fs_opendir_make(eng->state, path, 0700);
        if (c->run_dir < 0) {
            return err_sys(e, c->run_dir, "open the state folder of container '%.12s'",
                           c->config.id);
        }
    }
    c->lock = lock_open(c->run_dir, "lock", LOCK_MODE_EXCLUSIVE);
    if (c->lock == -ENOENT || (c->lock >= 0 && !fs_exists(c->dir, "config.json"))) {
        close_fd(&c->lock);
        return err_set(e, ERR_NOT_FOUND, "No such container: %s",
                       c->config.name ? c->config.name : c->config.id);
    }
    if (c->lock < 0) {
        return err_sys(e, c->lock, "lock container '%.12s'", c->config.id);
    }
    return repair(eng, c, e);
}

/* After the monitor's exit record is there, with the lock held. */
int ctr_finish_locked(struct engine *eng, struct container *c, const struct attach_exit *record,
                      struct error *e)
{
    bool keep = c->run_dir >= 0 && fs_exists(c->run_dir, "keep");

    c->state.status = CTR_EXITED;
    c->state.exit_code = record->code;
    c->state.finished_at = record->finished_at;
    c->state.pid = 0;
    c->state.pid_start = 0;
    if (release_cgroup(c, e) < 0) {
        log_warn("%s", e->text);
        err_clear(e);
    }
    if (c->config.auto_remove && !keep) {
        return ctr_delete(eng, c, true, e);
    }
    int r = ctr_save_state(c, e);

    if (r == 0) {
        remove_run_files(c);
    }
    return r;
}

int ctr_finish(struct engine *eng, const char *id, struct error *e)
{
    CLEANUP(container) struct container c;
    struct attach_exit record;

    container_init(&c);
    if (ctr_load(eng, id, &c, e) < 0) {
        return -1;
    }
    /* We hold monitor.lock (inherited), so the state still counts as running. */
    if (ctr_lock(eng, &c, e) < 0) {
        return -1;
    }
    if (!ctr_exit_record(c.run_dir, &record)) {
        return err_set(e, ERR_CORRUPT, "finish container '%.12s': no exit record", id);
    }
    return ctr_finish_locked(eng, &c, &record, e);
}
