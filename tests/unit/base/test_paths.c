// SPDX-License-Identifier: Apache-2.0
/* Paths as text, and paths inside a root that somebody else filled. */
#include "base/fs.h"
#include "base/path.h"
#include "base/rootfd.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char root_path[] = "/tmp/hoy-rootfd.XXXXXX";
static int root = FD_NONE;

static int setup(void **state)
{
    (void) state;
    assert_non_null(mkdtemp(root_path));
    root = fs_opendir(AT_FDCWD, root_path);
    return root < 0 ? -1 : 0;
}

static int teardown(void **state)
{
    (void) state;
    close(root);
    return fs_remove_tree(AT_FDCWD, root_path);
}

static void test_clean(void **state)
{
    static const char *const cases[][2] = {
        {"/a//b/./c/", "/a/b/c"},
        {"/..", "/"},
        {"/a/../../b", "/b"},
        {"a/../..", ".."},
        {"", "."},
        {"./x", "x"},
        {"//", "/"},
        {"a/..", "."},
    };

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        cleanup_free char *s = path_clean(cases[i][0]);

        assert_string_equal(s, cases[i][1]);
    }
    assert_true(path_is_below("/a/b", "/a"));
    assert_true(path_is_below("/a", "/a"));
    assert_false(path_is_below("/ab", "/a"));
    assert_true(path_is_below("/x", "/"));
}

static ino_t inode(int fd)
{
    struct stat st;

    assert_int_equal(fstat(fd, &st), 0);
    return st.st_ino;
}

/* No link and no ".." leads out: what is resolved is always inside the root. */
static void test_links_stay_inside(void **state)
{
    (void) state;
    assert_int_equal(symlinkat("/", root, "abs"), 0);
    assert_int_equal(symlinkat("../../../../..", root, "up"), 0);
    assert_int_equal(symlinkat("/proc/self/root", root, "magic"), 0);
    static const char *const paths[] = {"/", "..", "/abs", "up", "/up/../..", "abs/up/abs"};

    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        cleanup_close int fd = rootfd_open(root, paths[i], O_PATH | O_DIRECTORY, 0);

        assert_true(fd >= 0);
        assert_true(inode(fd) == inode(root));
    }
    assert_int_equal(rootfd_open(root, "magic", O_PATH, 0), -ENOENT);
}

static void test_mkdirs_through_links(void **state)
{
    (void) state;
    assert_int_equal(symlinkat("/target/deep", root, "link"), 0);
    cleanup_close int dangling = rootfd_mkdirs(root, "/link/x", 0755);

    assert_true(dangling >= 0); /* what a dangling link names is made, inside the root */
    assert_true(fs_exists(root, "target/deep/x"));
    assert_int_equal(symlinkat("../../../target/up/file", root, "climb"), 0);
    cleanup_close int climbed = rootfd_mkfile(root, "/climb", 0644);

    assert_true(climbed >= 0);
    assert_true(fs_exists(root, "target/up/file"));
    assert_int_equal(symlinkat("loop", root, "loop"), 0);
    assert_int_equal(rootfd_mkdirs(root, "/loop/x", 0755), -ELOOP);
    assert_int_equal(rootfd_mkfile(root, "/loop", 0644), -ELOOP);
    cleanup_close int fd = rootfd_mkdirs(root, "/link/x/y", 0750);

    assert_true(fd >= 0);
    assert_true(fs_exists(root, "target/deep/x/y"));
    cleanup_close int file = rootfd_mkfile(root, "/link/z/file", 0644);

    assert_true(file >= 0);
    assert_true(fs_exists(root, "target/deep/z/file"));
    assert_int_equal(rootfd_mkdirs(root, "/link/z/file/sub", 0755), -ENOTDIR);
    assert_int_equal(rootfd_mkfile(root, "/link/z", 0644), -EISDIR);
}

static void test_parent(void **state)
{
    char name[NAME_MAX + 1];

    (void) state;
    assert_int_equal(rootfd_parent(root, "/", name, sizeof(name)), -EINVAL);
    assert_int_equal(rootfd_parent(root, "a/..", name, sizeof(name)), -EINVAL);
    cleanup_close int fd = rootfd_parent(root, "///file//", name, sizeof(name));

    assert_true(fd >= 0);
    assert_string_equal(name, "file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_links_stay_inside),
        cmocka_unit_test(test_mkdirs_through_links),
        cmocka_unit_test(test_parent),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
