// SPDX-License-Identifier: Apache-2.0
/* The overlay driver's folders; drawn in docs/design/storage.md. */
#include "storage/overlay.h"

#include "base/fs.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/rand.h"
#include "storage/driver.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define LAYERS       "layers"
#define CONTAINERS   "containers"
#define DRAFT_PREFIX ".tmp-"
#define DEAD_PREFIX  ".rm-"

#define XATTR_SIZE   "trusted.hoy.size"
#define XATTR_NOROOT "trusted.hoy.noroot"

#define PATH_BUF 256 /* our own relative paths: folder, 64 digits or a key, and "/upper" */

static const char *layer_path(const char *diff_id, char buf[PATH_BUF])
{
    snprintf(buf, PATH_BUF, LAYERS "/%s", storage_diff_id_hex(diff_id));
    return buf;
}

static const char *snapshot_path(const char *key, const char *part, char buf[PATH_BUF])
{
    snprintf(buf, PATH_BUF, CONTAINERS "/%s/%s", key, part);
    return buf;
}

static const char *key_path(const char *key, char buf[PATH_BUF])
{
    snprintf(buf, PATH_BUF, CONTAINERS "/%s", key);
    return buf;
}

/* ---- layers ---- */

static bool overlay_layer_exists(const struct storage *s, const struct strv *chain)
{
    char path[PATH_BUF];

    return fs_exists(s->root, layer_path(chain->items[chain->count - 1], path));
}

static int open_layers(const struct storage *s, struct error *e)
{
    int fd = fs_opendir_make(s->root, LAYERS, 0700);

    return fd < 0 ? err_sys(e, fd, "open '%s/" LAYERS "'", s->root_path) : fd;
}

/*
 * A new draft, locked. Between mkdir and flock a sweep may take it for a dead one: it then holds
 * the lock while it deletes, and our folder has no link any more when we get it.
 */
static int make_draft(int layers, char *name, size_t size)
{
    for (;;) {
        char suffix[17];
        struct stat st;
        int r = rand_hex(suffix, sizeof(suffix));

        if (r < 0) {
            return r;
        }
        snprintf(name, size, DRAFT_PREFIX "%s", suffix);
        if (mkdirat(layers, name, 0755) < 0) {
            return -errno;
        }
        cleanup_close int fd = fs_opendir(layers, name);

        if (fd == -ENOENT) {
            continue;
        }
        if (fd < 0) {
            return fd;
        }
        if (flock(fd, LOCK_EX) < 0 || fstat(fd, &st) < 0) {
            return -errno;
        }
        if (st.st_nlink > 0 && fchmod(fd, 0755) == 0) { /* whatever the umask says */
            return take_fd(&fd);
        }
    }
}

static int overlay_layer_begin(const struct storage *s, const struct strv *chain,
                               struct storage_draft *ret, struct error *e)
{
    cleanup_close int layers = open_layers(s, e);

    if (layers < 0) {
        return -1;
    }
    ret->dirfd = make_draft(layers, ret->name, sizeof(ret->name));
    if (ret->dirfd < 0) {
        return err_sys(e, ret->dirfd, "make a layer in '%s/" LAYERS "'", s->root_path);
    }
    return 0;
}

static void overlay_layer_abort(const struct storage *s, struct storage_draft *d)
{
    cleanup_close int layers = fs_opendir(s->root, LAYERS);

    if (layers >= 0) {
        (void) fs_remove_tree(layers, d->name);
    }
    close_fd(&d->dirfd);
}

/* What we remember about a layer, on its folder. */
static int describe_layer(const struct storage_draft *d)
{
    char text[32];
    int64_t size = d->size;
    int r = size < 0 ? storage_tree_size(d->dirfd, &size) : 0;

    if (r < 0) {
        return r;
    }
    snprintf(text, sizeof(text), "%lld", (long long) size);
    if (fsetxattr(d->dirfd, XATTR_SIZE, text, strlen(text), 0) < 0 ||
        (d->implicit_root && fsetxattr(d->dirfd, XATTR_NOROOT, "y", 1, 0) < 0)) {
        return -errno;
    }
    return 0;
}

/* 0, or -EEXIST when the layer is there. */
static int rename_layer(int layers, const char *draft, const char *hex)
{
    if (renameat2(layers, draft, layers, hex, RENAME_NOREPLACE) == 0) {
        return 0;
    }
    if (errno != EINVAL && errno != ENOSYS) {
        return -errno;
    }
    /* A file system without RENAME_NOREPLACE: two at once can then only replace like by like. */
    if (fs_exists(layers, hex)) {
        return -EEXIST;
    }
    return renameat(layers, draft, layers, hex) < 0 ? -errno : 0;
}

static int overlay_layer_commit(const struct storage *s, struct storage_draft *d, struct error *e)
{
    cleanup_close int layers = open_layers(s, e);
    int r;

    if (layers < 0) {
        return -1;
    }
    r = describe_layer(d);
    if (r == 0 && syncfs(d->dirfd) < 0) {
        r = -errno;
    }
    if (r == 0) {
        r = rename_layer(layers, d->name, storage_diff_id_hex(d->diff_id));
    }
    if (r == -EEXIST) {
        overlay_layer_abort(s, d);
        return 0;
    }
    if (r == 0) {
        r = fs_sync_dir(layers);
    }
    if (r < 0) {
        return err_sys(e, r, "store layer '%s'", d->diff_id);
    }
    close_fd(&d->dirfd);
    return 0;
}

static int overlay_layer_remove(const struct storage *s, const char *diff_id, struct error *e)
{
    cleanup_close int layers = open_layers(s, e);
    char suffix[17];
    char dead[64];
    int r;

    if (layers < 0) {
        return -1;
    }
    r = rand_hex(suffix, sizeof(suffix));
    snprintf(dead, sizeof(dead), DEAD_PREFIX "%s", suffix);
    if (r == 0 && renameat(layers, storage_diff_id_hex(diff_id), layers, dead) < 0) {
        r = -errno;
    }
    if (r == -ENOENT) {
        return 0;
    }
    if (r == 0) {
        r = fs_remove_tree(layers, dead);
    }
    return r < 0 ? err_sys(e, r, "remove layer '%s'", diff_id) : 0;
}

static DIR *open_dir_stream(int dirfd, const char *name, int *ret_errno)
{
    int fd = fs_opendir(dirfd, name);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);

    *ret_errno = dir ? 0 : fd < 0 ? fd : -errno;
    if (!dir && fd >= 0) {
        close(fd);
    }
    return dir;
}

static void closedir_p(DIR *dir)
{
    if (dir) {
        closedir(dir);
    }
}
DEFINE_CLEANUP_PTR(dir_stream, DIR, closedir_p);

static int overlay_layer_list(const struct storage *s, struct strv *ret, struct error *e)
{
    int r;
    CLEANUP(dir_stream) DIR *dir = open_dir_stream(s->root, LAYERS, &r);
    struct dirent *d;

    if (r < 0) {
        return r == -ENOENT ? 0 : err_sys(e, r, "list layers in '%s'", s->root_path);
    }
    while ((d = readdir(dir))) {
        cleanup_free char *diff_id = xasprintf("sha256:%s", d->d_name);

        if (storage_diff_id_valid(diff_id)) {
            strv_take(ret, take_ptr(&diff_id));
        }
    }
    return 0;
}

static int overlay_layer_usage(const struct storage *s, const char *diff_id, int64_t *ret,
                               struct error *e)
{
    char path[PATH_BUF];
    char text[32];
    cleanup_close int fd = fs_opendir(s->root, layer_path(diff_id, path));

    if (fd == -ENOENT) {
        return err_set(e, ERR_NOT_FOUND, "layer '%s' is missing", diff_id);
    }
    if (fd < 0) {
        return err_sys(e, fd, "open layer '%s'", diff_id);
    }
    ssize_t n = fgetxattr(fd, XATTR_SIZE, text, sizeof(text) - 1);

    if (n > 0) {
        text[n] = '\0';
        if (parse_i64(text, ret) == 0) {
            return 0;
        }
    }
    int r = storage_tree_size(fd, ret);

    return r < 0 ? err_sys(e, r, "count the size of layer '%s'", diff_id) : 0;
}

/* ---- snapshots ---- */

/*
 * The folders of a chain as the kernel takes them, topmost first. Of a diff ID that occurs twice
 * only the topmost counts: the kernel refuses the same folder twice (ELOOP), and the lower one
 * brings nothing that the upper one does not bring or hide again.
 */
static void lower_paths(const struct strv *chain, struct strv *ret)
{
    for (size_t i = chain->count; i > 0; i--) {
        char path[PATH_BUF];

        layer_path(chain->items[i - 1], path);
        if (!strv_contains(ret, path)) {
            strv_add(ret, path);
        }
    }
}

/* Folder whose mode, owner and attributes the chain's "/" has: of the topmost layer that has one.
 */
static int open_chain_root(const struct storage *s, const struct strv *chain, struct error *e)
{
    cleanup_close int fd = FD_NONE;

    for (size_t i = chain->count; i > 0; i--) {
        char path[PATH_BUF];

        close_fd(&fd);
        fd = fs_opendir(s->root, layer_path(chain->items[i - 1], path));
        if (fd == -ENOENT) {
            return err_set(e, ERR_NOT_FOUND, "layer '%s' is missing", chain->items[i - 1]);
        }
        if (fd < 0) {
            return err_sys(e, fd, "open layer '%s'", chain->items[i - 1]);
        }
        if (fgetxattr(fd, XATTR_NOROOT, NULL, 0) < 0) {
            break;
        }
    }
    return take_fd(&fd);
}

/* Attributes of one folder to another, but for those that are ours or overlay's. */
static int copy_xattrs(int from, int to)
{
    char names[4096];
    char value[65536]; /* XATTR_SIZE_MAX */
    ssize_t n = flistxattr(from, names, sizeof(names));

    if (n < 0) {
        return errno == ENOTSUP ? 0 : -errno;
    }
    for (const char *name = names; name < names + n; name += strlen(name) + 1) {
        if (strncmp(name, "trusted.", 8) == 0) {
            continue;
        }
        ssize_t len = fgetxattr(from, name, value, sizeof(value));

        if (len < 0 || fsetxattr(to, name, value, (size_t) len, 0) < 0) {
            return -errno;
        }
    }
    return 0;
}

static int copy_root(int from, int to)
{
    struct stat st;

    if (fstat(from, &st) < 0 || fchown(to, st.st_uid, st.st_gid) < 0 ||
        fchmod(to, st.st_mode & 07777) < 0) {
        return -errno;
    }
    int r = copy_xattrs(from, to);
    struct timespec times[2] = {st.st_atim, st.st_mtim};

    return r == 0 && futimens(to, times) < 0 ? -errno : r;
}

static int make_parts(int dir, int chain_root)
{
    if (mkdirat(dir, "upper", 0755) < 0) {
        return -errno;
    }
    if (mkdirat(dir, "work", 0700) < 0) {
        int r = -errno;

        (void) fs_remove_tree(dir, "upper");
        return r;
    }
    cleanup_close int upper = fs_opendir(dir, "upper");
    int r = upper < 0 ? upper : 0;

    if (r == 0) {
        r = chain_root >= 0 ? copy_root(chain_root, upper) : fchmod(upper, 0755) < 0 ? -errno : 0;
    }
    if (r < 0) {
        (void) fs_remove_tree(dir, "upper");
        (void) fs_remove_tree(dir, "work");
    }
    return r;
}

static int overlay_snapshot_prepare(const struct storage *s, const char *key,
                                    const struct strv *chain, struct error *e)
{
    cleanup_close int chain_root = open_chain_root(s, chain, e);
    char path[PATH_BUF];

    if (chain_root == -1) {
        return -1;
    }
    cleanup_close int dir = fs_opendir_make(s->root, key_path(key, path), 0700);
    int r = dir < 0 ? dir : make_parts(dir, chain_root);

    if (r < 0 && r != -EEXIST) {
        (void) unlinkat(s->root, path, AT_REMOVEDIR); /* only when it is empty */
    }
    return r < 0 ? err_sys(e, r, "make snapshot '%s'", key) : 0;
}

/*
 * Overlay wants one lower layer with an upper and two without; a chain without layers, or a bare
 * one of one layer, gets empty folders at the bottom.
 */
static int fill_up(const struct storage *s, struct strv *lower, size_t least, struct error *e)
{
    while (lower->count < least) {
        char path[PATH_BUF];

        snprintf(path, sizeof(path), LAYERS "/.empty%zu", lower->count);
        int r = fs_mkdirs(s->root, path, 0755);

        if (r < 0) {
            return err_sys(e, r, "make '%s/%s'", s->root_path, path);
        }
        strv_add(lower, path);
    }
    return 0;
}

/*
 * The mark of an earlier volatile mount makes the kernel refuse the next (EINVAL). The data of
 * such a snapshot is whole as long as the machine stays up, and after that nobody knows its key.
 */
static void forget_volatile(const struct storage *s, const char *key)
{
    char path[PATH_BUF];

    (void) fs_remove_tree(s->root, snapshot_path(key, "work/work/incompat", path));
}

static int overlay_snapshot_mount(const struct storage *s, const char *key,
                                  const struct strv *chain, const char *target, unsigned flags,
                                  struct error *e)
{
    CLEANUP(overlay_mount) struct overlay_mount m = {.root = s->root, .root_path = s->root_path};
    char upper[PATH_BUF];
    char work[PATH_BUF];

    if (key) {
        snapshot_path(key, "upper", upper);
        snapshot_path(key, "work", work);
    }
    if (!(flags & STORAGE_MOUNT_READONLY)) {
        m.upper = upper;
        m.work = work;
        m.is_volatile = flags & STORAGE_MOUNT_VOLATILE;
        forget_volatile(s, key);
    } else if (key && fs_exists(s->root, upper)) {
        strv_add(&m.lower, upper);
    }
    lower_paths(chain, &m.lower);
    if (fill_up(s, &m.lower, m.upper ? 1 : 2, e) < 0) {
        return -1;
    }
    return overlay_mount(&m, target, e);
}

static int overlay_snapshot_remove(const struct storage *s, const char *key, struct error *e)
{
    char path[PATH_BUF];
    int r = fs_remove_tree(s->root, snapshot_path(key, "upper", path));
    int r2 = fs_remove_tree(s->root, snapshot_path(key, "work", path));

    (void) unlinkat(s->root, key_path(key, path), AT_REMOVEDIR); /* only when it is empty */
    r = r < 0 ? r : r2;
    return r < 0 ? err_sys(e, r, "remove snapshot '%s'", key) : 0;
}

static int overlay_snapshot_usage(const struct storage *s, const char *key, int64_t *ret,
                                  struct error *e)
{
    char path[PATH_BUF];
    cleanup_close int fd = fs_opendir(s->root, snapshot_path(key, "upper", path));

    if (fd < 0) {
        return fd == -ENOENT ? err_set(e, ERR_NOT_FOUND, "no such snapshot: %s", key)
                             : err_sys(e, fd, "open snapshot '%s'", key);
    }
    int r = storage_tree_size(fd, ret);

    return r < 0 ? err_sys(e, r, "count the size of snapshot '%s'", key) : 0;
}

static void overlay_snapshot_paths(const struct storage *s, const char *key,
                                   const struct strv *chain, struct storage_paths *ret)
{
    CLEANUP(strv) struct strv relative = STRV_INIT;
    CLEANUP(strv) struct strv lower = STRV_INIT;
    char path[PATH_BUF];

    lower_paths(chain, &relative);
    for (size_t i = 0; i < relative.count; i++) {
        strv_take(&lower, path_join(s->root_path, relative.items[i]));
    }
    ret->lower = strv_join(&lower, ":");
    ret->upper = path_join(s->root_path, snapshot_path(key, "upper", path));
    ret->work = path_join(s->root_path, snapshot_path(key, "work", path));
}

/* ---- after a crash ---- */

/* Deletes a draft unless somebody still writes to it; see make_draft() for the other side. */
static int sweep_draft(int layers, const char *name)
{
    cleanup_close int fd = fs_opendir(layers, name);

    if (fd < 0) {
        return fd == -ENOENT ? 0 : fd;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        return errno == EWOULDBLOCK ? 0 : -errno;
    }
    return fs_remove_tree(layers, name);
}

static int sweep_layers(const struct storage *s)
{
    int r;
    CLEANUP(dir_stream) DIR *dir = open_dir_stream(s->root, LAYERS, &r);
    struct dirent *d;
    int first = 0;

    if (r < 0) {
        return r == -ENOENT ? 0 : r;
    }
    while ((d = readdir(dir))) {
        r = 0;
        if (strncmp(d->d_name, DRAFT_PREFIX, strlen(DRAFT_PREFIX)) == 0) {
            r = sweep_draft(dirfd(dir), d->d_name);
        } else if (strncmp(d->d_name, DEAD_PREFIX, strlen(DEAD_PREFIX)) == 0) {
            r = fs_remove_tree(dirfd(dir), d->d_name);
        }
        first = first < 0 ? first : r;
    }
    return first;
}

static int sweep_snapshots(const struct storage *s, bool (*keep)(void *ctx, const char *key),
                           void *ctx)
{
    int r;
    CLEANUP(dir_stream) DIR *dir = open_dir_stream(s->root, CONTAINERS, &r);
    struct dirent *d;
    int first = 0;

    if (r < 0) {
        return r == -ENOENT ? 0 : r;
    }
    while ((d = readdir(dir))) {
        struct error e;

        if (d->d_name[0] == '.' || keep(ctx, d->d_name)) {
            continue;
        }
        if (storage_snapshot_remove(s, d->d_name, &e) < 0 && first == 0) {
            first = e.errnum ? -e.errnum : -EIO;
        }
    }
    return first;
}

static int overlay_sweep(const struct storage *s, bool (*keep)(void *ctx, const char *key),
                         void *ctx, struct error *e)
{
    int r = sweep_layers(s);
    int r2 = sweep_snapshots(s, keep, ctx);

    r = r < 0 ? r : r2;
    return r < 0 ? err_sys(e, r, "sweep '%s'", s->root_path) : 0;
}

/* ---- does it work here? ---- */

static int write_file(int dir, const char *name)
{
    cleanup_close int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

    return fd < 0 ? -errno : 0;
}

/* d_type of an entry, or -errno. */
static int entry_type(int root, const char *path, const char *name)
{
    int r;
    CLEANUP(dir_stream) DIR *dir = open_dir_stream(root, path, &r);
    struct dirent *d;

    if (r < 0) {
        return r;
    }
    while ((d = readdir(dir))) {
        if (strcmp(d->d_name, name) == 0) {
            return d->d_type;
        }
    }
    return -ENOENT;
}

/* A merged tree in which a file of the lower layer is deleted: the upper must hold a whiteout. */
static int overlay_probe(int scratch, const char *scratch_path, struct error *e)
{
    CLEANUP(overlay_mount)
    struct overlay_mount m = {
        .root = scratch, .root_path = scratch_path, .upper = "upper", .work = "work"};
    cleanup_free char *target = path_join(scratch_path, "merged");
    static const char *const dirs[] = {"lower", "upper", "work", "merged"};
    struct stat st;
    int r = 0;

    for (size_t i = 0; i < ARRAY_SIZE(dirs) && r == 0; i++) {
        r = mkdirat(scratch, dirs[i], 0755) < 0 ? -errno : 0;
    }
    if (r == 0) {
        r = write_file(scratch, "lower/file");
    }
    if (r < 0) {
        return err_sys(e, r, "write to '%s'", scratch_path);
    }
    if (entry_type(scratch, "lower", "file") == DT_UNKNOWN) {
        return err_set(e, ERR_UNSUPPORTED,
                       "its folders do not tell the type of their entries "
                       "(xfs made with ftype=0?)");
    }
    strv_add(&m.lower, "lower");
    if (overlay_mount(&m, target, e) < 0) {
        return -1;
    }
    cleanup_free char *file = path_join(target, "file");

    if (unlink(file) < 0) {
        return err_sys(e, errno, "delete a file through the mount");
    }
    if (fstatat(scratch, "upper/file", &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISCHR(st.st_mode) ||
        st.st_rdev != 0) {
        return err_set(e, ERR_UNSUPPORTED, "it cannot hold whiteouts");
    }
    if (setxattr(scratch_path, XATTR_NOROOT, "y", 1, 0) < 0) {
        return err_sys(e, errno, "set attribute '%s'", XATTR_NOROOT);
    }
    return 0;
}

const struct storage_ops storage_overlay = {
    .name = "overlay",
    .whiteouts = STORAGE_WHITEOUTS_OVERLAY,
    .needs_parents = false,
    .probe = overlay_probe,
    .layer_exists = overlay_layer_exists,
    .layer_begin = overlay_layer_begin,
    .layer_commit = overlay_layer_commit,
    .layer_abort = overlay_layer_abort,
    .layer_remove = overlay_layer_remove,
    .layer_list = overlay_layer_list,
    .layer_usage = overlay_layer_usage,
    .snapshot_prepare = overlay_snapshot_prepare,
    .snapshot_mount = overlay_snapshot_mount,
    .snapshot_remove = overlay_snapshot_remove,
    .snapshot_usage = overlay_snapshot_usage,
    .snapshot_paths = overlay_snapshot_paths,
    .sweep = overlay_sweep,
};
