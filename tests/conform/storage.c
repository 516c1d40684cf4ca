// SPDX-License-Identifier: Apache-2.0
/*
 * What every storage driver must do, run for each driver on each file system we can make here: the
 * machine's own, tmpfs, and ext4 in a file. Needs root; everything happens in a mount namespace
 * of its own. A driver is asked only through storage/storage.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/fs.h"
#include "base/path.h"
#include "base/proc.h"
#include "storage/storage.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#define OK(call)                                                                                   \
    do {                                                                                           \
        if ((call) < 0) {                                                                          \
            fail_msg("%s: %s", #call, last_error.text);                                            \
        }                                                                                          \
    } while (0)

#define SYS(call)                                                                                  \
    do {                                                                                           \
        if ((call) < 0) {                                                                          \
            fail_msg("%s: %s", #call, strerror(errno));                                            \
        }                                                                                          \
    } while (0)

static const char *const all_drivers[] = {"overlay"};

/* Where the suite runs, for the tests. */
static const char *driver;
static char place[PATH_MAX]; /* the folder on the file system under test */
static bool place_is_small;  /* it may be filled up */
static char root_path[PATH_MAX];
static char target[PATH_MAX]; /* an empty folder to mount on */
static struct storage st;
static struct error last_error; /* of OK() */

/* ---- fixture ---- */

static void open_store(void)
{
    OK(storage_open(root_path, driver, &st, &last_error));
}

static int setup(void **state)
{
    snprintf(root_path, sizeof(root_path), "%.4000s/root", place);
    snprintf(target, sizeof(target), "%.4000s/target", place);
    SYS(mkdir(target, 0755));
    open_store();
    return 0;
}

static int teardown(void **state)
{
    while (umount2(target, MNT_DETACH) == 0) {
    }
    storage_done(&st);
    int fd = fs_opendir(AT_FDCWD, place);
    int r = fs_remove_tree(fd, path_base(root_path));

    fs_remove_tree(fd, "target");
    close(fd);
    return r;
}

static const char *diff_id(unsigned n)
{
    static char ids[4][80];
    static unsigned next;
    char *id = ids[next++ % 4];

    snprintf(id, 80, "sha256:%064x", n);
    return id;
}

/* Layers from..to, lowest first. */
static void chain_of(struct strv *chain, unsigned from, unsigned to)
{
    for (unsigned n = from; n <= to; n++) {
        strv_add(chain, diff_id(n));
    }
}

static void write_text(int dir, const char *path, const char *text)
{
    cleanup_close int fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    if (fd < 0) {
        fail_msg("write %s: %s", path, strerror(errno));
    }
    assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
}

static void begin(const struct strv *chain, struct storage_draft *d)
{
    OK(storage_layer_begin(&st, chain, d, &last_error));
    assert_false(d->exists);
    assert_true(d->dirfd >= 0);
}

static void commit(struct storage_draft *d)
{
    OK(storage_layer_commit(&st, d, &last_error));
}

/* As an unpacking program writes a whiteout, in the form that the driver asked for. */
static void put_whiteout(const struct storage_draft *d, const char *path)
{
    if (d->whiteouts == STORAGE_WHITEOUTS_OVERLAY) {
        SYS(mknodat(d->dirfd, path, S_IFCHR | 0600, makedev(0, 0)));
    } else {
        assert_int_equal(fs_remove_tree(d->dirfd, path), 0);
    }
}

static void put_opaque_dir(const struct storage_draft *d, const char *path)
{
    if (d->whiteouts == STORAGE_WHITEOUTS_APPLY) {
        assert_int_equal(fs_remove_tree(d->dirfd, path), 0);
    }
    SYS(mkdirat(d->dirfd, path, 0755));
    if (d->whiteouts == STORAGE_WHITEOUTS_OVERLAY) {
        cleanup_close int fd = fs_opendir(d->dirfd, path);

        SYS(fsetxattr(fd, "trusted.overlay.opaque", "y", 1, 0));
    }
}

/* A layer on top of chain with one file; its diff ID is appended to the chain. */
static void add_layer(struct strv *chain, unsigned n, const char *file, const char *text)
{
    struct storage_draft d;

    strv_add(chain, diff_id(n));
    begin(chain, &d);
    write_text(d.dirfd, file, text);
    commit(&d);
}

static void prepare(const char *key, const struct strv *chain)
{
    OK(storage_snapshot_prepare(&st, key, chain, &last_error));
}

static void mount_it(const char *key, const struct strv *chain, unsigned flags)
{
    OK(storage_snapshot_mount(&st, key, chain, target, flags, &last_error));
}

static void umount_it(void)
{
    SYS(umount2(target, 0));
}

static void assert_text(const char *name, const char *expected)
{
    cleanup_free char *path = path_join(target, name);
    cleanup_free char *text = NULL;

    if (file_read(AT_FDCWD, path, 4096, &text, NULL) < 0) {
        fail_msg("%s is missing", name);
    }
    assert_string_equal(text, expected);
}

static void assert_absent(const char *name)
{
    cleanup_free char *path = path_join(target, name);

    if (access(path, F_OK) == 0) {
        fail_msg("%s is there", name);
    }
}

static void in_target(const char *name, const char *text)
{
    cleanup_free char *path = path_join(target, name);

    write_text(AT_FDCWD, path, text);
}

static size_t count_entries(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *d;
    size_t n = 0;

    while (dir && (d = readdir(dir))) {
        n += strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
    }
    if (dir) {
        closedir(dir);
    }
    return n;
}

/* Everything in layers/ but what every store may have there. */
static size_t count_layer_folders(void)
{
    cleanup_free char *path = path_join(root_path, "layers");
    DIR *dir = opendir(path);
    struct dirent *d;
    size_t n = 0;

    while (dir && (d = readdir(dir))) {
        n += strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0 &&
             strncmp(d->d_name, ".empty", 6) != 0;
    }
    if (dir) {
        closedir(dir);
    }
    return n;
}

static bool keep_all(void *ctx, const char *key)
{
    return true;
}

static bool keep_one(void *ctx, const char *key)
{
    return strcmp(ctx, key) == 0;
}

/* ---- layers ---- */

static void a_layer_appears_by_its_commit(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    CLEANUP(strv) struct strv list = STRV_INIT;
    struct storage_draft d;
    struct storage_draft again;
    int64_t size = -1;

    chain_of(&chain, 1, 1);
    assert_false(storage_layer_exists(&st, &chain));
    begin(&chain, &d);
    write_text(d.dirfd, "file", "12345");
    assert_false(storage_layer_exists(&st, &chain));
    OK(storage_layer_list(&st, &list, &last_error));
    assert_int_equal(list.count, 0);
    commit(&d);
    assert_int_equal(d.dirfd, FD_NONE);
    assert_true(storage_layer_exists(&st, &chain));
    OK(storage_layer_list(&st, &list, &last_error));
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0], chain.items[0]);
    OK(storage_layer_usage(&st, chain.items[0], &size, &last_error));
    assert_int_equal(size, 5);

    OK(storage_layer_begin(&st, &chain, &again, &last_error));
    assert_true(again.exists);
    assert_int_equal(again.dirfd, FD_NONE);
    commit(&again);
    storage_layer_abort(&st, &again);
    assert_true(storage_layer_exists(&st, &chain));

    OK(storage_layer_remove(&st, chain.items[0], &last_error));
    assert_false(storage_layer_exists(&st, &chain));
    OK(storage_layer_remove(&st, chain.items[0], &last_error));
    assert_int_equal(count_layer_folders(), 0);
}

static void an_aborted_layer_leaves_nothing(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    struct storage_draft d;

    chain_of(&chain, 1, 1);
    begin(&chain, &d);
    SYS(mkdirat(d.dirfd, "dir", 0));
    SYS(mkdirat(d.dirfd, "dir/sub", 0));
    write_text(d.dirfd, "dir/sub/file", "x");
    storage_layer_abort(&st, &d);
    storage_layer_abort(&st, &d);
    assert_false(storage_layer_exists(&st, &chain));
    assert_int_equal(count_layer_folders(), 0);
}

static void two_makers_of_a_layer_end_with_one(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    struct storage_draft a;
    struct storage_draft b;

    chain_of(&chain, 1, 1);
    begin(&chain, &a);
    begin(&chain, &b);
    write_text(a.dirfd, "file", "same");
    write_text(b.dirfd, "file", "same");
    commit(&b);
    commit(&a);
    assert_int_equal(count_layer_folders(), 1);
    mount_it(NULL, &chain, STORAGE_MOUNT_READONLY);
    assert_text("file", "same");
}

static void an_empty_layer_is_a_layer(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    struct storage_draft a;
    struct storage_draft b;
    int64_t size = -1;

    chain_of(&chain, 1, 1);
    begin(&chain, &a);
    begin(&chain, &b);
    commit(&a);
    commit(&b);
    assert_true(storage_layer_exists(&st, &chain));
    OK(storage_layer_usage(&st, chain.items[0], &size, &last_error));
    assert_int_equal(size, 0);
}

static void a_diff_id_may_be_known_at_the_end(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    struct storage_draft d;
    struct error e;

    strv_add(&chain, "");
    begin(&chain, &d);
    write_text(d.dirfd, "file", "x");
    assert_int_equal(storage_layer_commit(&st, &d, &e), -1);
    assert_string_equal(e.text, "layer '': not a sha256 diff ID");
    snprintf(d.diff_id, sizeof(d.diff_id), "%s", diff_id(7));
    commit(&d);
    strv_done(&chain);
    chain_of(&chain, 7, 7);
    assert_true(storage_layer_exists(&st, &chain));
}

static void names_from_outside_stay_names(void **state)
{
    static const char *const bad_ids[] = {
        "sha256:",
        "sha256:../../../../../../etc",
        "sha512:0000000000000000000000000000000000000000000000000000000000000000",
        "sha256:000000000000000000000000000000000000000000000000000000000000000G",
        "sha256:ABCDEF0000000000000000000000000000000000000000000000000000000000",
        "sha256:00000000000000000000000000000000000000000000000000000000000000000",
        "..",
    };
    static const char *const bad_keys[] = {"", ".", "..", "../x", "a/b", ".tmp", "-x", "a b"};
    CLEANUP(strv) struct strv none = STRV_INIT;
    struct error e;

    for (size_t i = 0; i < ARRAY_SIZE(bad_ids); i++) {
        CLEANUP(strv) struct strv chain = STRV_INIT;
        struct storage_draft d;

        strv_add(&chain, bad_ids[i]);
        assert_int_equal(storage_layer_begin(&st, &chain, &d, &e), -1);
        assert_int_equal(e.kind, ERR_INVALID);
        assert_int_equal(storage_layer_remove(&st, bad_ids[i], &e), -1);
        assert_int_equal(storage_snapshot_prepare(&st, "k", &chain, &e), -1);
        assert_false(storage_layer_exists(&st, &chain));
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad_keys); i++) {
        assert_int_equal(storage_snapshot_prepare(&st, bad_keys[i], &none, &e), -1);
        assert_int_equal(e.kind, ERR_INVALID);
        assert_int_equal(storage_snapshot_remove(&st, bad_keys[i], &e), -1);
    }
    SYS(access(root_path, F_OK));
}

static void sizes_count_each_inode_once(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    struct storage_draft d;
    int64_t size = -1;

    chain_of(&chain, 1, 1);
    begin(&chain, &d);
    write_text(d.dirfd, "a", "1234567890");
    for (unsigned i = 0; i < 200; i++) { /* more than the first table of inodes holds */
        char name[32];
        char link[32];

        snprintf(name, sizeof(name), "f%u", i);
        snprintf(link, sizeof(link), "l%u", i);
        write_text(d.dirfd, name, "1");
        SYS(linkat(d.dirfd, name, d.dirfd, link, 0));
    }
    SYS(symlinkat("abc", d.dirfd, "sym"));
    commit(&d);
    OK(storage_layer_usage(&st, chain.items[0], &size, &last_error));
    assert_int_equal(size, 10 + 200 + 3);
}

static void a_size_given_by_the_writer_is_believed(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    struct storage_draft d;
    int64_t size = -1;

    chain_of(&chain, 1, 1);
    begin(&chain, &d);
    write_text(d.dirfd, "a", "1234567890");
    d.size = 4711;
    commit(&d);
    OK(storage_layer_usage(&st, chain.items[0], &size, &last_error));
    assert_int_equal(size, 4711);
}

static void a_full_disk_leaves_no_half_layer(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    struct storage_draft d;
    char block[65536];
    int r = 0;

    memset(block, 'x', sizeof(block));
    for (int round = 0; round < 2; round++) { /* the second proves that the space came back */
        size_t written = 0;

        strv_done(&chain);
        chain_of(&chain, 1, 1);
        begin(&chain, &d);
        int fd = openat(d.dirfd, "big", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

        while ((r = fd_write_all(fd, block, sizeof(block))) == 0) {
            written += sizeof(block);
        }
        close(fd);
        assert_int_equal(r, -ENOSPC);
        assert_true(written > (1u << 20));
        storage_layer_abort(&st, &d);
        assert_false(storage_layer_exists(&st, &chain));
        assert_int_equal(count_layer_folders(), 0);
    }
}

/* ---- the merged tree ---- */

static void upper_layers_hide_lower_ones(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    struct storage_draft d;

    strv_add(&chain, diff_id(1));
    begin(&chain, &d);
    write_text(d.dirfd, "kept", "1");
    write_text(d.dirfd, "changed", "1");
    write_text(d.dirfd, "deleted", "1");
    SYS(mkdirat(d.dirfd, "dir", 0755));
    write_text(d.dirfd, "dir/lower", "1");
    SYS(mkdirat(d.dirfd, "opaque", 0755));
    write_text(d.dirfd, "opaque/lower", "1");
    SYS(mkdirat(d.dirfd, "gone", 0755));
    write_text(d.dirfd, "gone/x", "1");
    SYS(mkdirat(d.dirfd, "to-file", 0755));
    write_text(d.dirfd, "to-file/x", "1");
    commit(&d);

    strv_add(&chain, diff_id(2));
    begin(&chain, &d);
    write_text(d.dirfd, "changed", "2");
    put_whiteout(&d, "deleted");
    if (d.whiteouts == STORAGE_WHITEOUTS_OVERLAY) {
        SYS(mkdirat(d.dirfd, "dir", 0755));
    }
    write_text(d.dirfd, "dir/upper", "2");
    put_opaque_dir(&d, "opaque");
    write_text(d.dirfd, "opaque/upper", "2");
    put_whiteout(&d, "gone");
    if (d.whiteouts == STORAGE_WHITEOUTS_APPLY) {
        assert_int_equal(fs_remove_tree(d.dirfd, "to-file"), 0);
    }
    write_text(d.dirfd, "to-file", "2");
    commit(&d);

    for (int round = 0; round < 2; round++) {
        if (round == 0) {
            mount_it(NULL, &chain, STORAGE_MOUNT_READONLY);
        } else {
            prepare("k", &chain);
            mount_it("k", &chain, 0);
        }
        assert_text("kept", "1");
        assert_text("changed", "2");
        assert_absent("deleted");
        assert_text("dir/lower", "1");
        assert_text("dir/upper", "2");
        assert_absent("opaque/lower");
        assert_text("opaque/upper", "2");
        assert_absent("gone");
        assert_text("to-file", "2");
        umount_it();
    }
}

static void metadata_is_kept(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    /* struct vfs_cap_data, revision 2: cap_net_raw permitted and effective */
    static const unsigned char caps[20] = {1, 0, 0, 2, 0, 0x20};
    struct timespec times[2] = {{1000000, 5}, {2000000, 7}};
    struct storage_draft d;
    struct stat a;
    struct stat b;
    char value[64];

    chain_of(&chain, 1, 1);
    begin(&chain, &d);
    write_text(d.dirfd, "file", "x");
    SYS(linkat(d.dirfd, "file", d.dirfd, "link", 0));
    cleanup_close int fd = openat(d.dirfd, "file", O_RDWR | O_CLOEXEC);

    SYS(fchown(fd, 1234, 5678));
    SYS(fchmod(fd, 06751));
    SYS(fsetxattr(fd, "security.capability", caps, sizeof(caps), 0));
    SYS(fsetxattr(fd, "trusted.color", "blue", 4, 0));
    SYS(futimens(fd, times));
    SYS(mknodat(d.dirfd, "null", S_IFCHR | 0666, makedev(1, 3)));
    SYS(mknodat(d.dirfd, "fifo", S_IFIFO | 0600, 0));
    SYS(symlinkat("/etc/passwd", d.dirfd, "sym"));
    commit(&d);

    prepare("k", &chain);
    mount_it("k", &chain, 0);
    int dir = fs_opendir(AT_FDCWD, target);

    SYS(fstatat(dir, "file", &a, 0));
    SYS(fstatat(dir, "link", &b, 0));
    assert_int_equal(a.st_ino, b.st_ino);
    assert_int_equal(a.st_nlink, 2);
    assert_int_equal(a.st_uid, 1234);
    assert_int_equal(a.st_gid, 5678);
    assert_int_equal(a.st_mode & 07777, 06751);
    assert_int_equal(a.st_mtim.tv_sec, 2000000);
    assert_int_equal(a.st_mtim.tv_nsec, 7);
    cleanup_free char *path = path_join(target, "file");

    assert_int_equal(getxattr(path, "security.capability", value, sizeof(value)), sizeof(caps));
    assert_memory_equal(value, caps, sizeof(caps));
    assert_int_equal(getxattr(path, "trusted.color", value, sizeof(value)), 4);
    SYS(fstatat(dir, "null", &a, 0));
    assert_true(S_ISCHR(a.st_mode) && a.st_rdev == makedev(1, 3));
    SYS(fstatat(dir, "fifo", &a, 0));
    assert_true(S_ISFIFO(a.st_mode));
    assert_int_equal(readlinkat(dir, "sym", value, sizeof(value)), 11);
    close(dir);
}

static void assert_root(mode_t mode, uid_t uid, const char *color)
{
    struct stat root;
    char value[16] = "";

    SYS(stat(target, &root));
    assert_int_equal(root.st_mode & 07777, mode);
    assert_int_equal(root.st_uid, uid);
    (void) !getxattr(target, "user.color", value, sizeof(value) - 1);
    assert_string_equal(value, color);
}

static void the_root_folder_is_the_topmost_layers_own(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    struct storage_draft d;
    mode_t old = umask(077);

    strv_add(&chain, diff_id(1));
    begin(&chain, &d);
    SYS(fchmod(d.dirfd, 01711));
    SYS(fchown(d.dirfd, 99, 0));
    bool user_xattrs = fsetxattr(d.dirfd, "user.color", "red", 3, 0) == 0; /* tmpfs: Linux 6.6 */
    commit(&d);
    prepare("one", &chain);
    mount_it("one", &chain, 0);
    assert_root(01711, 99, user_xattrs ? "red" : "");
    umount_it();

    strv_add(&chain, diff_id(2)); /* its archive says nothing about "/" */
    begin(&chain, &d);
    d.implicit_root = true;
    commit(&d);
    prepare("two", &chain);
    mount_it("two", &chain, 0);
    assert_root(01711, 99, user_xattrs ? "red" : "");
    umount_it();

    strv_add(&chain, diff_id(3));
    begin(&chain, &d);
    commit(&d);
    prepare("three", &chain);
    mount_it("three", &chain, 0);
    assert_root(0755, 0, "");
    umount_it();
    umask(old);
}

static void a_chain_without_layers_is_an_empty_root(void **state)
{
    CLEANUP(strv) struct strv none = STRV_INIT;

    prepare("k", &none);
    mount_it("k", &none, 0);
    assert_root(0755, 0, "");
    assert_int_equal(count_entries(target), 0);
    in_target("new", "x");
    umount_it();
    mount_it("k", &none, STORAGE_MOUNT_READONLY);
    assert_text("new", "x");
    umount_it();
    mount_it(NULL, &none, STORAGE_MOUNT_READONLY);
    assert_int_equal(count_entries(target), 0);
    umount_it();
}

static void a_layer_may_occur_twice(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    struct storage_draft d;

    strv_add(&chain, diff_id(1));
    begin(&chain, &d);
    write_text(d.dirfd, "x", "1");
    write_text(d.dirfd, "y", "1");
    SYS(mkdirat(d.dirfd, "dir", 0755));
    write_text(d.dirfd, "dir/one", "1");
    commit(&d);
    strv_add(&chain, diff_id(2));
    begin(&chain, &d);
    write_text(d.dirfd, "x", "2");
    put_whiteout(&d, "y");
    put_opaque_dir(&d, "dir");
    write_text(d.dirfd, "dir/two", "2");
    commit(&d);
    strv_add(&chain, diff_id(1));
    if (storage_needs_parents(&st)) {
        skip(); /* such a driver names layers by their chains */
    }
    prepare("k", &chain);
    mount_it("k", &chain, 0);
    assert_text("x", "1");
    assert_text("y", "1");
    assert_text("dir/one", "1");
    assert_text("dir/two", "2");
}

static size_t open_descriptors(void)
{
    return count_entries("/proc/self/fd");
}

/* As the engine does it: the store was opened before the container's mount namespace began. */
static void mount_in_new_namespace(const struct strv *chain, const char *file, const char *text)
{
    int status;
    pid_t pid = proc_fork();

    if (pid == 0) {
        cleanup_free char *path = path_join(target, file);
        cleanup_free char *found = NULL;
        struct error e = {0};

        if (unshare(CLONE_NEWNS) < 0 ||
            storage_snapshot_mount(&st, "k", chain, target, 0, &e) < 0 ||
            file_read(AT_FDCWD, path, 4096, &found, NULL) < 0) {
            fprintf(stderr, "# in a new namespace: %s\n", e.text);
            _exit(1);
        }
        _exit(strcmp(found, text) == 0 ? 0 : 2);
    }
    assert_int_equal(proc_wait(pid, &status), 0);
    assert_int_equal(proc_exit_code(status), 0);
    assert_int_equal(count_entries(target), 0);
}

/* Layers 1..count with a file each and one that all of them change. */
static void deep_chain(unsigned count)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    char text[16];
    char cwd[PATH_MAX];
    char now[PATH_MAX];

    for (unsigned n = 1; n <= count; n++) {
        struct storage_draft d;
        char name[16];

        strv_add(&chain, diff_id(n));
        begin(&chain, &d);
        snprintf(name, sizeof(name), "f%u", n);
        snprintf(text, sizeof(text), "%u", n);
        write_text(d.dirfd, name, text);
        write_text(d.dirfd, "top", text);
        commit(&d);
    }
    size_t fds = open_descriptors();

    assert_non_null(getcwd(cwd, sizeof(cwd)));
    prepare("k", &chain);
    mount_it("k", &chain, 0);
    assert_non_null(getcwd(now, sizeof(now)));
    assert_string_equal(cwd, now);
    assert_int_equal(open_descriptors(), fds);
    assert_text("top", text);
    assert_text("f1", "1");
    in_target("f1", "changed");
    umount_it();
    mount_it("k", &chain, STORAGE_MOUNT_VOLATILE);
    assert_text("f1", "changed");
    snprintf(now, sizeof(now), "f%u", count);
    assert_text(now, text);
    umount_it();
    mount_in_new_namespace(&chain, "f1", "changed");
}

static void a_chain_of_3_layers(void **state)
{
    deep_chain(3);
}

static void a_chain_of_60_layers(void **state)
{
    deep_chain(60); /* the options no longer fit one page as paths */
}

static void a_chain_of_500_layers(void **state)
{
    struct rlimit old;
    struct rlimit few;

    SYS(getrlimit(RLIMIT_NOFILE, &old));
    few = (struct rlimit){.rlim_cur = 256, .rlim_max = old.rlim_max};
    SYS(setrlimit(RLIMIT_NOFILE, &few));
    deep_chain(500);
    SYS(getrlimit(RLIMIT_NOFILE, &few));
    assert_int_equal(few.rlim_cur, 256);
    SYS(setrlimit(RLIMIT_NOFILE, &old));
}

static void a_chain_of_501_layers_is_refused(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    struct error e;

    chain_of(&chain, 1, 501);
    assert_int_equal(storage_snapshot_prepare(&st, "k", &chain, &e), -1);
    assert_int_equal(e.kind, ERR_UNSUPPORTED);
    assert_string_equal(e.text, "image has 501 layers: 500 is the kernel's limit");
}

static void a_missing_layer_is_named(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    struct error e;

    add_layer(&chain, 1, "a", "1");
    add_layer(&chain, 2, "b", "2");
    OK(storage_layer_remove(&st, diff_id(1), &last_error));
    prepare("k", &chain);
    assert_int_equal(storage_snapshot_mount(&st, "k", &chain, target, 0, &e), -1);
    assert_int_equal(e.kind, ERR_NOT_FOUND);
    assert_string_equal(e.text,
                        "mount root file system: layer "
                        "'sha256:0000000000000000000000000000000000000000000000000000000000000001' "
                        "is missing");
    assert_int_equal(count_entries(target), 0);
}

/* ---- snapshots ---- */

static void snapshots_are_apart_from_each_other_and_from_layers(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    int64_t size = -1;

    add_layer(&chain, 1, "file", "layer");
    prepare("a", &chain);
    prepare("b", &chain);
    mount_it("a", &chain, 0);
    in_target("file", "changed");
    in_target("new", "new");
    umount_it();
    OK(storage_snapshot_usage(&st, "a", &size, &last_error));
    assert_int_equal(size, 10);
    OK(storage_snapshot_usage(&st, "b", &size, &last_error));
    assert_int_equal(size, 0);
    mount_it("b", &chain, 0);
    assert_text("file", "layer");
    assert_absent("new");
    umount_it();
    mount_it("a", &chain, 0);
    assert_text("file", "changed");
    umount_it();
    OK(storage_snapshot_remove(&st, "a", &last_error));
    OK(storage_snapshot_remove(&st, "a", &last_error));
    mount_it(NULL, &chain, STORAGE_MOUNT_READONLY);
    assert_text("file", "layer");
    umount_it();
    cleanup_free char *gone = path_join(root_path, "containers/a");

    assert_int_equal(access(gone, F_OK), -1);
}

static void a_key_is_used_once(void **state)
{
    CLEANUP(strv) struct strv none = STRV_INIT;
    struct error e;

    prepare("k", &none);
    mount_it("k", &none, 0);
    in_target("file", "x");
    umount_it();
    assert_int_equal(storage_snapshot_prepare(&st, "k", &none, &e), -1);
    assert_int_equal(e.kind, ERR_EXISTS);
    mount_it("k", &none, 0);
    assert_text("file", "x");
}

static void other_files_beside_a_snapshot_stay(void **state)
{
    CLEANUP(strv) struct strv none = STRV_INIT;
    cleanup_free char *dir = path_join(root_path, "containers/k");
    cleanup_free char *file = path_join(dir, "config.json");

    assert_int_equal(fs_mkdirs(AT_FDCWD, dir, 0700), 0);
    write_text(AT_FDCWD, file, "{}");
    prepare("k", &none);
    OK(storage_snapshot_remove(&st, "k", &last_error));
    assert_int_equal(count_entries(dir), 1);
    SYS(access(file, F_OK));
}

static void read_only_is_read_only(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    cleanup_free char *path = path_join(target, "file");

    add_layer(&chain, 1, "file", "layer");
    prepare("k", &chain);
    mount_it("k", &chain, 0);
    in_target("file", "changed");
    umount_it();
    mount_it("k", &chain, STORAGE_MOUNT_READONLY);
    assert_text("file", "changed");
    assert_int_equal(open(path, O_WRONLY | O_CLOEXEC), -1);
    assert_int_equal(errno, EROFS);
    umount_it();
    mount_it(NULL, &chain, STORAGE_MOUNT_READONLY);
    assert_text("file", "layer");
    assert_int_equal(unlink(path), -1);
    assert_int_equal(errno, EROFS);
    umount_it();
    struct error e;

    assert_int_equal(storage_snapshot_mount(&st, NULL, &chain, target, 0, &e), -1);
    assert_int_equal(e.kind, ERR_INVALID);
}

static void a_volatile_snapshot_can_be_mounted_again(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;

    add_layer(&chain, 1, "file", "layer");
    prepare("k", &chain);
    for (unsigned i = 0; i < 3; i++) {
        mount_it("k", &chain, i < 2 ? STORAGE_MOUNT_VOLATILE : 0);
        if (i) {
            assert_text("file", "changed");
        }
        in_target("file", "changed");
        umount_it();
    }
    OK(storage_snapshot_remove(&st, "k", &last_error));
}

static void paths_are_where_the_files_are(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    struct storage_paths paths;

    add_layer(&chain, 1, "a", "1");
    add_layer(&chain, 2, "b", "2");
    prepare("k", &chain);
    mount_it("k", &chain, 0);
    in_target("new", "x");
    storage_snapshot_paths(&st, "k", &chain, &paths);
    if (paths.upper) {
        cleanup_free char *file = path_join(paths.upper, "new");

        SYS(access(file, F_OK));
    }
    if (paths.lower) {
        CLEANUP(strv) struct strv lower = STRV_INIT;

        strv_split(&lower, paths.lower, ":");
        assert_int_equal(lower.count, 2);
        cleanup_free char *file = path_join(lower.items[0], "b");

        SYS(access(file, F_OK));
    }
    free(paths.lower);
    free(paths.upper);
    free(paths.work);
}

/* Setuid programs that a container makes must be out of reach of the machine's users
 * (CVE-2021-41103). */
static void other_users_cannot_get_in(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    struct storage_paths paths;
    int status;

    add_layer(&chain, 1, "file", "layer");
    prepare("k", &chain);
    storage_snapshot_paths(&st, "k", &chain, &paths);
    pid_t pid = proc_fork();

    if (pid == 0) {
        if (setgid(65534) < 0 || setuid(65534) < 0 || access(place, X_OK) < 0) {
            _exit(2);
        }
        _exit((paths.lower && access(paths.lower, X_OK) == 0) ||
              (paths.upper && access(paths.upper, X_OK) == 0));
    }
    assert_int_equal(proc_wait(pid, &status), 0);
    assert_int_equal(proc_exit_code(status), 0);
    free(paths.lower);
    free(paths.upper);
    free(paths.work);
}

/* A container can make a tree deeper than descriptors and PATH_MAX go. */
static void very_deep_trees_are_removed(void **state)
{
    CLEANUP(strv) struct strv none = STRV_INIT;
    struct rlimit old;
    struct rlimit few;
    int64_t size = -1;

    prepare("k", &none);
    mount_it("k", &none, 0);
    int dir = fs_opendir(AT_FDCWD, target);

    for (unsigned i = 0; i < 2500; i++) {
        SYS(mkdirat(dir, "d", 0700));
        write_text(dir, "f", "x");
        int sub = fs_opendir(dir, "d");

        close(dir);
        dir = sub;
    }
    close(dir);
    umount_it();
    SYS(getrlimit(RLIMIT_NOFILE, &old));
    few = (struct rlimit){.rlim_cur = 40, .rlim_max = old.rlim_max};
    SYS(setrlimit(RLIMIT_NOFILE, &few));
    OK(storage_snapshot_usage(&st, "k", &size, &last_error));
    assert_int_equal(size, 2500);
    OK(storage_snapshot_remove(&st, "k", &last_error));
    SYS(setrlimit(RLIMIT_NOFILE, &old));
}

static void odd_characters_in_the_data_folder(void **state)
{
    static const char *const names[] = {"a,b",
                                        "a:b",
                                        "a\\b",
                                        "a\\:b,c d",
                                        "upperdir=x,lowerdir=y",
                                        "\xc3\xa4 \"q\" 'r' $(x) %s",
                                        "new\nline"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        CLEANUP(strv) struct strv chain = STRV_INIT;

        storage_done(&st);
        snprintf(root_path, sizeof(root_path), "%.4000s/root/%s", place, names[i]);
        open_store();
        add_layer(&chain, 1, "file", "layer");
        add_layer(&chain, 2, "file2", "layer2");
        prepare("k", &chain);
        mount_it("k", &chain, 0);
        assert_text("file", "layer");
        in_target("file", "changed");
        umount_it();
        mount_it("k", &chain, STORAGE_MOUNT_READONLY);
        assert_text("file", "changed");
        assert_text("file2", "layer2");
        umount_it();
        OK(storage_snapshot_remove(&st, "k", &last_error));
    }
    snprintf(root_path, sizeof(root_path), "%.4000s/root", place);
}

/* ---- after a crash ---- */

static void leftovers_of_dead_processes_are_swept(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    CLEANUP(strv) struct strv dead_chain = STRV_INIT;
    struct storage_draft mine;
    int ready[2];
    char c;

    add_layer(&chain, 1, "whole", "1");
    prepare("known", &chain);
    prepare("unknown", &chain);
    chain_of(&dead_chain, 2, 2);
    SYS(pipe2(ready, O_CLOEXEC));
    pid_t pid = proc_fork();

    if (pid == 0) {
        struct storage_draft d;
        struct error e;

        if (storage_layer_begin(&st, &dead_chain, &d, &e) == 0) {
            write_text(d.dirfd, "half", "x");
            (void) !write(ready[1], "r", 1);
        }
        pause();
        _exit(1);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
    strv_add(&chain, diff_id(3));
    begin(&chain, &mine);
    write_text(mine.dirfd, "mine", "x");

    OK(storage_sweep(&st, keep_all, NULL, &last_error));
    assert_int_equal(count_layer_folders(), 3); /* both writers are alive */
    kill(pid, SIGKILL);
    int status;

    assert_int_equal(proc_wait(pid, &status), 0);
    assert_int_equal(count_layer_folders(), 3);
    OK(storage_sweep(&st, keep_one, (void *) (uintptr_t) "known", &last_error));
    assert_int_equal(count_layer_folders(), 2);
    commit(&mine);
    assert_false(storage_layer_exists(&st, &dead_chain));

    mount_it("known", &chain, 0);
    assert_text("whole", "1");
    assert_text("mine", "x");
    umount_it();
    cleanup_free char *gone = path_join(root_path, "containers/unknown");

    assert_int_equal(access(gone, F_OK), -1);
}

/* ---- which driver ---- */

static void the_choice_is_remembered(void **state)
{
    cleanup_free char *path = path_join(root_path, "storage.json");
    cleanup_free char *text = NULL;
    struct storage again;
    struct error e;

    assert_string_equal(storage_driver_name(&st), driver);
    assert_non_null(strstr(st.reason, "configured on "));
    SYS(file_read(AT_FDCWD, path, 4096, &text, NULL));
    assert_non_null(strstr(text, driver));
    OK(storage_open(root_path, NULL, &again, &last_error));
    assert_non_null(strstr(again.reason, "worked before on "));
    storage_done(&again);

    write_text(AT_FDCWD, path, "{\"driver\":\"overlay\",\"filesystem\":\"1:2\"}");
    OK(storage_open(root_path, NULL, &again, &last_error));
    assert_non_null(strstr(again.reason, "tried and works on "));
    storage_done(&again);
    write_text(AT_FDCWD, path, "{{{");
    OK(storage_open(root_path, NULL, &again, &last_error));
    storage_done(&again);
    assert_int_equal(storage_open(root_path, "frob", &again, &e), -1);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_string_equal(e.text, "unknown storage driver 'frob'");
}

static void file_systems_that_cannot_are_named(void **state)
{
    struct storage s;
    struct error e;

    SYS(mount("ramfs", target, "ramfs", 0, NULL));
    assert_int_equal(storage_open(target, NULL, &s, &e), -1);
    assert_int_equal(e.kind, ERR_UNSUPPORTED);
    cleanup_free char *begins =
        xasprintf("storage driver 'overlay' does not work in '%s', which is on ramfs: ", target);

    assert_memory_equal(e.text, begins, strlen(begins));
    assert_string_equal(e.hint,
                        "put the data folder on ext4, xfs, btrfs or tmpfs: --root DIR or HOY_ROOT");
    assert_int_equal(count_entries(target), 0);
}

/* ---- running it ---- */

#define TEST(f)                                                                                    \
    {                                                                                              \
#f, f, setup, teardown, NULL                                                               \
    }

static const struct CMUnitTest suite[] = {
    TEST(a_layer_appears_by_its_commit),
    TEST(an_aborted_layer_leaves_nothing),
    TEST(two_makers_of_a_layer_end_with_one),
    TEST(an_empty_layer_is_a_layer),
    TEST(a_diff_id_may_be_known_at_the_end),
    TEST(names_from_outside_stay_names),
    TEST(sizes_count_each_inode_once),
    TEST(a_size_given_by_the_writer_is_believed),
    TEST(a_full_disk_leaves_no_half_layer),
    TEST(upper_layers_hide_lower_ones),
    TEST(metadata_is_kept),
    TEST(the_root_folder_is_the_topmost_layers_own),
    TEST(a_chain_without_layers_is_an_empty_root),
    TEST(a_layer_may_occur_twice),
    TEST(a_chain_of_3_layers),
    TEST(a_chain_of_60_layers),
    TEST(a_chain_of_500_layers),
    TEST(a_chain_of_501_layers_is_refused),
    TEST(a_missing_layer_is_named),
    TEST(snapshots_are_apart_from_each_other_and_from_layers),
    TEST(a_key_is_used_once),
    TEST(other_files_beside_a_snapshot_stay),
    TEST(read_only_is_read_only),
    TEST(a_volatile_snapshot_can_be_mounted_again),
    TEST(paths_are_where_the_files_are),
    TEST(other_users_cannot_get_in),
    TEST(very_deep_trees_are_removed),
    TEST(odd_characters_in_the_data_folder),
    TEST(leftovers_of_dead_processes_are_swept),
    TEST(the_choice_is_remembered),
    TEST(file_systems_that_cannot_are_named),
};

static int run_suite(const char *fs)
{
    struct CMUnitTest tests[ARRAY_SIZE(suite)];
    char names[ARRAY_SIZE(suite)][160];
    int failed = 0;

    for (size_t d = 0; d < ARRAY_SIZE(all_drivers); d++) {
        size_t n = 0;

        driver = all_drivers[d];
        for (size_t i = 0; i < ARRAY_SIZE(suite); i++) {
            if (suite[i].test_func == a_full_disk_leaves_no_half_layer && !place_is_small) {
                continue;
            }
            tests[n] = suite[i];
            snprintf(names[n], sizeof(names[n]), "%s on %s: %s", driver, fs, suite[i].name);
            tests[n].name = names[n];
            n++;
        }
        failed += _cmocka_run_group_tests(fs, tests, n, NULL, NULL);
    }
    return failed;
}

/* True when the command ended well. */
static bool run_command(const char *const *argv)
{
    struct proc_spawn s = {.argv = (char *const *) (uintptr_t) argv,
                           .path = argv[0],
                           .stdin_fd = -1,
                           .stdout_fd = -1,
                           .stderr_fd = -1};
    int status;
    pid_t pid = proc_spawn(&s);

    return pid > 0 && proc_wait(pid, &status) == 0 && proc_exit_code(status) == 0;
}

static bool mount_ext4(const char *dir, const char *at)
{
    cleanup_free char *file = path_join(dir, "ext4.img");
    cleanup_close int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const char *mkfs[] = {"/sbin/mkfs.ext4", "-q", "-N", "8192", file, NULL};
    const char *mnt[] = {"/bin/mount", "-o", "loop", file, at, NULL};

    return fd >= 0 && ftruncate(fd, 48 << 20) == 0 && run_command(mkfs) && run_command(mnt);
}

int main(void)
{
    char dir[] = "/var/tmp/hoy-conform-XXXXXX";
    int failed = 0;

    if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
        fprintf(stderr, "needs root and mount namespaces\n");
        return 77;
    }
    if (!mkdtemp(dir) || chmod(dir, 0755) < 0) {
        return 1;
    }
    snprintf(place, sizeof(place), "%s/host", dir);
    mkdir(place, 0755);
    failed += run_suite("the machine's file system");

    snprintf(place, sizeof(place), "%s/tmpfs", dir);
    mkdir(place, 0755);
    place_is_small = true;
    if (mount("tmpfs", place, "tmpfs", 0, "size=16m,mode=755") == 0) {
        failed += run_suite("tmpfs");
        umount2(place, MNT_DETACH);
    }
    snprintf(place, sizeof(place), "%s/ext4", dir);
    mkdir(place, 0755);
    if (mount_ext4(dir, place)) {
        failed += run_suite("ext4 in a file");
        umount2(place, MNT_DETACH);
    }
    (void) fs_remove_tree(AT_FDCWD, dir);
    return failed ? 1 : 0;
}
