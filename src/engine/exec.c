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
    spec_environment(&c->config, &p->env);
    if (o->tty && !env_get(&p->env, "TERM")) {
        env_set(&p->env, "TERM=xterm");
    }
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
    free(seccomp.filter);
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

/* ---- top ---- */

#define PS_OUTPUT_MAX (8u << 20)

static bool pid_in(const pid_t *pids, size_t count, int64_t pid)
{
    for (size_t i = 0; i < count; i++) {
        if (pids[i] == pid) {
            return true;
        }
    }
    return false;
}

/* Splits a line of ps into n columns; the last one keeps its blanks. */
static json_t *split_columns(char *line, size_t n)
{
    json_t *row = json_array();

    while (n > 1 && *line) {
        line += strspn(line, " \t");
        size_t len = strcspn(line, " \t");
        cleanup_free char *word = xstrndup(line, len);

        json_push(row, json_text(word));
        line += len;
        n--;
    }
    line += strspn(line, " \t");
    if (*line) {
        json_push(row, json_text(line));
    }
    return row;
}

static size_t count_words(const char *s)
{
    CLEANUP(strv) struct strv words = STRV_INIT;

    strv_split(&words, s, " \t");
    return words.count;
}

static json_t *filter_ps(char *text, const pid_t *pids, size_t pids_count, struct error *e)
{
    json_t *result = json_object();
    json_t *rows = json_array();
    char *save = NULL;
    char *line = strtok_r(text, "\n", &save);
    size_t columns = line ? count_words(line) : 0;
    json_t *titles = split_columns(line ? line : text, columns + 1);
    size_t pid_column = columns;

    for (size_t i = 0; i < json_array_size(titles); i++) {
        if (strcmp(json_string_value(json_array_get(titles, i)), "PID") == 0) {
            pid_column = i;
        }
    }
    json_put(result, "Titles", titles);
    json_put(result, "Processes", rows);
    if (pid_column == columns) {
        json_decref(result);
        err_set(e, ERR_INVALID, "Couldn't find PID field in ps output");
        return NULL;
    }
    while ((line = strtok_r(NULL, "\n", &save))) {
        json_t *row = split_columns(line, columns);
        const char *pid = json_string_value(json_array_get(row, pid_column));

        if (pid && pid_in(pids, pids_count, strtoll(pid, NULL, 10))) {
            json_push(rows, row);
        } else {
            json_decref(row);
        }
    }
    return result;
}

/* Runs ps; its output (stderr on failure) in *ret. */
static int run_ps(const struct strv *args, char **ret, struct error *e)
{
    CLEANUP(strv) struct strv argv = STRV_INIT;
    cleanup_free char *errors = NULL;
    int out[2], err[2];
    int status;

    strv_add(&argv, "ps");
    if (args && args->count) {
        strv_extend(&argv, args);
    } else {
        strv_add(&argv, "-ef");
    }
    if (pipe2(out, O_CLOEXEC) < 0) {
        return err_sys(e, errno, "make a pipe");
    }
    if (pipe2(err, O_CLOEXEC) < 0) {
        int saved = errno;

        close(out[0]);
        close(out[1]);
        return err_sys(e, saved, "make a pipe");
    }
    struct proc_spawn s = {.path = access("/bin/ps", X_OK) == 0 ? "/bin/ps" : "/usr/bin/ps",
                           .argv = strv_argv(&argv),
                           .stdin_fd = -1,
                           .stdout_fd = out[1],
                           .stderr_fd = err[1]};
    pid_t pid = proc_spawn(&s);

    close(out[1]);
    close(err[1]);
    int r = pid < 0 ? (int) pid : fd_read_all(out[0], PS_OUTPUT_MAX, ret, NULL);

    if (r == 0) {
        r = fd_read_all(err[0], PS_OUTPUT_MAX, &errors, NULL);
    }
    close(out[0]);
    close(err[0]);
    if (pid > 0) {
        (void) proc_wait(pid, &status);
    }
    if (r < 0) {
        return err_sys(e, r, "run the host's ps");
    }
    if (proc_exit_code(status) != 0) {
        errors[strcspn(errors, "\n")] = '\0';
        return err_set(e, ERR_INVALID, "ps: %s", errors);
    }
    return 0;
}

json_t *ctr_top(struct engine *eng, struct container *c, const struct strv *ps_args,
                struct error *e)
{
    CLEANUP(cgroup) struct cgroup *cg = NULL;
    cleanup_free char *path = ctr_cgroup_path(c);
    cleanup_free pid_t *pids = NULL;
    cleanup_free char *text = NULL;
    size_t count = 0;

    (void) eng;
    if (!ctr_is_running(c)) {
        err_set(e, ERR_IN_USE, "Container %s is not running", c->config.id);
        return NULL;
    }
    if (cgroup_open(path, &cg, e) < 0 || cgroup_pids(cg, &pids, &count, e) < 0 ||
        run_ps(ps_args, &text, e) < 0) {
        return NULL;
    }
    return filter_ps(text, pids, count, e);
}
