// SPDX-License-Identifier: Apache-2.0
/* exec: one more program in a running container. */
#include "base/parse.h"
#include "base/path.h"
#include "oci/oci.h"
#include "runtime/console.h"
#include "runtime/lifecycle.h"
#include "spec/capability.h"
#include "spec/runtime_json.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct exec_args {
    const char *process;
    const char *console_socket;
    const char *pid_file;
    const char *cwd;
    const char *user;
    const char *apparmor;
    const char *process_label;
    const char *cgroup;
    struct strv env;
    struct strv cap;
    struct strv additional_gids;
    uint64_t preserve_fds;
    bool tty;
    bool detach;
    bool no_new_privs;
    bool ignore_paused;
    bool no_subreaper;
};

static const struct arg exec_table[] = {
    ARG(STRING, 'p', "process", struct exec_args, process, "file with the process as JSON"),
    ARG(STRING, 0, "console-socket", struct exec_args, console_socket,
        "socket that gets the terminal"),
    ARG(STRING, 0, "pid-file", struct exec_args, pid_file, "file for the process' number"),
    ARG(STRING, 0, "cwd", struct exec_args, cwd, "working directory in the container"),
    ARG(STRING, 'u', "user", struct exec_args, user, "UID[:GID]"),
    ARG(STRING, 0, "apparmor", struct exec_args, apparmor, "AppArmor profile"),
    ARG(STRING, 0, "process-label", struct exec_args, process_label, "SELinux label"),
    ARG(STRING, 0, "cgroup", struct exec_args, cgroup, "group below the container's"),
    ARG(LIST, 'e', "env", struct exec_args, env, "NAME=VALUE"),
    ARG(LIST, 'c', "cap", struct exec_args, cap, "one more capability"),
    ARG(LIST, 'g', "additional-gids", struct exec_args, additional_gids, "one more group"),
    ARG(UINT, 0, "preserve-fds", struct exec_args, preserve_fds,
        "how many descriptors from 3 on the program keeps"),
    ARG(BOOL, 't', "tty", struct exec_args, tty, "give it a terminal"),
    ARG(BOOL, 'd', "detach", struct exec_args, detach, "return once the program runs"),
    ARG(BOOL, 0, "no-new-privs", struct exec_args, no_new_privs, "set no_new_privs"),
    ARG(BOOL, 0, "ignore-paused", struct exec_args, ignore_paused,
        "start it in a paused container, too"),
    ARG(BOOL, 0, "no-subreaper", struct exec_args, no_subreaper, "accepted: hoy never is one here"),
    ARG_LAST,
};

static int set_user(struct rt_user *u, const char *text, struct error *e)
{
    cleanup_free char *copy = xstrdup(text);
    char *gid = strchr(copy, ':');

    if (gid) {
        *gid++ = '\0';
    }
    if (parse_id(copy, &u->uid) < 0 || (gid && parse_id(gid, &u->gid) < 0)) {
        return err_set(e, ERR_INVALID, "user '%.100s': expected UID or UID:GID", text);
    }
    return 0;
}

static int add_groups(struct rt_user *u, const struct strv *list, struct error *e)
{
    char *text;

    strv_foreach (list, text) {
        uint32_t gid;

        if (parse_id(text, &gid) < 0) {
            return err_set(e, ERR_INVALID, "additional-gids '%.100s': expected a number", text);
        }
        u->additional_gids = xrealloc_array(u->additional_gids, u->additional_gids_count + 1,
                                            sizeof(*u->additional_gids));
        u->additional_gids[u->additional_gids_count++] = gid;
    }
    return 0;
}

static int add_caps(struct rt_capabilities *c, const struct strv *list, struct error *e)
{
    char *name;

    strv_foreach (list, name) {
        int cap = cap_from_string(name);

        if (cap < 0) {
            return err_set(e, ERR_INVALID, "unknown capability \"%.100s\"", name);
        }
        uint64_t bit = UINT64_C(1) << cap;

        c->bounding |= bit;
        c->permitted |= bit;
        c->effective |= bit;
        /* What the container's own process may pass on, this one may as well. */
        if (c->inheritable) {
            c->inheritable |= bit;
            c->ambient |= bit;
        }
    }
    return 0;
}

/* The container's own process with other words, and what the flags change. */
static int from_flags(struct rt_process *p, const struct exec_args *a, char **words,
                      struct error *e)
{
    char *entry;

    strv_done(&p->args);
    for (; *words; words++) {
        strv_add(&p->args, *words);
    }
    p->terminal = a->tty;
    if (a->cwd) {
        xstrset(&p->cwd, a->cwd);
    }
    if (a->apparmor) {
        xstrset(&p->apparmor_profile, a->apparmor);
    }
    if (a->process_label) {
        xstrset(&p->selinux_label, a->process_label);
    }
    if (a->no_new_privs) {
        p->no_new_privileges = true;
    }
    if (a->user) {
        env_unset(&p->env, "HOME"); /* it was another user's */
    }
    strv_foreach (&a->env, entry) {
        env_set(&p->env, entry);
    }
    if (a->user && set_user(&p->user, a->user, e) < 0) {
        return -1;
    }
    return add_groups(&p->user, &a->additional_gids, e) < 0
               ? -1
               : add_caps(&p->capabilities, &a->cap, e);
}

static int check_status(const struct rctr *c, const struct exec_args *a, struct error *e)
{
    enum rctr_status status = rctr_status(c);

    if (status == RCTR_STOPPED || status == RCTR_CREATING) {
        return err_set(e, ERR_IN_USE, "cannot exec in a stopped container");
    }
    if (status == RCTR_PAUSED && !a->ignore_paused) {
        return err_set(e, ERR_IN_USE,
                       "cannot exec in a paused container (use --ignore-paused to "
                       "override)");
    }
    return 0;
}

/* The container's group, or one below it. */
static int open_cgroup(const struct rctr *c, const struct exec_args *a, struct cgroup **ret,
                       struct error *e)
{
    *ret = NULL;
    if (!c->cgroup_path) {
        return 0;
    }
    if (a->cgroup && strstr(a->cgroup, "..")) {
        return err_set(e, ERR_INVALID, "cgroup '%.200s': leads out of the container's", a->cgroup);
    }
    if (a->cgroup && *a->cgroup && strcmp(a->cgroup, "/") != 0) {
        cleanup_free char *path = path_join(c->cgroup_path, a->cgroup + (a->cgroup[0] == '/'));

        return cgroup_open(path, ret, e);
    }
    return cgroup_open(c->cgroup_path, ret, e);
}

static void complete_home(struct rt_process *p, pid_t pid)
{
    char path[40];

    snprintf(path, sizeof(path), "/proc/%d/root", (int) pid);
    cleanup_close int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (root >= 0) {
        process_set_home(p, root);
    }
}

/* What is so, not what config.json says: that may name the namespace that we are in. */
static bool has_own_userns(pid_t pid)
{
    char path[40];
    struct stat own, its;

    snprintf(path, sizeof(path), "/proc/%d/ns/user", (int) pid);
    return stat("/proc/self/ns/user", &own) == 0 && stat(path, &its) == 0 &&
           (own.st_ino != its.st_ino || own.st_dev != its.st_dev);
}

/* It runs: the terminal goes where it belongs, then we stay or leave. */
static int started(struct oci_process *p, const struct exec_args *a, const char *pid_file,
                   struct error *e)
{
    int code = 0;

    if (p->console >= 0 && a->console_socket) {
        int r = console_send(a->console_socket, p->console, e);

        close_fd(&p->console);
        if (r < 0) {
            return -1;
        }
    }
    if (pid_file_write(pid_file, p->pid, e) < 0) {
        return -1;
    }
    if (a->detach) {
        return EXIT_SUCCESS;
    }
    return foreground_run(p->pidfd, p->pid, p->console, &code, e) < 0 ? -1 : code;
}

struct listener {
    const struct rctr *c;
    const struct rt_spec *spec;
};

static int tell_agent(void *ctx, pid_t pid, int listener, struct error *e)
{
    const struct listener *l = ctx;

    return seccomp_tell_agent(l->spec, l->c, RCTR_RUNNING, l->c->pid, pid, listener, e);
}

static int run_process(const struct runtime *rt, const struct rctr *c, struct rt_spec *spec,
                       const struct exec_args *a, struct error *e)
{
    struct rt_process *p = &spec->process;
    CLEANUP(cgroup) struct cgroup *cg = NULL;
    cleanup_free char *pid_file = a->pid_file && *a->pid_file ? path_absolute(a->pid_file) : NULL;
    cleanup_close int pidfd = rctr_pidfd(c);
    struct oci_process process;
    int kept = process_kept_fds(p, a->preserve_fds, e);

    if (kept < 0 || console_check(p->terminal, a->console_socket, a->detach, e) < 0 ||
        open_cgroup(c, a, &cg, e) < 0 || seccomp_of(rt, spec, e) < 0) {
        return -1;
    }
    if (pidfd < 0) {
        return err_set(e, ERR_IN_USE, "cannot exec in a stopped container");
    }
    bool userns = has_own_userns(c->pid);

    complete_home(p, c->pid);
    /* Who has no privileges on the host gets at the other namespaces only through this one. */
    if (userns && rt->rootless) {
        if (setns(pidfd, CLONE_NEWUSER) < 0) {
            return err_sys(e, errno, "join user namespace");
        }
        userns = false;
    }
    struct listener listener = {.c = c, .spec = spec};
    struct oci_exec_options o = {
        .process = p,
        .seccomp = &spec->seccomp,
        .pidfd = pidfd,
        .init_pid = c->pid,
        .cgroup = cg,
        .stdio = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO},
        .userns = userns,
        .personality = spec->personality == RT_UNSET ? 0 : spec->personality,
        .preserve_fds = (unsigned) kept,
        .callbacks = {.ctx = &listener, .seccomp = tell_agent},
    };

    if (oci_exec(&o, &process, e) < 0) {
        return -1;
    }
    int r = started(&process, a, pid_file, e);

    if (r < 0) {
        oci_abort(&process); /* its caller would know neither its number nor its terminal */
    }
    oci_process_done(&process);
    return r;
}

static int exec(const struct runtime *rt, void *args, int argc, char **argv, struct error *e)
{
    const struct exec_args *a = args;
    CLEANUP(rctr) struct rctr c;
    CLEANUP(rt_spec) struct rt_spec spec;

    rctr_init(&c);
    rt_spec_init(&spec);
    if (rctr_open(rt->root, argv[0], &c, e) < 0 || check_status(&c, a, e) < 0 ||
        rctr_spec(&c, &spec, e) < 0) {
        return -1;
    }
    if (a->process) {
        rt_process_done(&spec.process);
        rt_process_init(&spec.process);
        if (rt_process_read(AT_FDCWD, a->process, &spec.process, e) < 0) {
            return -1;
        }
    } else if (argc < 2) {
        return err_set(e, ERR_INVALID, "exec: a command or --process is needed");
    } else if (from_flags(&spec.process, a, argv + 1, e) < 0) {
        return -1;
    }
    return run_process(rt, &c, &spec, a, e);
}

const struct runtime_command runtime_exec = {
    .name = "exec",
    .usage = "[OPTIONS] CONTAINER COMMAND [ARG...] | --process FILE CONTAINER",
    .help = "run one more program in a container",
    .args = exec_table,
    .args_size = sizeof(struct exec_args),
    .positionals = 1,
    .min_args = 1,
    .max_args = -1,
    .failure = 255,
    .run = exec,
};
