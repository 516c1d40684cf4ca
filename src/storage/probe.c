// SPDX-License-Identifier: Apache-2.0
/* Which driver works in the data folder: tried once, then remembered in storage.json. */
#include "storage/driver.h"

#include "base/fd.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/rand.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define MEMORY_FILE "storage.json"

/* In order of preference. */
static const struct storage_ops *const drivers[] = {
    &storage_overlay,
};

/* File systems by statfs(2) type, as people call them. FUSE has virtiofs under the same number. */
static const struct {
    unsigned long type;
    const char *name;
} fs_names[] = {
    {0xEF53, "ext4"},
    {0x58465342, "xfs"},
    {0x9123683E, "btrfs"},
    {0x01021994, "tmpfs"},
    {0x794C7630, "overlay"},
    {0x6969, "nfs"},
    {0x65735546, "fuse or virtiofs"},
    {0x01021997, "9p"},
    {0xFF534D42, "cifs"},
    {0xFE534D42, "smb3"},
    {0x4D44, "vfat"},
    {0x2011BAB0, "exfat"},
    {0x5346544E, "ntfs"},
    {0x7366746E, "ntfs3"},
    {0xF15F, "ecryptfs"},
    {0x2FC12FC1, "zfs"},
    {0xF2F52010, "f2fs"},
    {0x858458F6, "ramfs"},
    {0x73717368, "squashfs"},
    {0x24051905, "ubifs"},
    {0xCA451A4E, "bcachefs"},
    {0x00C36400, "ceph"},
    {0xE0F5E1E2, "erofs"},
};

static const char *fs_name(const struct statfs *fs, char buf[32])
{
    for (size_t i = 0; i < ARRAY_SIZE(fs_names); i++) {
        if (fs_names[i].type == (unsigned long) fs->f_type) {
            return fs_names[i].name;
        }
    }
    snprintf(buf, 32, "type 0x%lx", (unsigned long) fs->f_type);
    return buf;
}

static const struct storage_ops *driver_by_name(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
        if (strcmp(drivers[i]->name, name) == 0) {
            return drivers[i];
        }
    }
    return NULL;
}

/* Type and id: the same file system after a reboot, another one after a move of the folder. */
static void fs_identity(const struct statfs *fs, char buf[64])
{
    unsigned id[2];

    memcpy(id, &fs->f_fsid, sizeof(id));
    snprintf(buf, 64, "%lx:%08x%08x", (unsigned long) fs->f_type, id[0], id[1]);
}

/* The driver that storage.json names; *ret_tried: it was tried on this very file system. Whatever
 * is wrong with the file only costs a new trial. */
static const struct storage_ops *remembered(int root, const char *identity, bool *ret_tried)
{
    struct error e;
    CLEANUP(json) json_t *j = json_parse_file(root, MEMORY_FILE, MEMORY_FILE, &e);

    *ret_tried = j && strcmp(json_str(j, "filesystem"), identity) == 0;
    return j ? driver_by_name(json_str(j, "driver")) : NULL;
}

static void remember(int root, const struct storage_ops *ops, const char *identity)
{
    CLEANUP(json) json_t *j = json_object();

    json_put(j, "driver", json_text(ops->name));
    json_put(j, "filesystem", json_text(identity));
    cleanup_free char *text = json_dump(j);

    /* On a full or read-only disk the next command tries again. */
    (void) fs_write_atomic(root, MEMORY_FILE, text, strlen(text), 0644, FS_VOLATILE);
}

/* Neither could a container's root take the place of this one: pivot_root(2), EINVAL. */
static int no_root_mount(struct error *e)
{
    err_set(e, ERR_UNAVAILABLE, "containers cannot be made here: the root folder is no mount");
    return err_hint(e, "in a chroot: before it, mount --bind DIR DIR");
}

/* In a child: mounts must not show up in our namespace, and go with the process. */
static void try_in_child(const struct storage_ops *ops, int scratch, const char *path, int out)
{
    struct error e = {0};

    if (unshare(CLONE_NEWNS) < 0) {
        err_sys(&e, errno, "make a mount namespace");
    } else if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
        (void) (errno == EINVAL ? no_root_mount(&e) : err_sys(&e, errno, "make mounts private"));
    } else {
        (void) ops->probe(scratch, path, &e);
    }
    (void) fd_write_all(out, &e, sizeof(e));
    _exit(0);
}

static int try_in_scratch(const struct storage_ops *ops, int scratch, const char *path,
                          struct error *e)
{
    struct error result;
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) < 0) {
        return err_sys(e, errno, "make a pipe");
    }
    cleanup_close int in = fds[0];
    cleanup_close int out = fds[1];
    pid_t pid = proc_fork();

    if (pid < 0) {
        return err_sys(e, (int) pid, "start a process");
    }
    if (pid == 0) {
        try_in_child(ops, scratch, path, out);
    }
    close_fd(&out);
    bool whole = fd_read_full(in, &result, sizeof(result)) == (ssize_t) sizeof(result);
    int status;
    int r = proc_wait(pid, &status);

    if (!whole || r < 0) {
        return err_set(e, ERR_INTERNAL, "the trial died");
    }
    if (result.kind != ERR_NONE) {
        *e = result;
        return -1;
    }
    return 0;
}

static int try_driver(const struct storage_ops *ops, const struct storage *s, struct error *e)
{
    char name[32];
    char suffix[17];
    int r = rand_hex(suffix, sizeof(suffix));

    snprintf(name, sizeof(name), ".probe-%s", suffix);
    if (r == 0 && mkdirat(s->root, name, 0700) < 0) {
        r = -errno;
    }
    if (r < 0) {
        return err_sys(e, r, "write to '%s'", s->root_path);
    }
    cleanup_free char *path = path_join(s->root_path, name);
    cleanup_close int scratch = fs_opendir(s->root, name);

    r = scratch < 0 ? err_sys(e, scratch, "open '%s'", path)
                    : try_in_scratch(ops, scratch, path, e);
    (void) fs_remove_tree(s->root, name);
    return r;
}

/* The sentence for a driver that does not work here, from the reason of its probe. */
static int explain(const struct storage *s, const struct storage_ops *ops, const char *fs,
                   struct error *e)
{
    int errnum = e->errnum;

    if (e->kind == ERR_UNAVAILABLE || errnum == EROFS) {
        return -1; /* a full disk and its like say nothing about the driver */
    }
    if (errnum == EPERM || errnum == EACCES) {
        err_wrap(e, "storage driver '%s'", ops->name);
        return err_hint(e, "hoy must run as root, with CAP_SYS_ADMIN");
    }
    e->kind = ERR_UNSUPPORTED;
    e->hint[0] = '\0';
    if (errnum == ENODEV) {
        err_set(e, ERR_UNSUPPORTED, "storage driver '%s': this kernel has no overlay file system",
                ops->name);
        return err_hint(e, "modprobe overlay, or a kernel with CONFIG_OVERLAY_FS");
    }
    err_wrap(e, "storage driver '%s' does not work in '%s', which is on %s", ops->name,
             s->root_path, fs);
    return err_hint(e, "put the data folder on ext4, xfs, btrfs or tmpfs: --root DIR or HOY_ROOT");
}

static int accept_driver(struct storage *s, const struct storage_ops *ops, const char *why,
                         const char *fs)
{
    s->ops = ops;
    s->reason = xasprintf("%s on %s", why, fs);
    return 0;
}

int storage_pick(struct storage *s, const char *driver, struct error *e)
{
    const struct storage_ops *named = driver ? driver_by_name(driver) : NULL;
    struct statfs fs;
    char identity[64];
    char buf[32];
    bool tried;

    if (driver && !named) {
        return err_set(e, ERR_INVALID, "unknown storage driver '%.100s'", driver);
    }
    if (fstatfs(s->root, &fs) < 0) {
        return err_sys(e, errno, "look at data folder '%s'", s->root_path);
    }
    const char *where = fs_name(&fs, buf);

    fs_identity(&fs, identity);
    const struct storage_ops *last = remembered(s->root, identity, &tried);
    /* The layers there are in the last driver's form: another one would find none of them. */
    const struct storage_ops *only = named ? named : last;

    if (tried && only == last) {
        return accept_driver(s, only, "worked before", where);
    }
    err_clear(e);
    for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
        struct error why = {0};

        if (only && drivers[i] != only) {
            continue;
        }
        if (try_driver(drivers[i], s, &why) == 0) {
            remember(s->root, drivers[i], identity);
            return accept_driver(s, drivers[i], named ? "configured" : "tried and works", where);
        }
        if (e->kind == ERR_NONE) {
            explain(s, drivers[i], where, &why);
            *e = why;
        }
    }
    return -1;
}
