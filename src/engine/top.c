// SPDX-License-Identifier: Apache-2.0
/* top: the host's ps, cut down to the processes of one container. */
#include "base/fd.h"
#include "base/proc.h"
#include "engine/exec.h"
#include "engine/finish.h"
#include "oci/cgroup.h"

#include <fcntl.h>
#include <string.h>

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

/* Starts ps with its output going to out and err; pid or -errno. */
static pid_t start_ps(struct strv *argv, int out, int err)
{
    struct proc_spawn s = {.path = access("/bin/ps", X_OK) == 0 ? "/bin/ps" : "/usr/bin/ps",
                           .argv = strv_argv(argv),
                           .stdin_fd = -1,
                           .stdout_fd = out,
                           .stderr_fd = err};

    return proc_spawn(&s);
}

/* Runs ps; what it prints in *ret, what it complains about becomes the error. */
static int run_ps(const struct strv *args, char **ret, struct error *e)
{
    CLEANUP(strv) struct strv argv = STRV_INIT;
    cleanup_free char *complaint = NULL;
    int out[2], err[2];
    int status = 0;

    strv_add(&argv, "ps");
    if (args && args->count) {
        strv_extend(&argv, args);
    } else {
        strv_add(&argv, "-ef");
    }
    if (pipe2(out, O_CLOEXEC) < 0) {
        return err_sys(e, errno, "make a pipe");
    }
    cleanup_close int out_read = out[0];
    cleanup_close int out_write = out[1];

    if (pipe2(err, O_CLOEXEC) < 0) {
        return err_sys(e, errno, "make a pipe");
    }
    cleanup_close int err_read = err[0];
    cleanup_close int err_write = err[1];
    pid_t pid = start_ps(&argv, out_write, err_write);

    if (pid < 0) {
        return err_sys(e, pid, "run the host's ps");
    }
    close_fd(&out_write);
    close_fd(&err_write);
    int r = fd_read_all(out_read, PS_OUTPUT_MAX, ret, NULL);
    int r2 = fd_read_all(err_read, PS_OUTPUT_MAX, &complaint, NULL);

    (void) proc_wait(pid, &status);
    if (r < 0 || r2 < 0 || !complaint) {
        return err_sys(e, r < 0 ? r : r2, "read from the host's ps");
    }
    if (proc_exit_code(status) != 0) {
        complaint[strcspn(complaint, "\n")] = '\0';
        return err_set(e, ERR_INVALID, "ps: %s", complaint);
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
