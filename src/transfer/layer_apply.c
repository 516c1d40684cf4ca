// SPDX-License-Identifier: Apache-2.0
#include "transfer/layer_apply.h"

#include "base/fs.h"
#include "base/rootfd.h"
#include "transfer/layer_data.h"
#include "transfer/layer_meta.h"
#include "transfer/layer_whiteout.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/*
 * Far over what real images hold (the largest known have about a million files), and a bound for
 * the inodes and the memory that one archive can take.
 */
const struct layer_limits layer_limits_default = {
    .entries = 8 << 20,
    .dir_memory = 512ll << 20,
};

/* One entry on its way: what every step needs. */
struct entry {
    struct layer_apply *la;
    struct tar_reader *t;
    struct archive_entry *a;
    struct layer_meta meta;
    const char *path; /* clean */
    int dirfd;        /* its folder */
    const char *name; /* last component of path */
};

void layer_apply_init(struct layer_apply *la, int root, enum storage_whiteouts whiteouts,
                      bool lowest)
{
    *la = (struct layer_apply){
        .root = root, .whiteouts = whiteouts, .lowest = lowest, .limits = layer_limits_default};
    layer_parent_init(&la->parent, root);
}

void layer_apply_done(struct layer_apply *la)
{
    layer_parent_done(&la->parent);
    layer_dirs_free(la);
    layer_inodes_free(la);
}

/* Makes room for an entry of the same name: the later one counts. */
static int remove_old(struct entry *en, struct error *e)
{
    struct stat st;

    if (fstatat(en->dirfd, en->name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        return errno == ENOENT ? 0 : err_sys(e, errno, "replace it");
    }
    en->la->size = -1;
    if (!S_ISDIR(st.st_mode)) {
        return unlinkat(en->dirfd, en->name, 0) < 0 ? err_sys(e, errno, "replace it") : 0;
    }
    int r = fs_remove_tree(en->dirfd, en->name);

    return r < 0 ? err_sys(e, r, "replace the folder") : 0;
}

static int make_file(struct entry *en, struct error *e)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    cleanup_close int fd = openat(en->dirfd, en->name, flags, 0600);

    if (fd < 0 && errno == EEXIST) {
        if (remove_old(en, e) < 0) {
            return -1;
        }
        fd = openat(en->dirfd, en->name, flags, 0600);
    }
    if (fd < 0) {
        return err_sys(e, errno, "make the file");
    }
    if (layer_data_write(en->t, fd, archive_entry_size(en->a), e) < 0 ||
        layer_meta_set_fd(en->la, en->a, &en->meta, fd, e) < 0) {
        return -1;
    }
    if (en->la->size >= 0) {
        en->la->size += archive_entry_size(en->a);
    }
    return futimens(fd, en->meta.times) < 0 ? err_sys(e, errno, "set its time") : 0;
}

/* A folder that is there keeps its content; anything else makes way. */
static int make_dir(struct entry *en, struct error *e)
{
    bool was_mark = false;

    if (mkdirat(en->dirfd, en->name, 0700) < 0) {
        struct stat st;

        if (errno != EEXIST) {
            return err_sys(e, errno, "make the folder");
        }
        was_mark = layer_is_mark(en->la, en->dirfd, en->name);
        if (fstatat(en->dirfd, en->name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode)) {
            if (remove_old(en, e) < 0) {
                return -1;
            }
            if (mkdirat(en->dirfd, en->name, 0700) < 0) {
                return err_sys(e, errno, "make the folder");
            }
        }
    }
    cleanup_close int fd =
        openat(en->dirfd, en->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0) {
        return err_sys(e, errno, "open the folder");
    }
    /* "Gone below" and "a folder here" together: what lies below does not shine through. */
    if (was_mark && layer_set_opaque(fd, e) < 0) {
        return -1;
    }
    if (layer_meta_set_fd(en->la, en->a, &en->meta, fd, e) < 0) {
        return -1;
    }
    return layer_dir_remember(en->la, en->path, en->a, &en->meta, e);
}

static int make_symlink(struct entry *en, struct error *e)
{
    const char *target = archive_entry_symlink(en->a);

    if (!target || !*target) {
        return err_set(e, ERR_CORRUPT, "the link has no target");
    }
    if (symlinkat(target, en->dirfd, en->name) < 0) {
        return err_sys(e, errno, "make the link");
    }
    return layer_meta_set_at(en->la, en->a, &en->meta, en->dirfd, en->name, e);
}

static int make_special(struct entry *en, mode_t type, struct error *e)
{
    dev_t major_nr = 0, minor_nr = 0;

    if (type != S_IFIFO) {
        major_nr = archive_entry_rdevmajor(en->a);
        minor_nr = archive_entry_rdevminor(en->a);
        /* The kernel's 12 and 20 bits; more would name another device than the archive does. */
        if (major_nr > 0xfff || minor_nr > 0xfffff) {
            return err_set(e, ERR_INVALID, "the device number %llu:%llu is out of range",
                           (unsigned long long) major_nr, (unsigned long long) minor_nr);
        }
    }
    if (mknodat(en->dirfd, en->name, type | 0600,
                makedev((unsigned) major_nr, (unsigned) minor_nr)) < 0) {
        return err_sys(e, errno, "make the %s", type == S_IFIFO ? "pipe" : "device");
    }
    return layer_meta_set_at(en->la, en->a, &en->meta, en->dirfd, en->name, e);
}

static int link_over(struct entry *en, int source_dirfd, const char *source, struct error *e)
{
    if (linkat(source_dirfd, source, en->dirfd, en->name, 0) == 0) {
        return 0;
    }
    if (errno == EEXIST) {
        struct stat from, to;

        if (fstatat(source_dirfd, source, &from, AT_SYMLINK_NOFOLLOW) == 0 &&
            fstatat(en->dirfd, en->name, &to, AT_SYMLINK_NOFOLLOW) == 0 &&
            from.st_ino == to.st_ino) {
            return 0; /* linked already; removing it first could remove the last name */
        }
        if (remove_old(en, e) < 0) {
            return -1;
        }
        if (linkat(source_dirfd, source, en->dirfd, en->name, 0) == 0) {
            return 0;
        }
    }
    /* linkat(2) says EPERM for folders. */
    if (errno == EPERM) {
        return err_set(e, ERR_INVALID, "not a file");
    }
    return err_sys(e, errno, "link");
}

/* linkat follows no link in the last component, so what is linked lies inside the root too. */
static int make_hardlink(struct entry *en, const char *target, struct error *e)
{
    char clean[PATH_MAX], shown[256];
    const char *name;
    struct layer_parent source;

    tar_printable(target, shown, sizeof(shown));
    if (layer_path_clean(target, clean, e) < 0) {
        return err_wrap(e, "hard link to '%s'", shown);
    }
    if (strcmp(clean, en->path) == 0) {
        return 0; /* a name of itself, as some tar programs write for the first of several */
    }
    layer_parent_init(&source, en->la->root);
    int r = layer_parent_open(&source, en->la->root, clean, &name, e);

    if (r >= 0) {
        r = link_over(en, source.fd, name, e);
    }
    layer_parent_done(&source);
    return r < 0 ? err_wrap(e, "hard link to '%s'", shown) : 0;
}

static int make_entry(struct entry *en, struct error *e)
{
    const char *target = archive_entry_hardlink(en->a);
    mode_t type = archive_entry_filetype(en->a);

    if (target) {
        return make_hardlink(en, target, e);
    }
    if (type == AE_IFREG) {
        return make_file(en, e);
    }
    if (type == AE_IFDIR) {
        return make_dir(en, e);
    }
    if (type != AE_IFLNK && type != AE_IFCHR && type != AE_IFBLK && type != AE_IFIFO) {
        return err_set(e, ERR_UNSUPPORTED, "an entry of unknown type");
    }
    if (remove_old(en, e) < 0) {
        return -1;
    }
    return type == AE_IFLNK ? make_symlink(en, e) : make_special(en, type & S_IFMT, e);
}

/* "./" or "/": the root folder itself, which is there already. */
static int apply_root(struct entry *en, struct error *e)
{
    if (archive_entry_hardlink(en->a) || archive_entry_filetype(en->a) != AE_IFDIR) {
        return err_set(e, ERR_INVALID, "the image's root is no folder");
    }
    en->la->has_root = true;
    if (layer_meta_set_fd(en->la, en->a, &en->meta, en->la->root, e) < 0) {
        return -1;
    }
    return layer_dir_remember(en->la, "", en->a, &en->meta, e);
}

static int apply(struct entry *en, char path[PATH_MAX], struct error *e)
{
    if (++en->la->entries > en->la->limits.entries) {
        return err_set(e, ERR_INVALID, "the archive has more than %lld entries",
                       (long long) en->la->limits.entries);
    }
    if (layer_path_clean(archive_entry_pathname(en->a), path, e) < 0 ||
        layer_meta_read(en->a, &en->meta, e) < 0) {
        return -1;
    }
    en->path = path;
    if (!*path) {
        return apply_root(en, e);
    }
    int r = layer_whiteout(en->la, path, e);

    if (r != 0) {
        return r < 0 ? -1 : 0;
    }
    en->dirfd = layer_parent_open(&en->la->parent, en->la->root, path, &en->name, e);
    if (en->dirfd < 0 || make_entry(en, e) < 0) {
        return -1;
    }
    layer_inodes_add(en->la, en->dirfd, en->name);
    return 0;
}

int layer_apply_entry(struct layer_apply *la, struct tar_reader *t, struct archive_entry *entry,
                      struct error *e)
{
    char path[PATH_MAX];
    struct entry en = {.la = la, .t = t, .a = entry};

    if (apply(&en, path, e) < 0) {
        return err_wrap(e, "unpack '%s'", t->where);
    }
    return 0;
}

int layer_apply_finish(struct layer_apply *la, struct error *e)
{
    return layer_dirs_finish(la, e);
}
