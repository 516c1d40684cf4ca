// SPDX-License-Identifier: Apache-2.0
/* The loop and the real hoy-monitor around a fake container: output, input, the end. */
#include "fake.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "base/proc.h"
#include "base/timeutil.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static void assert_closed(int fd)
{
    char buf[ATTACH_FRAME_MAX];
    size_t n;

    assert_int_equal(frame_recv(fd, buf, &n), ATTACH_TYPE_NONE);
}

static void end_fake(struct fake *f)
{
    assert_int_equal(fake_stop(f), 0);
}

static void output_and_exit(enum fake_way way)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;

    fake_start(&f, &(struct fake_options){.script = "echo out; echo err >&2; exit 7", .way = way});
    output_collect(&o, f.client, NULL);
    assert_string_equal(o.out.buf, "out\n");
    assert_string_equal(o.err.buf, "err\n");
    assert_int_equal(o.end.code, 7);
    assert_int_equal(o.end.signal, 0);
    assert_closed(f.client); /* when the clean-up is done, not before */

    cleanup_free char *record = slurp(f.dir_fd, "exit", NULL);
    cleanup_free char *cleanup = slurp(f.dir_fd, "cleanup", NULL);
    cleanup_free char *want =
        xasprintf("code=7\nsignal=0\nfinished_at=%lld\n", (long long) o.end.finished_at);
    cleanup_free char *want_arg =
        xasprintf("code=7,signal=0,finished_at=%lld\n", (long long) o.end.finished_at);

    assert_non_null(record);
    assert_string_equal(record, want);
    assert_non_null(cleanup);
    assert_string_equal(cleanup, want_arg);
    assert_false(fs_exists(f.dir_fd, ATTACH_SOCKET_NAME));
    end_fake(&f);
}

static void test_output_and_exit_in_process(void **state)
{
    output_and_exit(FAKE_IN_PROCESS);
}

static void test_output_and_exit_in_program(void **state)
{
    output_and_exit(FAKE_HANDOVER);
}

static void test_launcher_goes_on_when_program_is_missing(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;

    fake_start(&f, &(struct fake_options){.script = "read x; echo $x; exit 3",
                                          .way = FAKE_HANDOVER,
                                          .flags = MONITOR_OPEN_STDIN,
                                          .monitor = "/nonexistent/hoy-monitor"});
    frame_send(f.client, ATTACH_STDIN, "hi\n", 3);
    output_collect(&o, f.client, NULL);
    assert_string_equal(o.out.buf, "hi\n");
    assert_int_equal(o.end.code, 3);
    end_fake(&f);
}

static void test_killed_by_signal(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;

    fake_start(&f, &(struct fake_options){.script = "kill -9 $$", .way = FAKE_HANDOVER});
    output_collect(&o, f.client, NULL);
    assert_int_equal(o.end.code, 137);
    assert_int_equal(o.end.signal, SIGKILL);
    end_fake(&f);
}

static void test_input_and_its_end(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;

    fake_start(&f, &(struct fake_options){.script = "cat; echo end",
                                          .way = FAKE_HANDOVER,
                                          .flags = MONITOR_OPEN_STDIN | MONITOR_STDIN_ONCE});
    frame_send(f.client, ATTACH_STDIN, "one\n", 4);
    frame_send(f.client, ATTACH_STDIN, "two\n", 4);
    frame_send(f.client, ATTACH_STDIN_EOF, NULL, 0);
    output_collect(&o, f.client, NULL);
    assert_string_equal(o.out.buf, "one\ntwo\nend\n");
    end_fake(&f);
}

static void test_client_that_leaves_ends_input(void **state)
{
    struct fake f;

    fake_start(&f, &(struct fake_options){.script = "cat >&2; exit 4",
                                          .way = FAKE_HANDOVER,
                                          .flags = MONITOR_OPEN_STDIN | MONITOR_STDIN_ONCE});
    int other = fake_connect(&f, ATTACH_WANT_STDERR);
    CLEANUP(output) struct output o = OUTPUT_INIT;

    frame_send(f.client, ATTACH_STDIN, "last words", 10);
    close_fd(&f.client);
    output_collect(&o, other, NULL);
    assert_string_equal(o.err.buf, "last words");
    assert_int_equal(o.end.code, 4);
    close(other);
    end_fake(&f);
}

static void test_end_of_input_without_once(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;

    fake_start(&f, &(struct fake_options){.script = "read a; read b; echo $a$b",
                                          .way = FAKE_HANDOVER,
                                          .flags = MONITOR_OPEN_STDIN});
    frame_send(f.client, ATTACH_STDIN, "a\n", 2);
    frame_send(f.client, ATTACH_STDIN_EOF, NULL, 0);
    frame_send(f.client, ATTACH_STDIN, "b\n", 2);
    output_collect(&o, f.client, NULL);
    assert_string_equal(o.out.buf, "ab\n");
    end_fake(&f);
}

/* More input than pipes and sockets hold, while the container looks away, then all of it. */
static void test_input_waits_for_container(void **state)
{
    enum { CHUNK = 30000, COUNT = 40 };
    static char chunk[CHUNK];
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;

    memset(chunk, 'x', sizeof(chunk));
    fake_start(&f, &(struct fake_options){.script = "read x <go; wc -c",
                                          .way = FAKE_HANDOVER,
                                          .deadline = NS_PER_SEC / 50,
                                          .fifo = "go",
                                          .flags = MONITOR_OPEN_STDIN | MONITOR_STDIN_ONCE});
    pid_t writer = proc_fork();

    if (writer == 0) {
        for (int i = 0; i < COUNT; i++) {
            frame_send(f.client, ATTACH_STDIN, chunk, sizeof(chunk));
        }
        frame_send(f.client, ATTACH_STDIN_EOF, NULL, 0);
        _exit(0);
    }
    fake_fifo(&f, "go", "now\n");
    output_collect(&o, f.client, NULL);
    assert_int_equal(strtol(o.out.buf, NULL, 10), CHUNK * COUNT);
    int status;

    assert_int_equal(proc_wait(writer, &status), 0);
    assert_int_equal(status, 0);
    end_fake(&f);
}

static void test_container_closes_its_stdin(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;

    fake_start(&f, &(struct fake_options){.script = "exec <&-; echo closed; read x <go; exit 5",
                                          .way = FAKE_HANDOVER,
                                          .fifo = "go",
                                          .flags = MONITOR_OPEN_STDIN});
    output_collect(&o, f.client, "closed");
    for (int i = 0; i < 10; i++) {
        frame_send(f.client, ATTACH_STDIN, "into the void", 13);
    }
    fake_fifo(&f, "go", "now\n");
    output_collect(&o, f.client, NULL);
    assert_int_equal(o.end.code, 5);
    end_fake(&f);
}

static void test_terminal(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;
    struct attach_resize size = {.rows = 33, .columns = 99};

    fake_start(&f, &(struct fake_options){.script = "read x; stty size; echo \"<$x>\"; echo e >&2",
                                          .way = FAKE_HANDOVER,
                                          .tty = true,
                                          .flags = MONITOR_OPEN_STDIN | MONITOR_STDIN_ONCE});
    frame_send(f.client, ATTACH_RESIZE, &size, sizeof(size));
    frame_send(f.client, ATTACH_STDIN_EOF, NULL, 0); /* means nothing on a terminal */
    frame_send(f.client, ATTACH_STDIN, "hello\n", 6);
    output_collect(&o, f.client, NULL);
    assert_string_equal(o.out.buf, "hello\r\n33 99\r\n<hello>\r\ne\r\n");
    assert_string_equal(o.err.buf, "");
    end_fake(&f);
}

/* As an init system does with /dev/console: closed by all, later opened again, also hung up. */
static void test_terminal_closed_and_opened_again(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;

    fake_start(&f, &(struct fake_options){.script = "echo before; t=$(tty); exec <go >&- 2>&-; "
                                                    "read x; echo after >$t; exit 6",
                                          .way = FAKE_HANDOVER,
                                          .fifo = "go",
                                          .tty = true});
    output_collect(&o, f.client, "before\r\n");
    fake_fifo(&f, "go", "now\n");
    output_collect(&o, f.client, NULL);
    assert_string_equal(o.out.buf, "before\r\nafter\r\n");
    assert_int_equal(o.end.code, 6);
    end_fake(&f);
}

/* All that was written just before the end arrives, in whatever way the buffers lie. */
static void test_nothing_lost_at_the_end(void **state)
{
    for (int tty = 0; tty < 2; tty++) {
        struct fake f;
        CLEANUP(output) struct output o = OUTPUT_INIT;

        fake_start(&f, &(struct fake_options){.script = "seq 1 7000; printf end; exit 9",
                                              .way = FAKE_HANDOVER,
                                              .tty = tty});
        output_collect(&o, f.client, NULL);
        const char *p = o.out.buf;

        for (int i = 1; i <= 7000; i++) {
            char *end;

            assert_int_equal(strtol(p, &end, 10), i);
            p = end + 1 + tty;
        }
        assert_string_equal(p, "end");
        end_fake(&f);
    }
}

/* A client that does not read at all while the container ends loses nothing either. */
static void test_slow_client_at_the_end(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;

    fake_start(&f,
               &(struct fake_options){.script = "head -c 160000 /dev/zero", .way = FAKE_HANDOVER});
    wait_for_file(f.dir_fd, "cleanup"); /* the end waited for nobody */
    output_collect(&o, f.client, NULL);
    assert_int_equal(o.out.len, 160000);
    assert_int_equal(o.end.code, 0);
    assert_closed(f.client);
    end_fake(&f);
}

/* A process outside of the container's control keeps the pipe open. */
static void test_foreign_holder_of_the_pipe(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;

    fake_start(&f, &(struct fake_options){.script = "echo hi; (read x <go) & exit 2",
                                          .fifo = "go",
                                          .way = FAKE_HANDOVER});
    output_collect(&o, f.client, NULL);
    assert_string_equal(o.out.buf, "hi\n");
    assert_int_equal(o.end.code, 2);
    fake_fifo(&f, "go", "now\n");
    end_fake(&f);
}

/* It even writes without end, and faster than anybody can read. */
static void test_foreign_holder_that_floods(void **state)
{
    for (int i = 0; i < 2; i++) {
        struct fake f;

        fake_start(&f, &(struct fake_options){.script = "yes & exit 2",
                                              .no_log = i == 1,
                                              .max_size = 1 << 20,
                                              .no_client = true,
                                              .way = FAKE_HANDOVER});
        wait_for_file(f.dir_fd, "cleanup");
        end_fake(&f);
    }
}

/* A paste that is larger than what a terminal holds. */
static void test_large_paste_into_a_terminal(void **state)
{
    enum { CHUNK = 20000, COUNT = 10 };
    static char chunk[CHUNK];
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;

    memset(chunk, 'p', sizeof(chunk));
    fake_start(&f,
               &(struct fake_options){.script = "stty raw -echo; echo up; head -c 200000 | wc -c",
                                      .way = FAKE_HANDOVER,
                                      .tty = true,
                                      .flags = MONITOR_OPEN_STDIN});
    output_collect(&o, f.client, "up");
    pid_t writer = proc_fork();

    if (writer == 0) {
        for (int i = 0; i < COUNT; i++) {
            frame_send(f.client, ATTACH_STDIN, chunk, sizeof(chunk));
        }
        _exit(0);
    }
    output_collect(&o, f.client, NULL);
    int status;

    assert_int_equal(proc_wait(writer, &status), 0);
    assert_string_equal(o.out.buf, "up\n200000\n");
    end_fake(&f);
}

static void test_signals_do_not_end_it(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;

    fake_start(&f, &(struct fake_options){.script = "echo up; read x; echo $x",
                                          .way = FAKE_HANDOVER,
                                          .flags = MONITOR_OPEN_STDIN});
    output_collect(&o, f.client, "up");
    for (int sig = 1; sig < 32; sig++) {
        if (sig == SIGKILL || sig == SIGSTOP || sig == SIGSEGV || sig == SIGBUS || sig == SIGILL ||
            sig == SIGFPE || sig == SIGABRT || sig == SIGSYS || sig == SIGTRAP) {
            continue;
        }
        assert_int_equal(kill(f.launcher, sig), 0);
    }
    frame_send(f.client, ATTACH_STDIN, "alive\n", 6);
    output_collect(&o, f.client, NULL);
    assert_string_equal(o.out.buf, "up\nalive\n");
    /* and the clean-up has its signals back: it would have been killed by one still pending */
    wait_for_file(f.dir_fd, "cleanup");
    end_fake(&f);
}

static bool only_child_is_left(void *context)
{
    const struct fake *f = context;
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int) f->launcher, (int) f->launcher);
    cleanup_free char *text = slurp(AT_FDCWD, path, NULL);

    return text && strchr(text, ' ') && strchr(text, ' ')[1] == '\0';
}

static void test_orphans_are_reaped(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;

    fake_start(&f, &(struct fake_options){
                       .script = "for i in 1 2 3; do (sh -c 'read x <go; exit 3' & ); done; "
                                 "echo up; read x; exit 8",
                       .fifo = "go",
                       .way = FAKE_HANDOVER,
                       .flags = MONITOR_OPEN_STDIN});
    output_collect(&o, f.client, "up");
    fake_fifo(&f, "go", "a\nb\nc\n");
    wait_until(only_child_is_left, &f);
    frame_send(f.client, ATTACH_STDIN, "\n", 1);
    output_collect(&o, f.client, NULL);
    assert_int_equal(o.end.code, 8);
    end_fake(&f);
}

static void test_config_is_checked(void **state)
{
    struct monitor_config c;
    char *many[MONITOR_CLEANUP_ARGS + 2] = {0};
    char word[] = "x";
    char big[MONITOR_CLEANUP_MAX + 1];
    char *long_argv[] = {big, NULL};

    monitor_config_init(&c);
    assert_int_equal(monitor_start(&c), -EINVAL);
    for (int i = 0; i <= MONITOR_CLEANUP_ARGS; i++) {
        many[i] = word;
    }
    assert_int_equal(monitor_config_set_cleanup(&c, many), -E2BIG);
    memset(big, 'x', sizeof(big) - 1);
    big[sizeof(big) - 1] = '\0';
    assert_int_equal(monitor_config_set_cleanup(&c, long_argv), -E2BIG);
}

static int run_program(const char *argument)
{
    int status;
    char path[] = HOY_MONITOR;
    char arg[32];
    char *argv[] = {path, arg, NULL};
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    snprintf(arg, sizeof(arg), "%s", argument);
    pid_t pid = proc_spawn(&(struct proc_spawn){
        .path = path, .argv = argv, .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = null});

    close(null);
    assert_true(pid > 0);
    assert_int_equal(proc_wait(pid, &status), 0);
    return proc_exit_code(status);
}

static void test_program_refuses_nonsense(void **state)
{
    assert_int_equal(run_program("x"), 125);
    assert_int_equal(run_program("0"), 125);
    assert_int_equal(run_program("99999999999999999999"), 125);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output_and_exit_in_process),
        cmocka_unit_test(test_output_and_exit_in_program),
        cmocka_unit_test(test_launcher_goes_on_when_program_is_missing),
        cmocka_unit_test(test_killed_by_signal),
        cmocka_unit_test(test_input_and_its_end),
        cmocka_unit_test(test_client_that_leaves_ends_input),
        cmocka_unit_test(test_end_of_input_without_once),
        cmocka_unit_test(test_input_waits_for_container),
        cmocka_unit_test(test_container_closes_its_stdin),
        cmocka_unit_test(test_terminal),
        cmocka_unit_test(test_terminal_closed_and_opened_again),
        cmocka_unit_test(test_nothing_lost_at_the_end),
        cmocka_unit_test(test_slow_client_at_the_end),
        cmocka_unit_test(test_foreign_holder_of_the_pipe),
        cmocka_unit_test(test_foreign_holder_that_floods),
        cmocka_unit_test(test_large_paste_into_a_terminal),
        cmocka_unit_test(test_signals_do_not_end_it),
        cmocka_unit_test(test_orphans_are_reaped),
        cmocka_unit_test(test_config_is_checked),
        cmocka_unit_test(test_program_refuses_nonsense),
    };

    return cmocka_run_group_tests_name("monitor loop", tests, NULL, NULL);
}
