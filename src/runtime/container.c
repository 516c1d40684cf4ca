// SPDX-License-Identifier: Apache-2.0
#include "runtime/container.h"

#include "base/fs.h"
#include "base/lock.h"
#include "base/path.h"
#include "base/proc.h"
#include "spec/runtime_json.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define STATE_NAME "state.json"
#define LOCK_NAME  "lock"

static const char *const status_names[RCTR_STATUS_COUNT] = {
    [RCTR_CREATING] = "creating", [RCTR_CREATED] = "created", [RCTR_RUNNING] = "running",
    [RCTR_PAUSED] = "paused",     [RCTR_STOPPED] = "stopped",
};

void rctr_init(struct rctr *c)
{
    *c = (struct rctr){.dir = FD_NONE, .lock = FD_NONE};
}

void rctr_unlock(struct rctr *c)
{
    if (c->lock >= 0) {
        lock_release(&c->lock);
    }
}

void rctr_done(struct rctr *c)
{
    rctr_unlock(c);
    close_fd(&c->dir);
    free(c->id);
    free(c->bundle);
    free(c->rootfs);
    free(c->cgroup_path);
    free(c->created);
    json_decref(c->annotations);
    rctr_init(c);
}

/* runc's set, which its callers' ids fit in. */
int rctr_id_check(const char *id, struct error *e)
{
    static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.,";

    if (!*id) {
        return err_set(e, ERR_INVALID, "container id cannot be empty");
    }
    if (id[strspn(id, set)] || strcmp(id, ".") == 0 || strcmp(id, "..") == 0) {
        return err_set(e, ERR_INVALID, "invalid container ID format '%.200s'", id);
    }
    return 0;
}

static int open_root(const char *root, struct error *e)
{
    int fd = fs_opendir_make(AT_FDCWD, root, 0700);

    return fd < 0 ? err_sys(e, fd, "open state folder '%s'", root) : fd;
}

int rctr_make(const char *root, const char *id, struct rctr *c, struct error *e)
{
    if (rctr_id_check(id, e) < 0) {
        return -1;
    }
    cleanup_close int dir = open_root(root, e);

    if (dir < 0) {
        return -1;
    }
    if (mkdirat(dir, id, 0700) < 0) {
        return errno == EEXIST
                   ? err_set(e, ERR_EXISTS, "container with given ID already exists: '%s'", id)
                   : err_sys(e, errno, "make folder of container '%s'", id);
    }
    c->dir = fs_opendir(dir, id);
    c->lock = c->dir < 0 ? c->dir : lock_open(c->dir, LOCK_NAME, LOCK_MODE_EXCLUSIVE);
    if (c->lock < 0) {
        int r = c->lock;

        (void) fs_remove_tree(dir, id);
        return err_sys(e, r, "lock container '%s'", id);
    }
    c->id = xstrdup(id);
    return 0;
}

static int open_folder(const char *root, const char *id, struct rctr *c, struct error *e)
{
    if (rctr_id_check(id, e) < 0) {
        return -1;
    }
    cleanup_free char *path = path_join(root, id);

    c->dir = fs_opendir(AT_FDCWD, path);
    if (c->dir == -ENOENT || c->dir == -ENOTDIR) {
        return err_set(e, ERR_NOT_FOUND, "container does not exist: '%s'", id);
    }
    if (c->dir < 0) {
        return err_sys(e, c->dir, "open container '%s'", id);
    }
    c->id = xstrdup(id);
    return 0;
}

static int read_state(struct rctr *c, struct error *e)
{
    CLEANUP(json) json_t *j = json_parse_file(c->dir, STATE_NAME, "state of the container", e);
    int64_t pid = 0, start = 0;
    json_t *annotations = NULL;

    /* Between the folder and its first state there is a moment, and 'create' may die in it. */
    if (!j && e->kind == ERR_NOT_FOUND) {
        err_clear(e);
        return 0;
    }
    if (!j || json_get_i64(j, "", "pid", &pid, e) < 0 ||
        json_get_i64(j, "", "startTime", &start, e) < 0 ||
        json_get_i64(j, "", "owner", &c->owner, e) < 0 ||
        json_get_string(j, "", "bundle", &c->bundle, e) < 0 ||
        json_get_string(j, "", "rootfs", &c->rootfs, e) < 0 ||
        json_get_string(j, "", "cgroupPath", &c->cgroup_path, e) < 0 ||
        json_get_string(j, "", "created", &c->created, e) < 0 ||
        json_get_object(j, "", "annotations", &annotations, e) < 0) {
        return err_wrap(e, "container '%s'", c->id);
    }
    c->pid = (pid_t) pid;
    c->start_time = (uint64_t) start;
    c->annotations = json_incref(annotations);
    return 0;
}

int rctr_open(const char *root, const char *id, struct rctr *c, struct error *e)
{
    return open_folder(root, id, c, e) < 0 ? -1 : read_state(c, e);
}

int rctr_open_locked(const char *root, const char *id, struct rctr *c, struct error *e)
{
    struct stat st;

    if (open_folder(root, id, c, e) < 0) {
        return -1;
    }
    c->lock = lock_open(c->dir, LOCK_NAME, LOCK_MODE_EXCLUSIVE);
    /* It may have been removed while we waited. */
    if (c->lock == -ENOENT || (c->lock >= 0 && (fstat(c->lock, &st) < 0 || st.st_nlink == 0))) {
        return err_set(e, ERR_NOT_FOUND, "container does not exist: '%s'", id);
    }
    return c->lock < 0 ? err_sys(e, c->lock, "lock container '%s'", id) : read_state(c, e);
}

int rctr_list(const char *root, struct strv *ret, struct error *e)
{
    CLEANUP(strv) struct strv names = STRV_INIT;
    int r = fs_list_dir(AT_FDCWD, root, &names);
    char *name;

    if (r < 0 && r != -ENOENT) {
        return err_sys(e, r, "read state folder '%s'", root);
    }
    strv_sort(&names);
    strv_foreach (&names, name) {
        if (rctr_id_check(name, &(struct error){0}) == 0) {
            strv_add(ret, name);
        }
    }
    return 0;
}

int rctr_save(const struct rctr *c, struct error *e)
{
    CLEANUP(json) json_t *j = rctr_state(c, RCTR_STOPPED, c->pid);

    json_object_del(j, "status"); /* found out anew by every reader */
    json_put(j, "startTime", json_integer((json_int_t) c->start_time));
    json_put(j, "rootfs", json_text(c->rootfs ? c->rootfs : ""));
    json_put(j, "created", json_text(c->created ? c->created : ""));
    json_put(j, "owner", json_integer(c->owner));
    if (c->cgroup_path) {
        json_put(j, "cgroupPath", json_text(c->cgroup_path));
    }
    cleanup_free char *text = json_dump(j);
    int r = fs_write_atomic(c->dir, STATE_NAME, text, strlen(text), 0600, FS_VOLATILE);

    return r < 0 ? err_sys(e, r, "write state of container '%s'", c->id) : 0;
}

int rctr_remove(const char *root, struct rctr *c, struct error *e)
{
    cleanup_close int dir = open_root(root, e);

    if (dir < 0) {
        return -1;
    }
    int r = -ENOTEMPTY;

    /* Others that look at it at this moment may remove it too, or open the lock anew. */
    for (int i = 0; i < 10 && (r == -ENOTEMPTY || r == -ENOENT); i++) {
        r = fs_remove_tree(dir, c->id);
    }
    return r < 0 ? err_sys(e, r, "remove folder of container '%s'", c->id) : 0;
}

static bool is_frozen(const struct rctr *c)
{
    CLEANUP(cgroup) struct cgroup *cg = NULL;

    return rctr_cgroup(c, &cg, &(struct error){0}) == 0 && cg && cgroup_is_frozen(cg);
}

enum rctr_status rctr_status(const struct rctr *c)
{
    if (c->pid <= 0) {
        return c->lock < 0 && lock_is_held(c->dir, LOCK_NAME) ? RCTR_CREATING : RCTR_STOPPED;
    }
    if (proc_start_time(c->pid) != c->start_time) {
        return RCTR_STOPPED;
    }
    if (fs_exists(c->dir, START_SOCKET_NAME)) {
        return RCTR_CREATED;
    }
    return is_frozen(c) ? RCTR_PAUSED : RCTR_RUNNING;
}

const char *rctr_status_to_string(enum rctr_status s)
{
    return status_names[s];
}

int rctr_pidfd(const struct rctr *c)
{
    return c->pid > 0 ? proc_open_checked(c->pid, c->start_time) : -ESRCH;
}

int rctr_cgroup(const struct rctr *c, struct cgroup **ret, struct error *e)
{
    *ret = NULL;
    if (c->cgroup_path && cgroup_open(c->cgroup_path, ret, e) < 0 && e->kind != ERR_NOT_FOUND) {
        return -1;
    }
    err_clear(e);
    return 0;
}

int rctr_spec(const struct rctr *c, struct rt_spec *ret, struct error *e)
{
    return rt_spec_read(c->dir, "config.json", ret, e);
}

json_t *rctr_state(const struct rctr *c, enum rctr_status status, pid_t pid)
{
    json_t *j = json_object();

    json_put(j, "ociVersion", json_text(RUNTIME_SPEC_VERSION));
    json_put(j, "id", json_text(c->id));
    if (pid > 0) {
        json_put(j, "pid", json_integer(pid));
    }
    json_put(j, "status", json_text(rctr_status_to_string(status)));
    json_put(j, "bundle", json_text(c->bundle ? c->bundle : ""));
    if (c->annotations && json_object_size(c->annotations)) {
        json_put(j, "annotations", json_incref(c->annotations));
    }
    return j;
}
