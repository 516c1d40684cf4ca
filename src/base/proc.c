// SPDX-License-Identifier: Apache-2.0
#include "base/proc.h"

#undef fork /* the one place that may, see base/banned.h */

#include "base/alloc.h"
#include "base/fd.h"
#include "base/parse.h"
#include "base/path.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef P_PIDFD
#define P_PIDFD 3 /* Linux 5.4 */
#endif

int pidfd_open_pid(pid_t pid)
{
    long fd = syscall(SYS_pidfd_open, pid, 0);

    return fd < 0 ? -errno : (int) fd;
}

int pidfd_signal(int pidfd, int sig)
{
    return syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0) < 0 ? -errno : 0;
}

int pidfd_wait(int pidfd, int *ret_status)
{
    siginfo_t si = {0};

    while (waitid((idtype_t) P_PIDFD, (id_t) pidfd, &si, WEXITED) < 0) {
        if (errno != EINTR) {
            return -errno;
        }
    }
    *ret_status = si.si_code == CLD_EXITED ? (si.si_status & 0xff) << 8
                                           : si.si_status | (si.si_code == CLD_DUMPED ? 0x80 : 0);
    return 0;
}

int proc_read(pid_t pid, struct proc_info *ret)
{
    char path[40];
    char buf[1024];

    snprintf(path, sizeof(path), "/proc/%d/stat", (int) pid);
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);

    if (n <= 0) {
        return -ESRCH;
    }
    buf[n] = '\0';
    /* The name in field 2 may hold anything, also ") R 1"; its end is the last ')'. */
    char *p = strrchr(buf, ')');

    if (!p || p[1] != ' ' || p[2] == 'Z' || p[2] == 'X') {
        return -ESRCH;
    }
    for (int field = 2; field < 22; field++) {
        p = strchr(p + 1, ' ');
        if (!p) {
            return -ESRCH;
        }
        if (field == 3) {
            ret->parent = (pid_t) strtol(p + 1, NULL, 10);
        }
    }
    ret->start_time = strtoull(p + 1, NULL, 10);
    return 0;
}

uint64_t proc_start_time(pid_t pid)
{
    struct proc_info info;

    return proc_read(pid, &info) < 0 ? 0 : info.start_time;
}

int proc_open_checked(pid_t pid, uint64_t start_time)
{
    int fd = pidfd_open_pid(pid);

    if (fd < 0) {
        return fd;
    }
    /* Checked after the open: from here on the pidfd names that one process. */
    if (start_time == 0 || proc_start_time(pid) != start_time) {
        close(fd);
        return -ESRCH;
    }
    return fd;
}

pid_t proc_fork(void)
{
    pid_t pid = fork();

    return pid < 0 ? -errno : pid;
}

static NORETURN void spawn_child(const struct proc_spawn *s, int report)
{
    int fds[FD_PASS_MAX + 3];
    size_t n = 3 + s->extra_count;
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    fds[0] = s->stdin_fd < 0 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : s->stdin_fd;
    fds[1] = s->stdout_fd < 0 ? open("/dev/null", O_WRONLY | O_CLOEXEC) : s->stdout_fd;
    fds[2] = s->stderr_fd < 0 ? STDERR_FILENO : s->stderr_fd;
    for (size_t i = 0; i < s->extra_count; i++) {
        fds[3 + i] = s->extra_fds[i];
    }
    /* First all out of the way of the final numbers, then each to its place. */
    int high = fcntl(report, F_DUPFD_CLOEXEC, 64);

    for (size_t i = 0; i < n; i++) {
        fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 64);
    }
    for (size_t i = 0; i < n; i++) {
        if (fds[i] < 0 || dup2(fds[i], (int) i) < 0) {
            goto failed;
        }
    }
    (void) fd_cloexec_from((unsigned) n);
    execve(s->path, s->argv, s->envp ? s->envp : environ);
failed:;
    int errnum = errno;

    (void) fd_write_all(high, &errnum, sizeof(errnum));
    _exit(127);
}

pid_t proc_spawn(const struct proc_spawn *s)
{
    int report[2];
    int errnum = 0;

    if (s->extra_count > FD_PASS_MAX) {
        return -EINVAL;
    }
    if (pipe2(report, O_CLOEXEC) < 0) {
        return -errno;
    }
    pid_t pid = fork();

    if (pid == 0) {
        spawn_child(s, report[1]);
    }
    int fork_errno = errno;

    close(report[1]);
    if (pid < 0) {
        close(report[0]);
        return -fork_errno;
    }
    ssize_t n = fd_read_full(report[0], &errnum, sizeof(errnum));

    close(report[0]);
    if (n == (ssize_t) sizeof(errnum)) {
        int status;

        (void) proc_wait(pid, &status);
        return -errnum;
    }
    return pid;
}

int proc_wait(pid_t pid, int *ret)
{
    while (waitpid(pid, ret, 0) < 0) {
        if (errno != EINTR) {
            return -errno;
        }
    }
    return 0;
}

int proc_exit_code(int wait_status)
{
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

char *proc_helper_path(const char *name)
{
    const char *dir = getenv("HOY_LIBEXEC");
    char self[4096];

    if (dir && *dir) {
        return path_join(dir, name);
    }
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (n > 0) {
        self[n] = '\0';
        cleanup_free char *own = path_dir(self);
        char *beside = path_join(own, name);

        if (access(beside, X_OK) == 0) {
            return beside;
        }
        free(beside);
    }
    char *installed = path_join(HOY_LIBEXECDIR, name);

    if (access(installed, X_OK) == 0) {
        return installed;
    }
    free(installed);
    return NULL;
}

static int realtime_from_string(const char *s)
{
    int64_t v = 0;
    bool max = strncasecmp(s, "RTMAX", 5) == 0;

    if (!max && strncasecmp(s, "RTMIN", 5) != 0) {
        return -EINVAL;
    }
    s += 5;
    if (*s && ((max ? *s != '-' : *s != '+') || parse_i64(s, &v) < 0)) {
        return -EINVAL;
    }
    int sig = (max ? SIGRTMAX : SIGRTMIN) + (int) v;

    return v > 64 || v < -64 || sig < SIGRTMIN || sig > SIGRTMAX ? -EINVAL : sig;
}

int signal_from_string(const char *name)
{
    uint64_t v;

    if (parse_u64(name, &v) == 0) {
        return v >= 1 && v <= 64 ? (int) v : -EINVAL;
    }
    if (strncasecmp(name, "SIG", 3) == 0) {
        name += 3;
    }
    for (int sig = 1; sig < 32; sig++) {
        const char *abbrev = sigabbrev_np(sig);

        if (abbrev && strcasecmp(abbrev, name) == 0) {
            return sig;
        }
    }
    return realtime_from_string(name);
}

const char *signal_to_string(int sig, char *buf, size_t size)
{
    const char *abbrev = sigabbrev_np(sig);

    if (abbrev) {
        snprintf(buf, size, "SIG%s", abbrev);
    } else if (sig >= SIGRTMIN && sig <= SIGRTMAX) {
        snprintf(buf, size, sig == SIGRTMIN ? "SIGRTMIN" : "SIGRTMIN+%d", sig - SIGRTMIN);
    } else {
        return NULL;
    }
    return buf;
}
