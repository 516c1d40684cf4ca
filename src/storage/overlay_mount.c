// SPDX-License-Identifier: Apache-2.0
#include "storage/overlay.h"

#include "base/fs.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "base/strbuf.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

/* mount(2) copies one page of options, the closing NUL included. */
#define DATA_MAX 4095

/* Same meaning on every kernel, whatever its build or module parameters say; docs/design/storage.md
 * has the reasons. */
#define FIXED_OPTIONS ",index=off,metacopy=off,redirect_dir=nofollow"

/* Turns an item of m->lower, m->upper or m->work into text for the options. */
typedef void name_fn(struct strbuf *data, const char *path, void *ctx);

static void build_data(struct strbuf *data, const struct overlay_mount *m, bool is_volatile,
                       name_fn *name, void *ctx)
{
    strbuf_adds(data, "lowerdir=");
    for (size_t i = 0; i < m->lower.count; i++) {
        if (i) {
            strbuf_addc(data, ':');
        }
        name(data, m->lower.items[i], ctx);
    }
    if (m->upper) {
        strbuf_adds(data, ",upperdir=");
        name(data, m->upper, ctx);
        strbuf_adds(data, ",workdir=");
        name(data, m->work, ctx);
    }
    strbuf_adds(data, FIXED_OPTIONS);
    if (is_volatile) {
        strbuf_adds(data, ",volatile");
    }
}

/* One mount(2). A kernel without "volatile" (before 5.10) does without: slower, not different. */
static int mount_data(const struct overlay_mount *m, const char *target, name_fn *name, void *ctx)
{
    unsigned long flags = m->upper ? 0 : MS_RDONLY;

    for (int with_volatile = m->is_volatile && m->upper; with_volatile >= 0; with_volatile--) {
        CLEANUP(strbuf) struct strbuf data = STRBUF_INIT(DATA_MAX);

        build_data(&data, m, with_volatile, name, ctx);
        if (!strbuf_ok(&data)) {
            return -E2BIG;
        }
        if (mount("overlay", target, "overlay", flags, data.buf) == 0) {
            return 0;
        }
        if (errno != EINVAL) {
            return -errno;
        }
    }
    return -EINVAL;
}

static void name_by_path(struct strbuf *data, const char *path, void *ctx)
{
    const struct overlay_mount *m = ctx;

    strbuf_addf(data, "%s/%s", m->root_path, path);
}

/* Descriptors of everything in the mount, in the order in which build_data() names them. */
struct open_dirs {
    int *fds;
    size_t count;
    size_t next;
};

static void open_dirs_done(struct open_dirs *d)
{
    for (size_t i = 0; i < d->count; i++) {
        close(d->fds[i]);
    }
    free(d->fds);
}
DEFINE_CLEANUP(open_dirs, struct open_dirs, open_dirs_done);

static void name_by_fd(struct strbuf *data, const char *path, void *ctx)
{
    struct open_dirs *d = ctx;

    strbuf_addf(data, "%d", d->fds[d->next++ % d->count]);
}

static int open_one(struct open_dirs *d, int root, const char *path)
{
    int fd = openat(root, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0) {
        return -errno;
    }
    d->fds[d->count++] = fd;
    return 0;
}

static int open_all(struct open_dirs *d, const struct overlay_mount *m)
{
    /* By path and not from m->root: a descriptor from before unshare(CLONE_NEWNS) stands for a
     * mount of the old namespace, which overlay refuses (clone_private_mount, EINVAL). */
    cleanup_close int root = open(m->root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int r = root < 0 ? -errno : 0;

    d->fds = xcalloc(m->lower.count + 2, sizeof(int));
    for (size_t i = 0; i < m->lower.count && r == 0; i++) {
        r = open_one(d, root, m->lower.items[i]);
    }
    if (r == 0 && m->upper) {
        r = open_one(d, root, m->upper);
    }
    if (r == 0 && m->upper) {
        r = open_one(d, root, m->work);
    }
    return r;
}

/*
 * Any number of layers, any characters in the data folder's path: names are descriptor numbers,
 * relative to /proc/self/fd as the working folder. It is restored on every way out.
 */
static int mount_by_fd(const struct overlay_mount *m, const char *target)
{
    CLEANUP(open_dirs) struct open_dirs dirs = {0};
    struct rlimit old;
    bool raised = false;
    char buf[32];
    int r;

    cleanup_close int target_fd = open(target, O_PATH | O_DIRECTORY | O_CLOEXEC);
    cleanup_close int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (target_fd < 0 || cwd < 0) {
        return -errno;
    }
    /* 500 layers do not fit some systems' soft limit of 256 descriptors. */
    if (getrlimit(RLIMIT_NOFILE, &old) == 0 && old.rlim_cur < m->lower.count + 64) {
        struct rlimit more = {.rlim_cur = old.rlim_max, .rlim_max = old.rlim_max};

        raised = setrlimit(RLIMIT_NOFILE, &more) == 0;
    }
    r = open_all(&dirs, m);
    if (r == 0 && chdir("/proc/self/fd") < 0) {
        r = -errno;
    }
    if (r == 0) {
        r = mount_data(m, fd_path(target_fd, buf), name_by_fd, &dirs);
        if (fchdir(cwd) < 0 && r == 0) {
            r = -errno;
        }
    }
    if (raised) {
        (void) setrlimit(RLIMIT_NOFILE, &old);
    }
    return r;
}

/* The kernel says ENOENT without saying which; find it for the sentence. */
static int explain(const struct overlay_mount *m, const char *target, int errnum, struct error *e)
{
    for (size_t i = 0; errnum == -ENOENT && i < m->lower.count; i++) {
        if (!fs_exists(m->root, m->lower.items[i])) {
            return err_set(e, ERR_NOT_FOUND, "mount root file system: layer 'sha256:%s' is missing",
                           path_base(m->lower.items[i]));
        }
    }
    if (errnum == -ENOENT && m->upper && !fs_exists(m->root, m->upper)) {
        return err_set(e, ERR_NOT_FOUND, "mount root file system: '%s/%s' is missing", m->root_path,
                       m->upper);
    }
    return err_sys(e, errnum, "mount overlay on '%s'", target);
}

int overlay_mount(const struct overlay_mount *m, const char *target, struct error *e)
{
    int r = -E2BIG;

    if (!strpbrk(m->root_path, ",:\\")) {
        r = mount_data(m, target, name_by_path, (void *) (uintptr_t) m);
    }
    if (r == -E2BIG) {
        r = mount_by_fd(m, target);
    }
    return r < 0 ? explain(m, target, r, e) : 0;
}
