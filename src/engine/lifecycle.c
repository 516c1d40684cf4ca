// SPDX-License-Identifier: Apache-2.0
/* stop, kill, wait, rm, pause, rename: what happens to a container after its start. */
#include "engine/lifecycle.h"

#include "base/attach_proto.h"
#include "base/fd.h"
#include "base/fs.h"
#include "base/lock.h"
#include "base/proc.h"
#include "base/timeutil.h"
#include "engine/finish.h"
#include "oci/cgroup.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define KILL_TIMEOUT_NS   (10 * NS_PER_SEC)
#define DEAF_CHECK_NS     (NS_PER_SEC / 10)
#define FINISH_TIMEOUT_NS (60 * NS_PER_SEC) /* a clean-up takes milliseconds */
#define FINISH_POLL_MS    5
#define DEFAULT_STOP_SEC  10

/* ---- waiting for the end ---- */

/* Milliseconds for poll(2), rounded up; -1 for ever. */
static int poll_timeout(int64_t deadline)
{
    if (deadline == INT64_MAX) {
        return -1;
    }
    int64_t left = (deadline - time_mono() + 999999) / 1000000;

    return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int) left;
}

/*
 * Waits on a wait-only connection for the exit (ret_code may be NULL) and then for end of file,
 * which comes when the clean-up is done. deadline: time_mono(), INT64_MAX for none.
 * -ETIMEDOUT; -EPIPE: the monitor was killed.
 */
static int wait_for_end(int sock, int64_t deadline, int *ret_code)
{
    bool exited = false;

    for (;;) {
        union {
            struct attach_head head;
            char buf[ATTACH_FRAME_MAX];
        } frame;
        struct attach_exit record;
        struct pollfd p = {.fd = sock, .events = POLLIN};
        int r = poll(&p, 1, poll_timeout(deadline));

        if (r < 0 && errno == EINTR) {
            continue;
        }
        if (r == 0) {
            return -ETIMEDOUT;
        }
        ssize_t n = fd_msg_recv(sock, &frame, sizeof(frame), NULL, 0, NULL);

        if (n == 0 || n == -ECONNRESET) {
            return exited ? 0 : -EPIPE;
        }
        if (n < 0) {
            return (int) n;
        }
        if (frame.head.type == ATTACH_EXIT && (size_t) n >= sizeof(frame.head) + sizeof(record)) {
            memcpy(&record, frame.buf + sizeof(frame.head), sizeof(record));
            exited = true;
            if (ret_code) {
                *ret_code = record.code;
            }
        }
    }
}

/* Reads the state again without the lock; false when the container is gone. */
static bool refresh(struct engine *eng, struct container *c)
{
    CLEANUP(container) struct container now;
    struct error ignored = {0};

    container_init(&now);
    if (ctr_load(eng, c->config.id, &now, &ignored) < 0) {
        return false;
    }
    c->state = now.state;
    c->stale = now.stale;
    return true;
}

/* It ended while we connected, or its monitor died: the state says how, once it is written. */
static int wait_for_state(struct engine *eng, struct container *c, int *ret_code, struct error *e)
{
    int64_t deadline = time_mono() + FINISH_TIMEOUT_NS;

    for (;;) {
        if (!refresh(eng, c)) {
            return err_set(e, ERR_NOT_FOUND, "No such container: %s", c->config.name);
        }
        if (!ctr_is_running(c)) {
            *ret_code = c->state.exit_code;
            return 0;
        }
        if (time_mono() > deadline) {
            return err_set(e, ERR_TIMEOUT, "wait for container '%s': its end is not written down",
                           c->config.name);
        }
        poll(NULL, 0, FINISH_POLL_MS);
    }
}

int ctr_wait(struct engine *eng, struct container *c, enum wait_condition cond, int *ret_code,
             struct error *e)
{
    int code = 0;

    if (!ctr_is_running(c)) {
        *ret_code = c->state.exit_code;
        if (cond == WAIT_NOT_RUNNING) {
            return 0;
        }
        return err_set(e, ERR_UNSUPPORTED, "wait for container '%s': it does not run",
                       c->config.name);
    }
    cleanup_close int sock = ctr_attach(eng, c, 0, e);

    if (sock >= 0) {
        int r = wait_for_end(sock, INT64_MAX, &code);

        if (r == 0) {
            *ret_code = code;
            return 0;
        }
    }
    err_clear(e);
    return wait_for_state(eng, c, ret_code, e);
}

/* ---- signals ---- */

/* True when process 1 of a container would never notice the signal: the kernel drops signals
 * without a handler for the init of a pid namespace (pid_namespaces(7)). */
static bool is_deaf(pid_t pid, int signal)
{
    char path[40];
    cleanup_free char *text = NULL;
    uint64_t mask = 0;

    snprintf(path, sizeof(path), "/proc/%d/status", (int) pid);
    if (signal < 1 || signal > 64 || file_read(AT_FDCWD, path, 65536, &text, NULL) < 0) {
        return false;
    }
    /* Blocked ones may be awaited with sigwait or signalfd. */
    for (const char *name = "SigBlk:"; name;
         name = strcmp(name, "SigBlk:") == 0 ? "SigCgt:" : NULL) {
        const char *line = strstr(text, name);

        if (!line) {
            return false;
        }
        mask |= strtoull(line + strlen(name), NULL, 16);
    }
    return !(mask & (1ull << (signal - 1)));
}

static int stop_signal_of(const struct container *c)
{
    int sig = c->config.stop_signal ? signal_from_string(c->config.stop_signal) : SIGTERM;

    return sig < 0 ? SIGTERM : sig;
}

/* Kills whatever runs in the container's cgroup; init's death takes its pid namespace along. */
static int kill_all(struct container *c, struct error *e)
{
    CLEANUP(cgroup) struct cgroup *cg = NULL;
    cleanup_free char *path = ctr_cgroup_path(c);
    cleanup_close int pidfd = proc_open_checked(c->state.pid, c->state.pid_start);

    if (pidfd >= 0) {
        (void) pidfd_signal(pidfd, SIGKILL);
    }
    if (c->state.status != CTR_PAUSED && pidfd >= 0) {
        return 0;
    }
    /* A frozen group must thaw before its processes can die (cgroup v1). */
    if (cgroup_open(path, &cg, e) < 0) {
        return e->kind == ERR_NOT_FOUND ? 0 : -1;
    }
    return cgroup_kill(cg, e);
}

static int thaw(const struct container *c, struct error *e)
{
    CLEANUP(cgroup) struct cgroup *cg = NULL;
    cleanup_free char *path = ctr_cgroup_path(c);

    if (cgroup_open(path, &cg, e) < 0) {
        return -1;
    }
    return cgroup_freeze(cg, false, e);
}

/*
 * Waits for the end after the stop signal, at most until the deadline. When process 1 has no
 * handler for the signal the kernel has dropped it, and waiting longer would be for nothing; it
 * gets a moment for the case that it has only just started and is about to install one.
 */
static int wait_graceful(struct container *c, int sock, int signal, int64_t deadline)
{
    int64_t first = MIN(deadline, time_mono() + DEAF_CHECK_NS);
    int r = wait_for_end(sock, first, NULL);

    if (r != -ETIMEDOUT || first == deadline || is_deaf(c->state.pid, signal)) {
        return r;
    }
    return wait_for_end(sock, deadline, NULL);
}

/* The container has ended, or its monitor is gone; make the disk agree. ERR_UNAVAILABLE: neither.
 */
static int settle(struct engine *eng, struct container *c, struct error *e)
{
    if (!refresh(eng, c)) {
        return 0; /* --rm: it is gone, as wished */
    }
    if (ctr_is_running(c)) {
        return err_set(e, ERR_UNAVAILABLE, "cannot stop container: %s: its monitor hung up",
                       c->config.name);
    }
    if (!c->stale) {
        return 0;
    }
    int r = ctr_lock(eng, c, e); /* repairs */

    ctr_unlock(c);
    if (r < 0 && e->kind == ERR_NOT_FOUND) {
        err_clear(e);
        return 0;
    }
    return r;
}

int ctr_stop(struct engine *eng, struct container *c, int signal, int64_t timeout, struct error *e)
{
    if (!ctr_is_running(c)) {
        return 0;
    }
    int sig = signal ? signal : stop_signal_of(c);
    int64_t sec = timeout != -2                 ? timeout
                  : c->config.stop_timeout >= 0 ? c->config.stop_timeout
                                                : eng->config.stop_timeout;
    cleanup_close int sock = ctr_attach(eng, c, 0, e);
    cleanup_close int pidfd = proc_open_checked(c->state.pid, c->state.pid_start);

    if (sock < 0 || pidfd < 0) {
        err_clear(e);
        return settle(eng, c, e);
    }
    int r = pidfd_signal(pidfd, sig);

    if (r < 0 && r != -ESRCH) {
        return err_sys(e, r, "cannot stop container: %s", c->config.name);
    }
    if (c->state.status == CTR_PAUSED && thaw(c, e) < 0) {
        return -1;
    }
    r = wait_graceful(c, sock, sig,
                      sec < 0 ? INT64_MAX : time_mono() + MIN(sec, (int64_t) 1 << 31) * NS_PER_SEC);
    if (r == -ETIMEDOUT) {
        if (kill_all(c, e) < 0) {
            return err_wrap(e, "cannot stop container: %s", c->config.name);
        }
        r = wait_for_end(sock, time_mono() + KILL_TIMEOUT_NS, NULL);
    }
    if (r == -ETIMEDOUT) {
        return err_set(e, ERR_TIMEOUT,
                       "cannot stop container: %s: it still runs %lld s after "
                       "SIGKILL",
                       c->config.name, KILL_TIMEOUT_NS / NS_PER_SEC);
    }
    return settle(eng, c, e);
}

int ctr_kill(struct engine *eng, struct container *c, int signal, struct error *e)
{
    (void) eng;
    cleanup_close int pidfd = ctr_pidfd(c, e);

    if (pidfd < 0) {
        return err_wrap(e, "Cannot kill container: %s", c->config.name);
    }
    if (signal == 0) {
        signal = SIGKILL;
    }
    if (signal == SIGKILL) {
        return kill_all(c, e) < 0 ? err_wrap(e, "Cannot kill container: %s", c->config.name) : 0;
    }
    int r = pidfd_signal(pidfd, signal);

    return r < 0 ? err_sys(e, r, "Cannot kill container: %s", c->config.name) : 0;
}

int ctr_restart(struct engine *eng, struct container *c, int signal, int64_t timeout,
                struct error *e)
{
    struct start_result started;

    if (ctr_is_running(c)) {
        /* A --rm container survives its restart: the clean-up sees this file. */
        cleanup_close int keep =
            openat(c->run_dir, "keep", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

        if (keep < 0) {
            return err_sys(e, errno, "restart container '%s'", c->config.name);
        }
        if (ctr_stop(eng, c, signal, timeout, e) < 0) {
            return -1;
        }
    }
    if (ctr_start(eng, c, 0, &started, e) < 0) {
        return err_wrap(e, "Cannot restart container %s", c->config.name);
    }
    return 0;
}

/* ---- rm ---- */

int ctr_remove(struct engine *eng, struct container *c, const struct remove_options *o,
               struct error *e)
{
    if (ctr_lock(eng, c, e) < 0) {
        return -1;
    }
    if (ctr_is_running(c)) {
        ctr_unlock(c);
        if (!o->force) {
            if (c->state.status == CTR_PAUSED) {
                return err_set(e, ERR_IN_USE,
                               "You cannot remove a paused container %s. Unpause and then stop the "
                               "container before attempting removal or force remove",
                               c->config.id);
            }
            return err_set(e, ERR_IN_USE,
                           "You cannot remove a running container %s. Stop the container before "
                           "attempting removal or force remove",
                           c->config.id);
        }
        if (ctr_stop(eng, c, SIGKILL, 0, e) < 0) {
            return -1;
        }
        if (ctr_lock(eng, c, e) < 0) {
            if (e->kind == ERR_NOT_FOUND) { /* --rm did it */
                err_clear(e);
                return 0;
            }
            return -1;
        }
    }
    /* Nothing is left of a run, unless all its processes were killed at once. */
    int r = ctr_release_run(eng, c, e);

    if (r == 0) {
        r = ctr_delete(eng, c, o->volumes || c->config.auto_remove, e);
    }

    ctr_unlock(c);
    return r;
}

/* ---- pause ---- */

static int freeze(struct container *c, bool frozen, struct error *e)
{
    CLEANUP(cgroup) struct cgroup *cg = NULL;
    cleanup_free char *path = ctr_cgroup_path(c);

    if (cgroup_open(path, &cg, e) < 0 || cgroup_freeze(cg, frozen, e) < 0) {
        return err_wrap(e, "Cannot %s container %s", frozen ? "pause" : "unpause", c->config.id);
    }
    c->state.status = frozen ? CTR_PAUSED : CTR_RUNNING;
    return ctr_save_state(c, e);
}

int ctr_pause(struct engine *eng, struct container *c, struct error *e)
{
    if (ctr_lock(eng, c, e) < 0) {
        return -1;
    }
    int r;

    if (c->state.status == CTR_PAUSED) {
        r = err_set(e, ERR_IN_USE, "Container %s is already paused", c->config.id);
    } else if (!ctr_is_running(c)) {
        r = err_set(e, ERR_IN_USE, "Container %s is not running", c->config.id);
    } else {
        r = freeze(c, true, e);
    }
    ctr_unlock(c);
    return r;
}

int ctr_unpause(struct engine *eng, struct container *c, struct error *e)
{
    if (ctr_lock(eng, c, e) < 0) {
        return -1;
    }
    int r = c->state.status == CTR_PAUSED
                ? freeze(c, false, e)
                : err_set(e, ERR_IN_USE, "Container %s is not paused", c->config.id);

    ctr_unlock(c);
    return r;
}

/* ---- rename ---- */

int ctr_rename(struct engine *eng, struct container *c, const char *new_name, struct error *e)
{
    const char *name = *new_name == '/' ? new_name + 1 : new_name;
    struct error check = {0};

    if (!*name) {
        return err_set(e, ERR_INVALID, "Neither old nor new names may be empty");
    }
    if (ctr_name_check(name, &check) < 0) {
        return err_set(e, ERR_INVALID, "Error when allocating new name: %s", check.text);
    }
    if (c->config.name && strcmp(c->config.name, name) == 0) {
        return err_set(e, ERR_INVALID,
                       "Renaming a container with the same name as its current name");
    }
    if (ctr_lock(eng, c, e) < 0) {
        return -1;
    }
    if (ctr_name_claim(eng, name, c->config.id, e) < 0) {
        ctr_unlock(c);
        return err_wrap(e, "Error when allocating new name");
    }
    cleanup_free char *old = take_ptr(&c->config.name);

    c->config.name = xstrdup(name);
    int r = ctr_save_config(c, e);

    if (r < 0) {
        ctr_name_release(eng, name, c->config.id);
    } else if (old) {
        ctr_name_release(eng, old, c->config.id);
    }
    ctr_unlock(c);
    return r;
}
