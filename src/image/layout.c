// SPDX-License-Identifier: Apache-2.0
/* The folder of the image store: opening, the lock, blobs. */
#include "image/store.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/fs.h"
#include "base/lock.h"
#include "base/rand.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define LAYOUT_FILE "oci-layout"
#define LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"

/* No lock of ours is held by two threads, so a count is enough. */
struct image_lock {
    int fd;
    unsigned depth;
};

int image_store_open(int root_dirfd, struct image_store *ret, struct error *e)
{
    *ret = (struct image_store){.dir = FD_NONE, .blobs = FD_NONE};
    ret->dir = fs_opendir_make(root_dirfd, "images", 0700);
    int r = ret->dir;

    if (r >= 0) {
        r = ret->blobs = fs_opendir_make(ret->dir, "blobs/sha256", 0755);
    }
    if (r >= 0 && !fs_exists(ret->dir, LAYOUT_FILE)) {
        r = fs_write_atomic(ret->dir, LAYOUT_FILE, LAYOUT_TEXT, strlen(LAYOUT_TEXT), 0644,
                            FS_DURABLE);
    }
    if (r < 0) {
        image_store_done(ret);
        return err_sys(e, r, "open the image store");
    }
    ret->lock = xcalloc(1, sizeof(*ret->lock));
    ret->lock->fd = FD_NONE;
    return 0;
}

void image_store_done(struct image_store *s)
{
    if (s->lock) {
        close_fd(&s->lock->fd);
        free(s->lock);
    }
    close_fd(&s->dir);
    close_fd(&s->blobs);
    s->lock = NULL;
}

int image_store_lock(const struct image_store *s, struct error *e)
{
    if (s->lock->depth == 0) {
        int fd = lock_open(s->dir, ".lock", LOCK_MODE_EXCLUSIVE);

        if (fd < 0) {
            return err_sys(e, fd, "lock the image store");
        }
        s->lock->fd = fd;
    }
    s->lock->depth++;
    return 0;
}

void image_store_unlock(const struct image_store *s)
{
    if (--s->lock->depth == 0) {
        lock_release(&s->lock->fd);
    }
}

/* ---- blobs ---- */

static const char *hex_of(const char *digest)
{
    return digest + strlen("sha256:");
}

int image_blob_begin(const struct image_store *s, char *tmp_name, size_t size, int *ret_fd,
                     struct error *e)
{
    for (;;) {
        char suffix[17];
        struct stat st;
        int r = rand_hex(suffix, sizeof(suffix));

        if (r < 0 || (size_t) snprintf(tmp_name, size, ".blob-%s", suffix) >= size) {
            return err_sys(e, r < 0 ? r : ENAMETOOLONG, "make a blob");
        }
        cleanup_close int fd =
            openat(s->dir, tmp_name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

        if (fd < 0 || flock(fd, LOCK_EX) < 0 || fstat(fd, &st) < 0) {
            return err_sys(e, errno, "make a blob");
        }
        if (st.st_nlink > 0) { /* else a sweep was faster than our flock */
            *ret_fd = take_fd(&fd);
            return 0;
        }
    }
}

int image_blob_commit(const struct image_store *s, const char *tmp_name, int fd, const char *digest,
                      struct error *e)
{
    if (!image_digest_valid(digest)) {
        return err_set(e, ERR_INVALID, "store blob '%.100s': not a sha256 digest", digest);
    }
    if (fchmod(fd, 0644) < 0 || fsync(fd) < 0 ||
        renameat(s->dir, tmp_name, s->blobs, hex_of(digest)) < 0) {
        return err_sys(e, errno, "store blob '%s'", digest);
    }
    return 0;
}

void image_blob_abort(const struct image_store *s, const char *tmp_name)
{
    (void) unlinkat(s->dir, tmp_name, 0);
}

int image_blob_write(const struct image_store *s, const char *digest, const void *data, size_t n,
                     struct error *e)
{
    char tmp[32];
    int fd = FD_NONE;

    if (image_blob_begin(s, tmp, sizeof(tmp), &fd, e) < 0) {
        return -1;
    }
    cleanup_close int owned = fd;
    int r = fd_write_all(owned, data, n);

    r = r < 0 ? err_sys(e, r, "store blob '%s'", digest)
              : image_blob_commit(s, tmp, owned, digest, e);
    if (r < 0) {
        image_blob_abort(s, tmp);
    }
    return r;
}

int image_blob_open(const struct image_store *s, const char *digest, struct error *e)
{
    if (!image_digest_valid(digest)) {
        return err_set(e, ERR_CORRUPT, "blob '%.100s': not a sha256 digest", digest);
    }
    int fd = openat(s->blobs, hex_of(digest), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd >= 0) {
        return fd;
    }
    if (errno == ENOENT) {
        err_set(e, ERR_CORRUPT, "blob '%s' is missing", digest);
        e->errnum = ENOENT;
        return -1;
    }
    return err_sys(e, errno, "open blob '%s'", digest);
}

bool image_exists(const struct image_store *s, const char *id)
{
    return image_digest_valid(id) && faccessat(s->blobs, hex_of(id), F_OK, 0) == 0;
}

int image_blob_read(const struct image_store *s, const char *digest, int64_t size, char **ret,
                    size_t *ret_len, struct error *e)
{
    cleanup_close int fd = image_blob_open(s, digest, e);
    cleanup_free char *data = NULL;
    size_t n;

    if (fd < 0) {
        return -1;
    }
    int r = fd_read_all(fd, JSON_MAX_BYTES, &data, &n);

    if (r < 0) {
        return err_sys(e, r, "read blob '%s'", digest);
    }
    if (size >= 0 && (uint64_t) size != n) {
        return err_set(e, ERR_CORRUPT, "blob '%s' has %zu bytes instead of %lld", digest, n,
                       (long long) size);
    }
    *ret = take_ptr(&data);
    *ret_len = n;
    return 0;
}
