// SPDX-License-Identifier: Apache-2.0
#include "base/term.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

/* What ends a program without its exit handlers. */
static const int fatal[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGILL,  SIGTRAP, SIGABRT,
                            SIGBUS,  SIGFPE,  SIGSEGV, SIGPIPE, SIGALRM, SIGTERM,
                            SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ, SIGSYS};

static struct termios saved;
static struct termios raw;
static volatile sig_atomic_t raw_fd = -1;

void term_restore(void)
{
    int errnum = errno;
    int fd = raw_fd;

    if (fd >= 0) {
        raw_fd = -1;
        /* From the background this would stop us on the way out. */
        sigset_t set;
        sigset_t old;

        sigemptyset(&set);
        sigaddset(&set, SIGTTOU);
        (void) sigprocmask(SIG_BLOCK, &set, &old);
        (void) tcsetattr(fd, TCSANOW, &saved);
        (void) sigprocmask(SIG_SETMASK, &old, NULL);
    }
    errno = errnum;
}

/* SA_RESETHAND is set: the second raise has the default effect, so the parent sees the signal. */
static void on_fatal(int sig)
{
    term_restore();
    (void) raise(sig);
}

static void install_handlers(void)
{
    static bool at_exit;
    struct sigaction act = {.sa_handler = on_fatal, .sa_flags = (int) SA_RESETHAND};

    sigemptyset(&act.sa_mask);
    for (size_t i = 0; i < ARRAY_SIZE(fatal); i++) {
        struct sigaction now;

        /* Who ignores a signal (nohup) or handles it goes on doing so. */
        if (sigaction(fatal[i], NULL, &now) == 0 && now.sa_handler == SIG_DFL) {
            (void) sigaction(fatal[i], &act, NULL);
        }
    }
    if (!at_exit) {
        at_exit = atexit(term_restore) == 0;
    }
}

int term_raw(int fd)
{
    if (tcgetattr(fd, &saved) < 0) {
        return -errno;
    }
    raw = saved;
    cfmakeraw(&raw);
    install_handlers();
    raw_fd = fd;
    if (tcsetattr(fd, TCSANOW, &raw) < 0) {
        int errnum = errno;

        raw_fd = -1;
        return -errnum;
    }
    return 0;
}

void term_raw_again(void)
{
    if (raw_fd >= 0) {
        (void) tcsetattr(raw_fd, TCSANOW, &raw);
    }
}

int term_size(int fd, uint16_t *ret_rows, uint16_t *ret_columns)
{
    struct winsize ws;

    if (ioctl(fd, TIOCGWINSZ, &ws) < 0) {
        return -errno;
    }
    *ret_rows = ws.ws_row;
    *ret_columns = ws.ws_col;
    return 0;
}
