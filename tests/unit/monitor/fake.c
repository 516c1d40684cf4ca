// SPDX-License-Identifier: Apache-2.0
#include "fake.h"

#include "base/fd.h"
#include "base/fs.h"
#include "base/proc.h"
#include "base/sock.h"
#include "base/timeutil.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define PATIENCE_MS 30000

#define must(x)                                                                                    \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            fail_msg("%s: %s", #x, strerror(errno));                                               \
        }                                                                                          \
    } while (0)

/* In the launcher, where cmocka cannot report. */
static void or_die(bool good, const char *what)
{
    if (!good) {
        dprintf(STDERR_FILENO, "launcher: %s: %s\n", what, strerror(errno));
        _exit(99);
    }
}

struct stdio {
    int child[3];
    int master;
    int ours[3];
};

static void make_stdio(struct stdio *s, bool tty)
{
    int p[2];

    *s = (struct stdio){.master = -1, .ours = {-1, -1, -1}};
    if (tty) {
        int slave;

        or_die(openpty(&s->master, &slave, NULL, NULL, NULL) == 0, "openpty");
        (void) fd_set_cloexec(s->master, true);
        for (int i = 0; i < 3; i++) {
            s->child[i] = slave;
        }
        return;
    }
    for (int i = 0; i < 3; i++) {
        or_die(pipe2(p, O_CLOEXEC) == 0, "pipe2");
        s->child[i] = p[i == 0 ? 0 : 1];
        s->ours[i] = p[i == 0 ? 1 : 0];
    }
}

static NORETURN void be_init(const struct stdio *s, int dir_fd, const char *script)
{
    or_die(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && fchdir(dir_fd) == 0, "fchdir");
    if (s->master >= 0) {
        setsid();
        or_die(ioctl(s->child[0], TIOCSCTTY, 0) == 0, "TIOCSCTTY");
    }
    for (int i = 0; i < 3; i++) {
        or_die(dup2(s->child[i], i) == i, "dup2");
    }
    (void) fd_cloexec_from(3);
    execl("/bin/sh", "sh", "-c", script, (char *) NULL);
    _exit(127);
}

static void configure(struct monitor_config *c, const struct fake *f, const struct fake_options *o,
                      const struct stdio *s, pid_t init, int client)
{
    char record[160];
    char shell[] = "/bin/sh";
    char dash_c[] = "-c";
    char zero[] = "cleanup";
    char *argv[] = {shell, dash_c, record, zero, NULL};

    snprintf(record, sizeof(record), "echo \"$1\" >%s/cleanup", f->dir);
    monitor_config_init(c);
    snprintf(c->id, sizeof(c->id), "%s", FAKE_ID);
    c->flags = o->flags;
    c->init_pid = init;
    c->init_pidfd = pidfd_open_pid(init);
    c->tty_fd = s->master;
    c->stdin_fd = s->ours[0];
    c->stdout_fd = s->ours[1];
    c->stderr_fd = s->ours[2];
    c->listen_fd = sock_listen(f->dir_fd, ATTACH_SOCKET_NAME);
    c->run_dir_fd = f->dir_fd;
    c->log_dir_fd = f->log_dir_fd;
    c->log = o->no_log ? MONITOR_LOG_NONE : MONITOR_LOG_JSON_FILE;
    c->log_max_size = o->max_size ? o->max_size : c->log_max_size;
    c->log_files = o->files ? o->files : c->log_files;
    if (!o->no_client) {
        c->clients[0] = (struct monitor_client){client, o->want ? o->want : ATTACH_WANT_ALL};
    }
    or_die(monitor_config_set_cleanup(c, argv) == 0, "set_cleanup");
}

static NORETURN void be_launcher(struct fake *f, const struct fake_options *o, int client,
                                 int report)
{
    static struct monitor_config c;
    struct stdio s;

    /* Nothing is left behind when a test fails. */
    or_die(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "PR_SET_PDEATHSIG");
    make_stdio(&s, o->tty);
    pid_t init = proc_fork();

    if (init == 0) {
        be_init(&s, f->dir_fd, o->script);
    }
    for (int i = 0; i < 3; i++) {
        if (i == 0 || s.master < 0) {
            close(s.child[i]);
        }
    }
    configure(&c, f, o, &s, init, client);
    or_die(monitor_start(&c) == 0, "monitor_start");
    or_die(fd_write_all(report, &init, sizeof(init)) == 0, "report");
    close(report);
    if (o->way == FAKE_HANDOVER && monitor_run(time_mono() + o->deadline) == MONITOR_DEADLINE) {
        (void) monitor_handover(o->monitor ? o->monitor : HOY_MONITOR);
    }
    (void) monitor_run(MONITOR_FOREVER);
    (void) monitor_exec_cleanup();
    _exit(98);
}

void fake_start(struct fake *f, const struct fake_options *o)
{
    int report[2];
    int pair[2];
    pid_t init;

    snprintf(f->dir, sizeof(f->dir), "/tmp/hoy-monitor-test.XXXXXX");
    must(mkdtemp(f->dir));
    must((f->dir_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0);
    f->log_dir_fd = open(o->log_dir ? o->log_dir : f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(f->log_dir_fd >= 0);
    if (o->fifo) {
        must(mkfifoat(f->dir_fd, o->fifo, 0600) == 0);
    }
    must(pipe2(report, O_CLOEXEC) == 0);
    must(sock_pair(pair) == 0);
    f->fifo_fd = FD_NONE;
    f->launcher = proc_fork();
    if (f->launcher == 0) {
        close(pair[0]);
        close(report[0]);
        be_launcher(f, o, pair[1], report[1]);
    }
    close(pair[1]);
    close(report[1]);
    f->client = pair[0];
    if (o->no_client) {
        close_fd(&f->client);
    }
    assert_int_equal(fd_read_full(report[0], &init, sizeof(init)), sizeof(init));
    close(report[0]);
    f->init = pidfd_open_pid(init); /* may have ended */
}

int fake_stop(struct fake *f)
{
    int status = -1;

    close_fd(&f->client);
    assert_int_equal(proc_wait(f->launcher, &status), 0);
    close_fd(&f->init);
    close_fd(&f->fifo_fd);
    close_fd(&f->dir_fd);
    close_fd(&f->log_dir_fd);
    (void) fs_remove_tree(AT_FDCWD, f->dir);
    return status;
}

void fake_fifo(struct fake *f, const char *name, const char *text)
{
    int fd = openat(f->dir_fd, name, O_RDWR | O_CLOEXEC); /* waits for nobody */

    assert_true(fd >= 0);
    assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
    f->fifo_fd = fd; /* what was written stays as long as it is open */
}

void wait_until(bool (*condition)(void *context), void *context)
{
    for (int i = 0; i < PATIENCE_MS / 10; i++) {
        if (condition(context)) {
            return;
        }
        (void) poll(NULL, 0, 10);
    }
    fail_msg("the condition did not come true");
}

struct named {
    int dir_fd;
    const char *name;
};

static bool file_exists(void *context)
{
    const struct named *n = context;

    return fs_exists(n->dir_fd, n->name);
}

void wait_for_file(int dir_fd, const char *name)
{
    wait_until(file_exists, &(struct named){dir_fd, name});
}

static bool is_program(void *context)
{
    const struct fake *f = context;
    char path[64];
    char target[4096];

    snprintf(path, sizeof(path), "/proc/%d/exe", (int) f->launcher);
    ssize_t n = readlink(path, target, sizeof(target) - 1);

    if (n < 0) {
        return false;
    }
    target[n] = '\0';
    return strcmp(target, HOY_MONITOR) == 0;
}

void wait_for_program(const struct fake *f)
{
    wait_until(is_program, (void *) (uintptr_t) f);
}

int fake_connect(struct fake *f, uint32_t want)
{
    struct attach_request req = {.version = ATTACH_PROTO_VERSION, .flags = want};
    char buf[ATTACH_FRAME_MAX];
    size_t n;
    int fd = sock_connect(f->dir_fd, ATTACH_SOCKET_NAME);

    assert_true(fd >= 0);
    frame_send(fd, ATTACH_ATTACH, &req, sizeof(req));
    assert_int_equal(frame_recv(fd, buf, &n), ATTACH_HELLO);
    return fd;
}

void frame_send(int fd, enum attach_type type, const void *data, size_t n)
{
    struct attach_head head = {.type = (uint8_t) type};
    struct iovec iov[2] = {{&head, sizeof(head)}, {(void *) (uintptr_t) data, n}};
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};

    assert_int_equal(sendmsg(fd, &msg, MSG_NOSIGNAL), sizeof(head) + n);
}

enum attach_type frame_recv(int fd, char *buf, size_t *ret_n)
{
    struct attach_head head;
    struct iovec iov[2] = {{&head, sizeof(head)}, {buf, (size_t) ATTACH_PAYLOAD_MAX}};
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
    struct pollfd p = {.fd = fd, .events = POLLIN};

    ssize_t n;

    /* ECONNRESET comes once, before what is queued, when it closed with frames of ours unread. */
    do {
        if (poll(&p, 1, PATIENCE_MS) != 1) {
            fail_msg("no frame came");
        }
        n = recvmsg(fd, &msg, 0);
    } while (n < 0 && errno == ECONNRESET);
    if (n <= 0) {
        return ATTACH_TYPE_NONE;
    }
    assert_true((size_t) n >= sizeof(head));
    assert_int_equal(msg.msg_flags & MSG_TRUNC, 0);
    *ret_n = (size_t) n - sizeof(head);
    return (enum attach_type) head.type;
}

void output_done(struct output *o)
{
    strbuf_done(&o->out);
    strbuf_done(&o->err);
}

void output_collect(struct output *o, int fd, const char *until)
{
    char buf[ATTACH_FRAME_MAX];
    size_t n = 0;

    while (!o->ended && !(until && strstr(o->out.buf, until))) {
        enum attach_type type = frame_recv(fd, buf, &n);

        if (type == ATTACH_STDOUT) {
            strbuf_add(&o->out, buf, n);
        } else if (type == ATTACH_STDERR) {
            strbuf_add(&o->err, buf, n);
        } else if (type == ATTACH_EXIT) {
            assert_int_equal(n, sizeof(o->end));
            memcpy(&o->end, buf, n);
            o->ended = true;
        } else if (type != ATTACH_HELLO) {
            fail_msg("unexpected frame %d", type);
        }
    }
}

char *slurp(int dir_fd, const char *name, size_t *ret_n)
{
    char *text = NULL;

    return file_read(dir_fd, name, FAKE_MAX, &text, ret_n) < 0 ? NULL : text;
}

char *slurp_log(const struct fake *f, unsigned n)
{
    char name[128];

    if (n == 0) {
        snprintf(name, sizeof(name), "%s-json.log", FAKE_ID);
    } else {
        snprintf(name, sizeof(name), "%s-json.log.%u", FAKE_ID, n);
    }
    return slurp(f->log_dir_fd, name, NULL);
}
