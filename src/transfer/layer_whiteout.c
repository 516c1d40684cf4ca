// SPDX-License-Identifier: Apache-2.0
#include "transfer/layer_whiteout.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "base/rootfd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define PREFIX     ".wh."
#define PREFIX_LEN 4
#define OPAQUE     ".wh..wh..opq"
#define AUFS       ".wh..wh."

/* Open addressing; 0 marks a free slot (no file has inode 0). */
struct layer_inodes {
    uint64_t *slots;
    size_t size; /* a power of two */
    size_t used;
};

static size_t slot_of(const struct layer_inodes *set, uint64_t ino)
{
    size_t i = (size_t) (ino * 0x9e3779b97f4a7c15ull) & (set->size - 1);

    while (set->slots[i] && set->slots[i] != ino) {
        i = (i + 1) & (set->size - 1);
    }
    return i;
}

static bool inodes_have(const struct layer_inodes *set, uint64_t ino)
{
    return set && set->slots[slot_of(set, ino)] == ino;
}

static void inodes_grow(struct layer_inodes *set)
{
    struct layer_inodes bigger = {.size = set->size ? set->size * 2 : 1024};

    bigger.slots = xcalloc(bigger.size, sizeof(*bigger.slots));
    for (size_t i = 0; i < set->size; i++) {
        if (set->slots[i]) {
            bigger.slots[slot_of(&bigger, set->slots[i])] = set->slots[i];
            bigger.used++;
        }
    }
    free(set->slots);
    *set = bigger;
}

void layer_inodes_add(struct layer_apply *la, int dirfd, const char *name)
{
    struct stat st;

    if (la->whiteouts != STORAGE_WHITEOUTS_APPLY || la->lowest ||
        fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0) {
        return;
    }
    if (!la->made) {
        la->made = xcalloc(1, sizeof(*la->made));
    }
    if (la->made->used * 2 >= la->made->size) {
        inodes_grow(la->made);
    }
    size_t i = slot_of(la->made, st.st_ino);

    la->made->used += la->made->slots[i] == 0;
    la->made->slots[i] = st.st_ino;
}

void layer_inodes_free(struct layer_apply *la)
{
    if (la->made) {
        free(la->made->slots);
        free(take_ptr(&la->made));
    }
}

bool layer_is_mark(const struct layer_apply *la, int dirfd, const char *name)
{
    struct stat st;

    return la->whiteouts == STORAGE_WHITEOUTS_OVERLAY &&
           fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISCHR(st.st_mode) &&
           st.st_rdev == makedev(0, 0);
}

int layer_set_opaque(int fd, struct error *e)
{
    if (fsetxattr(fd, "trusted.overlay.opaque", "y", 1, 0) < 0) {
        return err_sys(e, errno, "mark the folder as opaque");
    }
    return 0;
}

static int set_opaque_at(int dirfd, const char *name, struct error *e)
{
    cleanup_close int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    return fd < 0 ? err_sys(e, errno, "open the folder") : layer_set_opaque(fd, e);
}

static int hide_by_mark(int dirfd, const char *name, struct error *e)
{
    struct stat st;

    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        /* This layer brought it already: only what lies below is meant. */
        return S_ISDIR(st.st_mode) ? set_opaque_at(dirfd, name, e) : 0;
    }
    if (mknodat(dirfd, name, S_IFCHR | 0600, makedev(0, 0)) < 0) {
        return err_sys(e, errno, "make the whiteout");
    }
    return 0;
}

/* For fs_walk: what is from below goes; a folder that holds something of this layer stays. */
static int remove_if_lower(void *ctx, int dirfd, const char *name, enum fs_visit kind)
{
    const struct layer_inodes *made = ctx;
    struct stat st;

    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || inodes_have(made, st.st_ino)) {
        return 0;
    }
    if (unlinkat(dirfd, name, kind == FS_VISIT_FILE ? 0 : AT_REMOVEDIR) < 0 && errno != ENOTEMPTY) {
        return -errno;
    }
    return 0;
}

static int remove_below(struct layer_apply *la, int dirfd, const char *name, struct error *e)
{
    struct stat st;
    int r = 0;

    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        return errno == ENOENT ? 0 : err_sys(e, errno, "look at what it hides");
    }
    if (S_ISDIR(st.st_mode)) {
        cleanup_close int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        r = fd < 0 ? -errno : fs_walk(fd, remove_if_lower, la->made);
    }
    if (r == 0) {
        r = remove_if_lower(la->made, dirfd, name,
                            S_ISDIR(st.st_mode) ? FS_VISIT_DIR : FS_VISIT_FILE);
    }
    return r < 0 ? err_sys(e, r, "remove what it hides") : 0;
}

static int opaque(struct layer_apply *la, const char *path, int dirfd, struct error *e)
{
    cleanup_close int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        return err_sys(e, errno, "open the folder");
    }
    if (la->whiteouts == STORAGE_WHITEOUTS_APPLY) {
        int r = fs_walk(fd, remove_if_lower, la->made);

        return r < 0 ? err_sys(e, r, "remove what it hides") : 0;
    }
    /* Overlayfs reads the mark of every folder but the layers' own roots. */
    if (!strchr(path, '/')) {
        return err_set(e, ERR_UNSUPPORTED, "a layer that hides the whole image below it");
    }
    return layer_set_opaque(fd, e);
}

int layer_whiteout(struct layer_apply *la, const char *path, struct error *e)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const char *name;
    bool is_opaque = strcmp(base, OPAQUE) == 0;

    if (strncmp(path, AUFS, strlen(AUFS)) == 0 && !is_opaque) {
        return 1;
    }
    if (strncmp(base, PREFIX, PREFIX_LEN) != 0) {
        return 0;
    }
    if (strncmp(base, AUFS, strlen(AUFS)) == 0 && !is_opaque) {
        return 1;
    }
    const char *hidden = base + PREFIX_LEN;

    if (!*hidden || strcmp(hidden, ".") == 0 || strcmp(hidden, "..") == 0) {
        return err_set(e, ERR_INVALID, "the whiteout hides no name");
    }
    if (la->lowest) {
        return 1;
    }
    int dirfd = layer_parent_open(&la->parent, la->root, path, &name, e);

    if (dirfd < 0) {
        return -1;
    }
    int r = is_opaque                                  ? opaque(la, path, dirfd, e)
            : la->whiteouts == STORAGE_WHITEOUTS_APPLY ? remove_below(la, dirfd, hidden, e)
                                                       : hide_by_mark(dirfd, hidden, e);

    return r < 0 ? -1 : 1;
}
