// SPDX-License-Identifier: Apache-2.0
/* state, list and ps: what is known about containers. */
#include "base/fd.h"
#include "base/proc.h"
#include "runtime/command.h"
#include "runtime/container.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

struct format_args {
    const char *format;
    bool quiet;
};

static const struct arg list_table[] = {
    ARG(STRING, 'f', "format", struct format_args, format, "\"table\" (default) or \"json\""),
    ARG(BOOL, 'q', "quiet", struct format_args, quiet, "ids only"),
    ARG_LAST,
};

static const struct arg ps_table[] = {
    ARG(STRING, 'f', "format", struct format_args, format, "\"table\" (default) or \"json\""),
    ARG_LAST,
};

static int check_format(const char *format, struct error *e)
{
    return !format || strcmp(format, "table") == 0 || strcmp(format, "json") == 0
               ? 0
               : err_set(e, ERR_INVALID, "invalid format option '%.100s'", format);
}

static bool is_json(const char *format)
{
    return format && strcmp(format, "json") == 0;
}

static void print_json(const json_t *j, size_t flags)
{
    cleanup_free char *text = json_dumps(j, flags);

    printf("%s\n", text ? text : "null");
}

/* The specification's state, and what runc adds to it. pid is 0 when there is none. */
static json_t *state_of(const struct rctr *c)
{
    enum rctr_status status = rctr_status(c);
    json_t *j = rctr_state(c, status, 0);

    json_put(j, "pid", json_integer(status == RCTR_STOPPED ? 0 : c->pid));
    json_put(j, "rootfs", json_text(c->rootfs ? c->rootfs : ""));
    json_put(j, "created", json_text(c->created ? c->created : ""));
    return j;
}

static int state(const struct runtime *rt, void *args, int argc, char **argv, struct error *e)
{
    CLEANUP(rctr) struct rctr c;

    (void) args;
    (void) argc;
    rctr_init(&c);
    if (rctr_open(rt->root, argv[0], &c, e) < 0) {
        return -1;
    }
    CLEANUP(json) json_t *j = state_of(&c);

    json_put(j, "owner", json_text(""));
    print_json(j, JSON_INDENT(2));
    return EXIT_SUCCESS;
}

/* ---- list ---- */

static void user_name(int64_t uid, char *buf, size_t size)
{
    const struct passwd *pw = getpwuid((uid_t) uid);

    if (pw) {
        snprintf(buf, size, "%s", pw->pw_name);
    } else {
        snprintf(buf, size, "#%lld", (long long) uid);
    }
}

static void print_table(const json_t *all)
{
    static const char *const keys[] = {"id", "pid", "status", "bundle", "created", "owner"};
    static const char *const titles[] = {"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"};
    size_t width[ARRAY_SIZE(keys)];
    size_t i;
    json_t *row;

    for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
        width[k] = strlen(titles[k]);
        json_array_foreach (all, i, row) {
            width[k] = MAX(width[k], strlen(json_str(row, keys[k])));
        }
        width[k] = MAX(width[k] + 4, (size_t) 12);
    }
    for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
        printf("%-*s%s", k + 1 < ARRAY_SIZE(keys) ? (int) width[k] : 0, titles[k],
               k + 1 < ARRAY_SIZE(keys) ? "" : "\n");
    }
    json_array_foreach (all, i, row) {
        for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
            char number[24];
            const char *text = json_str(row, keys[k]);

            if (strcmp(keys[k], "pid") == 0) {
                snprintf(number, sizeof(number), "%lld", (long long) json_int(row, "pid"));
                text = number;
            }
            printf("%-*s%s", k + 1 < ARRAY_SIZE(keys) ? (int) width[k] : 0, text,
                   k + 1 < ARRAY_SIZE(keys) ? "" : "\n");
        }
    }
}

static int list(const struct runtime *rt, void *args, int argc, char **argv, struct error *e)
{
    const struct format_args *a = args;
    CLEANUP(strv) struct strv ids = STRV_INIT;
    CLEANUP(json) json_t *all = json_array();
    char *id;

    (void) argc;
    (void) argv;
    if (check_format(a->format, e) < 0 || rctr_list(rt->root, &ids, e) < 0) {
        return -1;
    }
    strv_foreach (&ids, id) {
        CLEANUP(rctr) struct rctr c;
        struct error gone = {0};
        char owner[64];

        rctr_init(&c);
        if (rctr_open(rt->root, id, &c, &gone) < 0) {
            continue; /* deleted meanwhile, or no container */
        }
        if (a->quiet) {
            printf("%s\n", id);
            continue;
        }
        json_t *j = state_of(&c);

        user_name(c.owner, owner, sizeof(owner));
        json_put(j, "owner", json_text(owner));
        json_push(all, j);
    }
    if (!a->quiet && is_json(a->format)) {
        print_json(json_array_size(all) ? all : NULL, JSON_COMPACT);
    } else if (!a->quiet) {
        print_table(all);
    }
    return EXIT_SUCCESS;
}

/* ---- ps ---- */

static bool contains(const pid_t *pids, size_t count, long pid)
{
    for (size_t i = 0; i < count; i++) {
        if (pids[i] == pid) {
            return true;
        }
    }
    return false;
}

/* What ps(1) prints, without the lines of other processes. */
static int print_ps(FILE *in, const pid_t *pids, size_t count, struct error *e)
{
    char line[8192];
    int column = -1;

    if (!fgets(line, sizeof(line), in)) {
        return err_set(e, ERR_UNAVAILABLE, "ps: it printed nothing");
    }
    fputs(line, stdout);
    char *rest = NULL;
    int i = 0;

    for (char *word = strtok_r(line, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest)) {
        column = strcmp(word, "PID") == 0 ? i : column;
        i++;
    }
    if (column < 0) {
        return err_set(e, ERR_INVALID, "ps: couldn't find PID field in its output");
    }
    while (fgets(line, sizeof(line), in)) {
        cleanup_free char *copy = xstrdup(line);
        char *word = strtok_r(copy, " \n", &rest);

        for (i = 0; word && i < column; i++) {
            word = strtok_r(NULL, " \n", &rest);
        }
        if (word && contains(pids, count, strtol(word, NULL, 10))) {
            fputs(line, stdout);
        }
    }
    return 0;
}

static int run_ps(char **words, const pid_t *pids, size_t count, struct error *e)
{
    CLEANUP(strv) struct strv argv = STRV_INIT;
    int ends[2];
    int status;

    strv_add(&argv, "ps");
    if (!words[0]) {
        strv_add(&argv, "-ef");
    }
    for (; *words; words++) {
        strv_add(&argv, *words);
    }
    if (pipe2(ends, O_CLOEXEC) < 0) {
        return err_sys(e, errno, "make a pipe");
    }
    struct proc_spawn s = {.path = "/bin/ps",
                           .argv = strv_argv(&argv),
                           .stdin_fd = FD_NONE,
                           .stdout_fd = ends[1],
                           .stderr_fd = FD_NONE};
    pid_t pid = proc_spawn(&s);

    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return err_sys(e, pid, "run ps");
    }
    FILE *in = fdopen(ends[0], "r");
    int r = in ? print_ps(in, pids, count, e) : err_sys(e, errno, "read from ps");

    if (in) {
        fclose(in);
    }
    (void) proc_wait(pid, &status);
    return r;
}

static int ps(const struct runtime *rt, void *args, int argc, char **argv, struct error *e)
{
    const struct format_args *a = args;
    CLEANUP(rctr) struct rctr c;
    CLEANUP(cgroup) struct cgroup *cg = NULL;
    cleanup_free pid_t *pids = NULL;
    size_t count = 0;

    (void) argc;
    rctr_init(&c);
    if (check_format(a->format, e) < 0 || rctr_open(rt->root, argv[0], &c, e) < 0) {
        return -1;
    }
    if (rctr_status(&c) == RCTR_STOPPED) {
        return err_set(e, ERR_IN_USE, "container not running");
    }
    if (rctr_cgroup(&c, &cg, e) < 0 || (cg && cgroup_pids(cg, &pids, &count, e) < 0)) {
        return -1;
    }
    if (!is_json(a->format)) {
        return run_ps(argv + 1, pids, count, e) < 0 ? -1 : EXIT_SUCCESS;
    }
    CLEANUP(json) json_t *j = json_array();

    for (size_t i = 0; i < count; i++) {
        json_push(j, json_integer(pids[i]));
    }
    print_json(j, JSON_COMPACT);
    return EXIT_SUCCESS;
}

const struct runtime_command runtime_state = {
    .name = "state",
    .usage = "CONTAINER",
    .help = "print a container's state as JSON",
    RUNTIME_TAKES_A_CONTAINER,
    .run = state,
};

const struct runtime_command runtime_list = {
    .name = "list",
    .usage = "[OPTIONS]",
    .help = "list the containers below --root",
    .args = list_table,
    .args_size = sizeof(struct format_args),
    .positionals = ARGS_ANYWHERE,
    .run = list,
};

const struct runtime_command runtime_ps = {
    .name = "ps",
    .usage = "[OPTIONS] CONTAINER [PS OPTION...]",
    .help = "list the processes of a container",
    .args = ps_table,
    .args_size = sizeof(struct format_args),
    .positionals = 1,
    .min_args = 1,
    .max_args = -1,
    .run = ps,
};
