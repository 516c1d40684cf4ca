// SPDX-License-Identifier: Apache-2.0
#include "oci/hook.h"

#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/timeutil.h"
#include "oci/sync.h"
#include "oci/trampoline.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define SAID_MAX 400 /* bytes of a hook's output that a sentence can hold */

struct running {
    pid_t pid;
    int pidfd;
    int output; /* its stdout and stderr */
    char said[SAID_MAX + 1];
    size_t said_len;
};

/* The state as a file at its start. */
static int state_file(const char *state)
{
    cleanup_close int fd = memfd_create("state", MFD_CLOEXEC);
    int r = fd < 0 ? -errno : fd_write_all(fd, state, strlen(state));

    if (r == 0 && lseek(fd, 0, SEEK_SET) < 0) {
        r = -errno;
    }
    return r < 0 ? r : take_fd(&fd);
}

/*
 * In the hook's process. A program of the container is executed by the trampoline, since its path
 * may lead to /proc/self/exe, which is our own file on the host.
 */
static NORETURN void execute(const struct rt_hook *h, bool inside, int report)
{
    struct strv args = h->args;
    struct strv env = h->env;
    char *const only[] = {h->path, NULL};
    char **argv = args.count ? strv_argv(&args) : (char **) only;
    struct sync_msg refused = {.kind = SYNC_REFUSED};
    int trampoline = inside ? trampoline_open() : FD_NONE;

    if (trampoline >= 0) {
        size_t count = args.count ? args.count : 1;
        char **wrapped = xcalloc(count + 3, sizeof(*wrapped));
        char number[16];

        snprintf(number, sizeof(number), "%d", report);
        wrapped[0] = number;
        wrapped[1] = h->path;
        memcpy(wrapped + 2, argv, count * sizeof(*wrapped));
        (void) fd_set_cloexec(report, false); /* the trampoline sets it again */
        syscall(SYS_execveat, trampoline, "", wrapped, strv_argv(&env), AT_EMPTY_PATH);
    } else if (!inside) {
        execve(h->path, argv, strv_argv(&env));
    }
    refused.errnum = inside && trampoline < 0 ? -trampoline : errno;
    (void) fd_write_all(report, &refused, SYNC_HEAD_SIZE);
    _exit(127);
}

static NORETURN void hook_child(const struct rt_hook *h, bool inside, int input, int output,
                                int report)
{
    const int from[3] = {input, output, output};
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    (void) setpgid(0, 0); /* so that a timeout ends all it has started */
    for (int i = 0; i < 3; i++) {
        if (dup2(from[i], i) < 0) {
            _exit(127);
        }
    }
    (void) fd_cloexec_from(3);
    execute(h, inside, report);
}

static int start(const struct rt_hook *h, bool inside, const char *state, struct running *ret)
{
    cleanup_close int given = state_file(state);
    cleanup_close int input = given < 0 ? given : fcntl(given, F_DUPFD_CLOEXEC, 10);
    struct sync_msg refused;
    int report[2];
    int output[2];

    if (input < 0) {
        return given < 0 ? given : -errno;
    }
    if (pipe2(report, O_CLOEXEC) < 0) {
        return -errno;
    }
    if (pipe2(output, O_CLOEXEC) < 0) {
        close(report[0]);
        close(report[1]);
        return -ENFILE;
    }
    pid_t pid = proc_fork();

    if (pid == 0) {
        /* Above 0 to 2, which are about to be replaced. */
        hook_child(h, inside, input, fcntl(output[1], F_DUPFD_CLOEXEC, 10),
                   fcntl(report[1], F_DUPFD_CLOEXEC, 10));
    }
    close(report[1]);
    close(output[1]);
    ssize_t n = pid < 0 ? pid : fd_read_full(report[0], &refused, SYNC_HEAD_SIZE);

    close(report[0]);
    *ret = (struct running){.pid = pid, .output = output[0], .pidfd = FD_NONE};
    if (pid > 0 && n == 0) {
        ret->pidfd = pidfd_open_pid(pid);
        n = ret->pidfd < 0 ? ret->pidfd : 0;
    }
    if (n == 0) {
        return 0;
    }
    if (pid > 0) {
        int status;

        (void) kill(pid, SIGKILL);
        (void) proc_wait(pid, &status);
    }
    close_fd(&ret->output);
    if (n == (ssize_t) SYNC_HEAD_SIZE && refused.errnum > 0) {
        return -refused.errnum;
    }
    return n < 0 ? (int) n : -EPROTO;
}

/* Keeps the end of what it says. False when there is no more. */
static bool take_output(struct running *h)
{
    char buf[1024];
    ssize_t n = read(h->output, buf, sizeof(buf));

    if (n <= 0) {
        return n < 0 && (errno == EINTR || errno == EAGAIN);
    }
    size_t take = MIN((size_t) n, (size_t) SAID_MAX);
    size_t keep = MIN(h->said_len, (size_t) SAID_MAX - take);

    memmove(h->said, h->said + h->said_len - keep, keep);
    memcpy(h->said + keep, buf + n - take, take);
    h->said_len = keep + take;
    return true;
}

/* Until it has ended; a process that it left behind may hold the pipe for ever. -ETIMEDOUT. */
static int await_end(struct running *h, int64_t timeout)
{
    int64_t deadline = timeout == RT_UNSET ? 0 : time_mono() + timeout * INT64_C(1000000000);
    struct pollfd fds[2] = {{.fd = h->pidfd, .events = POLLIN},
                            {.fd = h->output, .events = POLLIN}};

    (void) fd_set_nonblock(h->output, true);
    for (;;) {
        int64_t left = deadline ? (deadline - time_mono() + 999999) / 1000000 : -1;

        if (deadline && left <= 0) {
            return -ETIMEDOUT;
        }
        int r = poll(fds, 2, (int) MIN(left, (int64_t) INT_MAX));

        if (r < 0 && errno != EINTR) {
            return -errno;
        }
        if (r > 0 && fds[1].revents && !take_output(h)) {
            fds[1].fd = -1;
        }
        if (r > 0 && fds[0].revents) {
            while (fds[1].fd >= 0 && poll(&fds[1], 1, 0) > 0 && take_output(h)) {
            }
            return 0;
        }
    }
}

/* ": what it said" for the sentence, on one line. */
static const char *said(struct running *h)
{
    while (h->said_len && strchr(" \n", h->said[h->said_len - 1])) {
        h->said_len--;
    }
    h->said[h->said_len] = '\0';
    log_harmless(h->said);
    return h->said;
}

static int judge(struct running *h, int status, struct error *e)
{
    char name[16];

    if (status == 0) {
        return 0;
    }
    const char *text = said(h);

    if (WIFSIGNALED(status)) {
        const char *sig = signal_to_string(WTERMSIG(status), name, sizeof(name));

        return err_set(e, ERR_INTERNAL, "killed by %s%s%s", sig ? sig : "a signal",
                       *text ? ": " : "", text);
    }
    return err_set(e, ERR_INTERNAL, "exit code %d%s%s", WEXITSTATUS(status), *text ? ": " : "",
                   text);
}

static int run_one(const struct rt_hook *h, bool inside, const char *state, struct error *e)
{
    struct running hook = {.pidfd = FD_NONE, .output = FD_NONE};
    int status = 0;
    int r = start(h, inside, state, &hook);

    if (r < 0) {
        return err_sys(e, r, "start");
    }
    r = await_end(&hook, h->timeout);
    if (r < 0) {
        (void) kill(-hook.pid, SIGKILL);
        (void) pidfd_signal(hook.pidfd, SIGKILL); /* it may have left its group */
    }
    int waited = proc_wait(hook.pid, &status);

    close(hook.pidfd);
    close(hook.output);
    if (r == -ETIMEDOUT) {
        return err_set(e, ERR_TIMEOUT, "still running after %lld seconds, killed",
                       (long long) h->timeout);
    }
    if (r < 0 || waited < 0) {
        return err_sys(e, r < 0 ? r : waited, "wait");
    }
    return judge(&hook, status, e);
}

int hooks_run(const struct rt_spec *spec, enum rt_hook_kind kind, const char *state,
              struct error *e)
{
    const struct rt_hooks *list = &spec->hooks[kind];

    for (size_t i = 0; i < list->count; i++) {
        if (run_one(&list->items[i], kind == RT_HOOK_START_CONTAINER, state, e) == 0) {
            continue;
        }
        err_wrap(e, "hook %s[%zu] '%s'", rt_hook_name(kind), i, list->items[i].path);
        if (kind != RT_HOOK_POSTSTOP) {
            return -1;
        }
        log_warn("%s", e->text);
        err_clear(e);
    }
    return 0;
}
