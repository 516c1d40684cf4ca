// SPDX-License-Identifier: Apache-2.0
#include "transfer/partial.h"

#include "base/fs.h"
#include "base/strv.h"
#include "base/timeutil.h"
#include "transfer/cancel.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define PREFIX     ".partial-"
#define UNUSED_MAX (7 * 24 * 3600)

/* Open, flocked, and still what the name leads to; 0: another try. */
static int try_open(const struct image_store *s, struct partial *p, struct error *e)
{
    struct stat st;

    p->fd = openat(s->dir, p->name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (p->fd < 0) {
        return err_sys(e, errno, "open '%s'", p->name);
    }
    if (flock(p->fd, LOCK_EX) < 0) {
        return errno == EINTR ? 0 : err_sys(e, errno, "lock '%s'", p->name);
    }
    if (fstat(p->fd, &st) < 0) {
        return err_sys(e, errno, "open '%s'", p->name);
    }
    if (st.st_nlink == 0) {
        return 0;
    }
    p->have = st.st_size;
    return 1;
}

int partial_open(const struct image_store *s, const char *digest, struct partial *ret,
                 struct error *e)
{
    int r = 0;

    *ret = (struct partial){.fd = FD_NONE};
    snprintf(ret->name, sizeof(ret->name), PREFIX "%s", strchr(digest, ':') + 1);
    while (r == 0) {
        r = cancel_check(e) < 0 ? -1 : try_open(s, ret, e);
        if (r <= 0) {
            close_fd(&ret->fd);
        }
    }
    return r < 0 ? -1 : 0;
}

int partial_restart(struct partial *p, struct error *e)
{
    p->have = 0;
    return ftruncate(p->fd, 0) < 0 ? err_sys(e, errno, "empty '%s'", p->name) : 0;
}

int partial_commit(const struct image_store *s, struct partial *p, const char *digest,
                   struct error *e)
{
    if (image_blob_commit(s, p->name, p->fd, digest, e) < 0) {
        return -1;
    }
    close_fd(&p->fd);
    return 0;
}

void partial_keep(const struct image_store *s, struct partial *p)
{
    struct stat st;

    if (p->fd >= 0 && fstat(p->fd, &st) == 0 && st.st_size == 0) {
        partial_drop(s, p);
    }
    close_fd(&p->fd);
}

void partial_drop(const struct image_store *s, struct partial *p)
{
    if (p->fd >= 0) {
        (void) unlinkat(s->dir, p->name, 0);
        close_fd(&p->fd);
    }
}

void partial_sweep(const struct image_store *s)
{
    CLEANUP(strv) struct strv names = STRV_INIT;
    const char *name;

    if (fs_list_dir(s->dir, ".", &names) < 0) {
        return;
    }
    strv_foreach (&names, name) {
        struct stat st;

        if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 ||
            fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
            time_now() / NS_PER_SEC - st.st_mtim.tv_sec < UNUSED_MAX) {
            continue;
        }
        cleanup_close int fd = openat(s->dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

        if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) {
            (void) unlinkat(s->dir, name, 0);
        }
    }
}
