// SPDX-License-Identifier: Apache-2.0
/* A run or exec in the foreground: our terminal, our signals, its exit code. */
#include "base/fd.h"
#include "base/proc.h"
#include "base/term.h"
#include "runtime/console.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#define BUFFER_SIZE 16384

struct foreground {
    int pidfd;
    int console; /* FD_NONE: the program has our streams */
    int signals;
    bool input_open;
    char input[BUFFER_SIZE]; /* typed, and not taken by the program yet */
    size_t input_len;
};

static void copy_size(int console)
{
    struct winsize ws;

    if (console >= 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &ws) == 0) {
        ioctl(console, TIOCSWINSZ, &ws);
    }
}

/* Those that the kernel sends for our own faults stay ours. */
static int take_signals(sigset_t *old)
{
    static const int ours[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGABRT, SIGPIPE};
    sigset_t set;

    sigfillset(&set);
    for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
        sigdelset(&set, ours[i]);
    }
    sigprocmask(SIG_SETMASK, &set, old);
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);

    return fd < 0 ? -errno : fd;
}

/* Our child's end is seen at its pidfd; of others that became our children nobody else will know.
 */
static void reap_others(pid_t pid)
{
    siginfo_t info = {0};

    while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0 &&
           info.si_pid != pid) {
        (void) waitid(P_PID, (id_t) info.si_pid, &info, WEXITED | WNOHANG);
        info.si_pid = 0;
    }
}

static void pass_signals(struct foreground *f, pid_t pid)
{
    struct signalfd_siginfo info;

    while (read(f->signals, &info, sizeof(info)) == (ssize_t) sizeof(info)) {
        int sig = (int) info.ssi_signo;

        if (sig == SIGCHLD) {
            reap_others(pid);
        } else if (sig == SIGWINCH) {
            copy_size(f->console);
        } else if (sig != SIGTSTP && sig != SIGTTIN && sig != SIGTTOU && sig != SIGURG) {
            (void) pidfd_signal(f->pidfd, sig);
        }
    }
}

/* False when the program's side is closed (EIO). */
static bool copy_output(struct foreground *f)
{
    char buf[BUFFER_SIZE];
    ssize_t n = read(f->console, buf, sizeof(buf));

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return true;
    }
    return n > 0 && fd_write_all(STDOUT_FILENO, buf, (size_t) n) == 0;
}

static void copy_input(struct foreground *f, bool can_read, bool can_write)
{
    if (can_read) {
        ssize_t n = read(STDIN_FILENO, f->input, sizeof(f->input));

        f->input_open = n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
        f->input_len = n > 0 ? (size_t) n : 0;
    }
    if (can_write && f->input_len) {
        ssize_t n = write(f->console, f->input, f->input_len);

        if (n > 0) {
            f->input_len -= (size_t) n;
            memmove(f->input, f->input + n, f->input_len);
        }
    }
}

enum { SLOT_END, SLOT_SIGNALS, SLOT_CONSOLE, SLOT_STDIN, SLOT_COUNT };

static int loop(struct foreground *f, pid_t pid, struct error *e)
{
    bool output_open = f->console >= 0;

    for (;;) {
        struct pollfd p[SLOT_COUNT] = {
            [SLOT_END] = {.fd = f->pidfd, .events = POLLIN},
            [SLOT_SIGNALS] = {.fd = f->signals, .events = POLLIN},
            [SLOT_CONSOLE] = {.fd = output_open ? f->console : -1,
                              .events = (short) (POLLIN | (f->input_len ? POLLOUT : 0))},
            [SLOT_STDIN] = {.fd = output_open && f->input_open && !f->input_len ? STDIN_FILENO : -1,
                            .events = POLLIN},
        };

        if (poll(p, SLOT_COUNT, -1) < 0 && errno != EINTR) {
            return err_sys(e, errno, "wait for the program");
        }
        pass_signals(f, pid);
        if (p[SLOT_CONSOLE].revents & (POLLIN | POLLHUP | POLLERR)) {
            output_open = copy_output(f);
        }
        copy_input(f, p[SLOT_STDIN].revents, p[SLOT_CONSOLE].revents & POLLOUT);
        if (p[SLOT_END].revents) {
            break;
        }
    }
    while (output_open) { /* what it wrote before its end is still there to be read */
        struct pollfd p = {.fd = f->console, .events = POLLIN};

        output_open = poll(&p, 1, 0) > 0 && copy_output(f);
    }
    return 0;
}

int foreground_run(int pidfd, pid_t pid, int console, int *ret, struct error *e)
{
    static struct foreground f;
    sigset_t old;
    int status;

    f = (struct foreground){.pidfd = pidfd, .console = console, .input_open = true};
    f.signals = take_signals(&old);
    if (f.signals < 0) {
        return err_sys(e, f.signals, "take signals");
    }
    if (console >= 0) {
        (void) fd_set_nonblock(console, true);
        copy_size(console);
        (void) term_raw(STDIN_FILENO);
    }
    int r = loop(&f, pid, e);

    term_restore();
    sigprocmask(SIG_SETMASK, &old, NULL);
    close_fd(&f.signals);
    if (r < 0) {
        return -1;
    }
    r = pidfd_wait(pidfd, &status);
    if (r < 0) {
        return err_sys(e, r, "wait for the program");
    }
    *ret = proc_exit_code(status);
    return 0;
}
