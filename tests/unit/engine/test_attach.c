// SPDX-License-Identifier: Apache-2.0
/* The attach client as a program of its own beside a real monitor and a fake container. */
#include "../monitor/fake.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/sock.h"
#include "engine/attach.h"
#include "base/term.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>

struct user_options {
    bool tty;
    bool proxy;       /* signals go to the container */
    bool ignore_pipe; /* SIGPIPE is ignored */
    bool redraw;
    const char *keys;  /* detach keys; NULL: none */
    const char *out;   /* file for stdout instead of a pipe */
    const char *input; /* file for stdin */
    bool nonblocking;  /* stdin is */
};

/* The user: what he types and sees. */
struct user {
    pid_t pid;
    int in; /* our ends; with a terminal in == out == its master */
    int out;
    int err;
    int slave;
    int report; /* struct outcome comes here */
};

struct outcome {
    int r;
    struct attach_result result;
    struct error e;
};

static void pass_signal(void *context, int sig)
{
    const struct fake *f = context;

    (void) pidfd_signal(f->init, sig);
}

static NORETURN void be_user(const struct fake *f, const struct user_options *o, int in, int out,
                             int err, int report)
{
    static struct outcome oc;
    static struct detach_keys keys;
    struct attach_hello hello;
    struct error e = {0};

    if (o->tty && (setsid() < 0 || ioctl(in, TIOCSCTTY, 0) < 0)) {
        _exit(99);
    }
    (void) setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    for (int sig = 1; sig < 32; sig++) {
        (void) signal(sig, SIG_DFL); /* the test framework and sanitizers have handlers */
    }
    (void) signal(SIGPIPE, o->ignore_pipe ? SIG_IGN : SIG_DFL);
    if ((o->keys && detach_keys_parse(o->keys, &keys, &e) < 0) ||
        attach_hello(f->client, 0, true, &hello, &e) < 0) {
        _exit(98);
    }
    struct attach_options a = {
        .sock = f->client,
        .stdin_fd = in,
        .stdout_fd = out,
        .stderr_fd = err,
        .tty = o->tty,
        .redraw = o->redraw,
        .detach = o->keys ? &keys : NULL,
        .signal = o->proxy ? pass_signal : NULL,
        .context = (void *) (uintptr_t) f,
    };

    oc.r = attach_pump(&a, &oc.result, &oc.e);
    (void) fd_write_all(report, &oc, sizeof(oc));
    _exit(0);
}

static void user_start(struct user *u, struct fake *f, const struct user_options *o)
{
    int in[2];
    int out[2];
    int err[2];
    int report[2];

    assert_int_equal(pipe2(report, O_CLOEXEC), 0);
    u->slave = FD_NONE;
    if (o->tty) {
        struct winsize ws = {.ws_row = 40, .ws_col = 120};

        assert_int_equal(openpty(&out[0], &out[1], NULL, NULL, &ws), 0);
        in[0] = out[1];
        in[1] = out[0];
        err[0] = FD_NONE;
        err[1] = out[1];
        u->slave = out[1];
    } else {
        assert_int_equal(pipe2(in, O_CLOEXEC), 0);
        assert_int_equal(pipe2(out, O_CLOEXEC), 0);
        assert_int_equal(pipe2(err, O_CLOEXEC), 0);
    }
    if (o->out) {
        close(out[1]);
        assert_true((out[1] = open(o->out, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) >= 0);
    }
    if (o->input) {
        close(in[0]);
        assert_true((in[0] = open(o->input, O_RDONLY | O_CLOEXEC)) >= 0);
    }
    if (o->nonblocking) {
        assert_int_equal(fd_set_nonblock(in[0], true), 0);
    }
    u->pid = proc_fork();
    if (u->pid == 0) {
        if (!o->tty) {
            close(in[1]);
            close(out[0]);
            close(err[0]);
        }
        close(report[0]);
        be_user(f, o, in[0], out[1], err[1], report[1]);
    }
    if (!o->tty) {
        close(in[0]);
        close(out[1]);
        close(err[1]);
    }
    close(report[1]);
    close_fd(&f->client); /* it is the user's now */
    u->in = in[1];
    u->out = out[0];
    u->err = err[0];
    u->report = report[0];
}

/* Waits for its end; the wait status. With 'oc' it must have reported. */
static int user_wait(struct user *u, struct outcome *oc)
{
    int status;

    if (oc) {
        assert_int_equal(fd_read_full(u->report, oc, sizeof(*oc)), sizeof(*oc));
    }
    assert_int_equal(proc_wait(u->pid, &status), 0);
    return status;
}

static void user_close(struct user *u)
{
    close(u->report);
    if (u->slave >= 0) {
        close(u->slave);
    } else {
        close_fd(&u->in);
        close_fd(&u->err);
    }
    close_fd(&u->out);
}

static int user_end(struct user *u, struct outcome *oc)
{
    int status = user_wait(u, oc);

    user_close(u);
    return status;
}

/* Reads until the text has come; the whole of it so far. */
static char *read_until(int fd, const char *until)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(FAKE_MAX);
    char buf[4096];

    while (!until || !strstr(b.buf, until)) {
        struct pollfd p = {.fd = fd, .events = POLLIN};

        assert_int_equal(poll(&p, 1, 30000), 1);
        ssize_t n = read(fd, buf, sizeof(buf));

        if (n <= 0) {
            break;
        }
        strbuf_add(&b, buf, (size_t) n);
    }
    return strbuf_take(&b);
}

static void expect(int fd, const char *text)
{
    cleanup_free char *all = read_until(fd, text);

    assert_non_null(strstr(all, text));
}

#define INTERACTIVE (MONITOR_OPEN_STDIN | MONITOR_STDIN_ONCE)

static void test_pipes(void **state)
{
    struct fake f;
    struct user u;
    struct outcome oc;

    fake_start(&f, &(struct fake_options){.script = "cat; echo problem >&2; exit 3",
                                          .way = FAKE_HANDOVER,
                                          .flags = INTERACTIVE});
    user_start(&u, &f, &(struct user_options){.keys = "a,b"}); /* keys count on a terminal only */
    assert_int_equal(fd_write_all(u.in, "hello abc\n", 10), 0);
    close_fd(&u.in);
    cleanup_free char *out = read_until(u.out, NULL);
    cleanup_free char *err = read_until(u.err, NULL);

    assert_string_equal(out, "hello abc\n");
    assert_string_equal(err, "problem\n");
    assert_int_equal(user_end(&u, &oc), 0);
    assert_int_equal(oc.r, 0);
    assert_true(oc.result.ended);
    assert_false(oc.result.detached);
    assert_int_equal(oc.result.end.code, 3);
    /* It returned after the clean-up. */
    assert_true(faccessat(f.dir_fd, "cleanup", F_OK, 0) == 0);
    assert_int_equal(fake_stop(&f), 0);
}

static void test_much_output(void **state)
{
    struct fake f;
    struct user u;
    struct outcome oc;

    fake_start(&f, &(struct fake_options){.script = "seq 1 400000", .way = FAKE_HANDOVER});
    user_start(&u, &f, &(struct user_options){0});
    cleanup_free char *out = read_until(u.out, NULL);
    char *p = out;

    for (int i = 1; i <= 400000; i++) {
        assert_int_equal(strtol(p, &p, 10), i);
    }
    assert_string_equal(p, "\n");
    assert_int_equal(user_end(&u, &oc), 0);
    assert_int_equal(fake_stop(&f), 0);
}

/* Who writes all input before he reads any output is not left hanging by us. */
static void test_input_and_output_are_independent(void **state)
{
    static char chunk[1 << 20];
    struct fake f;
    struct user u;
    struct outcome oc;

    memset(chunk, 'x', sizeof(chunk));
    fake_start(&f, &(struct fake_options){.script = "head -c 150000 /dev/zero | tr '\\0' o; wc -c",
                                          .way = FAKE_HANDOVER,
                                          .flags = INTERACTIVE});
    user_start(&u, &f, &(struct user_options){0});
    assert_int_equal(fd_write_all(u.in, chunk, sizeof(chunk)), 0);
    close_fd(&u.in);
    cleanup_free char *out = read_until(u.out, NULL);

    assert_int_equal(strspn(out, "o"), 150000);
    assert_string_equal(out + 150000, "1048576\n");
    assert_int_equal(user_end(&u, &oc), 0);
    assert_int_equal(fake_stop(&f), 0);
}

static void test_files(void **state)
{
    struct fake f;
    struct user u;
    struct outcome oc;
    char path[128];

    fake_start(&f,
               &(struct fake_options){.script = "cat", .way = FAKE_HANDOVER, .flags = INTERACTIVE});
    snprintf(path, sizeof(path), "%s/result", f.dir);
    user_start(&u, &f, &(struct user_options){.input = "/proc/self/status", .out = path});
    assert_int_equal(user_end(&u, &oc), 0);
    assert_int_equal(oc.r, 0);
    cleanup_free char *text = slurp(f.dir_fd, "result", NULL);

    assert_non_null(strstr(text, "\nPid:"));
    assert_int_equal(fake_stop(&f), 0);
}

/* Whose input nobody reads still hears of the end. */
static void test_input_without_end(void **state)
{
    struct fake f;
    struct user u;
    struct outcome oc;

    fake_start(&f, &(struct fake_options){.script = "head -c 1000000 >/dev/null; echo bye; exit 3",
                                          .way = FAKE_HANDOVER,
                                          .flags = INTERACTIVE});
    user_start(&u, &f, &(struct user_options){.input = "/dev/zero"});
    expect(u.out, "bye\n");
    assert_int_equal(user_end(&u, &oc), 0);
    assert_int_equal(oc.r, 0);
    assert_int_equal(oc.result.end.code, 3);
    assert_int_equal(fake_stop(&f), 0);
}

static void test_output_that_cannot_be_written(void **state)
{
    struct fake f;
    struct user u;
    struct outcome oc;

    fake_start(&f, &(struct fake_options){.script = "seq 1 100000; exit 4", .way = FAKE_HANDOVER});
    user_start(&u, &f, &(struct user_options){.out = "/dev/full"});
    assert_int_equal(user_end(&u, &oc), 0);
    assert_int_equal(oc.r, -1);
    assert_string_equal(oc.e.text, "write to stdout: no space left on device");
    assert_true(oc.result.ended);
    assert_int_equal(oc.result.end.code, 4);
    assert_int_equal(fake_stop(&f), 0);
}

static void test_closed_pipe(void **state)
{
    struct fake f;
    struct user u;
    struct outcome oc;

    /* As any program in a pipeline: SIGPIPE. */
    fake_start(&f, &(struct fake_options){.script = "read x; seq 1 100000",
                                          .way = FAKE_HANDOVER,
                                          .flags = INTERACTIVE});
    user_start(&u, &f, &(struct user_options){0});
    close_fd(&u.out);
    assert_int_equal(fd_write_all(u.in, "\n", 1), 0);
    int status = user_end(&u, NULL);

    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGPIPE);
    assert_int_equal(fake_stop(&f), 0);

    /* Where that is ignored, output vanishes and the end is awaited. */
    fake_start(&f, &(struct fake_options){.script = "read x; seq 1 100000; exit 6",
                                          .way = FAKE_HANDOVER,
                                          .flags = INTERACTIVE});
    user_start(&u, &f, &(struct user_options){.ignore_pipe = true});
    close_fd(&u.out);
    assert_int_equal(fd_write_all(u.in, "\n", 1), 0);
    assert_int_equal(user_end(&u, &oc), 0);
    assert_int_equal(oc.r, 0);
    assert_int_equal(oc.result.end.code, 6);
    assert_int_equal(fake_stop(&f), 0);
}

static void test_somebody_made_stdin_nonblocking(void **state)
{
    struct fake f;
    struct user u;
    struct outcome oc;

    fake_start(&f, &(struct fake_options){
                       .script = "echo up; cat", .way = FAKE_HANDOVER, .flags = INTERACTIVE});
    user_start(&u, &f, &(struct user_options){.nonblocking = true});
    expect(u.out, "up\n");
    assert_int_equal(fd_write_all(u.in, "later\n", 6), 0);
    close_fd(&u.in);
    cleanup_free char *out = read_until(u.out, NULL);

    assert_string_equal(out, "later\n");
    assert_int_equal(user_end(&u, &oc), 0);
    assert_int_equal(fake_stop(&f), 0);
}

static void test_signals_go_to_the_container(void **state)
{
    struct fake f;
    struct user u;
    struct outcome oc;

    fake_start(&f, &(struct fake_options){
                       .script = "trap 'echo int' INT; trap 'echo usr' USR1; trap 'exit 9' TERM; "
                                 "echo up; while :; do read x <go; done",
                       .fifo = "go",
                       .way = FAKE_HANDOVER});
    user_start(&u, &f, &(struct user_options){.proxy = true});
    expect(u.out, "up\n");
    kill(u.pid, SIGINT);
    expect(u.out, "int\n");
    kill(u.pid, SIGUSR1);
    expect(u.out, "usr\n");
    kill(u.pid, SIGTERM);
    assert_int_equal(user_end(&u, &oc), 0);
    assert_int_equal(oc.r, 0);
    assert_int_equal(oc.result.end.code, 9);
    assert_int_equal(fake_stop(&f), 0);
}

static void test_without_proxy_signals_are_ours(void **state)
{
    struct fake f;
    struct user u;

    fake_start(&f, &(struct fake_options){
                       .script = "echo up; read x <go", .fifo = "go", .way = FAKE_HANDOVER});
    user_start(&u, &f, &(struct user_options){0});
    expect(u.out, "up\n");
    kill(u.pid, SIGTERM);
    int status = user_end(&u, NULL);

    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
    fake_fifo(&f, "go", "\n");
    assert_int_equal(fake_stop(&f), 0);
}

static void test_monitor_killed(void **state)
{
    struct fake f;
    struct user u;
    struct outcome oc;

    fake_start(&f, &(struct fake_options){
                       .script = "echo up; read x <go", .fifo = "go", .way = FAKE_HANDOVER});
    user_start(&u, &f, &(struct user_options){0});
    expect(u.out, "up\n");
    wait_for_program(&f);
    kill(f.launcher, SIGKILL);
    assert_int_equal(user_end(&u, &oc), 0);
    assert_int_equal(oc.r, -1);
    assert_int_equal(oc.e.kind, ERR_UNAVAILABLE);
    assert_string_equal(oc.e.text, "attach: the container's monitor is gone");
    assert_false(oc.result.ended);
    (void) fake_stop(&f);
}

static bool is_raw(void *context)
{
    const struct user *u = context;
    struct termios t;

    assert_int_equal(tcgetattr(u->slave, &t), 0);
    return !(t.c_lflag & (ECHO | ICANON | ISIG));
}

static bool is_restored(const struct user *u)
{
    struct termios t;

    assert_int_equal(tcgetattr(u->slave, &t), 0);
    return (t.c_lflag & (ECHO | ICANON | ISIG)) == (ECHO | ICANON | ISIG);
}

/* Presses enter, which makes the script tell the size, until it is the wanted one. */
static void enter_until(struct user *u, const char *size)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(FAKE_MAX);
    char buf[4096];

    for (int i = 0; i < 3000 && !strstr(b.buf, size); i++) {
        struct pollfd p = {.fd = u->out, .events = POLLIN};

        assert_int_equal(fd_write_all(u->in, "\n", 1), 0);
        while (poll(&p, 1, 10) == 1) {
            ssize_t n = read(u->out, buf, sizeof(buf));

            assert_true(n > 0);
            strbuf_add(&b, buf, (size_t) n);
        }
    }
    assert_non_null(strstr(b.buf, size));
}

static void test_terminal(void **state)
{
    struct fake f;
    struct user u;
    struct outcome oc;
    struct winsize ws = {.ws_row = 51, .ws_col = 101};

    fake_start(&f, &(struct fake_options){.script = "while read x; do stty size; done; exit 5",
                                          .way = FAKE_HANDOVER,
                                          .tty = true,
                                          .flags = INTERACTIVE});
    user_start(&u, &f, &(struct user_options){.tty = true, .redraw = true, .keys = ""});
    wait_until(is_raw, &u);
    enter_until(&u, "40 120\r\n");
    assert_int_equal(ioctl(u.out, TIOCSWINSZ, &ws), 0);
    enter_until(&u, "51 101\r\n");                      /* told by SIGWINCH */
    assert_int_equal(fd_write_all(u.in, "\x04", 1), 0); /* Ctrl-D is the container's */
    assert_int_equal(fd_read_full(u.report, &oc, sizeof(oc)), sizeof(oc));
    assert_true(is_restored(&u));
    assert_int_equal(user_end(&u, NULL), 0);
    assert_int_equal(oc.r, 0);
    assert_int_equal(oc.result.end.code, 5);
    assert_int_equal(fake_stop(&f), 0);
}

static void test_detach(void **state)
{
    struct fake f;
    struct user u;
    struct outcome oc;
    struct attach_hello hello;
    struct error e = {0};

    fake_start(&f, &(struct fake_options){.script = "read x; read y; echo \"<$x$y>\"",
                                          .way = FAKE_HANDOVER,
                                          .tty = true,
                                          .flags = INTERACTIVE});
    user_start(&u, &f, &(struct user_options){.tty = true, .keys = ""});
    wait_until(is_raw, &u);
    assert_int_equal(fd_write_all(u.in, "typed\n\x10\x11", 8), 0);
    assert_int_equal(fd_read_full(u.report, &oc, sizeof(oc)), sizeof(oc));
    assert_true(is_restored(&u));
    assert_int_equal(user_end(&u, NULL), 0);
    assert_int_equal(oc.r, 0);
    assert_true(oc.result.detached);
    assert_false(oc.result.ended);

    /* The container goes on and takes the next one. */
    int sock = sock_connect(f.dir_fd, ATTACH_SOCKET_NAME);

    assert_int_equal(attach_hello(sock, ATTACH_WANT_ALL, false, &hello, &e), 0);
    assert_int_equal(hello.flags, ATTACH_HAS_TTY | ATTACH_HAS_STDIN);
    frame_send(sock, ATTACH_STDIN, "more\n", 5);
    CLEANUP(output) struct output o = OUTPUT_INIT;

    output_collect(&o, sock, NULL);
    assert_non_null(strstr(o.out.buf, "<typedmore>"));
    close(sock);
    assert_int_equal(fake_stop(&f), 0);
}

/* However it dies, the terminal is as it was. */
static void test_terminal_is_restored_after_a_crash(void **state)
{
    static const int signals[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGSEGV, SIGABRT, SIGPIPE};

    for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
        struct fake f;
        struct user u;

        fake_start(&f, &(struct fake_options){.script = "read x <go",
                                              .fifo = "go",
                                              .way = FAKE_HANDOVER,
                                              .tty = true,
                                              .flags = INTERACTIVE});
        user_start(&u, &f, &(struct user_options){.tty = true});
        wait_until(is_raw, &u);
        kill(u.pid, signals[i]);
        int status = user_wait(&u, NULL);

        assert_true(is_restored(&u));
        user_close(&u);
        assert_true(WIFSIGNALED(status)); /* and its parent sees what it died of */
        assert_int_equal(WTERMSIG(status), signals[i]);
        fake_fifo(&f, "go", "\n");
        assert_int_equal(fake_stop(&f), 0);
    }
}

static void test_raw_again_after_a_stop(void **state)
{
    struct fake f;
    struct user u;
    struct outcome oc;
    struct termios t;

    fake_start(&f, &(struct fake_options){.script = "read x <go",
                                          .fifo = "go",
                                          .way = FAKE_HANDOVER,
                                          .tty = true,
                                          .flags = INTERACTIVE});
    user_start(&u, &f, &(struct user_options){.tty = true});
    wait_until(is_raw, &u);
    kill(u.pid, SIGSTOP);
    assert_int_equal(tcgetattr(u.slave, &t), 0);
    t.c_lflag |= ECHO | ICANON | ISIG; /* as the shell does that has the terminal now */
    assert_int_equal(tcsetattr(u.slave, TCSANOW, &t), 0);
    kill(u.pid, SIGCONT);
    wait_until(is_raw, &u);
    fake_fifo(&f, "go", "\n");
    assert_int_equal(user_end(&u, &oc), 0);
    assert_int_equal(fake_stop(&f), 0);
}

static void test_wait(void **state)
{
    struct fake f;
    struct attach_hello hello;
    struct attach_exit end;
    struct error e = {0};

    fake_start(&f, &(struct fake_options){
                       .script = "read x <go; exit 12", .fifo = "go", .way = FAKE_HANDOVER});
    int sock = sock_connect(f.dir_fd, ATTACH_SOCKET_NAME);

    assert_int_equal(attach_hello(sock, 0, false, &hello, &e), 0);
    fake_fifo(&f, "go", "\n");
    assert_int_equal(attach_wait(sock, &end, &e), 0);
    assert_int_equal(end.code, 12);
    attach_wait_closed(sock);
    assert_true(faccessat(f.dir_fd, "cleanup", F_OK, 0) == 0);
    close(sock);
    assert_int_equal(fake_stop(&f), 0);
}

static void test_sentences(void **state)
{
    struct attach_hello hello;
    struct attach_exit end;
    struct error e = {0};
    int pair[2];

    assert_int_equal(sock_pair(pair), 0);
    frame_send(pair[1], ATTACH_ERROR, "attach: too many", 16);
    assert_int_equal(attach_hello(pair[0], 0, false, &hello, &e), -1);
    assert_string_equal(e.text, "attach: too many");
    frame_send(pair[1], ATTACH_EXIT, "short", 5);
    assert_int_equal(attach_wait(pair[0], &end, &e), -1);
    assert_string_equal(e.text, "attach: read from the container's monitor: protocol error");
    frame_send(pair[1], ATTACH_EXIT, "short", 5);
    assert_int_equal(attach_hello(pair[0], 0, true, &hello, &e), -1);
    assert_string_equal(e.text, "attach: read from the container's monitor: protocol error");
    close(pair[1]);
    assert_int_equal(attach_wait(pair[0], &end, &e), -1);
    assert_string_equal(e.text, "attach: the container's monitor is gone");
    assert_int_equal(attach_hello(pair[0], 0, false, &hello, &e), -1);
    assert_string_equal(e.text, "attach: the container's monitor is gone");
    close(pair[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pipes),
        cmocka_unit_test(test_much_output),
        cmocka_unit_test(test_input_and_output_are_independent),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_input_without_end),
        cmocka_unit_test(test_output_that_cannot_be_written),
        cmocka_unit_test(test_closed_pipe),
        cmocka_unit_test(test_somebody_made_stdin_nonblocking),
        cmocka_unit_test(test_signals_go_to_the_container),
        cmocka_unit_test(test_without_proxy_signals_are_ours),
        cmocka_unit_test(test_monitor_killed),
        cmocka_unit_test(test_terminal),
        cmocka_unit_test(test_detach),
        cmocka_unit_test(test_terminal_is_restored_after_a_crash),
        cmocka_unit_test(test_raw_again_after_a_stop),
        cmocka_unit_test(test_wait),
        cmocka_unit_test(test_sentences),
    };

    return cmocka_run_group_tests_name("attach", tests, NULL, NULL);
}
