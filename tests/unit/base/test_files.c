// SPDX-License-Identifier: Apache-2.0
/* Files of the store: atomic replacement, removal that does not leave the tree, locks. */
#include "base/fd.h"
#include "base/fs.h"
#include "base/lock.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/sock.h"
#include "base/strv.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char dir_path[] = "/tmp/hoy-files.XXXXXX";
static int dir = FD_NONE;

static int setup(void **state)
{
    (void) state;
    assert_non_null(mkdtemp(dir_path));
    dir = fs_opendir(AT_FDCWD, dir_path);
    return dir < 0 ? -1 : 0;
}

static int teardown(void **state)
{
    (void) state;
    close(dir);
    return fs_remove_tree(AT_FDCWD, dir_path);
}

static void test_write_atomic(void **state)
{
    CLEANUP(strv) struct strv names = STRV_INIT;
    cleanup_free char *text = NULL;

    (void) state;
    assert_int_equal(fs_write_atomic(dir, "f", "one", 3, 0600, FS_DURABLE), 0);
    assert_int_equal(fs_write_atomic(dir, "f", "two!", 4, 0600, FS_VOLATILE), 0);
    assert_int_equal(file_read(dir, "f", 100, &text, NULL), 0);
    assert_string_equal(text, "two!");
    assert_int_equal(mkdirat(dir, "d", 0700), 0);
    assert_int_equal(fs_write_atomic(dir, "d", "x", 1, 0600, FS_VOLATILE), -EISDIR);
    assert_int_equal(fs_list_dir(dir, ".", &names), 0);
    assert_int_equal(names.count, 2); /* no temporary file is left, also after the failure */
}

static void test_read_is_bounded(void **state)
{
    cleanup_free char *text = NULL;

    (void) state;
    assert_int_equal(file_read(AT_FDCWD, "/dev/zero", 100000, &text, NULL), -EFBIG);
    assert_int_equal(file_read(dir, "nosuch", 10, &text, NULL), -ENOENT);
    assert_null(text);
}

/* What a link in the tree points to is not removed. */
static void test_remove_tree(void **state)
{
    (void) state;
    assert_int_equal(fs_mkdirs(dir, "keep/inside", 0755), 0);
    assert_int_equal(fs_mkdirs(dir, "gone/a/b/c", 0755), 0);
    assert_int_equal(symlinkat("../keep", dir, "gone/link"), 0);
    assert_int_equal(fs_remove_tree(dir, "gone"), 0);
    assert_false(fs_exists(dir, "gone"));
    assert_true(fs_exists(dir, "keep/inside"));
    assert_int_equal(symlinkat("keep", dir, "toplink"), 0);
    assert_int_equal(fs_remove_tree(dir, "toplink"), 0);
    assert_true(fs_exists(dir, "keep/inside"));
    assert_int_equal(fs_remove_tree(dir, "nosuch"), 0);
}

/* A tree deeper than the limit of open files: containers can make such. */
static void test_remove_deep_tree(void **state)
{
    int fd = fs_opendir(dir, ".");

    (void) state;
    for (int i = 0; i < 5000; i++) {
        assert_int_equal(mkdirat(fd, "deep", 0755), 0);
        int sub = openat(fd, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        assert_true(sub >= 0);
        close(fd);
        fd = sub;
    }
    close(fd);
    assert_int_equal(fs_remove_tree(dir, "deep"), 0);
    assert_false(fs_exists(dir, "deep"));
}

static void test_locks(void **state)
{
    (void) state;
    int one = lock_try(dir, "l", LOCK_MODE_EXCLUSIVE);

    assert_true(one >= 0);
    assert_true(lock_is_held(dir, "l"));
    assert_int_equal(lock_try(dir, "l", LOCK_MODE_EXCLUSIVE), -EAGAIN);
    assert_int_equal(lock_try(dir, "l", LOCK_MODE_SHARED), -EAGAIN);
    close(one);
    assert_false(lock_is_held(dir, "l"));
    assert_false(lock_is_held(dir, "nosuch"));
    cleanup_close int a = lock_open(dir, "l", LOCK_MODE_SHARED);
    cleanup_close int b = lock_open(dir, "l", LOCK_MODE_SHARED);

    assert_true(a >= 0 && b >= 0);
    assert_int_equal(lock_try(dir, "l", LOCK_MODE_EXCLUSIVE), -EAGAIN);
}

/* Given up for children too, which inherit the descriptor. */
static void test_lock_release(void **state)
{
    int fd = lock_open(dir, "r", LOCK_MODE_EXCLUSIVE);
    int status;

    (void) state;
    pid_t pid = proc_fork();

    if (pid == 0) {
        pause();
        _exit(0);
    }
    int closed = fd_dup_cloexec(fd);

    close(closed);
    assert_true(lock_is_held(dir, "r"));
    lock_release(&fd);
    assert_int_equal(fd, FD_NONE);
    assert_false(lock_is_held(dir, "r"));
    lock_release(&fd);
    kill(pid, SIGKILL);
    assert_int_equal(proc_wait(pid, &status), 0);
}

static int note_visit(void *ctx, int dirfd, const char *name, enum fs_visit kind)
{
    struct strv *seen = ctx;

    strv_addf(seen, "%s%s", name, kind == FS_VISIT_DIR ? "/" : "");
    return strcmp(name, "bad") == 0 ? -EIO : 0;
}

/* Folders after what is in them; a failure does not stop the others. */
static void test_walk(void **state)
{
    CLEANUP(strv) struct strv seen = STRV_INIT;

    (void) state;
    assert_int_equal(fs_mkdirs(dir, "walk/a/b", 0755), 0);
    assert_int_equal(mknodat(dir, "walk/a/b/file", S_IFREG | 0600, 0), 0);
    assert_int_equal(mknodat(dir, "walk/bad", S_IFREG | 0600, 0), 0);
    assert_int_equal(symlinkat("..", dir, "walk/a/up"), 0);
    cleanup_close int fd = fs_opendir(dir, "walk");

    assert_int_equal(fs_walk(fd, note_visit, &seen), -EIO);
    cleanup_free char *order = strv_join(&seen, " ");

    assert_string_equal(order, "bad up file b/ a/");
}

static void test_socket_and_descriptors(void **state)
{
    int pair[2];
    int got[2] = {FD_NONE, FD_NONE};
    size_t count = 0;
    char buf[4];

    (void) state;
    assert_int_equal(sock_pair(pair), 0);
    assert_int_equal(fd_msg_send(pair[0], "hey", 3, &dir, 1), 0);
    assert_int_equal(fd_msg_recv(pair[1], buf, sizeof(buf), got, 2, &count), 3);
    assert_int_equal(count, 1);
    assert_int_equal(fcntl(got[0], F_GETFD), FD_CLOEXEC);
    close(got[0]);
    assert_int_equal(fd_msg_send(pair[0], "longer", 6, NULL, 0), 0);
    assert_int_equal(fd_msg_recv(pair[1], buf, sizeof(buf), NULL, 0, NULL), -EMSGSIZE);
    close(pair[0]);
    assert_int_equal(fd_msg_recv(pair[1], buf, sizeof(buf), NULL, 0, NULL), 0);
    close(pair[1]);
    cleanup_close int listener = sock_listen(dir, "s");
    cleanup_close int client = sock_connect(dir, "s");

    assert_true(listener >= 0 && client >= 0);
    struct stat st;

    assert_int_equal(fstatat(dir, "s", &st, 0), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(sock_connect(dir, "nosuch"), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write_atomic), cmocka_unit_test(test_read_is_bounded),
        cmocka_unit_test(test_remove_tree),  cmocka_unit_test(test_remove_deep_tree),
        cmocka_unit_test(test_locks),        cmocka_unit_test(test_lock_release),
        cmocka_unit_test(test_walk),         cmocka_unit_test(test_socket_and_descriptors),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
