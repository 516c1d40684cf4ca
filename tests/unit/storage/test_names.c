// SPDX-License-Identifier: Apache-2.0
/* What reaches a driver: only names that are safe in paths, only chains that a kernel can mount. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fs.h"
#include "storage/driver.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static int calls;
static struct error err;

static bool fake_exists(const struct storage *s, const struct strv *chain)
{
    return strstr(chain->items[chain->count - 1], "eee");
}

static int fake_begin(const struct storage *s, const struct strv *chain, struct storage_draft *ret,
                      struct error *e)
{
    calls++;
    return 0;
}

static int fake_prepare(const struct storage *s, const char *key, const struct strv *chain,
                        struct error *e)
{
    calls++;
    return 0;
}

static int fake_mount(const struct storage *s, const char *key, const struct strv *chain,
                      const char *target, unsigned flags, struct error *e)
{
    calls++;
    return 0;
}

static const struct storage_ops fake = {
    .name = "fake",
    .whiteouts = STORAGE_WHITEOUTS_APPLY,
    .layer_exists = fake_exists,
    .layer_begin = fake_begin,
    .snapshot_prepare = fake_prepare,
    .snapshot_mount = fake_mount,
};
static const struct storage st = {.ops = &fake};

static int reset(void **state)
{
    calls = 0;
    return 0;
}

static void fill(struct strv *chain, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        strv_addf(chain, "sha256:%064zx", i);
    }
}

static void only_digests_are_diff_ids(void **state)
{
    assert_true(storage_diff_id_valid(
        "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"));
    assert_false(storage_diff_id_valid(""));
    assert_false(storage_diff_id_valid("sha256:"));
    assert_false(storage_diff_id_valid("sha25"));
    assert_false(storage_diff_id_valid(
        "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"));
    assert_false(storage_diff_id_valid(
        "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde/"));
    assert_false(storage_diff_id_valid(
        "sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"));
}

static void bad_chains_reach_no_driver(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    struct storage_draft d;

    fill(&chain, 3);
    strv_add(&chain, "");
    assert_int_equal(storage_layer_begin(&st, &chain, &d, &err), 0); /* not known yet */
    assert_int_equal(calls, 1);
    assert_int_equal(storage_snapshot_prepare(&st, "k", &chain, &err), -1);
    strv_add(&chain, "sha256:../../..");
    assert_int_equal(storage_layer_begin(&st, &chain, &d, &err), -1);
    assert_string_equal(err.text, "layer '': not a sha256 diff ID");
    assert_int_equal(storage_snapshot_mount(&st, "k", &chain, "/x", 0, &err), -1);
    assert_int_equal(calls, 1);
}

static void chains_are_bounded(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;

    fill(&chain, 500);
    assert_int_equal(storage_snapshot_prepare(&st, "k", &chain, &err), 0);
    fill(&chain, 1);
    assert_int_equal(storage_snapshot_prepare(&st, "k", &chain, &err), -1);
    assert_int_equal(err.kind, ERR_UNSUPPORTED);
    assert_int_equal(calls, 1);
}

static void an_existing_layer_needs_no_draft(void **state)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;
    struct storage_draft d;

    fill(&chain, 1);
    chain.items[0][20] = chain.items[0][21] = chain.items[0][22] = 'e';
    assert_int_equal(storage_layer_begin(&st, &chain, &d, &err), 0);
    assert_true(d.exists);
    assert_int_equal(d.dirfd, FD_NONE);
    assert_int_equal(d.size, -1);
    assert_int_equal(d.whiteouts, STORAGE_WHITEOUTS_APPLY);
    assert_int_equal(storage_layer_commit(&st, &d, &err), 0);
    storage_layer_abort(&st, &d);
    assert_int_equal(calls, 0);
}

static void keys_are_names(void **state)
{
    static const char *const bad[] = {"", ".", "..", "a/b", "/", ".a", "-a", "a b", "a\n", "\xff"};
    CLEANUP(strv) struct strv none = STRV_INIT;
    char long_key[140];

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_int_equal(storage_snapshot_prepare(&st, bad[i], &none, &err), -1);
        assert_int_equal(err.kind, ERR_INVALID);
    }
    memset(long_key, 'a', sizeof(long_key));
    long_key[129] = '\0';
    assert_int_equal(storage_snapshot_prepare(&st, long_key, &none, &err), -1);
    assert_int_equal(calls, 0);
    long_key[128] = '\0';
    assert_int_equal(storage_snapshot_prepare(&st, long_key, &none, &err), 0);
    assert_int_equal(storage_snapshot_mount(&st, NULL, &none, "/x", 0, &err), -1);
    assert_int_equal(storage_snapshot_mount(&st, NULL, &none, "/x", STORAGE_MOUNT_READONLY, &err),
                     0);
}

static void sizes_are_of_files_once_per_inode(void **state)
{
    char path[] = "/tmp/hoy-unit-storage-XXXXXX";
    int64_t size = -1;

    assert_non_null(mkdtemp(path));
    cleanup_close int dir = fs_opendir(AT_FDCWD, path);

    assert_int_equal(fs_write_atomic(dir, "a", "12345", 5, 0600, FS_VOLATILE), 0);
    assert_int_equal(linkat(dir, "a", dir, "b", 0), 0);
    assert_int_equal(fs_mkdirs(dir, "sub", 0700), 0);
    assert_int_equal(symlinkat("1234567", dir, "sub/link"), 0);
    assert_int_equal(storage_tree_size(dir, &size), 0);
    assert_int_equal(size, 5 + 7);
    assert_int_equal(fs_remove_tree(AT_FDCWD, path), 0);
}

#define TEST(f) cmocka_unit_test_setup(f, reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_digests_are_diff_ids),
        TEST(bad_chains_reach_no_driver),
        TEST(chains_are_bounded),
        TEST(an_existing_layer_needs_no_draft),
        TEST(keys_are_names),
        TEST(sizes_are_of_files_once_per_inode),
    };

    return cmocka_run_group_tests_name("storage names", tests, NULL, NULL);
}
