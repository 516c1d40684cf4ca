// SPDX-License-Identifier: Apache-2.0
#include "base/fd.h"
#include "base/proc.h"
#include "base/undo.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_signals(void **state)
{
    char buf[16];

    (void) state;
    assert_int_equal(signal_from_string("KILL"), 9);
    assert_int_equal(signal_from_string("sigterm"), 15);
    assert_int_equal(signal_from_string("15"), 15);
    assert_int_equal(signal_from_string("RTMIN+3"), SIGRTMIN + 3);
    assert_int_equal(signal_from_string("SIGRTMAX"), SIGRTMAX);
    assert_int_equal(signal_from_string("0"), -EINVAL);
    assert_int_equal(signal_from_string("65"), -EINVAL);
    assert_int_equal(signal_from_string("frob"), -EINVAL);
    assert_int_equal(signal_from_string("RTMIN+99"), -EINVAL);
    assert_int_equal(signal_from_string(""), -EINVAL);
    assert_string_equal(signal_to_string(9, buf, sizeof(buf)), "SIGKILL");
    assert_null(signal_to_string(0, buf, sizeof(buf)));
}

static void test_spawn(void **state)
{
    static char sh[] = "sh", dash_c[] = "-c", script[] = "cat <&3; exit 7";
    char *argv[] = {sh, dash_c, script, NULL};
    int pipe_fds[2];
    int out[2];
    int status;
    char buf[8] = "";

    (void) state;
    assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    struct proc_spawn s = {.path = "/bin/sh",
                           .argv = argv,
                           .stdin_fd = -1,
                           .stdout_fd = out[1],
                           .stderr_fd = -1,
                           .extra_fds = &pipe_fds[0],
                           .extra_count = 1};
    pid_t pid = proc_spawn(&s);

    assert_true(pid > 0);
    close(out[1]);
    assert_int_equal(fd_write_all(pipe_fds[1], "hello", 5), 0);
    close(pipe_fds[1]);
    assert_int_equal(fd_read_full(out[0], buf, sizeof(buf)), 5);
    assert_string_equal(buf, "hello");
    assert_int_equal(proc_wait(pid, &status), 0);
    assert_int_equal(proc_exit_code(status), 7);
    close(pipe_fds[0]);
    close(out[0]);
}

static void test_spawn_of_nothing(void **state)
{
    static char name[] = "nosuch";
    char *argv[] = {name, NULL};
    struct proc_spawn s = {
        .path = "/proc/nosuch", .argv = argv, .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};

    (void) state;
    assert_int_equal(proc_spawn(&s), -ENOENT);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no zombie is left */
}

static void test_identity(void **state)
{
    uint64_t start = proc_start_time(getpid());

    (void) state;
    assert_true(start > 0);
    cleanup_close int fd = proc_open_checked(getpid(), start);

    assert_true(fd >= 0);
    assert_int_equal(proc_open_checked(getpid(), start + 1), -ESRCH);
    assert_int_equal(proc_open_checked(getpid(), 0), -ESRCH);
}

static char trail[10];

static int note(void *arg, struct error *e)
{
    size_t n = strlen(trail);

    trail[n] = *(const char *) arg;
    return *(const char *) arg == 'b' ? err_set(e, ERR_INTERNAL, "b fails") : 0;
}

static void test_undo(void **state)
{
    static char a = 'a', b = 'b', c = 'c';

    (void) state;
    {
        CLEANUP(undo) struct undo u = UNDO_INIT;

        undo_push(&u, "a", note, &a);
        undo_push(&u, "b", note, &b);
        undo_push(&u, "c", note, &c);
    }
    assert_string_equal(trail, "cba"); /* last first, and on after a failure */
    {
        CLEANUP(undo) struct undo u = UNDO_INIT;

        undo_push(&u, "a", note, &a);
        undo_disarm(&u);
    }
    assert_string_equal(trail, "cba");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_spawn),
        cmocka_unit_test(test_spawn_of_nothing),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_undo),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
