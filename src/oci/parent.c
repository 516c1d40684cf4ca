// SPDX-License-Identifier: Apache-2.0
#include "oci/parent.h"

#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/sock.h"
#include "oci/netdev.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* The next child is born in that pid namespace; our own stays what it is (pid_namespaces(7)). */
static int enter_pid_ns(int fd, int *ret_own, struct error *e)
{
    *ret_own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    if (*ret_own < 0) {
        return err_sys(e, errno, "open '/proc/self/ns/pid'");
    }
    if (setns(fd, CLONE_NEWPID) < 0) {
        err_sys(e, errno, "join pid namespace");
        close_fd(ret_own);
        return -1;
    }
    return 0;
}

int ns_clone_flag(enum rt_namespace_type t)
{
    static const int flags[RT_NS_COUNT] = {
        [RT_NS_PID] = CLONE_NEWPID,       [RT_NS_NETWORK] = CLONE_NEWNET,
        [RT_NS_MOUNT] = CLONE_NEWNS,      [RT_NS_IPC] = CLONE_NEWIPC,
        [RT_NS_UTS] = CLONE_NEWUTS,       [RT_NS_USER] = CLONE_NEWUSER,
        [RT_NS_CGROUP] = CLONE_NEWCGROUP, [RT_NS_TIME] = CLONE_NEWTIME,
    };

    return flags[t];
}

static long clone_child(const struct parent_clone *o, int *ret_pidfd)
{
    struct clone_args args = {
        .flags = o->flags | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
        .pidfd = (uint64_t) (uintptr_t) ret_pidfd,
        .exit_signal = o->join_first ? 0 : SIGCHLD, /* CLONE_PARENT: as our own */
    };

    args.flags |= o->join_first ? CLONE_PARENT : 0;

    if (o->cgroup_fd >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t) o->cgroup_fd;
    }
    long pid = syscall(SYS_clone3, &args, sizeof(args));

    return pid < 0 ? -errno : pid;
}

/* What the process in between says before it ends. */
struct joined {
    long pid;                      /* of the child, -errno */
    enum rt_namespace_type failed; /* RT_NS_COUNT: the clone itself */
};

/* User last: with the host's privileges still ours, every other one can be joined. */
static void join_and_clone(const struct parent_clone *o, struct child *c, int parent_side, int out)
{
    struct joined j = {.failed = RT_NS_COUNT};
    int pidfd;

    for (int i = 0; i <= RT_NS_COUNT && j.pid == 0; i++) {
        enum rt_namespace_type t = i < RT_NS_COUNT ? (enum rt_namespace_type) i : RT_NS_USER;

        if (c->ns_fds[t] >= 0 && (t != RT_NS_USER || i == RT_NS_COUNT)) {
            if (setns(c->ns_fds[t], ns_clone_flag(t)) < 0) {
                j = (struct joined){.pid = -errno, .failed = t};
            }
            close_fd(&c->ns_fds[t]);
        }
    }
    if (j.pid == 0) {
        j.pid = clone_child(o, &pidfd);
        if (j.pid == 0) {
            close(out);
            close(parent_side);
            o->run(c);
            _exit(1);
        }
    }
    (void) !write(out, &j, sizeof(j));
    _exit(0);
}

/* As clone_child, through a process in between; the child is ours all the same (CLONE_PARENT). */
static long clone_joined(const struct parent_clone *o, struct child *c, int parent_side,
                         int *ret_pidfd, struct error *e)
{
    struct joined j = {.pid = -EPIPE, .failed = RT_NS_COUNT};
    int out[2];
    int status;

    if (pipe2(out, O_CLOEXEC) < 0) {
        return err_sys(e, errno, "make pipe");
    }
    pid_t between = proc_fork();

    if (between == 0) {
        close(out[0]);
        join_and_clone(o, c, parent_side, out[1]);
    }
    close(out[1]);
    ssize_t n = between < 0 ? 0 : fd_read_full(out[0], &j, sizeof(j));

    close(out[0]);
    if (between > 0) {
        (void) proc_wait(between, &status);
    }
    if (n != sizeof(j) || j.pid < 0) {
        return j.failed < RT_NS_COUNT
                   ? err_sys(e, (int) j.pid, "join %s namespace", rt_namespace_name(j.failed))
                   : err_sys(e, (int) j.pid, "clone container process");
    }
    *ret_pidfd = (int) syscall(SYS_pidfd_open, (pid_t) j.pid, 0); /* ours, and not yet reaped */
    return *ret_pidfd < 0 ? err_sys(e, errno, "open container process") : j.pid;
}

int parent_clone(const struct parent_clone *o, struct child *c, struct oci_process *p,
                 struct error *e)
{
    int pair[2];
    int own_pid_ns = FD_NONE;
    int pidfd = FD_NONE;
    int r = sock_pair(pair);

    if (r < 0) {
        return err_sys(e, r, "make socket pair");
    }
    if (o->pid_ns >= 0 && !o->join_first && enter_pid_ns(o->pid_ns, &own_pid_ns, e) < 0) {
        close(pair[0]);
        close(pair[1]);
        return -1;
    }
    c->sync = pair[1];
    long pid = o->join_first ? clone_joined(o, c, pair[0], &pidfd, e) : clone_child(o, &pidfd);

    if (pid == 0) {
        close(pair[0]);
        o->run(c);
        _exit(1);
    }
    close(pair[1]);
    if (own_pid_ns >= 0) {
        if (setns(own_pid_ns, CLONE_NEWPID) < 0) {
            log_debug("return to own pid namespace: errno %d", errno);
        }
        close(own_pid_ns);
    }
    if (pid < 0) {
        close(pair[0]);
        return o->join_first ? -1 : err_sys(e, (int) pid, "clone container process");
    }
    p->pid = (pid_t) pid;
    p->pidfd = pidfd;
    p->sync = pair[0];
    return 0;
}

/* The child ended without a word: its wait status is the cause. It is reaped by that. */
static int report_death(struct oci_process *p, struct error *e)
{
    char name[16];
    int status = 0;
    int r;

    if (p->pidfd < 0) {
        return err_set(e, ERR_IN_USE, "container process ended or was started already");
    }
    (void) pidfd_signal(p->pidfd, SIGKILL); /* it only closed the pair: do not wait for ever */
    r = pidfd_wait(p->pidfd, &status);
    close_fd(&p->pidfd);
    if (r < 0) {
        return err_sys(e, r, "wait for container process");
    }
    if (WIFSIGNALED(status)) {
        const char *sig = signal_to_string(WTERMSIG(status), name, sizeof(name));

        err_set(e, ERR_INTERNAL, "container process ended before the program ran: killed by %s",
                sig ? sig : "a signal");
        return WTERMSIG(status) == SIGKILL
                   ? err_hint(e, "a memory limit that is too small for the start does this")
                   : -1;
    }
    return err_set(e, ERR_INTERNAL, "container process ended before the program ran: exit code %d",
                   WEXITSTATUS(status));
}

/* ERROR and WARNING, end of file and nonsense are the same in every phase: 1 for a message that
 * the phase has to judge, 0 for one that is dealt with, -1. */
static int next_message(struct oci_process *p, struct sync_msg *m, int *ret_fd, struct error *e)
{
    int r = sync_recv(p->sync, m, ret_fd);

    if (r < 0 && r != -ECONNRESET) { /* a connection that was never accepted ends with that */
        return err_sys(e, r, "read from container process");
    }
    if (r <= 0) {
        return report_death(p, e);
    }
    if (m->kind == SYNC_WARNING) {
        log_warn("%s", m->error.text);
        return 0;
    }
    if (m->kind == SYNC_ERROR) {
        p->exec_not_found = m->program == SYNC_PROGRAM_NOT_FOUND;
        p->exec_denied = m->program == SYNC_PROGRAM_DENIED;
        *e = m->error;
        return -1;
    }
    return 1;
}

static int run_create_hooks(struct oci_process *p, const struct oci_callbacks *cb, struct error *e)
{
    if (cb->create_runtime && cb->create_runtime(cb->ctx, p->pid, e) < 0) {
        return -1;
    }
    int r = sync_send(p->sync, SYNC_GO_ON, FD_NONE);

    /* A broken pair: what follows from the child, or its wait status, says why. */
    return r < 0 && r != -EPIPE ? err_sys(e, r, "answer container process") : 0;
}

/* The caller may close it as soon as the agent has its own. */
static int pass_listener(struct oci_process *p, const struct oci_callbacks *cb, int *fd,
                         struct error *e)
{
    if (!cb || !cb->seccomp || *fd < 0) {
        close_fd(fd);
        return err_set(e, ERR_UNSUPPORTED, "seccomp: nobody here passes a listener on");
    }
    int r = cb->seccomp(cb->ctx, p->pid, *fd, e);

    close_fd(fd);
    return r;
}

static int namespaces_exist(struct oci_process *p, const struct oci_create_options *o,
                            struct error *e)
{
    const struct oci_callbacks *cb = &o->callbacks;

    if (o->spec->net_devices_count && netdev_move_all(o->spec, p->pid, e) < 0) {
        return -1;
    }
    return cb->namespaces_ready ? cb->namespaces_ready(cb->ctx, p->pid, e) : 0;
}

int parent_await_ready(struct oci_process *p, const struct oci_create_options *o, struct error *e)
{
    const struct oci_callbacks *cb = &o->callbacks;
    struct sync_msg m;

    for (;;) {
        int fd = FD_NONE;
        int r = next_message(p, &m, &fd, e);

        if (r < 0) {
            return -1;
        }
        if (r == 1 && m.kind == SYNC_READY) {
            p->console = fd;
            return 0;
        }
        if (r == 1 && m.kind == SYNC_LISTENER) {
            if (pass_listener(p, cb, &fd, e) < 0) {
                return -1;
            }
            continue;
        }
        close_fd(&fd);
        if (r == 1 && m.kind == SYNC_NAMESPACES) {
            if (namespaces_exist(p, o, e) < 0) {
                parent_prefer_child_error(p, e);
                return -1;
            }
        } else if (r == 1 && m.kind == SYNC_MOUNTED) {
            if (run_create_hooks(p, cb, e) < 0) {
                return -1;
            }
        } else if (r == 1) {
            return err_set(e, ERR_INTERNAL, "container process said %d out of turn", m.kind);
        }
    }
}

/* The kernel's reason why the program did not run; ENOENT is a missing interpreter, too. */
static int refused(struct oci_process *p, const char *program, int errnum, struct error *e)
{
    char cause[100];

    p->exec_not_found = errnum == ENOENT;
    p->exec_denied = !p->exec_not_found;
    return err_set(e, p->exec_not_found ? ERR_NOT_FOUND : ERR_DENIED, "exec %s: %s", program,
                   err_cause(errnum, cause, sizeof(cause)));
}

int parent_await_exec(struct oci_process *p, const struct oci_callbacks *cb, struct error *e)
{
    struct sync_msg m;
    struct sync_msg last;
    int fd = FD_NONE;
    int r;

    do {
        r = next_message(p, &m, &fd, e);
        if (r == 1 && m.kind == SYNC_READY && fd >= 0 && p->console < 0) {
            p->console = take_fd(&fd); /* exec sends it without waiting */
            r = 0;
        } else if (r == 1 && m.kind == SYNC_LISTENER) {
            r = pass_listener(p, cb, &fd, e);
        }
        close_fd(&fd);
    } while (r == 0);
    if (r < 0) {
        return -1;
    }
    if (m.kind != SYNC_EXEC) {
        return err_set(e, ERR_INTERNAL, "container process said %d out of turn", m.kind);
    }
    r = sync_recv(p->sync, &last, NULL);
    if (r == 0) { /* the kernel closed it: execve worked */
        close_fd(&p->sync);
        return 0;
    }
    /* From here on the other side may be the container's: only an errno is taken from it. */
    if (r == 1 && last.kind == SYNC_REFUSED) {
        return refused(p, m.error.text, last.errnum, e);
    }
    if (r == 1 && last.kind == SYNC_UNFILTERED) {
        return err_sys(e, last.errnum, "load seccomp filter");
    }
    return r < 0 ? err_sys(e, r, "read from container process")
                 : err_set(e, ERR_INTERNAL, "container process said %d out of turn", last.kind);
}

void parent_prefer_child_error(struct oci_process *p, struct error *e)
{
    struct pollfd pfd = {.fd = p->sync, .events = POLLIN};
    struct sync_msg m;

    while (p->sync >= 0 && poll(&pfd, 1, 0) > 0 && sync_recv(p->sync, &m, NULL) > 0) {
        if (m.kind == SYNC_ERROR) {
            *e = m.error;
            return;
        }
    }
}
