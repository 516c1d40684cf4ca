// SPDX-License-Identifier: Apache-2.0
/* Containers on disk: where they are, how one is found, read, locked and written. */
#include "engine/container.h"

#include "base/fd.h"
#include "base/fs.h"
#include "base/lock.h"
#include "base/proc.h"
#include "base/timeutil.h"
#include "monitor/monitor.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define UNKNOWN_EXIT_CODE 255 /* as Docker shows a container that died with its daemon */

void container_init(struct container *c)
{
    memset(c, 0, sizeof(*c));
    ctr_config_init(&c->config);
    c->dir = c->run_dir = c->data_dir = c->lock = FD_NONE;
}

void container_done(struct container *c)
{
    /* dir is one of the other two */
    close_fd(&c->run_dir);
    close_fd(&c->data_dir);
    close_fd(&c->lock);
    ctr_config_done(&c->config);
    memset(c, 0, sizeof(*c));
    c->dir = c->run_dir = c->data_dir = c->lock = FD_NONE;
}

static int not_found(const char *name, struct error *e)
{
    return err_set(e, ERR_NOT_FOUND, "No such container: %s", name);
}

static void state_from_json(const json_t *j, struct ctr_state *s)
{
    memset(s, 0, sizeof(*s));
    if (ctr_status_from_string(json_str(j, "Status"), &s->status) < 0) {
        s->status = CTR_DEAD;
    }
    s->pid = (pid_t) json_int(j, "Pid");
    s->pid_start = (uint64_t) json_int(j, "PidStart");
    s->exit_code = (int) json_int(j, "ExitCode");
    s->oom_killed = json_bool(j, "OOMKilled");
    s->started_at = json_int(j, "StartedAt");
    s->finished_at = json_int(j, "FinishedAt");
    s->restart_count = json_int(j, "RestartCount");
    snprintf(s->error, sizeof(s->error), "%s", json_str(j, "Error"));
}

static json_t *state_to_json(const struct ctr_state *s)
{
    json_t *j = json_object();

    json_put(j, "Status", json_text(ctr_status_to_string(s->status)));
    json_put(j, "Pid", json_integer(s->pid));
    json_put(j, "PidStart", json_integer((json_int_t) s->pid_start));
    json_put(j, "ExitCode", json_integer(s->exit_code));
    json_put(j, "OOMKilled", json_boolean(s->oom_killed));
    json_put(j, "StartedAt", json_integer(s->started_at));
    json_put(j, "FinishedAt", json_integer(s->finished_at));
    json_put(j, "RestartCount", json_integer(s->restart_count));
    json_put(j, "Error", json_text(s->error));
    return j;
}

static int open_container_dir(int base, const char *id)
{
    char path[sizeof("containers/") + CTR_ID_LEN + 1];

    snprintf(path, sizeof(path), "containers/%.*s", CTR_ID_LEN, id);
    return fs_opendir(base, path);
}

bool ctr_exit_record(int run_dir, struct attach_exit *ret)
{
    cleanup_free char *text = NULL;

    memset(ret, 0, sizeof(*ret));
    if (run_dir < 0 || file_read(run_dir, MONITOR_EXIT_NAME, 1024, &text, NULL) < 0) {
        return false;
    }
    const char *code = strstr(text, "code=");
    const char *finished = strstr(text, "finished_at=");

    if (!code || !finished) {
        return false;
    }
    ret->code = (int32_t) strtol(code + strlen("code="), NULL, 10);
    ret->finished_at = strtoll(finished + strlen("finished_at="), NULL, 10);
    return true;
}

/* Exited, with the code of the exit record if there is one. */
static void show_ended(struct container *c)
{
    struct attach_exit record;

    if (ctr_exit_record(c->run_dir, &record)) {
        c->state.exit_code = record.code;
        c->state.finished_at = record.finished_at;
    } else {
        c->state.exit_code = UNKNOWN_EXIT_CODE;
        c->state.finished_at = time_now();
    }
    c->state.status = CTR_EXITED;
    c->state.pid = 0;
    c->state.pid_start = 0;
}

static json_t *read_state(int dir)
{
    struct error ignored = {0};

    return dir < 0 ? NULL : json_parse_file(dir, "state.json", "state", &ignored);
}

static void load_state(struct container *c)
{
    CLEANUP(json) json_t *live = read_state(c->run_dir);
    CLEANUP(json) json_t *rest = !live && c->dir != c->run_dir ? read_state(c->dir) : NULL;

    if (live || rest) {
        state_from_json(live ? live : rest, &c->state);
    } else {
        memset(&c->state, 0, sizeof(c->state));
        c->state.status = CTR_CREATED;
    }
}

/*
 * The state as it is in truth: one that says "running" is only believed while the monitor, which
 * holds its lock as long as it lives, is there. A monitor that ends writes the state before it
 * lets go, so a free lock asks for a second look: the same again means that it was killed.
 */
static void load_true_state(struct container *c)
{
    struct ctr_state before;

    c->stale = false;
    load_state(c);
    while (ctr_is_running(c) && !lock_is_held(c->run_dir, "monitor.lock")) {
        before = c->state;
        load_state(c);
        if (ctr_is_running(c) && c->state.pid == before.pid &&
            c->state.pid_start == before.pid_start) {
            c->stale = true;
            show_ended(c);
        }
    }
}

int ctr_load(struct engine *eng, const char *id, struct container *ret, struct error *e)
{
    ret->run_dir = open_container_dir(eng->state, id);
    ret->data_dir = open_container_dir(eng->root, id);
    ret->dir = ret->data_dir;

    CLEANUP(json) json_t *j = NULL;

    if (ret->data_dir >= 0) {
        j = json_parse_file(ret->data_dir, "config.json", "config.json", e);
    }
    if (!j && ret->run_dir >= 0 && (ret->data_dir < 0 || e->kind == ERR_NOT_FOUND)) {
        ret->dir = ret->run_dir;
        err_clear(e);
        j = json_parse_file(ret->run_dir, "config.json", "config.json", e);
    }
    if (!j) {
        if (ret->data_dir < 0 && ret->run_dir < 0) {
            return not_found(id, e);
        }
        return e->kind == ERR_NOT_FOUND ? not_found(id, e) : err_wrap(e, "container '%.12s'", id);
    }
    if (ctr_config_from_json(j, &ret->config, e) < 0) {
        return err_wrap(e, "container '%.12s': read config.json", id);
    }
    load_true_state(ret);
    /* One that is being removed at this moment loses its configuration first, its state later. */
    if (ret->state.status == CTR_CREATED && !fs_exists(ret->dir, "config.json")) {
        return not_found(id, e);
    }
    return 0;
}

/* Full ID behind a name, from its link; false when there is none. */
static bool id_by_name(struct engine *eng, const char *name, char id[CTR_ID_LEN + 1])
{
    char path[sizeof("names/") + 256];

    if ((size_t) snprintf(path, sizeof(path), "names/%s", name) >= sizeof(path) ||
        strchr(name, '/')) {
        return false;
    }
    ssize_t n = readlinkat(eng->root, path, id, CTR_ID_LEN + 1);

    if (n != CTR_ID_LEN) {
        return false;
    }
    id[n] = '\0';
    return true;
}

static bool is_hex(const char *s, size_t max)
{
    size_t n = strspn(s, "0123456789abcdef");

    return n > 0 && s[n] == '\0' && n <= max;
}

/* Adds the IDs below base/containers that begin with the prefix and are not in the list yet. */
static int collect_ids(int base, const char *prefix, struct strv *ret)
{
    int fd = fs_opendir(base, "containers");

    if (fd < 0) {
        return fd == -ENOENT ? 0 : fd;
    }
    DIR *dir = fdopendir(fd);
    struct dirent *d;

    if (!dir) {
        int r = -errno;

        close(fd);
        return r;
    }
    while ((d = readdir(dir))) {
        if (strlen(d->d_name) == CTR_ID_LEN && is_hex(d->d_name, CTR_ID_LEN) &&
            strncmp(d->d_name, prefix, strlen(prefix)) == 0 && !strv_contains(ret, d->d_name)) {
            strv_add(ret, d->d_name);
        }
    }
    closedir(dir);
    return 0;
}

int ctr_ids(struct engine *eng, struct strv *ret, struct error *e)
{
    int r = collect_ids(eng->root, "", ret);

    if (r == 0) {
        r = collect_ids(eng->state, "", ret);
    }
    return r < 0 ? err_sys(e, r, "read the list of containers") : 0;
}

int ctr_find(struct engine *eng, const char *name_or_id, struct container *ret, struct error *e)
{
    CLEANUP(strv) struct strv matches = STRV_INIT;
    const char *name = *name_or_id == '/' ? name_or_id + 1 : name_or_id;
    char id[CTR_ID_LEN + 1];

    if (strlen(name) == CTR_ID_LEN && is_hex(name, CTR_ID_LEN)) {
        if (ctr_load(eng, name, ret, e) == 0) {
            return 0;
        }
        return e->kind == ERR_NOT_FOUND ? not_found(name_or_id, e) : -1;
    }
    if (*name && id_by_name(eng, name, id)) {
        if (ctr_load(eng, id, ret, e) == 0) {
            return 0;
        }
        if (e->kind != ERR_NOT_FOUND) {
            return -1;
        }
        container_done(ret);
        container_init(ret);
    }
    if (!is_hex(name, CTR_ID_LEN)) {
        return not_found(name_or_id, e);
    }
    int r = collect_ids(eng->root, name, &matches);

    if (r == 0) {
        r = collect_ids(eng->state, name, &matches);
    }
    if (r < 0) {
        return err_sys(e, r, "read the list of containers");
    }
    if (matches.count > 1) {
        return err_set(e, ERR_INVALID, "multiple IDs found with provided prefix: %s", name_or_id);
    }
    if (matches.count == 0 || ctr_load(eng, matches.items[0], ret, e) < 0) {
        return matches.count == 0 || e->kind == ERR_NOT_FOUND ? not_found(name_or_id, e) : -1;
    }
    return 0;
}

void ctr_unlock(struct container *c)
{
    close_fd(&c->lock);
}

void ctr_reload_state(struct container *c)
{
    load_true_state(c);
}

static int save(struct container *c, int dir, const char *name, json_t *j,
                enum fs_durability durability, struct error *e)
{
    cleanup_free char *text = json_dump(j);
    int r = fs_write_atomic(dir, name, text, strlen(text), 0600, durability);

    json_decref(j);
    return r < 0 ? err_sys(e, r, "write %s of container '%.12s'", name, c->config.id) : 0;
}

int ctr_save_state(struct container *c, struct error *e)
{
    if (ctr_is_running(c) || c->config.auto_remove) {
        return save(c, c->run_dir, "state.json", state_to_json(&c->state), FS_VOLATILE, e);
    }
    if (save(c, c->dir, "state.json", state_to_json(&c->state), FS_DURABLE, e) < 0) {
        return -1;
    }
    if (c->run_dir >= 0 && unlinkat(c->run_dir, "state.json", 0) < 0 && errno != ENOENT) {
        return err_sys(e, errno, "remove the run state of container '%.12s'", c->config.id);
    }
    return 0;
}

int ctr_save_config(struct container *c, struct error *e)
{
    return save(c, c->dir, "config.json", ctr_config_to_json(&c->config),
                c->config.auto_remove ? FS_VOLATILE : FS_DURABLE, e);
}

int ctr_pidfd(const struct container *c, struct error *e)
{
    int fd = ctr_is_running(c) ? proc_open_checked(c->state.pid, c->state.pid_start) : -ESRCH;

    if (fd < 0) {
        return err_set(e, ERR_IN_USE, "Container %s is not running", c->config.id);
    }
    return fd;
}
