// SPDX-License-Identifier: Apache-2.0
#include "base/fs.h"
#include "transfer/layer_path.h"
#include "transfer/tar_read.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static void names_are_cleaned_as_text(void **state)
{
    static const char *const cases[][2] = {
        {"", ""},
        {".", ""},
        {"./", ""},
        {"/", ""},
        {"///", ""},
        {"a", "a"},
        {"./a", "a"},
        {"/a", "a"},
        {"a/", "a"},
        {"a//b", "a/b"},
        {"a/./b/.", "a/b"},
        {"a/../b", "b"},
        {"a/b/../../c", "c"},
        {"a/..", ""},
        {"...", "..."},
        {"..a/b..", "..a/b.."},
        {"a/b/..", "a"},
        {"/./a/../b", "b"},
    };
    char got[PATH_MAX];
    struct error e = {0};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(layer_path_clean(cases[i][0], got, &e), 0);
        assert_string_equal(got, cases[i][1]);
    }
}

static void names_that_climb_out_are_refused(void **state)
{
    static const char *const cases[] = {"..", "../a", "/..", "a/../..", "a/../../b", "./../a"};
    char got[PATH_MAX];

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct error e = {0};

        assert_int_equal(layer_path_clean(cases[i], got, &e), -1);
        assert_int_equal(e.kind, ERR_INVALID);
        assert_string_equal(e.text, "the name leads out of the image");
    }
}

static void long_and_deep_names_are_refused(void **state)
{
    char name[3 * PATH_MAX], got[PATH_MAX];
    struct error e = {0};

    memset(name, 'n', NAME_MAX);
    name[NAME_MAX] = '\0';
    assert_int_equal(layer_path_clean(name, got, &e), 0);
    name[NAME_MAX] = 'n';
    name[NAME_MAX + 1] = '\0';
    assert_int_equal(layer_path_clean(name, got, &e), -1);
    assert_string_equal(e.text, "the name is too long");

    size_t len = 0;

    for (int i = 0; i < LAYER_MAX_DEPTH; i++) {
        memcpy(name + len, "d/", 2);
        len += 2;
    }
    name[len] = '\0';
    assert_int_equal(layer_path_clean(name, got, &e), 0);
    memcpy(name + len, "d", 2);
    assert_int_equal(layer_path_clean(name, got, &e), -1);
    assert_string_equal(e.text, "folders are nested deeper than 512 levels");
}

static void the_parent_is_made_and_found_again(void **state)
{
    char dir[] = "/tmp/hoy-path.XXXXXX";
    const char *name;
    struct layer_parent p;
    struct error e = {0};

    assert_non_null(mkdtemp(dir));
    cleanup_close int root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    layer_parent_init(&p, root);
    int fd = layer_parent_open(&p, root, "a/b/c", &name, &e);

    assert_true(fd >= 0);
    assert_string_equal(name, "c");
    assert_true(fs_exists(root, "a/b"));
    assert_int_equal(layer_parent_open(&p, root, "a/b/d", &name, &e), fd);
    assert_string_equal(name, "d");
    assert_true(layer_parent_open(&p, root, "top", &name, &e) >= 0);
    assert_string_equal(name, "top");
    layer_parent_done(&p);
    assert_int_equal(fs_remove_tree(AT_FDCWD, dir), 0);
}

static void names_in_sentences_do_no_harm(void **state)
{
    static const char *const cases[][2] = {
        {"usr/bin/x", "usr/bin/x"},
        {"caf\xc3\xa9", "caf\xc3\xa9"},
        {"\x1b[31m", "\\x1b[31m"},
        {"a\nb'c\\", "a\\x0ab\\x27c\\x5c"},
        {"\xff\xc2\x9b\xc3", "\\xff\\xc2\\x9b\\xc3"},
        {"0123456789012345678901234567890", "012345678901234567890123..."},
    };
    char buf[32];

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_string_equal(tar_printable(cases[i][0], buf, sizeof(buf)), cases[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_cleaned_as_text),
        cmocka_unit_test(names_that_climb_out_are_refused),
        cmocka_unit_test(long_and_deep_names_are_refused),
        cmocka_unit_test(the_parent_is_made_and_found_again),
        cmocka_unit_test(names_in_sentences_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
