// SPDX-License-Identifier: Apache-2.0
/* Users and groups by the image's own files: the rules of moby/sys/user, and hostile files. */
#include "base/fd.h"
#include "base/fs.h"
#include "engine/userdb.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char root_path[] = "/tmp/hoy-userdb.XXXXXX";
static int root = FD_NONE;

static void put(const char *path, const char *text)
{
    int fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
    close(fd);
}

static int setup(void **state)
{
    (void) state;
    assert_non_null(mkdtemp(root_path));
    root = fs_opendir(AT_FDCWD, root_path);
    assert_int_equal(mkdirat(root, "etc", 0755), 0);
    put("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"
                      "# comment\n"
                      "broken\n"
                      "bin:x:1:1:bin:/bin:/bin/false\n"
                      "web:x:1000:1001:Web:/home/web:/bin/sh\n"
                      "7:x:77:78:::\n");
    put("etc/group", "root:x:0:\nwheel:x:10:root,web\nbin:x:1:\nweb:x:1001:\nstaff:x:50:web\n"
                     "bad:x:notanumber:web\n");
    return 0;
}

static int teardown(void **state)
{
    (void) state;
    close(root);
    return fs_remove_tree(AT_FDCWD, root_path);
}

struct result {
    struct rt_user user;
    char *home;
    struct error e;
    int r;
};

static struct result resolve(const char *spec, const char *group_add)
{
    CLEANUP(strv) struct strv groups = STRV_INIT;
    struct result x = {0};

    if (group_add) {
        strv_split(&groups, group_add, ",");
    }
    x.r = user_resolve(root, spec, &groups, &x.user, &x.home, &x.e);
    return x;
}

static void done(struct result *x)
{
    free(x->user.additional_gids);
    free(x->home);
}

static void expect_user(const char *spec, uid_t uid, gid_t gid, const char *home,
                        const char *groups)
{
    struct result x = resolve(spec, NULL);
    char list[200] = "";

    assert_string_equal(x.e.text, "");
    assert_int_equal(x.user.uid, uid);
    assert_int_equal(x.user.gid, gid);
    assert_string_equal(x.home, home);
    for (size_t i = 0; i < x.user.additional_gids_count; i++) {
        snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%u", i ? "," : "",
                 x.user.additional_gids[i]);
    }
    assert_string_equal(list, groups);
    done(&x);
}

static void test_users(void **state)
{
    (void) state;
    expect_user(NULL, 0, 0, "/root", "0,10");
    expect_user("", 0, 0, "/root", "0,10");
    expect_user("root", 0, 0, "/root", "0,10");
    expect_user("web", 1000, 1001, "/home/web", "1001,10,50");
    expect_user("1000", 1000, 1001, "/home/web", "1001,10,50");
    expect_user("web:bin", 1000, 1, "/home/web", "1");
    expect_user("web:4242", 1000, 4242, "/home/web", "4242");
    expect_user("4242", 4242, 0, "/", "0");
    expect_user("4242:staff", 4242, 50, "/", "50");
    expect_user(":staff", 0, 50, "/root", "50");
}

static void test_name_that_is_a_number_wins_in_file_order(void **state)
{
    (void) state;
    expect_user("7", 77, 78, "/", "78");
}

static void expect_error(const char *spec, const char *group_add, const char *text)
{
    struct result x = resolve(spec, group_add);

    assert_int_equal(x.r, -1);
    assert_string_equal(x.e.text, text);
    done(&x);
}

static void test_errors(void **state)
{
    (void) state;
    expect_error("nosuch", NULL, "unable to find user nosuch: no matching entries in passwd file");
    expect_error("web:nosuch", NULL,
                 "unable to find group nosuch: no matching entries in group file");
    expect_error("-1", NULL, "uids and gids must be in range 0-2147483647");
    expect_error("4294967295", NULL, "uids and gids must be in range 0-2147483647");
    expect_error("web:99999999999999999999", NULL, "uids and gids must be in range 0-2147483647");
    expect_error("web", "nosuch", "Unable to find group nosuch: no matching entries in group file");
}

static void test_group_add(void **state)
{
    (void) state;
    struct result x = resolve("web", "staff,bin,4242");

    assert_int_equal(x.r, 0);
    assert_int_equal(x.user.additional_gids_count, 5); /* its own, wheel, staff once, bin, 4242 */
    assert_int_equal(x.user.additional_gids[3], 1);
    assert_int_equal(x.user.additional_gids[4], 4242);
    done(&x);
}

/* An image whose passwd is a link out of itself, a folder, or a pipe reads nothing of the host. */
static void test_hostile_files(void **state)
{
    (void) state;
    unlinkat(root, "etc/passwd", 0);
    assert_int_equal(symlinkat("../../../../../../etc/hostname", root, "etc/passwd"), 0);
    expect_user("5", 5, 0, "/", "0");
    unlinkat(root, "etc/passwd", 0);
    assert_int_equal(mkfifoat(root, "etc/passwd", 0644), 0);
    expect_user("5", 5, 0, "/", "0");
    unlinkat(root, "etc/passwd", 0);
    expect_user("0", 0, 0, "/", "0");
    put("etc/passwd", "a\nb:\nc:::\nd:x:-1:0:::\ne:x:4294967296:0::/h:\n:x:5:6::/empty:\n");
    expect_user("5", 5, 6, "/empty", "6");
    expect_error("d", NULL, "unable to find user d: no matching entries in passwd file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_users),
        cmocka_unit_test(test_name_that_is_a_number_wins_in_file_order),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_group_add),
        cmocka_unit_test(test_hostile_files),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
