// SPDX-License-Identifier: Apache-2.0
#include "storage/driver.h"

#include "base/alloc.h"
#include "base/fs.h"

#include <fcntl.h>
#include <sys/stat.h>

/* Inodes with several names that were counted already: open addressing, 0 is free. */
struct seen {
    ino_t *slots;
    size_t size; /* a power of two */
    size_t used;
    int64_t total;
};

static bool seen_put(ino_t *slots, size_t size, ino_t ino)
{
    size_t at = (size_t) (ino * 0x9E3779B97F4A7C15ull) & (size - 1);

    while (slots[at]) {
        if (slots[at] == ino) {
            return false;
        }
        at = (at + 1) & (size - 1);
    }
    slots[at] = ino;
    return true;
}

/* True when the inode is new. */
static bool seen_add(struct seen *s, ino_t ino)
{
    if (s->used * 2 >= s->size) {
        size_t size = s->size ? s->size * 2 : 64;
        ino_t *slots = xcalloc(size, sizeof(*slots));

        for (size_t i = 0; i < s->size; i++) {
            if (s->slots[i]) {
                seen_put(slots, size, s->slots[i]);
            }
        }
        free(s->slots);
        s->slots = slots;
        s->size = size;
    }
    if (!seen_put(s->slots, s->size, ino)) {
        return false;
    }
    s->used++;
    return true;
}

static int add_size(void *ctx, int dirfd, const char *name, enum fs_visit kind)
{
    struct seen *s = ctx;
    struct stat st;

    if (kind != FS_VISIT_FILE) {
        return 0;
    }
    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        return errno == ENOENT ? 0 : -errno;
    }
    if (st.st_nlink == 1 || seen_add(s, st.st_ino)) {
        s->total += st.st_size;
    }
    return 0;
}

int storage_tree_size(int dirfd, int64_t *ret)
{
    struct seen s = {0};
    int r = fs_walk(dirfd, add_size, &s);

    free(s.slots);
    if (r == -EAGAIN) { /* a live container moves folders about: near enough */
        r = 0;
    }
    if (r == 0) {
        *ret = s.total;
    }
    return r;
}
