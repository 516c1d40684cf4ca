// SPDX-License-Identifier: Apache-2.0
/* What lives in a group: groups below it, processes; and their end. */
#include "oci/cgroup_internal.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/timeutil.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define KILL_SECONDS    10
#define TREE_MAX        100000      /* groups below one container */
#define PROCS_MAX       (64u << 20) /* bytes of one cgroup.procs: beyond pid_max lines */
#define KILL_BATCH      256         /* pidfds held at once, of the 1024 that one has */
#define REMOVE_TRIES_NS 500000000   /* how long EBUSY is retried */

/* --- groups below --- */

/* Appends the folders in path to ret. */
static int list_folders(const char *path, struct strv *ret)
{
    struct stat st;

    if (stat(path, &st) < 0) {
        return -errno;
    }
    /* kernfs counts folders in the links, and a control folder has dozens of files to skip. */
    if (st.st_nlink == 2) {
        return 0;
    }
    DIR *dir = opendir(path);
    const struct dirent *d;
    int r = 0;

    if (!dir) {
        return -errno;
    }
    while (r == 0 && (d = readdir(dir))) {
        if (d->d_type != DT_DIR || strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0) {
            continue;
        }
        if (ret->count >= TREE_MAX) {
            r = -E2BIG;
        } else if (strlen(path) + strlen(d->d_name) + NAME_MAX > PATH_MAX) {
            r = -ENAMETOOLONG;
        } else {
            strv_addf(ret, "%s/%s", path, d->d_name);
        }
    }
    closedir(dir);
    return r;
}

int cgroup_tree(const struct cgroup_dir *d, struct strv *ret)
{
    size_t first = ret->count;

    strv_add(ret, d->path);
    for (size_t i = first; i < ret->count; i++) {
        int r = list_folders(ret->items[i], ret);

        if (r < 0 && (r != -ENOENT || i == first)) {
            return r;
        }
    }
    return 0;
}

static int remove_below(const struct cgroup_dir *d)
{
    CLEANUP(strv) struct strv tree = STRV_INIT;
    int r = cgroup_tree(d, &tree);

    if (r < 0) {
        return r == -ENOENT ? 0 : r;
    }
    for (size_t i = tree.count; i-- > 0;) { /* parents stand before their children */
        if (rmdir(tree.items[i]) < 0 && errno != ENOENT) {
            r = -errno;
        }
    }
    return r;
}

/* A process that was just reaped may count as inside for a moment more. */
int cgroup_dir_remove(const struct cgroup_dir *d, int64_t deadline)
{
    struct timespec pause = {.tv_nsec = 100000};

    if (rmdir(d->path) == 0 || errno == ENOENT) {
        return 0;
    }
    if (errno != EBUSY) {
        return -errno;
    }
    for (;;) {
        int r = remove_below(d);

        if (r != -EBUSY || time_mono() >= deadline) {
            return r;
        }
        nanosleep(&pause, NULL);
        pause.tv_nsec = MIN(pause.tv_nsec * 2, 20000000L);
    }
}

int cgroup_remove(const struct cgroup *cg, struct error *e)
{
    int64_t deadline = time_mono() + REMOVE_TRIES_NS;
    int result = 0;

    for (size_t i = 0; i < cg->count; i++) {
        int r = cgroup_dir_remove(&cg->dirs[i], deadline);

        if (r < 0 && result == 0) {
            result = err_sys(e, r, "remove cgroup '%s'", cg->dirs[i].path);
            if (r == -EBUSY) {
                err_hint(e, "it has processes");
            }
        }
    }
    return result;
}

/* --- pids --- */

struct pid_list {
    pid_t *pids;
    size_t count;
    size_t alloc;
};

static void pid_list_done(struct pid_list *l)
{
    free(l->pids);
    *l = (struct pid_list){0};
}
DEFINE_CLEANUP(pid_list, struct pid_list, pid_list_done);

static void pid_list_add(struct pid_list *l, pid_t pid)
{
    if (l->count == l->alloc) {
        l->alloc = l->alloc ? l->alloc * 2 : 64;
        l->pids = xrealloc_array(l->pids, l->alloc, sizeof(pid_t));
    }
    l->pids[l->count++] = pid;
}

static int compare_pids(const void *a, const void *b)
{
    const pid_t x = *(const pid_t *) a;
    const pid_t y = *(const pid_t *) b;

    return (x > y) - (x < y);
}

static void pid_list_sort(struct pid_list *l)
{
    size_t kept = 0;

    if (l->count) {
        qsort(l->pids, l->count, sizeof(pid_t), compare_pids);
    }
    for (size_t i = 0; i < l->count; i++) {
        if (!kept || l->pids[i] != l->pids[kept - 1]) {
            l->pids[kept++] = l->pids[i];
        }
    }
    l->count = kept;
}

static int add_procs(const struct cgroup_dir *d, struct pid_list *ret)
{
    cleanup_close int fd = cgroup_dir_open(d, "cgroup.procs", O_RDONLY);
    cleanup_free char *text = NULL;
    char *end;

    if (fd < 0) {
        return fd;
    }
    int r = fd_read_all(fd, PROCS_MAX, &text, NULL);

    /* A threaded group below: the kernel lists its processes in the group above it. */
    if (r < 0) {
        return r == -EOPNOTSUPP ? 0 : r;
    }
    for (const char *p = text; *p; p = *end ? end + 1 : end) {
        long pid = strtol(p, &end, 10);

        if (end == p) {
            break;
        }
        pid_list_add(ret, (pid_t) pid);
    }
    return 0;
}

/* Absent groups have no pids. */
static int add_tree_procs(const struct cgroup_dir *d, struct pid_list *ret)
{
    CLEANUP(strv) struct strv tree = STRV_INIT;
    int r = cgroup_tree(d, &tree);

    for (size_t i = 0; i < tree.count && r == 0; i++) {
        const struct cgroup_dir sub = {.path = tree.items[i], .fd = FD_NONE};

        r = add_procs(&sub, ret);
        if (r == -ENOENT || r == -ENODEV) { /* removed meanwhile */
            r = 0;
        }
    }
    return r == -ENOENT ? 0 : r;
}

int cgroup_tree_pids(const struct cgroup_dir *d, pid_t **ret, size_t *ret_count)
{
    CLEANUP(pid_list) struct pid_list l = {0};
    int r = add_tree_procs(d, &l);

    if (r < 0) {
        return r;
    }
    pid_list_sort(&l);
    *ret_count = l.count;
    *ret = take_ptr(&l.pids);
    return 0;
}

const struct cgroup_dir *cgroup_primary(const struct cgroup *cg)
{
    const struct cgroup_dir *best = cg->count ? &cg->dirs[0] : NULL;

    for (size_t i = 0; i < cg->count; i++) {
        if (cg->dirs[i].hier->ops->v2) {
            return &cg->dirs[i];
        }
        if (cg->dirs[i].controllers & CGROUP_BIT(CGROUP_FREEZER)) {
            best = &cg->dirs[i];
        }
    }
    return best;
}

int cgroup_pids(const struct cgroup *cg, pid_t **ret, size_t *ret_count, struct error *e)
{
    const struct cgroup_dir *d = cgroup_primary(cg);

    *ret = NULL;
    *ret_count = 0;
    if (!d) {
        return 0;
    }
    int r = cgroup_tree_pids(d, ret, ret_count);

    if (r < 0) {
        return err_sys(e, r, "list the processes of cgroup '%s'", d->path);
    }
    if (*ret_count && (*ret)[0] == 0) { /* those outside our pid namespace have no number here */
        --*ret_count;
        memmove(*ret, *ret + 1, *ret_count * sizeof(pid_t));
    }
    return 0;
}

/* --- killing --- */

/* Every process in any hierarchy: one that moved itself in one of them is still in the others. */
static int all_procs(const struct cgroup *cg, struct pid_list *ret)
{
    ret->count = 0;
    for (size_t i = 0; i < cg->count; i++) {
        int r = add_tree_procs(&cg->dirs[i], ret);

        if (r < 0) {
            return r;
        }
    }
    pid_list_sort(ret);
    return 0;
}

static bool pid_list_has(const struct pid_list *l, pid_t pid)
{
    return l->count && bsearch(&pid, l->pids, l->count, sizeof(pid_t), compare_pids);
}

static void hold_all(const struct cgroup *cg, bool hold)
{
    for (size_t i = 0; i < cg->count; i++) {
        const struct cgroup_dir *d = &cg->dirs[i];

        if (d->controllers & CGROUP_BIT(CGROUP_FREEZER)) {
            d->hier->ops->hold(d, hold);
        }
    }
}

/*
 * Signals the processes of the list and waits for a moment until they are gone. A pid may be
 * somebody else's by now: descriptors are opened first, then the pids are read again, and only
 * what stands there both times is killed.
 */
static int kill_listed(const struct cgroup *cg, const struct pid_list *l, int64_t deadline)
{
    CLEANUP(pid_list) struct pid_list held = {0};
    CLEANUP(pid_list) struct pid_list now = {0};
    struct pollfd fds[KILL_BATCH];
    size_t count = 0;

    hold_all(cg, true);
    for (size_t i = 0; i < l->count && count < KILL_BATCH; i++) {
        int fd = l->pids[i] > 0 ? pidfd_open_pid(l->pids[i]) : -ESRCH;

        if (fd >= 0) {
            fds[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
            pid_list_add(&held, l->pids[i]);
        }
    }
    int r = all_procs(cg, &now);

    for (size_t i = 0; i < count; i++) {
        if (r == 0 && pid_list_has(&now, held.pids[i])) {
            (void) pidfd_signal(fds[i].fd, SIGKILL);
        }
    }
    hold_all(cg, false);
    for (size_t i = 0; i < count; i++) {
        int64_t left = (deadline - time_mono()) / 1000000;

        if (r == 0 && left > 0 && pid_list_has(&now, held.pids[i])) {
            (void) poll(&fds[i], 1, (int) left + 1);
        }
        close(fds[i].fd);
    }
    if (!count) { /* no descriptor to wait on (EMFILE): not a busy loop */
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return r;
}

static int kill_failed(const struct cgroup *cg, const struct pid_list *l, struct error *e)
{
    if (l->count == 1 && l->pids[0] == 0) {
        return err_set(e, ERR_DENIED,
                       "kill the processes of cgroup '%s': they belong to a pid namespace that is "
                       "not ours or below",
                       cg->path);
    }
    return err_set(e, ERR_TIMEOUT,
                   "kill the processes of cgroup '%s': %zu still there after %d seconds, the first "
                   "is %d",
                   cg->path, l->count, KILL_SECONDS, (int) l->pids[l->pids[0] == 0]);
}

/* Without cgroup.kill: stop all, so that none can fork away, kill, go on; until none is left. */
static int kill_loop(const struct cgroup *cg, int64_t deadline, struct error *e)
{
    CLEANUP(pid_list) struct pid_list l = {0};

    for (;;) {
        int r = all_procs(cg, &l);

        if (r < 0) {
            return err_sys(e, r, "list the processes of cgroup '%s'", cg->path);
        }
        if (!l.count) {
            return 0;
        }
        if (time_mono() >= deadline || (l.count == 1 && l.pids[0] == 0)) {
            return kill_failed(cg, &l, e);
        }
        r = kill_listed(cg, &l, deadline);
        if (r < 0) {
            return err_sys(e, r, "kill the processes of cgroup '%s'", cg->path);
        }
    }
}

int cgroup_kill(const struct cgroup *cg, struct error *e)
{
    const struct cgroup_dir *d = cgroup_primary(cg);
    int64_t deadline = time_mono() + KILL_SECONDS * NS_PER_SEC;

    if (!d) {
        return 0;
    }
    if (d->hier->ops->v2 && cgroup_dir_write(d, "cgroup.kill", "1") == 0) { /* 5.14 */
        /* What v1's freezer holds dies only when it goes on (hybrid). */
        hold_all(cg, false);
        (void) cgroup_v2_wait(d, "populated", 0, deadline);
    } else {
        hold_all(cg, false);
    }
    return kill_loop(cg, deadline, e);
}
