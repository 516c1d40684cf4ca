// SPDX-License-Identifier: Apache-2.0
/* Several clients at once: who gets what, who holds whom back, who is refused, what crosses over.
 */
#include "fake.h"

#include "base/fd.h"
#include "base/proc.h"
#include "base/sock.h"
#include "base/timeutil.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static void test_everybody_gets_what_he_asked_for(void **state)
{
    struct fake f;
    CLEANUP(output) struct output all = OUTPUT_INIT;
    CLEANUP(output) struct output out = OUTPUT_INIT;
    CLEANUP(output) struct output err = OUTPUT_INIT;
    CLEANUP(output) struct output none = OUTPUT_INIT;

    fake_start(&f, &(struct fake_options){.script = "read x; echo $x; echo e$x >&2; exit 3",
                                          .way = FAKE_HANDOVER,
                                          .deadline = NS_PER_SEC / 100,
                                          .flags = MONITOR_OPEN_STDIN});
    int a = fake_connect(&f, ATTACH_WANT_STDOUT);
    int b = fake_connect(&f, ATTACH_WANT_STDERR | ATTACH_WANT_STDIN);
    int c = fake_connect(&f, 0);

    frame_send(b, ATTACH_STDIN, "word\n", 5);
    output_collect(&all, f.client, NULL);
    output_collect(&out, a, NULL);
    output_collect(&err, b, NULL);
    output_collect(&none, c, NULL);
    assert_string_equal(all.out.buf, "word\n");
    assert_string_equal(all.err.buf, "eword\n");
    assert_string_equal(out.out.buf, "word\n");
    assert_string_equal(out.err.buf, "");
    assert_string_equal(err.out.buf, "");
    assert_string_equal(err.err.buf, "eword\n");
    assert_string_equal(none.out.buf, "");
    assert_string_equal(none.err.buf, "");
    assert_int_equal(all.end.code, 3);
    assert_int_equal(none.end.code, 3);
    assert_memory_equal(&all.end, &none.end, sizeof(all.end));
    close(a);
    close(b);
    close(c);
    assert_int_equal(fake_stop(&f), 0);
}

static void test_hello_says_what_there_is(void **state)
{
    struct attach_hello hello = {0};
    char buf[ATTACH_FRAME_MAX];
    struct fake f;
    size_t n;

    fake_start(&f, &(struct fake_options){.script = "exit 0",
                                          .tty = true,
                                          .flags = MONITOR_OPEN_STDIN,
                                          .way = FAKE_IN_PROCESS});
    assert_int_equal(frame_recv(f.client, buf, &n), ATTACH_HELLO);
    assert_int_equal(n, sizeof(hello));
    memcpy(&hello, buf, n);
    assert_int_equal(hello.version, ATTACH_PROTO_VERSION);
    assert_int_equal(hello.flags, ATTACH_HAS_TTY | ATTACH_HAS_STDIN);
    assert_int_equal(fake_stop(&f), 0);
}

/* The log's size, which tells how much the monitor has read. */
static off_t progress(const struct fake *f)
{
    char name[128];

    snprintf(name, sizeof(name), "%s-json.log", FAKE_ID);
    int fd = openat(f->dir_fd, name, O_RDONLY | O_CLOEXEC);
    off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);

    close_fd(&fd);
    return size;
}

struct stall {
    const struct fake *f;
    off_t size;
    int same;
};

static bool has_stalled(void *context)
{
    struct stall *s = context;
    off_t size = progress(s->f);

    s->same = size > 0 && size == s->size ? s->same + 1 : 0;
    s->size = size;
    return s->same >= 20;
}

static bool is_ready(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};

    return poll(&p, 1, 0) == 1;
}

#define FLOOD    "i=0; while [ $i -lt 3000 ]; do echo " TEXT_1000 "; i=$((i+1)); done; exit 1"
#define TEXT_10  "0123456789"
#define TEXT_100 TEXT_10 TEXT_10 TEXT_10 TEXT_10 TEXT_10 TEXT_10 TEXT_10 TEXT_10 TEXT_10 TEXT_10
#define TEXT_1000                                                                                  \
    TEXT_100 TEXT_100 TEXT_100 TEXT_100 TEXT_100 TEXT_100 TEXT_100 TEXT_100 TEXT_100 TEXT_100
#define FLOOD_BYTES (3000 * 1001)

static void test_slow_client_holds_the_container(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;

    fake_start(&f, &(struct fake_options){.script = FLOOD, .way = FAKE_HANDOVER});
    int waiter = fake_connect(&f, 0);

    wait_until(has_stalled, &(struct stall){.f = &f});
    assert_true(progress(&f) < FLOOD_BYTES);
    assert_false(is_ready(f.init, POLLIN)); /* it has not ended */
    output_collect(&o, f.client, NULL);
    assert_int_equal(o.out.len, FLOOD_BYTES);
    assert_int_equal(o.end.code, 1);
    close(waiter);
    assert_int_equal(fake_stop(&f), 0);
}

static void test_client_that_goes_holds_nobody(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;

    fake_start(&f, &(struct fake_options){.script = FLOOD, .way = FAKE_HANDOVER});
    int waiter = fake_connect(&f, 0);

    wait_until(has_stalled, &(struct stall){.f = &f});
    close_fd(&f.client);
    output_collect(&o, waiter, NULL);
    assert_int_equal(o.end.code, 1);
    assert_true(progress(&f) > FLOOD_BYTES);
    close(waiter);
    assert_int_equal(fake_stop(&f), 0);
}

static void test_killed_client_is_nothing(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;
    int status;

    fake_start(&f, &(struct fake_options){.script = "read x <go; " FLOOD,
                                          .fifo = "go",
                                          .no_client = true,
                                          .way = FAKE_HANDOVER});
    int waiter = fake_connect(&f, 0);
    int fd = fake_connect(&f, ATTACH_WANT_ALL);
    pid_t pid = proc_fork();

    if (pid == 0) {
        for (;;) {
            pause();
        }
    }
    close(fd); /* it is the other process's now */
    fake_fifo(&f, "go", "\n");
    wait_until(has_stalled, &(struct stall){.f = &f});
    kill(pid, SIGKILL);
    assert_int_equal(proc_wait(pid, &status), 0);
    output_collect(&o, waiter, NULL);
    assert_int_equal(o.end.code, 1);
    close(waiter);
    assert_int_equal(fake_stop(&f), 0);
}

static void test_too_many_clients(void **state)
{
    struct fake f;
    struct attach_request req = {.version = ATTACH_PROTO_VERSION};
    char buf[ATTACH_FRAME_MAX];
    int fds[MONITOR_CLIENTS_MAX];
    size_t n;

    fake_start(&f,
               &(struct fake_options){.script = "read x <go", .fifo = "go", .way = FAKE_HANDOVER});
    for (int i = 0; i < MONITOR_CLIENTS_MAX - 1; i++) {
        fds[i] = fake_connect(&f, ATTACH_WANT_ALL);
    }
    int extra = sock_connect(f.dir_fd, ATTACH_SOCKET_NAME);

    assert_true(extra >= 0);
    assert_int_equal(frame_recv(extra, buf, &n), ATTACH_ERROR);
    buf[n] = '\0';
    assert_string_equal(buf, "attach: too many clients are attached to this container");
    assert_int_equal(frame_recv(extra, buf, &n), ATTACH_TYPE_NONE);
    close(extra);
    /* A place that becomes free is given away again. */
    close(fds[0]);
    for (int i = 0; i < 1000; i++) {
        fds[0] = sock_connect(f.dir_fd, ATTACH_SOCKET_NAME);
        assert_true(fds[0] >= 0);
        struct attach_head head = {.type = ATTACH_ATTACH};
        struct iovec iov[2] = {{&head, sizeof(head)}, {&req, sizeof(req)}};
        struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};

        (void) sendmsg(fds[0], &msg, MSG_NOSIGNAL);
        if (frame_recv(fds[0], buf, &n) == ATTACH_HELLO) {
            break;
        }
        close(fds[0]);
        fds[0] = -1;
    }
    assert_true(fds[0] >= 0);
    fake_fifo(&f, "go", "\n");
    for (int i = 0; i < MONITOR_CLIENTS_MAX - 1; i++) {
        CLEANUP(output) struct output o = OUTPUT_INIT;

        output_collect(&o, fds[i], NULL);
        close(fds[i]);
    }
    assert_int_equal(fake_stop(&f), 0);
}

static void refused(struct fake *f, const void *data, size_t n, const char *sentence)
{
    char buf[ATTACH_FRAME_MAX];
    size_t len;
    int fd = sock_connect(f->dir_fd, ATTACH_SOCKET_NAME);

    assert_true(fd >= 0);
    assert_int_equal(send(fd, data, n, MSG_NOSIGNAL), n);
    assert_int_equal(frame_recv(fd, buf, &len), ATTACH_ERROR);
    buf[len] = '\0';
    assert_string_equal(buf, sentence);
    assert_int_equal(frame_recv(fd, buf, &len), ATTACH_TYPE_NONE);
    close(fd);
}

static void test_nonsense_is_refused(void **state)
{
    static char huge[ATTACH_FRAME_MAX + 1] = {ATTACH_STDIN};
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;

    fake_start(&f, &(struct fake_options){.script = "read x; echo $x",
                                          .flags = MONITOR_OPEN_STDIN,
                                          .way = FAKE_HANDOVER});
    refused(&f, "x", 1, "attach: malformed message");
    refused(&f, huge, sizeof(huge), "attach: malformed message");
    refused(&f, "\xff\0\0\0", 4, "attach: unexpected message");
    refused(&f, "\0\0\0\0", 4, "attach: unexpected message");
    /* Not before ATTACH, not beyond what it asked for. */
    refused(&f, "\x07\0\0\0stdin", 9, "attach: unexpected message");
    refused(&f, "\x09\0\0\0\1\0\1\0", 8, "attach: unexpected message");
    refused(&f, "\x06\0\0\0", 4, "attach: unexpected message");
    refused(&f, "\x06\0\0\0\0\0\0\0\0\0\0\0", 12, "attach: unknown protocol version");
    frame_send(f.client, ATTACH_STDIN, "still here\n", 11);
    output_collect(&o, f.client, NULL);
    assert_string_equal(o.out.buf, "still here\n");
    assert_int_equal(fake_stop(&f), 0);
}

static void test_connected_but_silent_client_is_told(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;

    fake_start(&f, &(struct fake_options){.script = "read x <go; exit 4",
                                          .fifo = "go",
                                          .no_client = true,
                                          .way = FAKE_HANDOVER});
    int fd = sock_connect(f.dir_fd, ATTACH_SOCKET_NAME);

    fake_fifo(&f, "go", "\n");
    output_collect(&o, fd, NULL);
    assert_int_equal(o.end.code, 4);
    close(fd);
    assert_int_equal(fake_stop(&f), 0);
}

/* Numbered lines through the change from launcher to program, at various moments. */
static void test_handover_in_mid_stream(void **state)
{
    for (int round = 0; round < 8; round++) {
        struct fake f;
        CLEANUP(output) struct output o = OUTPUT_INIT;

        fake_start(&f, &(struct fake_options){.script = "seq 1 60000 & cat >&2; wait",
                                              .way = FAKE_HANDOVER,
                                              .deadline = round * NS_PER_SEC / 500,
                                              .flags = MONITOR_OPEN_STDIN | MONITOR_STDIN_ONCE});
        for (int i = 0; i < 200; i++) {
            char line[16];

            frame_send(f.client, ATTACH_STDIN, line,
                       (size_t) snprintf(line, sizeof(line), "%d\n", i));
        }
        frame_send(f.client, ATTACH_STDIN_EOF, NULL, 0);
        output_collect(&o, f.client, NULL);
        char *p = o.out.buf;

        for (int i = 1; i <= 60000; i++) {
            assert_int_equal(strtol(p, &p, 10), i);
        }
        assert_string_equal(p, "\n");
        p = o.err.buf;
        for (int i = 0; i < 200; i++) {
            assert_int_equal(strtol(p, &p, 10), i);
        }
        assert_string_equal(p, "\n");
        assert_int_equal(fake_stop(&f), 0);
    }
}

/* A stuck client, a half line and untaken input cross over, too. */
static void test_handover_with_everything_pending(void **state)
{
    static char chunk[30000];
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;

    memset(chunk, 'i', sizeof(chunk));
    fake_start(&f, &(struct fake_options){
                       .script = "printf half >&2; head -c 600000 /dev/zero; read x <go; wc -c",
                       .fifo = "go",
                       .way = FAKE_HANDOVER,
                       .deadline = NS_PER_SEC / 5,
                       .flags = MONITOR_OPEN_STDIN | MONITOR_STDIN_ONCE});
    for (int i = 0; i < 4; i++) {
        frame_send(f.client, ATTACH_STDIN, chunk, sizeof(chunk));
    }
    wait_for_program(&f);
    fake_fifo(&f, "go", "\n");
    pid_t pid = proc_fork();

    if (pid == 0) {
        frame_send(f.client, ATTACH_STDIN_EOF, NULL, 0);
        _exit(0);
    }
    output_collect(&o, f.client, NULL);
    int status;

    assert_int_equal(proc_wait(pid, &status), 0);
    assert_int_equal(o.out.len, 600000 + 7);
    assert_string_equal(o.out.buf + 600000, "120000\n");
    assert_string_equal(o.err.buf, "half");
    assert_int_equal(fake_stop(&f), 0);
}

/* Connected to the launcher, asked of the program: nobody may be greeted in between. */
static void test_handover_between_connect_and_request(void **state)
{
    struct attach_request req = {.version = ATTACH_PROTO_VERSION, .flags = ATTACH_WANT_ALL};
    char buf[ATTACH_FRAME_MAX];
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;
    size_t n;

    fake_start(&f, &(struct fake_options){.script = "read x <go; echo hi",
                                          .fifo = "go",
                                          .no_client = true,
                                          .deadline = NS_PER_SEC / 2,
                                          .way = FAKE_HANDOVER});
    int fd = sock_connect(f.dir_fd, ATTACH_SOCKET_NAME);

    wait_for_program(&f);
    frame_send(fd, ATTACH_ATTACH, &req, sizeof(req));
    assert_int_equal(frame_recv(fd, buf, &n), ATTACH_HELLO);
    fake_fifo(&f, "go", "\n");
    output_collect(&o, fd, NULL);
    assert_string_equal(o.out.buf, "hi\n");
    close(fd);
    assert_int_equal(fake_stop(&f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everybody_gets_what_he_asked_for),
        cmocka_unit_test(test_hello_says_what_there_is),
        cmocka_unit_test(test_slow_client_holds_the_container),
        cmocka_unit_test(test_client_that_goes_holds_nobody),
        cmocka_unit_test(test_killed_client_is_nothing),
        cmocka_unit_test(test_too_many_clients),
        cmocka_unit_test(test_nonsense_is_refused),
        cmocka_unit_test(test_connected_but_silent_client_is_told),
        cmocka_unit_test(test_handover_in_mid_stream),
        cmocka_unit_test(test_handover_with_everything_pending),
        cmocka_unit_test(test_handover_between_connect_and_request),
    };

    return cmocka_run_group_tests_name("monitor clients", tests, NULL, NULL);
}
