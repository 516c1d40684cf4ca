// SPDX-License-Identifier: Apache-2.0
/*
 * hoy-init: process 1 of a container that asked for --init (it appears there as
 * /sbin/docker-init). Starts the command, passes signals on to it, reaps orphans, and ends with
 * the command's status. Static and without our libraries, since it runs in any image.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND      127
#define EXIT_OWN_FAULT      125

static int complain(int code, const char *what, const char *name)
{
    fprintf(stderr, "hoy-init: %s%s%s: %s\n", what, *name ? " " : "", name, strerror(errno));
    return code;
}

/* In the child: a process group of its own, in the foreground when there is a terminal. */
static int run_command(char **argv, const sigset_t *mask)
{
    (void) setpgid(0, 0);
    /* SIGTTOU would stop us here, were it not still blocked; ENOTTY: no terminal. */
    (void) tcsetpgrp(STDIN_FILENO, getpgrp());
    (void) signal(SIGTTOU, SIG_DFL);
    (void) signal(SIGTTIN, SIG_DFL);
    (void) sigprocmask(SIG_SETMASK, mask, NULL);
    execvp(argv[0], argv);
    return complain(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE, "exec", argv[0]);
}

/* Reaps all that have ended; the command's shell-like status, or -1 while it runs. */
static int reap(pid_t command)
{
    int result = -1;
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == command) {
            result = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        }
    }
    return result;
}

static int serve(pid_t command, const sigset_t *all)
{
    for (;;) {
        int sig = sigwaitinfo(all, NULL);

        if (sig == SIGCHLD) {
            int code = reap(command);

            if (code >= 0) {
                return code;
            }
        } else if (sig > 0) {
            (void) kill(command, sig);
        }
    }
}

int main(int argc, char **argv)
{
    sigset_t all, before;

    argv += argc > 0;
    if (*argv && strcmp(*argv, "--") == 0) {
        argv++;
    }
    if (!*argv) {
        errno = EINVAL;
        return complain(EXIT_OWN_FAULT, "no command", "");
    }
    (void) sigfillset(&all);
    /* Faults of our own must end us. */
    static const int faults[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGSYS};

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        (void) sigdelset(&all, faults[i]);
    }
    if (sigprocmask(SIG_SETMASK, &all, &before) < 0) {
        return complain(EXIT_OWN_FAULT, "block signals", "");
    }
    /* Job control of the terminal is the command's from now on. */
    (void) signal(SIGTTOU, SIG_IGN);
    (void) signal(SIGTTIN, SIG_IGN);

    pid_t command = fork();

    if (command == 0) {
        return run_command(argv, &before);
    }
    if (command < 0) {
        return complain(EXIT_OWN_FAULT, "fork", "");
    }
    return serve(command, &all);
}
