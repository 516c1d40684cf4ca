// SPDX-License-Identifier: Apache-2.0
#include "oci/cgroup_internal.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/timeutil.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* --- the host --- */

enum cgroup_mode cgroup_host_mode(void)
{
    return cgroup_layout_get()->mode;
}

const char *cgroup_version(void)
{
    return cgroup_host_mode() == CGROUP_MODE_V2 ? "2" : "1";
}

int cgroup_controllers(struct strv *ret)
{
    struct cgroup_layout *l = cgroup_layout_get();

    for (size_t i = 0; i < l->count; i++) {
        const struct cgroup_hier *h = &l->hiers[i];
        cleanup_free char *text = NULL;

        if (h->readonly) {
            continue;
        }
        if (!h->ops->v2) {
            if (h->controllers) {
                strv_split(ret, h->options, ",");
            }
            continue;
        }
        const struct cgroup_dir root = {.path = h->mount, .fd = FD_NONE};
        cleanup_close int fd = cgroup_dir_open(&root, "cgroup.controllers", O_RDONLY);
        int r = fd < 0 ? fd : fd_read_all(fd, 4096, &text, NULL);

        if (r < 0) {
            return r;
        }
        strv_split(ret, text, " \n");
    }
    return 0;
}

/* --- the object --- */

int cgroup_path_check(const char *path, struct error *e)
{
    const char *shown = path ? path : "";

    if (shown[0] != '/' || !shown[1]) {
        return err_set(e, ERR_INVALID, "use cgroup '%s': expected an absolute path like '/hoy/web'",
                       shown);
    }
    if (strlen(path) > PATH_MAX / 2) {
        return err_set(e, ERR_INVALID, "use cgroup '%.60s...': the path is too long", path);
    }
    for (const char *p = path; *p;) {
        size_t n = strcspn(++p, "/");

        if (n == 0 || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.')) {
            return err_set(e, ERR_INVALID,
                           "use cgroup '%s': the path has an empty, '.' or '..' part", path);
        }
        if (n > NAME_MAX) {
            return err_set(e, ERR_INVALID, "use cgroup '%.60s...': a part of the path is too long",
                           path);
        }
        p += n;
    }
    for (const char *p = path; *p; p++) {
        if ((unsigned char) *p < ' ' || *p == 0x7f) {
            return err_set(e, ERR_INVALID, "use cgroup '%.*s...': the path has a control character",
                           (int) (p - path), path);
        }
    }
    return 0;
}

/*
 * With one folder in each hierarchy that can be written; nothing is opened or made yet. Of those
 * with rare controllers only where they are in 'rare'.
 */
static struct cgroup *group_new(const char *path, unsigned rare)
{
    struct cgroup_layout *l = cgroup_layout_get();
    struct cgroup *cg = xcalloc(1, sizeof(*cg));

    cg->path = xstrdup(path);
    cg->dirs = xcalloc(ARRAY_SIZE(l->hiers), sizeof(cg->dirs[0]));
    for (size_t i = 0; i < l->count; i++) {
        struct cgroup_hier *h = &l->hiers[i];

        bool left_out = !h->ops->v2 && h->controllers && !(h->controllers & ~CGROUP_RARE) &&
                        !(h->controllers & rare);

        if (!h->readonly && !left_out) {
            cg->dirs[cg->count++] =
                (struct cgroup_dir){.hier = h,
                                    .path = xasprintf("%s%s", h->mount, path),
                                    .fd = FD_NONE,
                                    .controllers = h->ops->v2 ? CGROUP_V2_ALWAYS : h->controllers};
        }
    }
    return cg;
}

static void dir_done(struct cgroup_dir *d)
{
    close_fd(&d->fd);
    free(d->path);
}

void cgroup_free(struct cgroup *cg)
{
    if (!cg) {
        return;
    }
    for (size_t i = 0; i < cg->count; i++) {
        dir_done(&cg->dirs[i]);
    }
    free(cg->dirs);
    free(cg->path);
    strv_done(&cg->missing);
    free(cg);
}

/* "memory", "cpu,cpuacct", "name=systemd", "cgroup v2": for sentences. */
static const char *dir_label(const struct cgroup_dir *d)
{
    return d->hier->options ? d->hier->options : "cgroup v2";
}

/* --- making --- */

static int parents_make(const struct cgroup_dir *d)
{
    char path[PATH_MAX];
    size_t start = strlen(d->hier->mount);

    if ((size_t) snprintf(path, sizeof(path), "%s", d->path) >= sizeof(path)) {
        return -ENAMETOOLONG;
    }
    for (char *p = strchr(path + start + 1, '/'); p; p = strchr(p + 1, '/')) {
        *p = '\0';
        if (mkdir(path, 0755) == 0) {
            if (d->hier->ops->parent_made) {
                d->hier->ops->parent_made(d->hier, path);
            }
        } else if (errno != EEXIST) {
            return -errno;
        }
        *p = '/';
    }
    return 0;
}

static int dir_make(struct cgroup_dir *d, struct error *e)
{
    int r = mkdir(d->path, 0755) < 0 ? -errno : 0;

    if (r == -ENOENT) {
        r = parents_make(d);
        r = r == 0 && mkdir(d->path, 0755) < 0 ? -errno : r;
    } else if (r == -EEXIST) {
        /* Left over from a crash: limits of another container may be set in it. */
        r = cgroup_dir_remove(d, 0);
        if (r == -EBUSY) {
            return err_set(e, ERR_EXISTS, "make cgroup '%s': it exists and has processes", d->path);
        }
        r = r == 0 && mkdir(d->path, 0755) < 0 ? -errno : r;
    }
    if (r < 0) {
        return err_sys(e, r, "make cgroup '%s' (%s)", d->path, dir_label(d));
    }
    d->made = true;
    return 0;
}

static void unmake(struct cgroup *cg)
{
    for (size_t i = 0; i < cg->count; i++) {
        if (cg->dirs[i].made) {
            (void) cgroup_dir_remove(&cg->dirs[i], 0);
        }
    }
}

/* --- limits --- */

static unsigned controllers_needed(const struct rt_resources *r)
{
    unsigned bits = 0;

    for (int l = 0; l < LIMIT_COUNT; l++) {
        if (cgroup_limit_is_set(r, (enum cgroup_limit) l)) {
            bits |= CGROUP_BIT(cgroup_limit_controller((enum cgroup_limit) l));
        }
    }
    return bits;
}

/* Where a controller is for this group; NULL: nowhere. */
static struct cgroup_dir *dir_with(const struct cgroup *cg, enum cgroup_controller c)
{
    for (size_t i = 0; i < cg->count; i++) {
        if (cg->dirs[i].controllers & CGROUP_BIT(c) && cg->dirs[i].hier->ops->set[c]) {
            return &cg->dirs[i];
        }
    }
    return NULL;
}

static int limits_set(struct cgroup *cg, const struct rt_resources *r, bool fresh, struct error *e)
{
    unsigned needed = controllers_needed(r);
    unsigned wanted = needed | cgroup_rest_needed(r);

    for (size_t i = 0; i < cg->count; i++) {
        struct cgroup_dir *d = &cg->dirs[i];

        if ((fresh || d->hier->ops->v2) && d->hier->ops->prepare(d, wanted, e) < 0) {
            return -1;
        }
    }
    for (int l = 0; l < LIMIT_COUNT; l++) {
        enum cgroup_controller c = cgroup_limit_controller((enum cgroup_limit) l);

        if (cgroup_limit_is_set(r, (enum cgroup_limit) l) && !dir_with(cg, c)) {
            cgroup_missing_add(cg, cgroup_limit_name((enum cgroup_limit) l));
        }
    }
    for (int c = 0; c < CGROUP_CONTROLLER_COUNT; c++) {
        struct cgroup_set s = {.cg = cg, .r = r, .fresh = fresh};

        s.dir = needed & CGROUP_BIT(c) ? dir_with(cg, (enum cgroup_controller) c) : NULL;
        if (s.dir && s.dir->hier->ops->set[c](&s, e) < 0) {
            return -1;
        }
    }
    return cgroup_rest_set(cg, r, fresh, e) < 0 ? -1 : cgroup_devices_set(cg, r, fresh, e);
}

int cgroup_create(const char *path, const struct rt_resources *r, struct cgroup **ret,
                  struct error *e)
{
    struct rt_resources none;

    if (cgroup_path_check(path, e) < 0) {
        return -1;
    }
    rt_resources_init(&none);
    CLEANUP(cgroup) struct cgroup *cg = group_new(path, r ? cgroup_rest_needed(r) : 0);

    for (size_t i = 0; i < cg->count; i++) {
        if (dir_make(&cg->dirs[i], e) < 0) {
            unmake(cg);
            return -1;
        }
    }
    if (limits_set(cg, r ? r : &none, true, e) < 0) {
        unmake(cg);
        return -1;
    }
    *ret = take_ptr(&cg);
    return 0;
}

int cgroup_update(struct cgroup *cg, const struct rt_resources *r, struct error *e)
{
    return limits_set(cg, r, false, e);
}

/* 0, -ENOENT, or another -errno. */
static int dir_find(struct cgroup_dir *d)
{
    if (d->hier->ops->v2) {
        return cgroup_v2_open(d);
    }
    return access(d->path, F_OK) < 0 ? -errno : 0;
}

/*
 * Looks no further than needed: folders of a group that are not there are found out when they are
 * used. v2 comes first, since its descriptor is needed anyway. Low tier, but for the folder.
 */
static int group_find(struct cgroup *cg, const struct cgroup_dir **ret_failed)
{
    int found = cg->count ? -ENOENT : 0; /* no cgroups on this host: there is nothing to find */

    *ret_failed = NULL;
    for (int v2 = 1; v2 >= 0; v2--) {
        for (size_t i = 0; i < cg->count && found == -ENOENT; i++) {
            if (cg->dirs[i].hier->ops->v2 == v2) {
                *ret_failed = &cg->dirs[i];
                found = dir_find(&cg->dirs[i]);
            }
        }
    }
    return found;
}

int cgroup_open(const char *path, struct cgroup **ret, struct error *e)
{
    const struct cgroup_dir *failed;

    if (cgroup_path_check(path, e) < 0) {
        return -1;
    }
    CLEANUP(cgroup) struct cgroup *cg = group_new(path, CGROUP_RARE);
    int r = group_find(cg, &failed);

    if (r == -ENOENT || (r < 0 && !failed)) {
        err_set(e, ERR_NOT_FOUND, "open cgroup '%s': no such cgroup", path);
        e->errnum = ENOENT;
        return -1;
    }
    if (r < 0) {
        return err_sys(e, r, "open cgroup '%s' (%s)", failed->path, dir_label(failed));
    }
    *ret = take_ptr(&cg);
    return 0;
}

/* --- joining --- */

int cgroup_clone_fd(const struct cgroup *cg)
{
    for (size_t i = 0; i < cg->count; i++) {
        if (cg->dirs[i].hier->ops->v2) {
            return cg->dirs[i].fd;
        }
    }
    return FD_NONE;
}

/*
 * Writes who to a file of every folder but v2's when skip_v2. A group that was opened may be
 * absent from hierarchies that were mounted after it was made; but never from the one that
 * restricts its devices.
 */
static int join(const struct cgroup *cg, const char *who, bool self, bool skip_v2, struct error *e)
{
    size_t joined = 0;

    for (size_t i = 0; i < cg->count; i++) {
        const struct cgroup_dir *d = &cg->dirs[i];

        if (d->hier->ops->v2 && skip_v2) {
            joined++;
            continue;
        }
        int r = cgroup_dir_write(d, self ? d->hier->ops->enter_file : "cgroup.procs", who);

        if (r == 0) {
            joined++;
        } else if (r != -ENOENT || d->made || d->controllers & CGROUP_BIT(CGROUP_DEVICES)) {
            return err_sys(e, r, "join cgroup '%s' (%s)", d->path, dir_label(d));
        }
    }
    if (cg->count && !joined) {
        return err_set(e, ERR_NOT_FOUND, "join cgroup '%s': no such cgroup", cg->path);
    }
    return 0;
}

int cgroup_enter(const struct cgroup *cg, bool cloned, struct error *e)
{
    return join(cg, "0", true, cloned, e);
}

int cgroup_add(const struct cgroup *cg, pid_t pid, struct error *e)
{
    char text[24];

    if (pid <= 0) {
        return err_set(e, ERR_INVALID, "join cgroup '%s': pid %d is no process", cg->path,
                       (int) pid);
    }
    snprintf(text, sizeof(text), "%d", (int) pid);
    return join(cg, text, false, false, e) < 0 ? err_wrap(e, "move process %d", (int) pid) : 0;
}

int cgroup_follow(struct cgroup *cg, pid_t pid, struct error *e)
{
    size_t len = strlen(cg->path);
    cleanup_free char *proc = xasprintf("/proc/%d/cgroup", (int) pid);
    cleanup_free char *text = NULL;
    int r = file_read(AT_FDCWD, proc, 1u << 20, &text, NULL);

    if (r < 0) {
        return err_sys(e, r, "read '%s'", proc);
    }
    /* The v2 line is "0::/path" and has no other line's form. */
    char *path = strncmp(text, "0::/", 4) == 0 ? text : strstr(text, "\n0::/");

    if (!path) {
        return 0;
    }
    path = strchr(path, '/');
    path[strcspn(path, "\n")] = '\0';
    for (size_t i = 0; i < cg->count; i++) {
        struct cgroup_dir *d = &cg->dirs[i];

        if (!d->hier->ops->v2 || strncmp(path, cg->path, len) != 0 || path[len] != '/') {
            continue;
        }
        struct cgroup_dir below = {.hier = d->hier, .fd = FD_NONE};

        below.path = xasprintf("%s%s", d->hier->mount, path);
        r = cgroup_v2_open(&below);
        if (r < 0) {
            err_sys(e, r, "open cgroup '%s'", below.path);
            dir_done(&below);
            return -1;
        }
        dir_done(d);
        *d = below;
    }
    return 0;
}

size_t cgroup_mounts(const struct cgroup *cg, struct cgroup_mount ret[CGROUP_MOUNTS_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < cg->count; i++) {
        const struct cgroup_dir *d = &cg->dirs[i];
        bool v2 = d->hier->ops->v2;

        ret[n++] = (struct cgroup_mount){
            .name = v2 && cgroup_host_mode() == CGROUP_MODE_V2 ? "" : cgroup_hier_name(d->hier),
            .options = v2 ? NULL : d->hier->options,
            .path = d->path};
    }
    return n;
}

/* --- looking, stopping --- */

const struct strv *cgroup_missing(const struct cgroup *cg)
{
    return &cg->missing;
}

int cgroup_freeze(const struct cgroup *cg, bool frozen, struct error *e)
{
    const struct cgroup_dir *d = cgroup_primary(cg);

    if (!d || !(d->controllers & CGROUP_BIT(CGROUP_FREEZER))) {
        return err_set(e, ERR_UNSUPPORTED, "%s cgroup '%s': this host has no cgroup freezer",
                       frozen ? "freeze" : "thaw", cg->path);
    }
    return d->hier->ops->freeze(d, frozen, e) < 0
               ? err_wrap(e, "%s cgroup '%s'", frozen ? "freeze" : "thaw", cg->path)
               : 0;
}

bool cgroup_is_frozen(const struct cgroup *cg)
{
    const struct cgroup_dir *d = cgroup_primary(cg);
    bool v2 = d && d->hier->ops->v2;
    char state[32];

    /* v1: THAWED, FREEZING, FROZEN; v2: 0, 1 */
    return d && d->controllers & CGROUP_BIT(CGROUP_FREEZER) &&
           cgroup_dir_read(d, v2 ? "cgroup.freeze" : "freezer.state", state, sizeof(state)) > 0 &&
           state[0] == (v2 ? '1' : 'F');
}

uint64_t cgroup_oom_kills(const struct cgroup *cg)
{
    const struct cgroup_dir *d = dir_with(cg, CGROUP_MEMORY);

    return d ? d->hier->ops->oom_kills(d) : 0;
}

void cgroup_stats(const struct cgroup *cg, struct cgroup_stats *ret)
{
    *ret = (struct cgroup_stats){-1, -1, -1, -1, -1, -1, -1, -1, -1};
    for (size_t i = 0; i < cg->count; i++) {
        cg->dirs[i].hier->ops->stats(&cg->dirs[i], ret);
    }
}
