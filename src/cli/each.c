// SPDX-License-Identifier: Apache-2.0
#include "cli/each.h"

#include "base/fd.h"
#include "base/proc.h"

#include <fcntl.h>
#include <stdio.h>

#define AT_ONCE_MAX 32

static int one(struct engine *eng, const char *name, const struct each *each, struct error *e)
{
    CLEANUP(container) struct container c;

    container_init(&c);
    if (ctr_find(eng, name, &c, e) < 0) {
        return each->verb ? err_wrap(e, "%s: %s", each->verb, name) : -1;
    }
    return each->fn(eng, &c, each->ctx, e);
}

static void say_done(const char *name)
{
    printf("%s\n", name);
    fflush(stdout); /* the next one may take its time */
}

int each_container(struct cli *cli, int argc, char **argv, const struct each *each)
{
    struct error e = {0};
    struct engine *eng = cli_engine(cli, &e);
    int code = EXIT_SUCCESS;

    if (!eng) {
        return cli_fail(cli, &e);
    }
    for (int i = 0; i < argc; i++) {
        err_clear(&e);
        if (one(eng, argv[i], each, &e) == 0) {
            say_done(argv[i]);
        } else {
            code = cli_fail(cli, &e);
        }
    }
    return code;
}

struct worker {
    pid_t pid;
    int result; /* read end; the worker writes its struct error */
};

static int start_worker(struct worker *w, struct engine *eng, const char *name,
                        const struct each *each, struct error *e)
{
    int channel[2];

    if (pipe2(channel, O_CLOEXEC) < 0) {
        return err_sys(e, errno, "make a pipe");
    }
    w->pid = proc_fork();
    if (w->pid == 0) {
        struct error failure = {0};

        close(channel[0]);
        if (one(eng, name, each, &failure) == 0) {
            err_clear(&failure);
        }
        _exit(fd_write_all(channel[1], &failure, sizeof(failure)) < 0);
    }
    close(channel[1]);
    w->result = channel[0];
    if (w->pid < 0) {
        close_fd(&w->result);
        return err_sys(e, w->pid, "start a process for container '%s'", name);
    }
    return 0;
}

static int finish_worker(struct worker *w, const char *name, struct error *e)
{
    ssize_t n = fd_read_full(w->result, e, sizeof(*e));
    int status;

    close_fd(&w->result);
    (void) proc_wait(w->pid, &status);
    if (n != (ssize_t) sizeof(*e)) {
        return err_set(e, ERR_INTERNAL, "the process for container '%s' ended without a word",
                       name);
    }
    return e->kind == ERR_NONE ? 0 : -1;
}

/* Starts count workers, then takes their results in order. */
static int batch(struct cli *cli, struct engine *eng, int count, char **argv,
                 const struct each *each)
{
    struct worker workers[AT_ONCE_MAX] = {0};
    struct error errors[AT_ONCE_MAX] = {0};
    int code = EXIT_SUCCESS;

    fflush(stdout);
    for (int i = 0; i < count; i++) {
        if (start_worker(&workers[i], eng, argv[i], each, &errors[i]) < 0) {
            workers[i].pid = -1;
        }
    }
    for (int i = 0; i < count; i++) {
        if (workers[i].pid > 0 && finish_worker(&workers[i], argv[i], &errors[i]) == 0) {
            say_done(argv[i]);
        } else {
            code = cli_fail(cli, &errors[i]);
        }
    }
    return code;
}

int each_container_at_once(struct cli *cli, int argc, char **argv, const struct each *each)
{
    struct error e = {0};
    struct engine *eng = cli_engine(cli, &e);
    int code = EXIT_SUCCESS;

    if (!eng) {
        return cli_fail(cli, &e);
    }
    if (argc < 2) {
        return each_container(cli, argc, argv, each);
    }
    for (int i = 0; i < argc; i += AT_ONCE_MAX) {
        int r = batch(cli, eng, MIN(argc - i, AT_ONCE_MAX), argv + i, each);

        code = r ? r : code;
    }
    return code;
}
