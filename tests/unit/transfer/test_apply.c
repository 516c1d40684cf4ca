// SPDX-License-Identifier: Apache-2.0
/* Whiteouts in both forms, and limits; what whole archives do is tested by tests/cli. */
#include "base/alloc.h"
#include "base/fd.h"
#include "base/fs.h"
#include "transfer/layer_apply.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <cmocka.h>

/* What an archive has: names; those that end with "/" are folders, the others files with their
 * name as content. */
static void write_archive(struct ring *r, const char *const *names)
{
    struct archive *a = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    size_t room, used = 0;
    uint8_t *chunk = ring_reserve(r, &room);

    archive_write_set_format_pax_restricted(a);
    archive_write_open_memory(a, chunk, room, &used);
    for (; *names; names++) {
        size_t n = strlen(*names);
        bool is_dir = (*names)[n - 1] == '/';

        archive_entry_clear(entry);
        archive_entry_copy_pathname(entry, *names);
        archive_entry_set_mode(entry, is_dir ? S_IFDIR | 0755 : S_IFREG | 0644);
        archive_entry_set_size(entry, is_dir ? 0 : (int64_t) n);
        archive_entry_set_mtime(entry, 1000000000, 0);
        assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
        if (!is_dir) {
            assert_int_equal(archive_write_data(a, *names, n), n);
        }
    }
    archive_write_close(a);
    archive_write_free(a);
    archive_entry_free(entry);
    ring_publish(r, used);
    ring_end(r);
}

static int apply_to(struct layer_apply *la, const char *const *names, struct error *e)
{
    CLEANUP(ring) struct ring r;
    CLEANUP(tar_reader) struct tar_reader t;
    struct archive_entry *entry;
    int n;

    ring_init(&r, 1);
    write_archive(&r, names);
    assert_int_equal(tar_open(&t, &r, 0, e), 0);
    while ((n = tar_next(&t, &entry, e)) > 0) {
        if (layer_apply_entry(la, &t, entry, e) < 0) {
            return -1;
        }
    }
    return n < 0 || tar_finish(&t, TAR_TRAILER_ZEROS, e) < 0 ? -1 : layer_apply_finish(la, e);
}

struct world {
    char dir[40];
    int root;
};

static int setup(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));

    memcpy(w->dir, "/var/tmp/hoy-apply.XXXXXX", 26);
    assert_non_null(mkdtemp(w->dir));
    w->root = fs_opendir(AT_FDCWD, w->dir);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    close(w->root);
    assert_int_equal(fs_remove_tree(AT_FDCWD, w->dir), 0);
    free(w);
    return 0;
}

static void lay(struct world *w, enum storage_whiteouts form, bool lowest, const char *const *names)
{
    CLEANUP(layer_apply) struct layer_apply la;
    struct error e = {0};

    layer_apply_init(&la, w->root, form, lowest);
    if (apply_to(&la, names, &e) < 0) {
        fail_msg("%s", e.text);
    }
}

#define LAY(w, form, lowest, ...) lay(w, form, lowest, (const char *const[]){__VA_ARGS__, NULL})

static bool is_mark(const struct world *w, const char *path)
{
    struct stat st;

    return fstatat(w->root, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISCHR(st.st_mode) &&
           st.st_rdev == makedev(0, 0);
}

static bool is_opaque(const struct world *w, const char *path)
{
    cleanup_close int fd = fs_opendir(w->root, path);
    char value[2];

    return fd >= 0 && fgetxattr(fd, "trusted.overlay.opaque", value, 2) == 1 && value[0] == 'y';
}

static bool is_dir(const struct world *w, const char *path)
{
    struct stat st;

    return fstatat(w->root, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static void overlay_marks(void **state)
{
    struct world *w = *state;

    LAY(w, STORAGE_WHITEOUTS_OVERLAY, false, "a/", "a/.wh.gone", "b/", "b/.wh..wh..opq", "b/new",
        "c/.wh.x", ".wh..wh.plnk/7", ".wh..wh.aufs", "d/.wh..wh.orph/");
    assert_true(is_mark(w, "a/gone"));
    assert_false(fs_exists(w->root, "a/.wh.gone"));
    assert_true(is_opaque(w, "b"));
    assert_true(fs_exists(w->root, "b/new"));
    assert_true(is_mark(w, "c/x"));
    assert_false(fs_exists(w->root, ".wh..wh.plnk"));
    assert_false(fs_exists(w->root, ".wh..wh.aufs"));
    assert_false(fs_exists(w->root, "d"));
}

static void overlay_marks_beside_files_of_the_same_layer(void **state)
{
    struct world *w = *state;

    LAY(w, STORAGE_WHITEOUTS_OVERLAY, false, "f", ".wh.f", ".wh.g", "g", "d/", "d/in", ".wh.d",
        ".wh.e", "e/", "e/in");
    assert_false(is_mark(w, "f") || is_mark(w, "g"));
    assert_true(is_dir(w, "d") && is_opaque(w, "d") && fs_exists(w->root, "d/in"));
    assert_true(is_dir(w, "e") && is_opaque(w, "e") && fs_exists(w->root, "e/in"));
}

static void the_whole_image_cannot_be_hidden(void **state)
{
    struct world *w = *state;
    CLEANUP(layer_apply) struct layer_apply la;
    const char *const names[] = {".wh..wh..opq", NULL};
    struct error e = {0};

    layer_apply_init(&la, w->root, STORAGE_WHITEOUTS_OVERLAY, false);
    assert_int_equal(apply_to(&la, names, &e), -1);
    assert_int_equal(e.kind, ERR_UNSUPPORTED);
    assert_string_equal(e.text,
                        "unpack '.wh..wh..opq': a layer that hides the whole image below it");
}

static void whiteouts_of_the_lowest_layer_hide_nothing(void **state)
{
    struct world *w = *state;

    LAY(w, STORAGE_WHITEOUTS_OVERLAY, true, "a", ".wh.a", ".wh.b", ".wh..wh..opq");
    assert_true(fs_exists(w->root, "a"));
    assert_false(fs_exists(w->root, "b") || fs_exists(w->root, ".wh.b"));
}

static void applied_whiteouts_delete_what_is_below(void **state)
{
    struct world *w = *state;

    LAY(w, STORAGE_WHITEOUTS_APPLY, true, "f", "g", "d/", "d/one", "d/sub/", "d/sub/two", "o/",
        "o/old", "o/deep/", "o/deep/old", "keep/", "keep/x");
    LAY(w, STORAGE_WHITEOUTS_APPLY, false, ".wh.f", "g", ".wh.g", ".wh.d", "o/", "o/deep/",
        "o/deep/new", "o/.wh..wh..opq", ".wh.never");
    assert_false(fs_exists(w->root, "f"));
    assert_true(fs_exists(w->root, "g")); /* this layer's own */
    assert_false(fs_exists(w->root, "d"));
    assert_false(fs_exists(w->root, "o/old") || fs_exists(w->root, "o/deep/old"));
    assert_true(fs_exists(w->root, "o/deep/new"));
    assert_true(fs_exists(w->root, "keep/x"));
}

static void folders_keep_their_time_though_files_come_later(void **state)
{
    struct world *w = *state;
    struct stat st;

    LAY(w, STORAGE_WHITEOUTS_OVERLAY, true, "./", "d/", "d/e/", "d/e/f", "d/g");
    assert_int_equal(fstatat(w->root, "d", &st, 0), 0);
    assert_int_equal(st.st_mtime, 1000000000);
    assert_int_equal(fstatat(w->root, "d/e", &st, 0), 0);
    assert_int_equal(st.st_mtime, 1000000000);
    assert_int_equal(fstat(w->root, &st), 0);
    assert_int_equal(st.st_mtime, 1000000000);
}

static void entries_are_counted(void **state)
{
    struct world *w = *state;
    CLEANUP(layer_apply) struct layer_apply la;
    const char *const names[] = {"a", "a", "a", NULL};
    struct error e = {0};

    layer_apply_init(&la, w->root, STORAGE_WHITEOUTS_OVERLAY, true);
    la.limits.entries = 2;
    assert_int_equal(apply_to(&la, names, &e), -1);
    assert_string_equal(e.text, "unpack 'a': the archive has more than 2 entries");
}

static void memory_for_folders_is_bounded(void **state)
{
    struct world *w = *state;
    CLEANUP(layer_apply) struct layer_apply la;
    const char *const names[] = {"a/", "b/", "c/", NULL};
    struct error e = {0};

    layer_apply_init(&la, w->root, STORAGE_WHITEOUTS_OVERLAY, true);
    la.limits.dir_memory = 150;
    assert_int_equal(apply_to(&la, names, &e), -1);
    assert_string_equal(e.text, "unpack 'c/': the archive has too many folders");
}

static void sizes_are_summed_for_the_store(void **state)
{
    struct world *w = *state;
    CLEANUP(layer_apply) struct layer_apply la;
    const char *const names[] = {"./", "aa", "bbbb", NULL};
    const char *const again[] = {"aa", NULL};
    struct error e = {0};

    layer_apply_init(&la, w->root, STORAGE_WHITEOUTS_OVERLAY, true);
    assert_int_equal(apply_to(&la, names, &e), 0);
    assert_int_equal(la.size, 6);
    assert_true(la.has_root);
    assert_int_equal(apply_to(&la, again, &e), 0);
    assert_int_equal(la.size, -1); /* one was replaced: to be counted anew */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(overlay_marks, setup, teardown),
        cmocka_unit_test_setup_teardown(overlay_marks_beside_files_of_the_same_layer, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_whole_image_cannot_be_hidden, setup, teardown),
        cmocka_unit_test_setup_teardown(whiteouts_of_the_lowest_layer_hide_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(applied_whiteouts_delete_what_is_below, setup, teardown),
        cmocka_unit_test_setup_teardown(folders_keep_their_time_though_files_come_later, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(entries_are_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(memory_for_folders_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(sizes_are_summed_for_the_store, setup, teardown),
    };

    if (geteuid() != 0) {
        print_message("1..0 # SKIP placing files with all their metadata needs root\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
