// SPDX-License-Identifier: Apache-2.0
#include "base/fs.h"

#include "base/strv.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/*
 * Only one folder is open at a time: containers make trees that are deeper than any limit of
 * descriptors and longer than PATH_MAX. The way back up is "..", checked against what we came from,
 * since a running container may move folders about under us.
 */
struct level {
    dev_t dev;
    ino_t ino;
    struct strv dirs; /* still to visit; the last one is being visited */
};

struct walk {
    struct level *levels;
    size_t count;
    int fd; /* the folder of the last level */
    int first_error;
    fs_visit_fn *fn;
    void *ctx;
};

struct raw_dirent { /* of getdents64(2); not every libc has a name for it */
    uint64_t ino;
    int64_t off;
    unsigned short reclen;
    unsigned char type;
    char name[];
};

static void note(struct walk *w, int r)
{
    if (r < 0 && w->first_error == 0) {
        w->first_error = r;
    }
}

static bool is_dir(int fd, const struct raw_dirent *d)
{
    struct stat st;

    if (d->type != DT_UNKNOWN) {
        return d->type == DT_DIR;
    }
    return fstatat(fd, d->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/* Visits the files of the current folder and notes its folders. */
static void scan(struct walk *w, struct level *l)
{
    _Alignas(struct raw_dirent) char buf[32768];
    long n;

    while ((n = syscall(SYS_getdents64, w->fd, buf, sizeof(buf))) > 0) {
        const struct raw_dirent *d;

        for (long at = 0; at < n; at += d->reclen) {
            d = (const struct raw_dirent *) (buf + at);
            if (strcmp(d->name, ".") == 0 || strcmp(d->name, "..") == 0) {
                continue;
            }
            if (is_dir(w->fd, d)) {
                strv_add(&l->dirs, d->name);
            } else {
                note(w, w->fn(w->ctx, w->fd, d->name, FS_VISIT_FILE));
            }
        }
    }
    note(w, n < 0 ? -errno : 0);
}

static void enter(struct walk *w, int fd, const struct stat *st)
{
    w->fd = fd;
    w->levels = xrealloc_array(w->levels, w->count + 1, sizeof(*w->levels));
    w->levels[w->count] = (struct level){.dev = st->st_dev, .ino = st->st_ino};
    scan(w, &w->levels[w->count]);
    w->count++;
}

static void forget_last(struct level *l)
{
    strv_remove(&l->dirs, l->dirs.count - 1);
}

static void go_down(struct walk *w)
{
    struct level *l = &w->levels[w->count - 1];
    const char *name = l->dirs.items[l->dirs.count - 1];
    struct stat st;
    cleanup_close int sub = openat(w->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (sub < 0 || fstat(sub, &st) < 0) {
        note(w, errno == ENOENT ? 0 : -errno);
        forget_last(l);
        return;
    }
    if (st.st_dev != l->dev) {
        note(w, w->fn(w->ctx, w->fd, name, FS_VISIT_MOUNT));
        forget_last(l);
        return;
    }
    close(w->fd);
    enter(w, take_fd(&sub), &st);
}

/* False when the parent is not where it was. */
static bool go_up(struct walk *w)
{
    struct level *l = &w->levels[--w->count];
    struct stat st;

    strv_done(&l->dirs);
    if (w->count == 0) {
        return true;
    }
    l--;
    int up = openat(w->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (up < 0) {
        note(w, -errno);
        return false;
    }
    close(w->fd);
    w->fd = up;
    if (fstat(up, &st) < 0 || st.st_dev != l->dev || st.st_ino != l->ino) {
        note(w, -EAGAIN);
        return false;
    }
    note(w, w->fn(w->ctx, w->fd, l->dirs.items[l->dirs.count - 1], FS_VISIT_DIR));
    forget_last(l);
    return true;
}

int fs_walk(int dirfd, fs_visit_fn *fn, void *ctx)
{
    struct walk w = {.fn = fn, .ctx = ctx};
    cleanup_close int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0) {
        return -errno;
    }
    enter(&w, take_fd(&fd), &st);
    while (w.count > 0) {
        if (w.levels[w.count - 1].dirs.count > 0) {
            go_down(&w);
        } else if (!go_up(&w)) {
            break;
        }
    }
    while (w.count > 0) {
        strv_done(&w.levels[--w.count].dirs);
    }
    free(w.levels);
    close(w.fd);
    return w.first_error;
}
