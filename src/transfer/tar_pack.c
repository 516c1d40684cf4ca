// SPDX-License-Identifier: Apache-2.0
#include "transfer/tar_pack.h"

#include "base/alloc.h"
#include "base/rootfd.h"
#include "base/strv.h"
#include "transfer/cancel.h"
#include "transfer/layer_path.h"
#include "transfer/tar_pack_entry.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

/* libarchive's output, gathered into chunks. */
static la_ssize_t to_ring(struct archive *a, void *ctx, const void *data, size_t n)
{
    struct tar_pack *p = ctx;
    const uint8_t *from = data;
    size_t left = n;

    while (left) {
        if (!p->chunk) {
            p->chunk = ring_reserve(p->out, &p->room);
            p->used = 0;
        }
        if (!p->chunk) {
            archive_set_error(a, EPIPE, "stopped");
            return ARCHIVE_FATAL;
        }
        size_t take = MIN(left, p->room - p->used);

        memcpy(p->chunk + p->used, from, take);
        p->used += take;
        from += take;
        left -= take;
        if (p->used == p->room) {
            ring_publish(p->out, p->used);
            p->chunk = NULL;
        }
    }
    return (la_ssize_t) n;
}

static int read_names(int dirfd, struct strv *ret, struct error *e)
{
    int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *d;

    if (!dir) {
        err_sys(e, errno, "read the folder");
        close_p(&fd);
        return -1;
    }
    errno = 0;
    while ((d = readdir(dir))) {
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0) {
            strv_add(ret, d->d_name);
        }
        errno = 0;
    }
    int failed = errno;

    closedir(dir);
    strv_sort(ret);
    return failed ? err_sys(e, failed, "read the folder") : 0;
}

static int pack_children(struct tar_pack *p, int dirfd, const char *dir, int depth,
                         struct error *e);

static bool is_own(const struct tar_pack *p, const struct statx *stx)
{
    return p->own_ino == stx->stx_ino &&
           p->own_dev == makedev(stx->stx_dev_major, stx->stx_dev_minor);
}

/* A folder's own entry is written; now what is in it, unless something is mounted there. */
static int descend(struct tar_pack *p, int dirfd, const char *name, const char *path, int depth,
                   struct error *e)
{
    struct statx stx;
    cleanup_close int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &stx) < 0) {
        return err_sys(e, errno, "open the folder");
    }
    if (stx.stx_mnt_id != p->mnt_id || is_own(p, &stx)) {
        return 0;
    }
    if (depth > LAYER_MAX_DEPTH) {
        return err_set(e, ERR_INVALID, "folders are nested deeper than %d levels", LAYER_MAX_DEPTH);
    }
    return pack_children(p, fd, path, depth, e);
}

static int pack_one(struct tar_pack *p, int dirfd, const char *name, const char *path, int depth,
                    struct error *e)
{
    struct stat st;
    char shown[256];
    int r;

    if (cancel_check(e) < 0) {
        return -1;
    }
    tar_printable(path, shown, sizeof(shown));
    if (strncmp(name, ".wh.", 4) == 0) {
        return err_set(e, ERR_INVALID, "pack '%s': names that begin with '.wh.' mean deleted files",
                       shown);
    }
    if (strlen(path) >= PATH_MAX) {
        return err_set(e, ERR_INVALID, "pack '%s': the name is too long", shown);
    }
    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        return err_sys(e, errno, "pack '%s'", shown);
    }
    if (S_ISSOCK(st.st_mode)) {
        return 0;
    }
    if (tar_pack_entry(p, dirfd, name, path, &st, e) < 0) {
        return ring_failed(p->out) ? ring_error(p->out, e) : err_wrap(e, "pack '%s'", shown);
    }
    if (!S_ISDIR(st.st_mode)) {
        return 0;
    }
    r = descend(p, dirfd, name, path, depth + 1, e);
    return r;
}

static int pack_children(struct tar_pack *p, int dirfd, const char *dir, int depth, struct error *e)
{
    CLEANUP(strv) struct strv names = STRV_INIT;
    const char *name;

    if (read_names(dirfd, &names, e) < 0) {
        return -1;
    }
    strv_foreach (&names, name) {
        cleanup_free char *path = *dir ? xasprintf("%s/%s", dir, name) : xstrdup(name);

        if (pack_one(p, dirfd, name, path, depth, e) < 0) {
            return -1;
        }
    }
    return 0;
}

static int pack_all(struct tar_pack *p, int dirfd, struct error *e)
{
    struct statx stx;
    struct stat st;

    if (fstat(dirfd, &st) < 0 || statx(dirfd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0) {
        return err_sys(e, errno, "read the folder");
    }
    p->mnt_id = stx.stx_mnt_id;
    /* No blocking factor: the archive ends with its end mark and not with padding. */
    if (archive_write_set_format_pax(p->a) != ARCHIVE_OK ||
        archive_write_set_format_option(p->a, "pax", "xattrheader", "SCHILY") != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(p->a, 0) != ARCHIVE_OK ||
        archive_write_open(p->a, p, NULL, to_ring, NULL) != ARCHIVE_OK) {
        return tar_pack_failed(p, e);
    }
    if (tar_pack_entry(p, dirfd, ".", "./", &st, e) < 0 || pack_children(p, dirfd, "", 0, e) < 0) {
        return -1;
    }
    if (archive_write_close(p->a) != ARCHIVE_OK) {
        return tar_pack_failed(p, e);
    }
    return 0;
}

int tar_pack_folder(int dirfd, int own, struct ring *out, struct error *e)
{
    struct tar_pack p = {.out = out, .a = archive_write_new()};
    struct stat own_st;
    /*
     * So that names that are UTF-8 are stored as the pax format wants them; of this thread only:
     * the reader must stay in the C locale (tar_read.c).
     */
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t) 0);
    locale_t before = utf8 ? uselocale(utf8) : (locale_t) 0;

    if (own >= 0 && fstat(own, &own_st) == 0) {
        p.own_dev = own_st.st_dev;
        p.own_ino = own_st.st_ino;
    }
    int r = p.a ? pack_all(&p, dirfd, e) : err_set(e, ERR_INTERNAL, "prepare to write an archive");

    archive_write_free(p.a);
    if (utf8) {
        uselocale(before);
        freelocale(utf8);
    }
    tar_pack_links_free(&p);
    if (r == 0) {
        if (p.chunk) {
            ring_publish(out, p.used);
        }
        ring_end(out);
    }
    return r;
}
