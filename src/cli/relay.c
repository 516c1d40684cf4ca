// SPDX-License-Identifier: Apache-2.0
#include "cli/relay.h"

#include "base/fd.h"
#include "base/proc.h"
#include "base/term.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>

#define BUFFER_SIZE 16384

int relay_open(struct relay *r, bool tty, bool want_stdin, struct error *e)
{
    *r = (struct relay){
        .tty = tty, .child = {FD_NONE, FD_NONE, FD_NONE}, .ours = {FD_NONE, FD_NONE, FD_NONE}};
    if (tty) {
        /* one terminal for all three; relay_started() gets it */
        r->ours[0] = want_stdin ? STDIN_FILENO : FD_NONE;
        return 0;
    }
    for (int i = 0; i < 3; i++) {
        int ends[2];

        if (i == 0 && !want_stdin) {
            r->child[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        } else if (!isatty(i)) {
            r->child[i] = fd_dup_cloexec(i);
        } else if (pipe2(ends, O_CLOEXEC) == 0) {
            r->child[i] = ends[i == 0 ? 0 : 1];
            r->ours[i] = ends[i == 0 ? 1 : 0];
            if (i == 0) {
                (void) fd_set_nonblock(ends[1], true);
            }
        } else {
            return err_sys(e, errno, "make a pipe");
        }
        if (r->child[i] < 0) {
            return err_sys(e, i == 0 && !want_stdin ? errno : r->child[i], "prepare descriptor %d",
                           i);
        }
    }
    return 0;
}

static void copy_size(int console)
{
    struct winsize ws;

    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &ws) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0) {
        ioctl(console, TIOCSWINSZ, &ws);
    }
}

void relay_started(struct relay *r, int console)
{
    for (int i = 0; i < 3; i++) {
        close_fd(&r->child[i]);
    }
    if (r->tty) {
        (void) fd_set_nonblock(console, true);
        r->ours[1] = console;
        copy_size(console);
    }
}

void relay_close(struct relay *r)
{
    for (int i = 0; i < 3; i++) {
        close_fd(&r->child[i]);
        if (r->ours[i] > STDERR_FILENO) {
            close_fd(&r->ours[i]);
        }
    }
}

/* ---- the loop ---- */

struct loop {
    struct relay *r;
    int sink; /* where input goes: the program's pipe or terminal; FD_NONE: nowhere (any more) */
    bool eof; /* of our input */
    char input[BUFFER_SIZE + DETACH_KEYS_MAX];
    size_t input_len; /* not taken by the program yet */
};

static volatile sig_atomic_t resized;

static void on_resize(int sig)
{
    (void) sig;
    resized = 1;
}

/*
 * Signals that would end us are the program's: whoever ends 'hoy exec' means what runs in the
 * container (Docker leaves it running, moby#9098). On a terminal the keys reach it as bytes.
 */
static const int passed_on[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
static volatile sig_atomic_t target = FD_NONE;

static void on_signal(int sig)
{
    int saved = errno;

    (void) pidfd_signal(target, sig);
    errno = saved;
}

static void pass_signals(int pidfd, struct sigaction old[ARRAY_SIZE(passed_on)])
{
    struct sigaction now = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

    target = pidfd;
    for (size_t i = 0; i < ARRAY_SIZE(passed_on); i++) {
        sigaction(passed_on[i], &now, &old[i]);
    }
}

static void stop_passing(const struct sigaction old[ARRAY_SIZE(passed_on)])
{
    for (size_t i = 0; i < ARRAY_SIZE(passed_on); i++) {
        sigaction(passed_on[i], &old[i], NULL);
    }
    target = FD_NONE;
}

/* Reads what there is of one output and writes it to ours. False at its end. */
static bool copy_output(int from, int to, struct error *e)
{
    char buf[BUFFER_SIZE];
    ssize_t n = read(from, buf, sizeof(buf));

    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return true;
    }
    if (n <= 0) {
        return false; /* EIO: the terminal's other end is closed */
    }
    int r = fd_write_all(to, buf, (size_t) n);

    if (r < 0 && r != -EPIPE) {
        err_sys(e, r, "write to %s", to == STDOUT_FILENO ? "stdout" : "stderr");
    }
    return r == 0;
}

static void read_input(struct loop *l)
{
    char buf[BUFFER_SIZE];
    ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));

    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return;
    }
    if (n <= 0) {
        l->eof = true;
        return;
    }
    if (l->r->keys) {
        l->r->detached = detach_keys_filter(l->r->keys, buf, (size_t) n, l->input, &l->input_len);
    } else {
        memcpy(l->input, buf, (size_t) n);
        l->input_len = (size_t) n;
    }
}

static void write_input(struct loop *l)
{
    ssize_t n = write(l->sink, l->input, l->input_len);

    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return;
    }
    if (n < 0) { /* it does not read any more */
        l->eof = true;
        l->input_len = 0;
        return;
    }
    l->input_len -= (size_t) n;
    memmove(l->input, l->input + n, l->input_len);
}

/* Input that is over closes the program's pipe; a terminal has no such end. */
static void close_input(struct loop *l)
{
    if (l->eof && !l->input_len && !l->r->tty && l->sink >= 0) {
        close_fd(&l->r->ours[0]);
        l->sink = FD_NONE;
    }
}

enum { SLOT_STDIN, SLOT_SINK, SLOT_OUT, SLOT_ERR, SLOT_END, SLOT_COUNT };

static void prepare(const struct loop *l, struct pollfd *p, int pidfd)
{
    const struct relay *r = l->r;
    bool reads = r->ours[0] >= 0 && !l->eof && !l->input_len;

    p[SLOT_STDIN] = (struct pollfd){.fd = reads ? STDIN_FILENO : -1, .events = POLLIN};
    p[SLOT_SINK] = (struct pollfd){.fd = l->input_len ? l->sink : -1, .events = POLLOUT};
    p[SLOT_OUT] = (struct pollfd){.fd = r->ours[1], .events = POLLIN};
    p[SLOT_ERR] = (struct pollfd){.fd = r->ours[2], .events = POLLIN};
    p[SLOT_END] = (struct pollfd){.fd = pidfd, .events = POLLIN};
}

/* One output; its end closes it. */
static void step_output(struct relay *r, int i, const struct pollfd *p, struct error *e)
{
    if (p->fd >= 0 && p->revents && !copy_output(p->fd, i, e)) {
        close_fd(&r->ours[i]);
    }
}

/* The program has ended: what it wrote before is still there to be read. */
static void drain(struct relay *r, struct error *e)
{
    for (int i = STDOUT_FILENO; i <= STDERR_FILENO; i++) {
        while (r->ours[i] >= 0) {
            struct pollfd p = {.fd = r->ours[i], .events = POLLIN};

            if (poll(&p, 1, 0) < 1 || !copy_output(p.fd, i, e)) {
                break;
            }
        }
    }
}

static int loop_run(struct loop *l, int pidfd, const sigset_t *mask, struct error *e)
{
    struct relay *r = l->r;

    while (!r->detached) {
        struct pollfd p[SLOT_COUNT];

        prepare(l, p, pidfd);
        if (resized && r->tty && r->ours[1] >= 0) {
            resized = 0;
            copy_size(r->ours[1]);
        }
        if (ppoll(p, SLOT_COUNT, NULL, mask) < 0) {
            if (errno == EINTR) {
                continue;
            }
            return err_sys(e, errno, "wait for the program's output");
        }
        step_output(r, STDOUT_FILENO, &p[SLOT_OUT], e);
        step_output(r, STDERR_FILENO, &p[SLOT_ERR], e);
        if (p[SLOT_END].revents) {
            drain(r, e);
            break;
        }
        if (p[SLOT_STDIN].revents) {
            read_input(l);
        }
        if (p[SLOT_SINK].revents) {
            write_input(l);
        }
        close_input(l);
    }
    return e->kind ? -1 : 0;
}

/*
 * The user went away, the program stays: its terminal must stay open, and somebody must read what
 * it prints. A child of ours does, until the program closes it.
 */
static void keep_terminal(int console)
{
    char buf[BUFFER_SIZE];
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (proc_fork() != 0) {
        close_p(&null);
        return;
    }
    setsid();
    for (int i = 0; i < 3 && null >= 0; i++) {
        dup2(null, i);
    }
    if (dup2(console, STDERR_FILENO + 1) < 0) {
        _exit(1);
    }
    console = STDERR_FILENO + 1;
    close_range((unsigned) console + 1, ~0u, 0);
    (void) fd_set_nonblock(console, false);
    for (;;) {
        ssize_t n = read(console, buf, sizeof(buf));

        if (n == 0 || (n < 0 && errno != EINTR)) {
            _exit(0);
        }
    }
}

int relay_run(struct relay *r, int pidfd, struct error *e)
{
    struct loop l = {.r = r, .sink = r->tty ? r->ours[1] : r->ours[0]};
    struct sigaction old, now = {.sa_handler = on_resize};
    struct sigaction before[ARRAY_SIZE(passed_on)];
    bool raw = r->tty && r->ours[0] >= 0 && term_raw(STDIN_FILENO) == 0;
    sigset_t winch, mask;

    sigemptyset(&winch);
    sigaddset(&winch, SIGWINCH);
    sigprocmask(SIG_BLOCK, &winch, &mask);
    sigdelset(&mask, SIGWINCH);
    sigaction(SIGWINCH, &now, &old);
    pass_signals(pidfd, before);
    int result = loop_run(&l, pidfd, &mask, e);

    stop_passing(before);
    sigaction(SIGWINCH, &old, NULL);
    sigprocmask(SIG_UNBLOCK, &winch, NULL);
    if (raw) {
        term_restore();
    }
    if (r->detached && r->ours[1] >= 0) {
        keep_terminal(r->ours[1]);
    }
    return result;
}
