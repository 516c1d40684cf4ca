// SPDX-License-Identifier: Apache-2.0
#include "engine/exec.h"

#include "base/fd.h"
#include "base/fs.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/rootfd.h"
#include "engine/finish.h"
#include "engine/spec_gen.h"
#include "engine/userdb.h"
#include "oci/caps.h"
#include "oci/oci.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

void exec_options_init(struct exec_options *o)
{
    memset(o, 0, sizeof(*o));
    for (int i = 0; i < 3; i++) {
        o->stdio[i] = i;
    }
}

void exec_options_done(struct exec_options *o)
{
    strv_done(&o->args);
    strv_done(&o->env);
    free(o->user);
    free(o->working_dir);
}

static int check_running(const struct container *c, struct error *e)
{
    if (c->state.status == CTR_PAUSED) {
        return err_set(e, ERR_IN_USE, "Container %s is paused, unpause the container before exec",
                       c->config.name);
    }
    if (!ctr_is_running(c)) {
        return err_set(e, ERR_IN_USE, "Container %s is not running", c->config.id);
    }
    return 0;
}

/* The root folder as the container's init sees it. */
static int open_root(const struct container *c, struct error *e)
{
    char path[40];

    snprintf(path, sizeof(path), "/proc/%d/root", (int) c->state.pid);
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        return err_set(e, ERR_IN_USE, "Container %s is not running", c->config.id);
    }
    return fd;
}

static int fill_process(const struct container *c, const struct exec_options *o,
                        struct rt_process *p, struct error *e)
{
    cleanup_free char *home = NULL;
    cleanup_close int root = open_root(c, e);
    uint64_t caps;
    char *entry;

    if (root < 0) {
        return -1;
    }
    strv_extend(&p->args, &o->args);
    spec_environment(&c->config, o->tty, &p->env);
    strv_foreach (&o->env, entry) {
        if (strchr(entry, '=')) {
            env_set(&p->env, entry);
        } else {
            env_unset(&p->env, entry);
        }
    }
    p->terminal = o->tty;
    p->console_rows = o->rows;
    p->console_cols = o->cols;
    const char *cwd = o->working_dir ? o->working_dir : c->config.working_dir;

    p->cwd = xstrdup(cwd && *cwd ? cwd : "/");
    p->no_new_privileges = c->config.no_new_privileges;
    if (spec_capabilities(&c->config, &caps, e) < 0 ||
        user_resolve(root, o->user ? o->user : c->config.user, &c->config.group_add, &p->user,
                     &home, e) < 0) {
        return -1;
    }
    if (o->privileged) {
        caps = caps_all();
    }
    p->capabilities.bounding = caps;
    p->capabilities.effective = p->capabilities.permitted = p->user.uid == 0 ? caps : 0;
    if (!env_get(&p->env, "HOME")) {
        strv_addf(&p->env, "HOME=%s", home);
    }
    return 0;
}

static int open_null(struct error *e)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    return fd < 0 ? err_sys(e, errno, "open /dev/null") : fd;
}

int ctr_exec(struct engine *eng, struct container *c, struct exec_options *o,
             struct exec_result *ret, struct error *e)
{
    struct rt_seccomp seccomp = {0};
    struct rt_process process;
    struct oci_process started = {.pidfd = FD_NONE, .sync = FD_NONE, .console = FD_NONE};
    CLEANUP(cgroup) struct cgroup *cg = NULL;
    cleanup_free char *path = ctr_cgroup_path(c);
    cleanup_close int null = FD_NONE;

    *ret = (struct exec_result){.pidfd = FD_NONE, .console = FD_NONE, .exit_code = 1};
    if (o->working_dir && !path_is_absolute(o->working_dir)) {
        ret->exit_code = 126;
        return err_set(e, ERR_INVALID,
                       "OCI runtime exec failed: exec failed: Cwd must be an absolute path");
    }
    if (check_running(c, e) < 0) {
        return -1;
    }
    cleanup_close int pidfd = ctr_pidfd(c, e);

    if (pidfd < 0) {
        return -1;
    }
    ret->exit_code = 126;
    rt_process_init(&process);

    int r = fill_process(c, o, &process, e);

    if (r == 0) {
        r = spec_seccomp(eng, &c->config, process.capabilities.bounding,
                         o->privileged || c->config.privileged, &seccomp, e);
    }
    if (r == 0) {
        r = cgroup_open(path, &cg, e);
    }
    if (r == 0 && o->detach) {
        null = open_null(e);
        r = null < 0 ? -1 : 0;
    }
    if (r == 0) {
        struct oci_exec_options x = {.process = &process,
                                     .seccomp = &seccomp,
                                     .pidfd = pidfd,
                                     .init_pid = c->state.pid,
                                     .cgroup = cg};

        for (int i = 0; i < 3; i++) {
            x.stdio[i] = o->detach ? null : o->stdio[i];
        }
        r = oci_exec(&x, &started, e);
        if (r < 0) {
            ret->exit_code = started.exec_not_found ? 127 : 126;
        }
    }
    rt_process_done(&process);
    rt_seccomp_done(&seccomp);
    if (r < 0) {
        return -1;
    }
    ret->pid = started.pid;
    if (o->detach) {
        oci_process_done(&started);
        return 0;
    }
    ret->pidfd = take_fd(&started.pidfd);
    ret->console = take_fd(&started.console);
    oci_process_done(&started);
    return 0;
}
