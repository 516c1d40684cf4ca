// SPDX-License-Identifier: Apache-2.0
/* exec */
#include "base/fd.h"
#include "base/proc.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/envfile.h"
#include "cli/relay.h"
#include "cli/session.h"
#include "engine/exec.h"
#include "base/term.h"

#include <stdio.h>

struct exec_cmd_options {
    bool detach;
    char *detach_keys;
    struct strv env;
    struct strv env_file;
    bool interactive;
    bool privileged;
    bool tty;
    char *user;
    char *workdir;
};

static const struct option table[] = {
    OPTION(BOOL, 'd', "detach", struct exec_cmd_options, detach,
           "Detached mode: run command in the background"),
    OPTION(STRING, 0, "detach-keys", struct exec_cmd_options, detach_keys,
           "Override the key sequence for detaching a container"),
    OPTION(LIST, 'e', "env", struct exec_cmd_options, env, "Set environment variables",
           .check = env_check),
    OPTION(LIST, 0, "env-file", struct exec_cmd_options, env_file,
           "Read in a file of environment variables"),
    OPTION(BOOL, 'i', "interactive", struct exec_cmd_options, interactive,
           "Keep STDIN open even if not attached"),
    OPTION(BOOL, 0, "privileged", struct exec_cmd_options, privileged,
           "Give extended privileges to the command"),
    OPTION(BOOL, 't', "tty", struct exec_cmd_options, tty, "Allocate a pseudo-TTY"),
    OPTION(STRING, 'u', "user", struct exec_cmd_options, user,
           "Username or UID (format: \"<name|uid>[:<group|gid>]\")"),
    OPTION(STRING, 'w', "workdir", struct exec_cmd_options, workdir,
           "Working directory inside the container"),
    OPTION_LAST,
};

static int fill(const struct exec_cmd_options *o, int argc, char **argv, struct exec_options *x,
                struct error *e)
{
    uint16_t rows, columns;

    for (int i = 0; i < argc; i++) {
        strv_add(&x->args, argv[i]);
    }
    xstrset(&x->user, o->user && *o->user ? o->user : NULL);
    xstrset(&x->working_dir, o->workdir && *o->workdir ? o->workdir : NULL);
    x->tty = o->tty;
    x->privileged = o->privileged;
    x->detach = o->detach;
    if (o->tty && !o->detach && term_size(STDIN_FILENO, &rows, &columns) == 0) {
        x->rows = rows;
        x->cols = columns;
    }
    return env_collect(&o->env_file, &o->env, &x->env, e);
}

/* Starts it and stays until it ends; its exit code. */
static int exec_attached(struct cli *cli, struct container *c, const struct exec_cmd_options *o,
                         struct exec_options *x)
{
    CLEANUP(relay) struct relay relay;
    struct detach_keys keys;
    struct exec_result started;
    struct error e = {0};
    int status = 0;

    if (relay_open(&relay, o->tty, o->interactive, &e) < 0 ||
        detach_keys_parse(o->detach_keys ? o->detach_keys : "", &keys, &e) < 0) {
        return cli_fail(cli, &e);
    }
    for (int i = 0; i < 3 && !o->tty; i++) {
        x->stdio[i] = relay.child[i];
    }
    if (ctr_exec(&cli->engine, c, x, &started, &e) < 0) {
        cli_error(cli, &e);
        return started.exit_code;
    }
    cleanup_close int pidfd = started.pidfd;

    relay.keys = o->tty && o->interactive ? &keys : NULL;
    relay_started(&relay, started.console);
    if (relay_run(&relay, pidfd, &e) < 0) {
        cli_error(cli, &e);
    }
    if (relay.detached) {
        return session_detached();
    }
    relay_close(&relay); /* a program that writes on learns that nobody reads */
    int r = pidfd_wait(pidfd, &status);

    if (r < 0) {
        err_sys(&e, r, "wait for the program");
        return cli_fail(cli, &e);
    }
    return e.kind ? EXIT_FAILURE : proc_exit_code(status);
}

static int exec(struct cli *cli, int argc, char **argv, const struct exec_cmd_options *o)
{
    CLEANUP(container) struct container c;
    CLEANUP(exec_options) struct exec_options x;
    struct exec_result started;
    struct error e = {0};

    container_init(&c);
    exec_options_init(&x);
    if (!o->detach && o->tty && o->interactive && !isatty(STDIN_FILENO)) {
        err_set(&e, ERR_INVALID, "the input device is not a TTY");
        return cli_fail(cli, &e);
    }
    struct engine *eng = NULL;

    if (fill(o, argc - 1, argv + 1, &x, &e) < 0 || !(eng = cli_engine(cli, &e)) ||
        ctr_find(eng, argv[0], &c, &e) < 0) {
        return cli_fail(cli, &e);
    }
    if (!o->detach) {
        return exec_attached(cli, &c, o, &x);
    }
    return ctr_exec(eng, &c, &x, &started, &e) < 0 ? cli_fail(cli, &e) : EXIT_SUCCESS;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct exec_cmd_options o = {0};
    int r = cli_parse(cli, &o, &argc, argv);

    if (r != CLI_GO_ON) {
        return r;
    }
    r = exec(cli, argc, argv, &o);
    options_free(&cli->command->options, &o);
    return r;
}

const struct command cmd_exec = {
    .names = "container exec, exec",
    .usage = "[OPTIONS] CONTAINER COMMAND [ARG...]",
    .help = "Execute a command in a running container",
    .options = {.tables = {table}, .stop_at_positional = true},
    .flags = COMMAND_COMMON | COMMAND_PREFIX,
    .min_args = 2,
    .max_args = ARGS_ANY,
    .run = run,
};
