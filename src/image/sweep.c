// SPDX-License-Identifier: Apache-2.0
/* What a crash left in the image store. */
#include "image/index.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "image/manifest.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* The writer of a temporary blob holds an flock on it. That of ".index.json.*" holds our lock. */
static int sweep_temporary(void *ctx, int dirfd, const char *name, enum fs_visit kind)
{
    const struct image_store *s = ctx;
    bool blob = strncmp(name, ".blob-", 6) == 0;

    if (kind != FS_VISIT_FILE || (!blob && strncmp(name, ".index.json.", 12) != 0)) {
        return 0;
    }
    cleanup_close int fd = openat(s->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0) {
        return 0;
    }
    return unlinkat(s->dir, name, 0) < 0 && errno != ENOENT ? -errno : 0;
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
    int r2 = fs_walk(s->dir, sweep_temporary, (void *) (uintptr_t) s);

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
