// SPDX-License-Identifier: Apache-2.0
/* What a crash left in the image store, and the mark by which it is found. */
#include "image/index.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "image/manifest.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define UNFINISHED ".unfinished"

/*
 * Not synced: what it announces comes to disk by a later rename in the same folder (index.json), or
 * behind a syncfs (the layer).
 */
int image_change_begin(const struct image_store *s, struct error *e)
{
    cleanup_close int fd =
        openat(s->dir, UNFINISHED, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0 && errno != EEXIST) {
        return err_sys(e, errno, "mark the image store");
    }
    return fd < 0;
}

void image_change_end(const struct image_store *s)
{
    (void) unlinkat(s->dir, UNFINISHED, 0);
}

/*
 * A temporary file whose writer is gone: that of a blob holds an flock on it, that of
 * ".index.json.*" our lock. Its descriptor, locked; or -1.
 */
static int open_orphan(const struct image_store *s, const char *name)
{
    if (strncmp(name, ".blob-", 6) != 0 && strncmp(name, ".index.json.", 12) != 0) {
        return -1;
    }
    cleanup_close int fd = openat(s->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 ? take_fd(&fd) : -1;
}

bool image_store_interrupted(const struct image_store *s)
{
    CLEANUP(strv) struct strv names = STRV_INIT;
    const char *name;

    if (fs_list_dir(s->dir, ".", &names) < 0) {
        return false;
    }
    strv_foreach (&names, name) {
        cleanup_close int fd = open_orphan(s, name);

        if (fd >= 0 || strcmp(name, UNFINISHED) == 0) {
            return true;
        }
    }
    return false;
}

static int sweep_temporary(const struct image_store *s)
{
    CLEANUP(strv) struct strv names = STRV_INIT;
    int first = fs_list_dir(s->dir, ".", &names);
    const char *name;

    strv_foreach (&names, name) {
        cleanup_close int fd = open_orphan(s, name);

        if (fd >= 0 && unlinkat(s->dir, name, 0) < 0 && errno != ENOENT && first == 0) {
            first = -errno;
        }
    }
    return first;
}

struct blob_sweep {
    int blobs;
    struct digest_set kept;
};

static int sweep_blob(void *ctx, int dirfd, const char *name, enum fs_visit kind)
{
    const struct blob_sweep *b = ctx;
    cleanup_free char *digest = xasprintf("sha256:%s", name);

    if (kind != FS_VISIT_FILE || !image_digest_valid(digest) || digest_set_has(&b->kept, digest)) {
        return 0;
    }
    return unlinkat(b->blobs, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

static int sweep_locked(const struct image_store *s, struct blob_sweep *b, struct error *e)
{
    CLEANUP(image_index) struct image_index x = {0};

    if (image_index_read(s, &x, e) < 0) {
        return -1;
    }
    for (size_t i = 0; i < x.count; i++) {
        if (image_manifest_reach(s, x.entries[i].descriptor, &b->kept, NULL, e) < 0) {
            return -1;
        }
    }
    int r = fs_walk(s->blobs, sweep_blob, b);
    int r2 = sweep_temporary(s);

    r = r < 0 ? r : r2;
    return r < 0 ? err_sys(e, r, "sweep the image store") : 0;
}

int image_store_sweep(const struct image_store *s, struct error *e)
{
    struct blob_sweep b = {.blobs = s->blobs};

    if (image_store_lock(s, e) < 0) {
        return -1;
    }
    int r = sweep_locked(s, &b, e);

    image_store_unlock(s);
    digest_set_done(&b.kept);
    return r;
}
