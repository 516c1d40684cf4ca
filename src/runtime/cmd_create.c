// SPDX-License-Identifier: Apache-2.0
/* create, start and run. */
#include "base/proc.h"
#include "runtime/console.h"
#include "runtime/lifecycle.h"

#include <sys/prctl.h>

#define CREATE_ARGS                                                                                \
    ARG(STRING, 'b', "bundle", struct create_args, bundle, "folder of the bundle (default: .)"),   \
        ARG(STRING, 'f', "config", struct create_args, config,                                     \
            "file to read instead of config.json"),                                                \
        ARG(STRING, 0, "console-socket", struct create_args, console_socket,                       \
            "socket that gets the terminal"),                                                      \
        ARG(STRING, 0, "pid-file", struct create_args, pid_file,                                   \
            "file for the first process' number"),                                                 \
        ARG(UINT, 0, "preserve-fds", struct create_args, preserve_fds,                             \
            "how many descriptors from 3 on the program keeps"),                                   \
        ARG(BOOL, 0, "no-pivot", struct create_args, no_pivot,                                     \
            "change root without pivot_root (the host's root is a ramfs)"),                        \
        ARG(BOOL, 0, "no-new-keyring", struct create_args, no_new_keyring,                         \
            "keep the caller's session keyring")

static const struct arg create_table[] = {CREATE_ARGS, ARG_LAST};

static const struct arg run_table[] = {
    CREATE_ARGS,
    ARG(BOOL, 'd', "detach", struct create_args, detach, "return once the program runs"),
    ARG(BOOL, 0, "keep", struct create_args, keep, "do not delete the container at its end"),
    ARG(BOOL, 0, "no-subreaper", struct create_args, no_subreaper,
        "do not become the parent of what the container leaves"),
    ARG_LAST,
};

static int create(const struct runtime *rt, void *args, int argc, char **argv, struct error *e)
{
    CLEANUP(birth) struct birth b;

    (void) argc;
    birth_init(&b, rt, args);
    return birth_create(&b, argv[0], true, e);
}

static int start(const struct runtime *rt, void *args, int argc, char **argv, struct error *e)
{
    CLEANUP(rctr) struct rctr c;

    (void) args;
    (void) argc;
    rctr_init(&c);
    return rctr_open_locked(rt->root, argv[0], &c, e) < 0 ? -1 : rctr_start(&c, e);
}

/* The program runs in the foreground; then the container goes, unless it is to be kept. */
static int stay(struct birth *b, struct error *e)
{
    int code = 0;

    rctr_unlock(&b->c); /* exec, kill and the others must get at it */
    int r = foreground_run(b->process.pidfd, b->process.pid, b->process.console, &code, e);

    if (!b->args->keep) {
        CLEANUP(rctr) struct rctr c;
        struct error gone = {0};

        /* Someone may have deleted it before us. */
        rctr_init(&c);
        if (rctr_open_locked(b->rt->root, b->c.id, &c, &gone) == 0 && rctr_end(b->rt, &c, e) < 0) {
            r = -1;
        }
    }
    return r < 0 ? -1 : code;
}

static int run(const struct runtime *rt, void *args, int argc, char **argv, struct error *e)
{
    const struct create_args *a = args;
    CLEANUP(birth) struct birth b;

    (void) argc;
    birth_init(&b, rt, a);
    if (!a->detach && !a->no_subreaper) {
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    }
    if (birth_create(&b, argv[0], false, e) < 0 || birth_start(&b, e) < 0) {
        return -1;
    }
    return a->detach ? EXIT_SUCCESS : stay(&b, e);
}

const struct runtime_command runtime_create = {
    .name = "create",
    .usage = "[OPTIONS] CONTAINER",
    .help = "make a container, up to where its program would start",
    .args = create_table,
    .args_size = sizeof(struct create_args),
    RUNTIME_TAKES_A_CONTAINER,
    .run = create,
};

const struct runtime_command runtime_start = {
    .name = "start",
    .usage = "CONTAINER",
    .help = "start the program of a created container",
    RUNTIME_TAKES_A_CONTAINER,
    .run = start,
};

const struct runtime_command runtime_run = {
    .name = "run",
    .usage = "[OPTIONS] CONTAINER",
    .help = "create, start, wait and delete",
    .args = run_table,
    .args_size = sizeof(struct create_args),
    RUNTIME_TAKES_A_CONTAINER,
    .run = run,
};
