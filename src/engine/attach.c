// SPDX-License-Identifier: Apache-2.0
#include "engine/attach.h"

#include "base/fd.h"
#include "base/term.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#define READ_SIZE  16384
#define WRITE_SIZE 4096 /* PIPE_BUF: what a pipe that polls as writable takes without blocking */

enum {
    POLL_SOCK,
    POLL_STDIN,
    POLL_OUTPUT,
    POLL_SIGNAL,
    POLL_COUNT,
};

/* A copy in progress. At most one frame waits in each direction, so both sides hold each other. */
struct pump {
    const struct attach_options *o;
    struct attach_result *ret;
    struct detach_keys detach;
    int signal_fd;
    sigset_t old_mask;
    bool input_open;
    bool eof_due;      /* STDIN_EOF is to be sent once 'up' is empty */
    bool size_due;     /* RESIZE is to be sent */
    bool redraw_due;   /* before it a wrong one */
    bool broken[2];    /* stdout, stderr: nobody reads it any more */
    bool regular[2];   /* they are files: writes never wait */
    struct error lost; /* the first failure to write output */

    char up[READ_SIZE + DETACH_KEYS_MAX]; /* stdin bytes for the monitor */
    size_t up_len;
    char down[ATTACH_FRAME_MAX]; /* output for stdout or stderr */
    size_t down_len;
    size_t down_off;
    int down_to; /* 0 stdout, 1 stderr */
};

/* ---- frames ---- */

static int frame_send(int sock, enum attach_type type, const void *data, size_t n, int flags)
{
    struct attach_head head = {.type = (uint8_t) type};
    struct iovec iov[2] = {{.iov_base = &head, .iov_len = sizeof(head)},
                           {.iov_base = (void *) (uintptr_t) data, .iov_len = n}};
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
    ssize_t r;

    do {
        r = sendmsg(sock, &msg, MSG_NOSIGNAL | flags);
    } while (r < 0 && errno == EINTR);
    return r < 0 ? -errno : 0;
}

/* Payload length and type; -ECONNRESET at end of file; -EPROTO for what is no frame. */
static ssize_t frame_recv(int sock, enum attach_type *ret_type, char *buf, size_t size, int flags)
{
    struct attach_head head;
    struct iovec iov[2] = {{.iov_base = &head, .iov_len = sizeof(head)},
                           {.iov_base = buf, .iov_len = size}};
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
    ssize_t n;

    /* The kernel reports once that the peer closed with data of ours unread; its own still come. */
    do {
        n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC | flags);
    } while (n < 0 && (errno == EINTR || errno == ECONNRESET));
    if (n < 0) {
        return -errno;
    }
    if (n == 0) {
        return -ECONNRESET;
    }
    if ((size_t) n < sizeof(head) || msg.msg_flags & MSG_TRUNC) {
        return -EPROTO;
    }
    *ret_type = (enum attach_type) head.type;
    return n - (ssize_t) sizeof(head);
}

static int monitor_gone(ssize_t r, struct error *e)
{
    if (r == -ECONNRESET || r == -EPIPE) {
        return err_set(e, ERR_UNAVAILABLE, "attach: the container's monitor is gone");
    }
    return err_sys(e, (int) r, "attach: read from the container's monitor");
}

static int take_exit(const char *data, ssize_t n, struct attach_exit *ret, struct error *e)
{
    if (n != (ssize_t) sizeof(*ret)) {
        return err_sys(e, EPROTO, "attach: read from the container's monitor");
    }
    memcpy(ret, data, sizeof(*ret));
    return 0;
}

int attach_hello(int sock, uint32_t want, bool asked, struct attach_hello *ret, struct error *e)
{
    struct attach_request req = {.version = ATTACH_PROTO_VERSION, .flags = want};
    char buf[1024];
    enum attach_type type = ATTACH_TYPE_NONE;
    int r = asked ? 0 : frame_send(sock, ATTACH_ATTACH, &req, sizeof(req), 0);

    if (r < 0 && r != -EPIPE) {
        return monitor_gone(r, e);
    }
    ssize_t n = frame_recv(sock, &type, buf, sizeof(buf), 0);

    if (n < 0) {
        return monitor_gone(n, e);
    }
    if (type == ATTACH_ERROR) {
        return err_set(e, ERR_UNAVAILABLE, "%.*s", (int) n, buf);
    }
    if (type != ATTACH_HELLO || n != (ssize_t) sizeof(*ret)) {
        return err_sys(e, EPROTO, "attach: read from the container's monitor");
    }
    memcpy(ret, buf, sizeof(*ret));
    return 0;
}

int attach_wait(int sock, struct attach_exit *ret, struct error *e)
{
    char buf[ATTACH_FRAME_MAX];

    for (;;) {
        enum attach_type type = ATTACH_TYPE_NONE;
        ssize_t n = frame_recv(sock, &type, buf, sizeof(buf), 0);

        if (n < 0) {
            return monitor_gone(n, e);
        }
        if (type == ATTACH_EXIT) {
            return take_exit(buf, n, ret, e);
        }
        if (type == ATTACH_ERROR) {
            return err_set(e, ERR_UNAVAILABLE, "%.*s", (int) n, buf);
        }
    }
}

void attach_wait_closed(int sock)
{
    char buf[ATTACH_FRAME_MAX];
    enum attach_type type;

    while (frame_recv(sock, &type, buf, sizeof(buf), 0) >= 0) {
    }
}

/* ---- signals ---- */

static bool for_container(int sig)
{
    switch (sig) {
    case SIGKILL:
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGCONT:
    case SIGCHLD:
    case SIGPIPE:
    case SIGURG:
    case SIGWINCH:
    case SIGSEGV:
    case SIGBUS:
    case SIGILL:
    case SIGFPE:
    case SIGABRT:
    case SIGTRAP:
    case SIGSYS:
        return false;
    default:
        return sig < 32 || sig >= SIGRTMIN; /* between them are libc's own */
    }
}

static int signals_begin(struct pump *p, struct error *e)
{
    bool proxy = p->o->signal && !p->o->tty;
    sigset_t set;

    sigemptyset(&set);
    for (int sig = 1; proxy && sig <= SIGRTMAX; sig++) {
        struct sigaction now;

        /* An ignored signal (nohup, a shell's background job) stays ignored. */
        if (for_container(sig) && sigaction(sig, NULL, &now) == 0 && now.sa_handler != SIG_IGN) {
            sigaddset(&set, sig);
        }
    }
    if (p->o->tty) {
        sigaddset(&set, SIGWINCH);
        sigaddset(&set, SIGCONT);
    }
    if (sigprocmask(SIG_BLOCK, &set, &p->old_mask) < 0) {
        return err_sys(e, errno, "attach: block signals");
    }
    p->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (p->signal_fd < 0) {
        int errnum = errno;

        (void) sigprocmask(SIG_SETMASK, &p->old_mask, NULL);
        return err_sys(e, errnum, "attach: wait for signals");
    }
    return 0;
}

static void take_signals(struct pump *p)
{
    struct signalfd_siginfo si;

    while (read(p->signal_fd, &si, sizeof(si)) == (ssize_t) sizeof(si)) {
        int sig = (int) si.ssi_signo;

        if (sig == SIGWINCH) {
            p->size_due = true;
        } else if (sig == SIGCONT) {
            term_raw_again();
            p->size_due = true;
        } else if (!p->ret->ended && p->o->signal) {
            p->o->signal(p->o->context, sig);
        }
    }
}

/* What came too late for the container must not kill us now. */
static void signals_end(struct pump *p)
{
    if (p->signal_fd >= 0) {
        take_signals(p);
        close_fd(&p->signal_fd);
        (void) sigprocmask(SIG_SETMASK, &p->old_mask, NULL);
    }
}

/* ---- towards the container ---- */

static int send_now(struct pump *p, enum attach_type type, const void *data, size_t n)
{
    int r = p->ret->ended ? 0 : frame_send(p->o->sock, type, data, n, MSG_DONTWAIT);

    /* Gone or going: what it still has to say is read, and tells. */
    return r == -EAGAIN ? r : 0;
}

static void send_size(struct pump *p)
{
    struct attach_resize size;

    if (term_size(p->o->stdout_fd, &size.rows, &size.columns) < 0 &&
        term_size(p->o->stdin_fd, &size.rows, &size.columns) < 0) {
        p->size_due = false;
        p->redraw_due = false;
        return;
    }
    if (p->redraw_due) {
        struct attach_resize wrong = {.rows = (uint16_t) (size.rows + 1),
                                      .columns = (uint16_t) (size.columns + 1)};

        p->redraw_due = send_now(p, ATTACH_RESIZE, &wrong, sizeof(wrong)) < 0;
    }
    if (!p->redraw_due && send_now(p, ATTACH_RESIZE, &size, sizeof(size)) == 0) {
        p->size_due = false;
    }
}

static void send_due(struct pump *p)
{
    if (p->up_len > 0 && send_now(p, ATTACH_STDIN, p->up, p->up_len) == 0) {
        p->up_len = 0;
    }
    if (p->eof_due && p->up_len == 0 && send_now(p, ATTACH_STDIN_EOF, NULL, 0) == 0) {
        p->eof_due = false;
    }
    if (p->size_due) {
        send_size(p);
    }
}

static bool send_waits(const struct pump *p)
{
    return p->up_len > 0 || p->eof_due || p->size_due;
}

static void end_of_input(struct pump *p)
{
    if (p->detach.held > 0) {
        memcpy(p->up + p->up_len, p->detach.keys, p->detach.held);
        p->up_len += p->detach.held;
        p->detach.held = 0;
    }
    p->input_open = false;
    p->eof_due = true;
}

static void take_stdin(struct pump *p)
{
    char buf[READ_SIZE];
    ssize_t n = read(p->o->stdin_fd, buf, sizeof(buf));

    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return; /* non-blocking by somebody else's doing: poll waits for us */
    }
    if (n <= 0) {
        end_of_input(p); /* EIO: the terminal hung up, or we are an orphan in the background */
    } else {
        p->ret->detached = detach_keys_filter(&p->detach, buf, (size_t) n, p->up, &p->up_len);
    }
}

/* ---- from the container ---- */

static int output_fd(const struct pump *p)
{
    return p->down_to == 0 ? p->o->stdout_fd : p->o->stderr_fd;
}

static void write_some(struct pump *p)
{
    size_t left = p->down_len - p->down_off;
    ssize_t n = write(output_fd(p), p->down + p->down_off,
                      p->regular[p->down_to] ? left : MIN(left, (size_t) WRITE_SIZE));

    if (n >= 0) {
        p->down_off += (size_t) n;
    } else if (errno != EINTR && errno != EAGAIN) {
        if (errno != EPIPE && p->lost.kind == ERR_NONE) {
            err_sys(&p->lost, errno, "write to %s", p->down_to == 0 ? "stdout" : "stderr");
        }
        p->broken[p->down_to] = true;
        p->down_off = p->down_len;
    }
    if (p->down_off == p->down_len) {
        p->down_off = 0;
        p->down_len = 0;
    }
}

static void take_output(struct pump *p, int to, size_t n)
{
    p->down_to = to;
    if (p->broken[to] || output_fd(p) < 0) {
        return;
    }
    p->down_len = n;
    p->down_off = 0;
    if (p->regular[to]) {
        write_some(p);
    }
}

/* 1: end of file; 0: go on; -1: error. */
static int take_frame(struct pump *p, struct error *e)
{
    enum attach_type type = ATTACH_TYPE_NONE;
    ssize_t n = frame_recv(p->o->sock, &type, p->down, sizeof(p->down), MSG_DONTWAIT);

    if (n == -EAGAIN) {
        return 0;
    }
    if (n < 0) {
        return p->ret->ended ? 1 : monitor_gone(n, e);
    }
    if (type == ATTACH_STDOUT || type == ATTACH_STDERR) {
        take_output(p, type == ATTACH_STDERR, (size_t) n);
    } else if (type == ATTACH_ERROR) {
        return err_set(e, ERR_UNAVAILABLE, "%.*s", (int) n, p->down);
    } else if (type == ATTACH_EXIT) {
        if (take_exit(p->down, n, &p->ret->end, e) < 0) {
            return -1;
        }
        /* From here on it is only the clean-up that we wait for: Ctrl-C is ours again. */
        p->ret->ended = true;
        p->input_open = false;
        term_restore();
        signals_end(p);
    }
    return 0;
}

/* ---- the loop ---- */

static void poll_prepare(const struct pump *p, struct pollfd *fds)
{
    bool output = p->down_len > 0;
    bool waits = send_waits(p) && !p->ret->ended;

    fds[POLL_SOCK] = (struct pollfd){
        .fd = output && !waits ? -1 : p->o->sock,
        .events = (short) ((output ? 0 : POLLIN) | (waits ? POLLOUT : 0)),
    };
    fds[POLL_STDIN] = (struct pollfd){
        .fd = p->input_open && !send_waits(p) ? p->o->stdin_fd : -1,
        .events = POLLIN,
    };
    fds[POLL_OUTPUT] = (struct pollfd){.fd = output ? output_fd(p) : -1, .events = POLLOUT};
    fds[POLL_SIGNAL] = (struct pollfd){.fd = p->signal_fd, .events = POLLIN};
}

static int pump_run(struct pump *p, struct error *e)
{
    int r = 0;

    while (r == 0) {
        struct pollfd fds[POLL_COUNT];

        poll_prepare(p, fds);
        if (poll(fds, POLL_COUNT, -1) < 0) {
            if (errno != EINTR) {
                return err_sys(e, errno, "attach: wait for the container");
            }
            continue;
        }
        if (fds[POLL_SIGNAL].revents) {
            take_signals(p);
        }
        if (fds[POLL_OUTPUT].revents) {
            write_some(p);
        }
        if (fds[POLL_STDIN].revents) {
            take_stdin(p);
        }
        send_due(p);
        if (p->ret->detached) {
            return 0;
        }
        if (fds[POLL_SOCK].revents & (POLLIN | POLLHUP | POLLERR) && p->down_len == 0) {
            r = take_frame(p, e);
        }
    }
    return r < 0 ? -1 : 0;
}

static bool is_regular(int fd)
{
    struct stat st;

    return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

int attach_pump(const struct attach_options *o, struct attach_result *ret, struct error *e)
{
    struct pump p = {
        .o = o,
        .ret = ret,
        .signal_fd = FD_NONE,
        .input_open = o->stdin_fd >= 0,
        .size_due = o->tty,
        .redraw_due = o->tty && o->redraw,
        .regular = {is_regular(o->stdout_fd), is_regular(o->stderr_fd)},
    };

    *ret = (struct attach_result){0};
    if (o->tty && o->detach) {
        p.detach = *o->detach;
    }
    if (signals_begin(&p, e) < 0) {
        return -1;
    }
    if (o->tty && o->stdin_fd >= 0 && isatty(o->stdin_fd)) {
        int r = term_raw(o->stdin_fd);

        if (r < 0) {
            signals_end(&p);
            return err_sys(e, r, "attach: set the terminal to raw mode");
        }
    }
    send_due(&p);
    int r = pump_run(&p, e);

    term_restore();
    signals_end(&p);
    if (r == 0 && p.lost.kind != ERR_NONE) {
        *e = p.lost;
        r = -1;
    }
    return r;
}
