// SPDX-License-Identifier: Apache-2.0
/*
 * Runs a program in a container that src/oci/ makes, without an engine: for tests and measurements.
 *
 *   run_spec ROOTFS [WORD...] -- COMMAND [ARG...]     a container with Docker's defaults
 *   run_spec --exec PID [WORD...] -- COMMAND [ARG...] one more program in it
 *
 * Words change the specification, see 'words' below. The exit code is the program's; what fails is
 * said as "run_spec: SENTENCE" with 125, 126 (cannot be executed) or 127 (not found).
 */
#include "base/fd.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/proc.h"
#include "base/sock.h"
#include "oci/caps.h"
#include "oci/hook.h"
#include "oci/oci.h"
#include "oci/seccomp.h"
#include "spec/rlimit.h"
#include "spec/runtime_json.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

struct run {
    struct rt_spec spec;
    struct oci_create_options create;
    const char *rootfs;
    const char *cgroup;
    const char *seccomp_cache;
    char *seccomp_profile;
    bool seccomp;
    bool abort;        /* create, then abort instead of start */
    bool print_pid;    /* "pid N" on stderr once the program runs */
    bool ready_fails;  /* the namespaces_ready callback reports a failure */
    const char *later; /* folder: start by another process, through a socket there */
    bool overlay;      /* mount_root mounts an overlay on the rootfs */
    bool userns;       /* --exec into a container with a user namespace */
    bool spec_hooks;   /* the specification's, at their moments */
    long repeat;
};

static void set_all(struct rt_capabilities *c, uint64_t mask)
{
    c->bounding = c->effective = c->permitted = mask;
}

static void add_default_mounts(struct rt_spec *s)
{
    rt_spec_add_mount(s, "/proc", "proc", "proc", "nosuid,noexec,nodev");
    rt_spec_add_mount(s, "/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k");
    rt_spec_add_mount(s, "/dev/pts", "devpts", "devpts",
                      "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5");
    rt_spec_add_mount(s, "/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro");
    rt_spec_add_mount(s, "/sys/fs/cgroup", "cgroup", "cgroup", "ro,nosuid,noexec,nodev");
    rt_spec_add_mount(s, "/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev");
    rt_spec_add_mount(s, "/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=65536k");
}

static void fill_defaults(struct run *r)
{
    static const char *const masked[] = {
        "/proc/asound",        "/proc/acpi",       "/proc/kcore",       "/proc/keys",
        "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
        "/proc/scsi",          "/sys/firmware",
    };
    static const char *const readonly[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                           "/proc/sysrq-trigger"};
    static const enum rt_namespace_type own[] = {RT_NS_PID, RT_NS_NETWORK, RT_NS_MOUNT, RT_NS_IPC,
                                                 RT_NS_UTS};

    rt_spec_init(&r->spec);
    add_default_mounts(&r->spec);
    for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
        r->spec.namespaces[own[i]].present = true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(masked); i++) {
        strv_add(&r->spec.masked_paths, masked[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(readonly); i++) {
        strv_add(&r->spec.readonly_paths, readonly[i]);
    }
    set_all(&r->spec.process.capabilities, caps_default());
    r->spec.process.cwd = xstrdup("/");
    strv_add(&r->spec.process.env,
             "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    r->spec.hostname = xstrdup("box");
}

static int fields(char *value, char *ret[4])
{
    int n = 0;

    for (char *p = strtok_r(value, ":", &value); p && n < 4; p = strtok_r(NULL, ":", &value)) {
        ret[n++] = p;
    }
    return n;
}

static void add_mount(struct run *r, char *v)
{
    char *f[4] = {0};
    int n = fields(v, f); /* destination:type:source:options */

    rt_spec_add_mount(&r->spec, f[0], n > 1 ? f[1] : "bind", n > 2 ? f[2] : "none",
                      n > 3 ? f[3] : "");
}

static void add_rlimit(struct run *r, char *v)
{
    char *f[4] = {0};
    struct rt_rlimit *l = rt_process_add_rlimit(&r->spec.process);

    fields(v, f);
    l->resource = rlimit_from_string(f[0]);
    (void) parse_u64(f[1], &l->soft);
    (void) parse_u64(f[2], &l->hard);
}

static void add_device(struct run *r, char *v)
{
    char *f[4] = {0};
    struct rt_device *d = rt_spec_add_device(&r->spec);

    fields(v, f); /* path:type:major:minor */
    d->path = xstrdup(f[0]);
    d->type = f[1][0];
    (void) parse_i64(f[2], &d->major);
    (void) parse_i64(f[3], &d->minor);
    d->mode = 0640;
}

static void set_namespace(struct run *r, char *v)
{
    char *f[4] = {0};
    int n = fields(v, f); /* net:host, net:/path, cgroup:new */

    for (int t = 0; t < RT_NS_COUNT; t++) {
        if (strcmp(rt_namespace_name((enum rt_namespace_type) t), f[0]) == 0 && n > 1) {
            r->spec.namespaces[t].present = strcmp(f[1], "host") != 0;
            r->spec.namespaces[t].path = f[1][0] == '/' ? xstrdup(f[1]) : NULL;
        }
    }
}

static void set_caps(struct run *r, char *v)
{
    uint64_t mask = 0;

    if (strcmp(v, "all") == 0) {
        mask = caps_all();
    } else {
        for (char *p = strtok_r(v, "+", &v); p; p = strtok_r(NULL, "+", &v)) {
            int cap = cap_from_string(p);

            mask |= cap >= 0 ? UINT64_C(1) << cap : 0;
        }
    }
    set_all(&r->spec.process.capabilities, mask);
}

static void set_user(struct run *r, char *v)
{
    struct rt_process *p = &r->spec.process;
    char *f[4] = {0};
    int n = fields(v, f); /* uid[:gid[:group]] */

    (void) parse_id(f[0], &p->user.uid);
    (void) parse_id(n > 1 ? f[1] : "0", &p->user.gid);
    if (n > 2) {
        p->user.additional_gids = xcalloc(1, sizeof(gid_t));
        p->user.additional_gids_count = 1;
        (void) parse_id(f[2], p->user.additional_gids);
    }
    if (p->user.uid != 0) {
        p->capabilities.effective = p->capabilities.permitted = 0;
    }
}

static void word_terminal(struct run *r, char *v)
{
    char *f[4] = {0};
    int64_t rows = 24;
    int64_t cols = 80;

    if (fields(v, f) == 2) {
        (void) parse_i64(f[0], &rows);
        (void) parse_i64(f[1], &cols);
    }
    r->spec.process.terminal = true;
    r->spec.process.console_rows = (unsigned short) rows;
    r->spec.process.console_cols = (unsigned short) cols;
}

static void word_sysctl(struct run *r, char *v)
{
    char *f[4] = {0};

    fields(v, f);
    rt_spec_add_sysctl(&r->spec, f[0], f[1]);
}

static void word_ambient(struct run *r, char *v)
{
    struct rt_capabilities *c = &r->spec.process.capabilities;
    uint64_t bit = UINT64_C(1) << cap_from_string(v);

    c->ambient |= bit;
    c->inheritable |= bit;
    c->permitted |= bit;
    c->effective |= bit;
}

static void word_seccomp(struct run *r, char *v)
{
    r->seccomp = true;
    if (strcmp(v, "default") != 0 &&
        file_read(AT_FDCWD, v, 1 << 20, &r->seccomp_profile, NULL) < 0) {
        fprintf(stderr, "run_spec: cannot read '%s'\n", v);
        exit(125);
    }
}

static void word_hostname(struct run *r, char *v)
{
    xstrset(&r->spec.hostname, v);
}
static void word_domain(struct run *r, char *v)
{
    xstrset(&r->spec.domainname, v);
}
static void word_cwd(struct run *r, char *v)
{
    xstrset(&r->spec.process.cwd, v);
}
static void word_propagation(struct run *r, char *v)
{
    xstrset(&r->spec.rootfs_propagation, v);
}
static void word_env(struct run *r, char *v)
{
    env_set(&r->spec.process.env, v);
}
static void word_unset(struct run *r, char *v)
{
    env_unset(&r->spec.process.env, v);
}
static void word_mask(struct run *r, char *v)
{
    strv_add(&r->spec.masked_paths, v);
}
static void word_ro(struct run *r, char *v)
{
    strv_add(&r->spec.readonly_paths, v);
}
static void word_ro_root(struct run *r, char *v)
{
    r->spec.rootfs_readonly = true;
}
static void word_nnp(struct run *r, char *v)
{
    r->spec.process.no_new_privileges = true;
}
static void word_cgroup(struct run *r, char *v)
{
    xstrset(&r->spec.cgroups_path, v);
}
static void word_memory(struct run *r, char *v)
{
    (void) parse_size(v, &r->spec.resources.memory_limit);
}
static void word_oom(struct run *r, char *v)
{
    (void) parse_i64(v, &r->spec.process.oom_score_adj);
}
static void word_umask(struct run *r, char *v)
{
    (void) parse_i64(v, &r->spec.process.user.umask);
}
static void word_cache(struct run *r, char *v)
{
    r->seccomp_cache = v;
}
static void word_abort(struct run *r, char *v)
{
    r->abort = true;
}
static void word_pid(struct run *r, char *v)
{
    r->print_pid = true;
}
static void word_ready_fails(struct run *r, char *v)
{
    r->ready_fails = true;
}
static void word_overlay(struct run *r, char *v)
{
    r->overlay = true;
}
static void word_target(struct run *r, char *v)
{
    r->create.root_target = v;
}
static void word_repeat(struct run *r, char *v)
{
    r->repeat = strtol(v, NULL, 10);
}
static void word_no_mounts(struct run *r, char *v)
{
    struct rt_spec empty;

    /* The list is freed together with a specification that owns nothing else. */
    rt_spec_init(&empty);
    empty.mounts = r->spec.mounts;
    empty.mounts_count = r->spec.mounts_count;
    rt_spec_done(&empty);
    r->spec.mounts = NULL;
    r->spec.mounts_count = 0;
}

static void word_later(struct run *r, char *value)
{
    r->later = value;
}

static void word_no_pivot(struct run *r, char *value)
{
    (void) value;
    r->create.no_pivot = true;
}

static void word_keep_fds(struct run *r, char *value)
{
    r->create.preserve_fds = (unsigned) strtoul(value, NULL, 10);
}

/* On the host: what the caller of create does meanwhile. */
static int host_hook(void *ctx, pid_t pid, struct error *e)
{
    (void) ctx;
    (void) e;
    printf("create runtime, %s\n", kill(pid, 0) == 0 ? "child lives" : "no child");
    return fflush(stdout);
}

static int container_hook(void *ctx, struct error *e)
{
    const struct run *r = ctx;

    (void) e;
    printf("create container, host's root: %s\n", access(r->rootfs, F_OK) == 0 ? "yes" : "no");
    return fflush(stdout);
}

static int start_hook(void *ctx, struct error *e)
{
    (void) ctx;
    (void) e;
    printf("start container, user %u\n", getuid());
    return fflush(stdout);
}

static void word_hooks(struct run *r, char *value)
{
    (void) value;
    r->create.callbacks.create_runtime = host_hook;
    r->create.callbacks.create_container = container_hook;
    r->create.callbacks.start_container = start_hook;
}

/* A part of a config.json, on top of what the words before have made; given namespaces count. */
static void word_json(struct run *r, char *value)
{
    struct error e = {0};
    CLEANUP(json) json_t *root = json_parse_wide(value, strlen(value), "json=", &e);

    if (json_object_get(json_object_get(root, "linux"), "namespaces")) {
        memset(r->spec.namespaces, 0, sizeof(r->spec.namespaces));
    }
    if (root) {
        json_put(root, "ociVersion", json_text("1.2.0"));
        json_put(root, "root", json_pack("{s:s}", "path", r->rootfs));
        cleanup_free char *text = json_dump(root);

        if (rt_spec_parse(text, strlen(text), "config.json", &r->spec, &e) == 0) {
            return;
        }
    }
    fprintf(stderr, "run_spec: %s\n", e.text);
    exit(125);
}

static int spec_host_hooks(void *ctx, pid_t pid, struct error *e)
{
    struct run *r = ctx;
    cleanup_free char *state = xasprintf("{\"status\":\"creating\",\"pid\":%d}", (int) pid);

    return hooks_run(&r->spec, RT_HOOK_PRESTART, state, e) < 0
               ? -1
               : hooks_run(&r->spec, RT_HOOK_CREATE_RUNTIME, state, e);
}

static int spec_container_hooks(void *ctx, struct error *e)
{
    struct run *r = ctx;

    return hooks_run(&r->spec, RT_HOOK_CREATE_CONTAINER, "{\"status\":\"creating\"}", e);
}

static int spec_start_hooks(void *ctx, struct error *e)
{
    struct run *r = ctx;

    return hooks_run(&r->spec, RT_HOOK_START_CONTAINER, "{\"status\":\"created\"}", e);
}

/* The specification's own hooks, as the command line 'create' and 'start' call them. */
static void word_spec_hooks(struct run *r, char *value)
{
    (void) value;
    r->create.callbacks.create_runtime = spec_host_hooks;
    r->create.callbacks.create_container = spec_container_hooks;
    r->create.callbacks.start_container = spec_start_hooks;
    r->spec_hooks = true;
}

static int tell_agent(void *ctx, pid_t pid, int listener, struct error *e)
{
    const struct run *r = ctx;

    return seccomp_agent_send(&r->spec.seccomp, "1.2.0", pid, "{\"id\":\"box\"}", listener, e);
}

static void word_agent(struct run *r, char *value)
{
    (void) value;
    r->create.callbacks.seccomp = tell_agent;
}

static void word_userns(struct run *r, char *value)
{
    (void) value;
    r->userns = true;
}

static const struct {
    const char *name;
    void (*apply)(struct run *r, char *value);
} words[] = {
    {"json", word_json},
    {"userns", word_userns},
    {"agent", word_agent},
    {"spec-hooks", word_spec_hooks},
    {"later", word_later},
    {"no-pivot", word_no_pivot},
    {"keep-fds", word_keep_fds},
    {"hooks", word_hooks},
    {"hostname", word_hostname},
    {"domain", word_domain},
    {"cwd", word_cwd},
    {"env", word_env},
    {"unset", word_unset},
    {"mask", word_mask},
    {"ro", word_ro},
    {"ro-root", word_ro_root},
    {"nnp", word_nnp},
    {"cgroup", word_cgroup},
    {"memory", word_memory},
    {"oom", word_oom},
    {"umask", word_umask},
    {"mount", add_mount},
    {"rlimit", add_rlimit},
    {"device", add_device},
    {"ns", set_namespace},
    {"caps", set_caps},
    {"user", set_user},
    {"terminal", word_terminal},
    {"sysctl", word_sysctl},
    {"ambient", word_ambient},
    {"seccomp", word_seccomp},
    {"seccomp-cache", word_cache},
    {"abort", word_abort},
    {"pid", word_pid},
    {"ready-fails", word_ready_fails},
    {"overlay", word_overlay},
    {"target", word_target},
    {"repeat", word_repeat},
    {"propagation", word_propagation},
    {"no-mounts", word_no_mounts},
};

static void parse_words(struct run *r, char **argv)
{
    for (; *argv && strcmp(*argv, "--") != 0; argv++) {
        char *value = strchr(*argv, '=');
        size_t i = 0;

        if (value) {
            *value++ = '\0';
        }
        while (i < ARRAY_SIZE(words) && strcmp(words[i].name, *argv) != 0) {
            i++;
        }
        if (i == ARRAY_SIZE(words)) {
            fprintf(stderr, "run_spec: unknown word '%s'\n", *argv);
            exit(2);
        }
        words[i].apply(r, value ? value : (char[1]){""});
    }
    for (argv += *argv != NULL; *argv; argv++) {
        strv_add(&r->spec.process.args, *argv);
    }
}

static int mount_overlay(void *ctx, const char *target, struct error *e)
{
    const struct run *r = ctx;
    char data[4096];

    /* Two lower folders are the least; upper and work lie beside the target. */
    snprintf(data, sizeof(data), "lowerdir=%s,upperdir=%s.upper,workdir=%s.work", r->rootfs, target,
             target);
    return mount("overlay", target, "overlay", 0, data) < 0
               ? err_sys(e, errno, "mount overlay on '%s'", target)
               : 0;
}

static int ready_fails(void *ctx, pid_t pid, struct error *e)
{
    return err_set(e, ERR_IN_USE, "publish 8080: address already in use");
}

static int load_seccomp(struct run *r, struct error *e)
{
    struct seccomp_request request = {
        .profile = r->seccomp_profile,
        .capabilities = r->spec.process.capabilities.bounding,
    };
    cleanup_close int dir = FD_NONE;

    if (!r->seccomp) {
        return 0;
    }
    if (r->seccomp_cache) {
        dir = fs_opendir_make(AT_FDCWD, r->seccomp_cache, 0700);
    }
    return seccomp_filter_get(&request, dir, &r->spec.seccomp, e);
}

/* Shows what the terminal says until its last user is gone. */
static void copy_console(int console)
{
    char buf[4096];
    ssize_t n;

    while ((n = read(console, buf, sizeof(buf))) > 0) {
        (void) fd_write_all(STDOUT_FILENO, buf, (size_t) n);
    }
}

static int finish(struct run *r, struct oci_process *p)
{
    struct error e;
    int status = 0;

    if (r->print_pid) {
        fprintf(stderr, "pid %d\n", (int) p->pid);
    }
    if (p->console >= 0) {
        copy_console(p->console);
    }
    if (pidfd_wait(p->pidfd, &status) < 0) {
        perror("run_spec: wait");
        return 125;
    }
    if (p->cgroup) {
        if (cgroup_remove(p->cgroup, &e) < 0) {
            fprintf(stderr, "run_spec: %s\n", e.text);
        }
        cgroup_free(p->cgroup);
    }
    oci_process_done(p);
    return proc_exit_code(status);
}

static int fail(const struct oci_process *p, const struct error *e)
{
    fprintf(stderr, "run_spec: %s\n", e->text);
    if (p->pidfd >= 0 || p->sync >= 0 || p->console >= 0 || p->cgroup) {
        fprintf(stderr, "run_spec: the failed process is not empty\n");
        return 3;
    }
    return p->exec_not_found ? 127 : p->exec_denied ? 126 : 125;
}

/* As 'create' and 'start' of the command line: the creator ends, another process starts. */
static int run_later(struct run *r)
{
    cleanup_close int dir = open(r->later, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cleanup_close int listener = sock_listen(dir, "start.sock");
    struct oci_process p = {.pidfd = FD_NONE};
    struct error e = {0};
    int status;

    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    r->create.start_socket = listener;
    pid_t creator = proc_fork();

    if (creator == 0) {
        int rc = oci_create(&r->create, &p, &e) < 0 ? fail(&p, &e) : 0;

        _exit(rc);
    }
    if (proc_wait(creator, &status) < 0 || status != 0) {
        return proc_exit_code(status);
    }
    close_fd(&listener);
    close(sock_connect(dir, "start.sock")); /* one that goes away without a word */
    cleanup_close int sock = sock_connect(dir, "start.sock");

    if (oci_start_created(sock, &e) < 0) {
        fprintf(stderr, "run_spec: %s\n", e.text);
        return wait(&status) < 0 ? 3 : 125; /* the failed child has ended */
    }
    return wait(&status) < 0 ? 125 : proc_exit_code(status);
}

static int run_container(struct run *r)
{
    struct oci_process p;
    struct error e = {0};

    r->create.spec = &r->spec;
    r->create.stdio[0] = 0;
    r->create.stdio[1] = 1;
    r->create.stdio[2] = 2;
    r->create.callbacks.ctx = r;
    r->create.callbacks.mount_root = r->overlay ? mount_overlay : NULL;
    r->create.callbacks.namespaces_ready = r->ready_fails ? ready_fails : NULL;
    xstrset(&r->spec.rootfs, r->rootfs);
    if (r->later) {
        return run_later(r);
    }
    if (oci_create(&r->create, &p, &e) < 0) {
        return fail(&p, &e);
    }
    if (r->abort) {
        oci_abort(&p);
        return 0;
    }
    if (oci_start(&p, &e) < 0) {
        return fail(&p, &e);
    }
    if (r->spec_hooks &&
        hooks_run(&r->spec, RT_HOOK_POSTSTART, "{\"status\":\"running\"}", &e) < 0) {
        oci_abort(&p);
        return fail(&p, &e);
    }
    int code = finish(r, &p);

    return r->spec_hooks &&
                   hooks_run(&r->spec, RT_HOOK_POSTSTOP, "{\"status\":\"stopped\"}", &e) < 0
               ? fail(&p, &e)
               : code;
}

static int run_exec(struct run *r, pid_t pid)
{
    struct oci_process p;
    struct error e = {0};
    struct cgroup *cgroup = NULL;

    if (r->spec.cgroups_path && cgroup_open(r->spec.cgroups_path, &cgroup, &e) < 0) {
        fprintf(stderr, "run_spec: %s\n", e.text);
        return 125;
    }
    struct oci_exec_options o = {
        .process = &r->spec.process,
        .seccomp = &r->spec.seccomp,
        .pidfd = pidfd_open_pid(pid),
        .init_pid = pid,
        .cgroup = cgroup,
        .stdio = {0, 1, 2},
        .userns = r->userns,
        .callbacks = {.ctx = r, .seccomp = r->create.callbacks.seccomp},
    };
    int rc = oci_exec(&o, &p, &e) < 0 ? fail(&p, &e) : finish(r, &p);

    cgroup_free(cgroup);
    return rc;
}

int main(int argc, char **argv)
{
    static struct run r = {.repeat = 1};
    struct error e = {0};
    bool exec = argc > 2 && strcmp(argv[1], "--exec") == 0;
    int64_t pid = 0;
    int rc = 125;

    if (argc < 2 || (exec && parse_i64(argv[2], &pid) < 0)) {
        fprintf(stderr, "usage: run_spec ROOTFS | --exec PID [WORD...] -- COMMAND [ARG...]\n");
        return 2;
    }
    fill_defaults(&r);
    r.rootfs = argv[1];
    parse_words(&r, argv + (exec ? 3 : 2));
    if (load_seccomp(&r, &e) < 0) {
        fprintf(stderr, "run_spec: %s\n", e.text);
        return 125;
    }
    for (long i = 0; i < r.repeat; i++) {
        rc = exec ? run_exec(&r, (pid_t) pid) : run_container(&r);
    }
    rt_spec_done(&r.spec);
    free(r.seccomp_profile);
    return rc;
}
