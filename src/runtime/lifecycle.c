// SPDX-License-Identifier: Apache-2.0
#include "runtime/lifecycle.h"

#include "base/fd.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/sock.h"
#include "base/timeutil.h"
#include "base/undo.h"
#include "oci/hook.h"
#include "runtime/console.h"
#include "runtime/defaults.h"
#include "spec/runtime_json.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#define KILL_SECONDS 10

void birth_init(struct birth *b, const struct runtime *rt, const struct create_args *args)
{
    *b = (struct birth){.rt = rt, .args = args};
    rctr_init(&b->c);
    rt_spec_init(&b->spec);
    b->process = (struct oci_process){.pidfd = FD_NONE, .sync = FD_NONE, .console = FD_NONE};
}

void birth_done(struct birth *b)
{
    rctr_done(&b->c);
    rt_spec_done(&b->spec);
    cgroup_free(b->process.cgroup);
    oci_process_done(&b->process);
}

/* ---- hooks ---- */

static int run_hooks(const struct rt_spec *spec, enum rt_hook_kind kind, const struct rctr *c,
                     enum rctr_status status, pid_t pid, struct error *e)
{
    if (!spec->hooks[kind].count) {
        return 0;
    }
    CLEANUP(json) json_t *state = rctr_state(c, status, pid);
    cleanup_free char *text = json_dump(state);

    return hooks_run(spec, kind, text, e);
}

static int create_runtime(void *ctx, pid_t pid, struct error *e)
{
    struct birth *b = ctx;

    return run_hooks(&b->spec, RT_HOOK_PRESTART, &b->c, RCTR_CREATING, pid, e) < 0
               ? -1
               : run_hooks(&b->spec, RT_HOOK_CREATE_RUNTIME, &b->c, RCTR_CREATING, pid, e);
}

/* In the container's pid namespace, whose number for itself is the one that hooks there can use. */
static int create_container(void *ctx, struct error *e)
{
    struct birth *b = ctx;

    return run_hooks(&b->spec, RT_HOOK_CREATE_CONTAINER, &b->c, RCTR_CREATING, getpid(), e);
}

static int start_container(void *ctx, struct error *e)
{
    struct birth *b = ctx;

    return run_hooks(&b->spec, RT_HOOK_START_CONTAINER, &b->c, RCTR_CREATED, getpid(), e);
}

static int tell_agent(void *ctx, pid_t pid, int listener, struct error *e)
{
    const struct birth *b = ctx;

    return seccomp_tell_agent(&b->spec, &b->c, RCTR_CREATING, pid, pid, listener, e);
}

static int root_ready(void *ctx, int root, struct rt_spec *spec, struct error *e)
{
    struct birth *b = ctx;

    (void) e;
    /* The child's copy: should 'create' be killed, nobody may hold the lock while it waits. */
    close_fd(&b->c.lock);
    process_set_home(&spec->process, root);
    return 0;
}

static void set_callbacks(struct birth *b, struct oci_callbacks *cb)
{
    const struct rt_hooks *hooks = b->spec.hooks;

    cb->ctx = b;
    cb->root_ready = root_ready;
    cb->seccomp = tell_agent;
    if (hooks[RT_HOOK_PRESTART].count || hooks[RT_HOOK_CREATE_RUNTIME].count) {
        cb->create_runtime = create_runtime;
    }
    if (hooks[RT_HOOK_CREATE_CONTAINER].count) {
        cb->create_container = create_container;
    }
    if (hooks[RT_HOOK_START_CONTAINER].count) {
        cb->start_container = start_container;
    }
}

/* ---- create ---- */

/* The text of its config.json, which the caller frees; NULL and *e. */
static char *read_bundle(struct birth *b, struct error *e)
{
    const struct create_args *a = b->args;
    cleanup_free char *config = NULL;
    size_t n;

    b->c.bundle = path_absolute(a->bundle ? a->bundle : ".");
    if (!b->c.bundle || chdir(b->c.bundle) < 0) {
        err_sys(e, errno, "bundle '%s'", a->bundle ? a->bundle : ".");
        return NULL;
    }
    int r = file_read(AT_FDCWD, a->config ? a->config : "config.json", RT_JSON_MAX, &config, &n);

    if (r == -ENOENT) {
        err_set(e, ERR_NOT_FOUND, "JSON specification file %s not found in '%s'",
                a->config ? a->config : "config.json", b->c.bundle);
        return NULL;
    }
    if (r < 0) {
        err_sys(e, r, "read config.json");
        return NULL;
    }
    if (rt_spec_parse(config, n, "config.json", &b->spec, e) < 0) {
        return NULL;
    }
    if (!b->spec.has_process) {
        err_set(e, ERR_INVALID, "config.json: process: missing, it says what to run");
        return NULL;
    }
    rt_spec_set_bundle(&b->spec, b->c.bundle);
    return take_ptr(&config);
}

static void fill_container(struct birth *b)
{
    struct rctr *c = &b->c;
    char now[40];

    c->created = xstrdup(time_format(time_now(), now, sizeof(now)));
    c->owner = geteuid();
    xstrset(&c->rootfs, b->spec.rootfs);
    xstrset(&c->cgroup_path, b->spec.cgroups_path);
    c->annotations = json_object();
    for (size_t i = 0; i < b->spec.annotations.count; i++) {
        const struct rt_pair *p = &b->spec.annotations.items[i];

        json_put(c->annotations, p->key, json_text(p->value));
    }
}

/*
 * Taken back on failure: what oci_create made, then the folder. Hooks "poststop" run as well, for
 * those of "createRuntime" may have run before and count on them (runtime.md, "Lifecycle").
 */
static int undo_birth(void *arg, struct error *e)
{
    struct birth *b = arg;

    if (b->process.pidfd >= 0) {
        oci_abort(&b->process);
    }
    if (run_hooks(&b->spec, RT_HOOK_POSTSTOP, &b->c, RCTR_STOPPED, 0, e) < 0) {
        log_warn("%s", e->text);
    }
    return rctr_remove(b->rt->root, &b->c, e);
}

static void warn_missing(const struct cgroup *cg)
{
    char *name;

    strv_foreach (cgroup_missing(cg), name) {
        log_warn("%s: not supported by this host, ignored", name);
    }
}

/* The first process, up to where it waits for its start. */
static int make_process(struct birth *b, struct error *e)
{
    struct oci_create_options o = {
        .spec = &b->spec,
        .stdio = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO},
        .no_pivot = b->args->no_pivot,
        .no_new_keyring = b->args->no_new_keyring,
        .cgroup_optional = b->rt->rootless,
    };
    cleanup_close int listener = FD_NONE;
    int kept = process_kept_fds(&b->spec.process, b->args->preserve_fds, e);

    if (kept < 0) {
        return -1;
    }
    o.preserve_fds = (unsigned) kept;
    if (b->start_later) {
        listener = sock_listen(b->c.dir, START_SOCKET_NAME);
        if (listener < 0) {
            return err_sys(e, listener, "make start socket");
        }
        o.start_socket = listener;
    }
    set_callbacks(b, &o.callbacks);
    if (oci_create(&o, &b->process, e) < 0) {
        return -1;
    }
    if (b->process.cgroup) {
        warn_missing(b->process.cgroup);
    }
    if (!b->process.cgroup) {
        xstrset(&b->c.cgroup_path, NULL);
    }
    b->c.pid = b->process.pid;
    b->c.start_time = proc_start_time(b->process.pid);
    return 0;
}

static int pass_terminal(struct birth *b, struct error *e)
{
    if (b->process.console < 0 || !b->args->console_socket) {
        return 0;
    }
    int r = console_send(b->args->console_socket, b->process.console, e);

    close_fd(&b->process.console);
    return r;
}

int birth_create(struct birth *b, const char *id, bool start_later, struct error *e)
{
    CLEANUP(undo) struct undo undo = UNDO_INIT;
    cleanup_free char *pid_file =
        b->args->pid_file && *b->args->pid_file ? path_absolute(b->args->pid_file) : NULL;

    b->start_later = start_later;
    if (rctr_id_check(id, e) < 0) {
        return -1;
    }
    cleanup_free char *config = read_bundle(b, e);

    if (!config || console_check(b->spec.process.terminal, b->args->console_socket,
                                 start_later || b->args->detach, e) < 0) {
        return -1;
    }
    defaults_cgroup_path(&b->spec.cgroups_path, id);
    defaults_device_rules(&b->spec.resources);
    if (rctr_make(b->rt->root, id, &b->c, e) < 0) {
        return -1;
    }
    undo_push(&undo, "remove container", undo_birth, b);
    fill_container(b);
    int r = fs_write_atomic(b->c.dir, "config.json", config, strlen(config), 0600, FS_VOLATILE);

    if (r < 0) {
        return err_sys(e, r, "keep config.json");
    }
    if (rctr_save(&b->c, e) < 0 || seccomp_of(b->rt, &b->spec, e) < 0 || make_process(b, e) < 0 ||
        pass_terminal(b, e) < 0 || rctr_save(&b->c, e) < 0 ||
        pid_file_write(pid_file, b->c.pid, e) < 0) {
        return -1;
    }
    undo_disarm(&undo);
    return 0;
}

static int kill_first(const struct rctr *c, struct error *e)
{
    cleanup_close int pidfd = rctr_pidfd(c);
    struct pollfd p = {.fd = pidfd, .events = POLLIN};

    if (pidfd < 0) {
        return 0;
    }
    int r = pidfd_signal(pidfd, SIGKILL);

    if (r < 0 && r != -ESRCH) {
        return err_sys(e, r, "kill the container's first process");
    }
    CLEANUP(cgroup) struct cgroup *cg = NULL;

    /* What is frozen dies only once it is thawed. */
    if (rctr_cgroup(c, &cg, e) < 0 || (cg && cgroup_kill(cg, e) < 0)) {
        return -1;
    }
    return poll(&p, 1, KILL_SECONDS * 1000) > 0
               ? 0
               : err_set(e, ERR_TIMEOUT, "container '%s' is still running after %d seconds", c->id,
                         KILL_SECONDS);
}

/* ---- start ---- */

static int started(const struct rctr *c, const struct rt_spec *spec, struct error *e)
{
    return run_hooks(spec, RT_HOOK_POSTSTART, c, RCTR_RUNNING, c->pid, e);
}

int birth_start(struct birth *b, struct error *e)
{
    /* oci_start removes what it has to abort; the folder and the last hooks are ours. */
    if (oci_start(&b->process, e) < 0 || started(&b->c, &b->spec, e) < 0) {
        (void) undo_birth(b, &(struct error){0});
        return -1;
    }
    return 0;
}

int rctr_start(struct rctr *c, struct error *e)
{
    CLEANUP(rt_spec) struct rt_spec spec;

    rt_spec_init(&spec);
    switch (rctr_status(c)) {
    case RCTR_CREATED:
        break;
    case RCTR_RUNNING:
    case RCTR_PAUSED:
        return err_set(e, ERR_IN_USE, "cannot start an already running container");
    case RCTR_STOPPED:
        return err_set(e, ERR_IN_USE, "cannot start a container that has stopped");
    case RCTR_CREATING:
    case RCTR_STATUS_COUNT:
        return err_set(e, ERR_IN_USE, "cannot start a container that is being created");
    }
    cleanup_close int sock = sock_connect(c->dir, START_SOCKET_NAME);

    if (rctr_spec(c, &spec, e) < 0) {
        return -1;
    }
    if (sock < 0) {
        return err_sys(e, sock, "reach the container's first process");
    }
    int r = oci_start_created(sock, e);

    unlinkat(c->dir, START_SOCKET_NAME, 0); /* either way it is "created" no more */
    if (r == 0 && started(c, &spec, e) < 0) {
        (void) kill_first(c, &(struct error){0}); /* runc and crun end it as well */
        return -1;
    }
    return r;
}

/* ---- delete ---- */

int rctr_end(const struct runtime *rt, struct rctr *c, struct error *e)
{
    CLEANUP(rt_spec) struct rt_spec spec;
    CLEANUP(cgroup) struct cgroup *cg = NULL;

    rt_spec_init(&spec);
    if (rctr_spec(c, &spec, e) < 0) {
        log_debug("%s", e->text); /* 'create' died before it was kept: then no hook has run */
        err_clear(e);
    }
    if (kill_first(c, e) < 0 || rctr_cgroup(c, &cg, e) < 0 ||
        (cg && (cgroup_kill(cg, e) < 0 || cgroup_remove(cg, e) < 0))) {
        return -1;
    }
    if (run_hooks(&spec, RT_HOOK_POSTSTOP, c, RCTR_STOPPED, 0, e) < 0) {
        log_warn("%s", e->text);
        err_clear(e);
    }
    return rctr_remove(rt->root, c, e);
}
