// SPDX-License-Identifier: Apache-2.0
#include "engine/launch.h"

#include "base/fd.h"
#include "base/fs.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/sock.h"
#include "base/timeutil.h"
#include "engine/etcfiles.h"
#include "engine/finish.h"
#include "engine/spec_gen.h"
#include "monitor/monitor.h"
#include "oci/oci.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/*
 * How long a container is watched in this process before it becomes hoy-monitor: longer than a
 * short command takes, shorter than anyone would look at the memory.
 */
#define LAUNCH_LINGER (40 * NS_PER_SEC / 1000)

struct launcher {
    struct engine *eng;
    struct container *c;
    unsigned want;
    int reply;  /* struct launch_reply goes here */
    int attach; /* the first client's socket, or FD_NONE */
    int monitor_lock;
    int in[2], out[2], err[2]; /* pipes: [0] read, [1] write end */
    char *root_target;
    struct rt_spec spec;
    struct oci_process process;
    struct launch_reply result;
};

/* ---- what oci needs from above ---- */

static int mount_root(void *ctx, const char *target, struct error *e)
{
    struct launcher *l = ctx;
    const struct storage *s = engine_storage(l->eng, e);

    if (!s) {
        return -1;
    }
    return storage_snapshot_mount(s, l->c->config.id, &l->c->config.chain, target,
                                  l->c->config.auto_remove ? STORAGE_MOUNT_VOLATILE : 0, e);
}

static int root_ready(void *ctx, int rootfd, struct rt_spec *spec, struct error *e)
{
    struct launcher *l = ctx;

    return spec_complete(&l->c->config, rootfd, spec, e);
}

/* ---- preparation ---- */

static int make_pipe(int p[2], struct error *e)
{
    return pipe2(p, O_CLOEXEC) < 0 ? err_sys(e, errno, "make a pipe") : 0;
}

/* stdin of a container without -i is /dev/null; a terminal comes from the container itself. */
static int make_stdio(struct launcher *l, struct error *e)
{
    const struct ctr_config *c = &l->c->config;

    l->in[0] = l->in[1] = l->out[0] = l->out[1] = l->err[0] = l->err[1] = FD_NONE;
    if (c->tty) {
        return 0;
    }
    if (c->open_stdin) {
        if (make_pipe(l->in, e) < 0) {
            return -1;
        }
    } else {
        l->in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (l->in[0] < 0) {
            return err_sys(e, errno, "open /dev/null");
        }
    }
    return make_pipe(l->out, e) < 0 || make_pipe(l->err, e) < 0 ? -1 : 0;
}

static int make_run_files(struct launcher *l, struct error *e)
{
    struct container *c = l->c;
    char path[sizeof("containers//rootfs") + CTR_ID_LEN];

    l->monitor_lock = lock_try(c->run_dir, "monitor.lock", LOCK_MODE_EXCLUSIVE);
    if (l->monitor_lock < 0) {
        return err_sys(e, l->monitor_lock, "lock the monitor of container '%.12s'", c->config.id);
    }
    if (mkdirat(c->run_dir, "rootfs", 0700) < 0 && errno != EEXIST) {
        return err_sys(e, errno, "make the mount point of container '%.12s'", c->config.id);
    }
    unlinkat(c->run_dir, MONITOR_EXIT_NAME, 0);
    unlinkat(c->run_dir, "keep", 0);
    snprintf(path, sizeof(path), "containers/%s/rootfs", c->config.id);
    l->root_target = path_join(l->eng->state_path, path);
    return etcfiles_write(c, e);
}

static void warn_missing(const struct cgroup *cg)
{
    char *name;

    strv_foreach (cgroup_missing(cg), name) {
        log_warn("%s: not supported by this host, ignored", name);
    }
}

static int create(struct launcher *l, struct error *e)
{
    if (make_run_files(l, e) < 0 || make_stdio(l, e) < 0 ||
        spec_generate(l->eng, l->c, &l->spec, e) < 0) {
        return -1;
    }
    struct oci_create_options o = {
        .spec = &l->spec,
        .root_target = l->root_target,
        .callbacks = {.ctx = l, .mount_root = mount_root, .root_ready = root_ready},
        .stdio = {l->in[0], l->out[1], l->err[1]},
    };

    if (oci_create(&o, &l->process, e) < 0) {
        return -1;
    }
    if (l->process.cgroup) {
        warn_missing(l->process.cgroup);
    }
    close_fd(&l->in[0]);
    close_fd(&l->out[1]);
    close_fd(&l->err[1]);
    return 0;
}

/* ---- the monitor ---- */

static void monitor_config_fill(struct launcher *l, struct monitor_config *m)
{
    const struct ctr_config *c = &l->c->config;

    monitor_config_init(m);
    snprintf(m->id, sizeof(m->id), "%s", c->id);
    m->flags = (c->open_stdin ? MONITOR_OPEN_STDIN : 0) | (c->stdin_once ? MONITOR_STDIN_ONCE : 0);
    m->init_pid = l->process.pid;
    m->init_pidfd = l->process.pidfd;
    m->tty_fd = l->process.console;
    m->stdin_fd = l->in[1];
    m->stdout_fd = l->out[0];
    m->stderr_fd = l->err[0];
    m->run_dir_fd = l->c->run_dir;
    if (!c->log_driver || strcmp(c->log_driver, "none") != 0) {
        m->log = MONITOR_LOG_JSON_FILE;
        m->log_dir_fd = l->c->data_dir;
        m->log_files = (uint32_t) MAX(c->log_max_file, (int64_t) 1);
        m->log_max_size = c->log_max_size;
    }
    if (l->want) {
        m->clients[0] = (struct monitor_client){.fd = l->attach, .want = l->want};
    }
    m->keep_fds[m->keep_count++] = l->monitor_lock;
}

static int set_cleanup(struct launcher *l, struct monitor_config *m, struct error *e)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (n < 0) {
        return err_sys(e, errno, "find our own program");
    }
    self[n] = '\0';
    CLEANUP(strv) struct strv argv = STRV_INIT;

    strv_add(&argv, self);
    strv_add(&argv, "--root");
    strv_add(&argv, l->eng->root_path);
    strv_add(&argv, "--state");
    strv_add(&argv, l->eng->state_path);
    strv_add(&argv, "monitor-exit");
    strv_add(&argv, l->c->config.id);
    int r = monitor_config_set_cleanup(m, strv_argv(&argv));

    return r < 0 ? err_sys(e, r, "prepare the clean-up of container '%.12s'", l->c->config.id) : 0;
}

static int save_running(struct launcher *l, struct error *e)
{
    struct ctr_state *s = &l->c->state;

    s->status = CTR_RUNNING;
    s->pid = l->process.pid;
    s->pid_start = proc_start_time(l->process.pid);
    s->exit_code = 0;
    s->oom_killed = false;
    s->error[0] = '\0';
    s->started_at = time_now();
    s->finished_at = 0;
    return ctr_save_state(l->c, e);
}

static int listen_for_clients(struct launcher *l, struct monitor_config *m, struct error *e)
{
    m->listen_fd = sock_listen(l->c->run_dir, ATTACH_SOCKET_NAME);
    return m->listen_fd < 0 ? err_sys(e, m->listen_fd, "listen for clients of container '%.12s'",
                                      l->c->config.id)
                            : 0;
}

static NORETURN void stay(struct launcher *l)
{
    struct error e = {0};

    if (monitor_run(time_mono() + LAUNCH_LINGER) == MONITOR_DEADLINE) {
        cleanup_free char *program = proc_helper_path("hoy-monitor");

        if (program) {
            (void) monitor_handover(program);
        }
        (void) monitor_run(MONITOR_FOREVER);
        (void) monitor_exec_cleanup();
    }
    if (ctr_lock(l->eng, l->c, &e) == 0 &&
        ctr_finish_locked(l->eng, l->c, monitor_exit_record(), &e) == 0) {
        _exit(0);
    }
    _exit(1);
}

/* ---- the launcher's course ---- */

static void detach_from_terminal(void)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int sig = 1; sig < 32; sig++) {
        if (sig != SIGKILL && sig != SIGSTOP) {
            signal(sig, SIG_DFL);
        }
    }
    (void) setsid();
    umask(022);
}

/* From here on nobody of ours reads or writes the caller's terminal or pipes. */
static void leave_stdio(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (int fd = 0; null >= 0 && fd < 3; fd++) {
        (void) dup2(null, fd);
    }
    if (null > 2) {
        close(null);
    }
}

static int start(struct launcher *l, struct error *e)
{
    struct monitor_config m;

    monitor_config_fill(l, &m);
    if (listen_for_clients(l, &m, e) < 0 || set_cleanup(l, &m, e) < 0 || save_running(l, e) < 0) {
        return -1;
    }
    int r = monitor_start(&m);

    if (r < 0) {
        return err_sys(e, r, "start the monitor");
    }
    return oci_start(&l->process, e);
}

static void fail(struct launcher *l, const struct error *why)
{
    struct error e = {0};

    l->result.err = *why;
    l->result.exit_code = l->process.exec_not_found ? 127 : l->process.exec_denied ? 126 : 125;
    oci_abort(&l->process);
    if (ctr_release_run(l->eng, l->c, &e) < 0) {
        log_debug("%s", e.text);
    }
}

static NORETURN void launcher_main(struct launcher *l)
{
    struct error e = {0};

    detach_from_terminal();
    rt_spec_init(&l->spec);
    l->process = (struct oci_process){.pidfd = FD_NONE, .sync = FD_NONE, .console = FD_NONE};
    if (create(l, &e) < 0 || start(l, &e) < 0) {
        fail(l, &e);
        (void) fd_msg_send(l->reply, &l->result, sizeof(l->result), NULL, 0);
        _exit(1);
    }
    l->result.pid = l->c->state.pid;
    l->result.pid_start = l->c->state.pid_start;
    l->result.started_at = l->c->state.started_at;
    (void) fd_msg_send(l->reply, &l->result, sizeof(l->result), NULL, 0);
    close_fd(&l->reply);
    leave_stdio();
    ctr_unlock(l->c);
    stay(l);
}

/* The copy of this process: keeps its ends only. */
static NORETURN void in_launcher(struct launcher *l, const int reply[2], const int attach[2])
{
    close(reply[0]);
    close_p(&attach[0]);
    l->reply = reply[1];
    l->attach = attach[1];
    launcher_main(l);
}

int launch(struct engine *eng, struct container *c, unsigned want, struct launch_reply *reply,
           int *ret_sock, struct error *e)
{
    struct launcher l = {.eng = eng, .c = c, .want = want};
    int answer[2];
    int attach[2] = {FD_NONE, FD_NONE};
    int r = sock_pair(answer);

    *ret_sock = FD_NONE;
    if (r < 0) {
        return err_sys(e, r, "make a socket pair");
    }
    cleanup_close int answer_read = answer[0];
    cleanup_close int answer_write = answer[1];

    if (want && (r = sock_pair(attach)) < 0) {
        return err_sys(e, r, "make a socket pair");
    }
    cleanup_close int client = attach[0];
    cleanup_close int server = attach[1];

    fflush(NULL); /* the copy must not write what we had buffered */
    pid_t pid = proc_fork();

    if (pid == 0) {
        in_launcher(&l, answer, attach);
    }
    close_fd(&answer_write);
    close_fd(&server);
    if (pid < 0) {
        return err_sys(e, pid, "fork");
    }
    ssize_t n = fd_msg_recv(answer_read, reply, sizeof(*reply), NULL, 0, NULL);

    if (n != (ssize_t) sizeof(*reply)) {
        struct error ignored = {0};

        /* Killed somewhere on its way: what it had made is ours to remove. */
        if (ctr_release_run(eng, c, &ignored) < 0) {
            log_debug("%s", ignored.text);
        }
        memset(reply, 0, sizeof(*reply));
        err_set(&reply->err, ERR_INTERNAL, "start container '%s': the launcher died",
                c->config.name);
        reply->exit_code = 125;
    }
    if (reply->err.kind == ERR_NONE) {
        *ret_sock = take_fd(&client);
    }
    return 0;
}
