// SPDX-License-Identifier: Apache-2.0
/* run and create. */
#include "cli/cidfile.h"
#include "cli/commands.h"
#include "cli/pull_view.h"
#include "cli/run_options.h"
#include "cli/session.h"

#include <stdio.h>

static const struct option run_table[] = {
    OPTION(BOOL, 'd', "detach", struct run_options, detach,
           "Run container in background and print container ID"),
    OPTION(STRING, 0, "detach-keys", struct run_options, detach_keys,
           "Override the key sequence for detaching a container"),
    OPTION(BOOL, 0, "sig-proxy", struct run_options, sig_proxy,
           "Proxy received signals to the process", .default_text = "true"),
    OPTION_LAST,
};

/* What the options say; a failure is one of usage, 125 also for create. */
static int configure(const struct run_options *o, int argc, char **argv, struct ctr_config *config,
                     struct create_options *create, struct error *e)
{
    return run_options_pull(o, &create->pull, e) < 0 ||
                   run_options_apply(o, argc, argv, config, e) < 0
               ? -1
               : 0;
}

/* --cidfile and the engine's create. c: initialised. */
static int create(struct cli *cli, struct ctr_config *config, bool quiet,
                  const struct create_options *o, struct container *c, struct error *e)
{
    CLEANUP(cidfile) struct cidfile cidfile = CIDFILE_INIT;
    CLEANUP(pull_view) struct pull_view view;
    struct create_options shown = *o;

    pull_view_init(&view, stderr);
    shown.progress = quiet ? NULL : &view.progress;

    if (cidfile_open(&cidfile, config->cidfile, e) < 0) {
        return -1;
    }
    struct engine *eng = cli_engine(cli, e);

    if (!eng || ctr_create(eng, config, &shown, c, e) < 0) {
        return -1;
    }
    return cidfile_write(&cidfile, c->config.id, e);
}

static int run_create(struct cli *cli, int argc, char **argv)
{
    CLEANUP(run_options) struct run_options o = RUN_OPTIONS_INIT;
    CLEANUP(ctr_config) struct ctr_config config;
    CLEANUP(container) struct container c;
    struct create_options options = {0};
    struct error e = {0};
    int r;

    container_init(&c);
    ctr_config_init(&config);
    r = cli_parse(cli, &o, &argc, argv);
    if (r != CLI_GO_ON) {
        return r;
    }
    if (configure(&o, argc, argv, &config, &options, &e) < 0) {
        cli_error(cli, &e);
        return EXIT_ENGINE;
    }
    if (create(cli, &config, o.quiet, &options, &c, &e) < 0) {
        return cli_fail(cli, &e);
    }
    printf("%s\n", c.config.id);
    return EXIT_SUCCESS;
}

/* What cannot be, before anything is made. 1 as Docker's client, not 125. */
static int check(const struct run_options *o, struct error *e)
{
    bool want_stdin = o->attach.count ? strv_contains(&o->attach, "stdin") : o->interactive;

    if (o->detach && o->attach.count) {
        return err_set(e, ERR_INVALID,
                       "conflicting options: cannot specify both --attach and --detach");
    }
    return o->detach ? 0 : session_check_tty(o->tty, want_stdin, e);
}

static int start(struct cli *cli, const struct run_options *o, struct session *s)
{
    const struct ctr_config *config = &s->c->config;
    struct start_result started;
    struct error e = {0};

    s->eng = &cli->engine;
    s->sig_proxy = o->sig_proxy;
    s->want = session_want(config->attach_stdin, config->attach_stdout, config->attach_stderr);
    if (ctr_start(s->eng, s->c, s->want, &started, &e) < 0) {
        cli_error(cli, &e);
        return started.exit_code;
    }
    if (!config->attach_stdout && !config->attach_stderr) {
        printf("%s\n", config->id);
    }
    return s->want ? session_run(cli, s, started.attach_sock) : EXIT_SUCCESS;
}

static int run_run(struct cli *cli, int argc, char **argv)
{
    CLEANUP(run_options) struct run_options o = RUN_OPTIONS_INIT;
    CLEANUP(ctr_config) struct ctr_config config;
    CLEANUP(container) struct container c;
    struct create_options options = {0};
    struct session session = {.c = &c};
    struct error e = {0};
    int r;

    container_init(&c);
    ctr_config_init(&config);
    r = cli_parse(cli, &o, &argc, argv);
    if (r != CLI_GO_ON) {
        return r;
    }
    if (check(&o, &e) < 0) {
        cli_error(cli, &e);
        return EXIT_FAILURE;
    }
    if ((!o.detach && session_keys(&session, o.detach_keys, &e) < 0) ||
        configure(&o, argc, argv, &config, &options, &e) < 0 ||
        create(cli, &config, o.quiet, &options, &c, &e) < 0) {
        return cli_fail(cli, &e);
    }
    return start(cli, &o, &session);
}

const struct command cmd_run = {
    .names = "container run, run",
    .usage = "[OPTIONS] IMAGE [COMMAND] [ARG...]",
    .help = "Create and run a new container from an image",
    .options = {.tables = {run_options_table, run_table}, .stop_at_positional = true},
    .flags = COMMAND_COMMON | COMMAND_PREFIX | COMMAND_FAILS_125,
    .min_args = 1,
    .max_args = ARGS_ANY,
    .run = run_run,
};

const struct command cmd_create = {
    .names = "container create, create",
    .usage = "[OPTIONS] IMAGE [COMMAND] [ARG...]",
    .help = "Create a new container",
    .options = {.tables = {run_options_table}, .stop_at_positional = true},
    .flags = COMMAND_PREFIX,
    .min_args = 1,
    .max_args = ARGS_ANY,
    .run = run_create,
};
