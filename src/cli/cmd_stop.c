// SPDX-License-Identifier: Apache-2.0
/* stop, restart, kill: signals to containers. */
#include "base/proc.h"
#include "cli/commands.h"
#include "cli/each.h"
#include "engine/lifecycle.h"

#include <signal.h>

#define TIMEOUT_OF_CONTAINER (-2)

struct stop_options {
    char *signal;
    int64_t timeout;
    int number; /* of signal; 0: the container's own */
};

static const struct option stop_table[] = {
    OPTION(STRING, 's', "signal", struct stop_options, signal, "Signal to send to the container"),
    OPTION(INT, 0, "time", struct stop_options, timeout, "Seconds to wait before killing it",
           .flags = OPTION_HIDDEN),
    OPTION(INT, 't', "timeout", struct stop_options, timeout,
           "Seconds to wait before killing the container"),
    OPTION_LAST,
};

static const struct option kill_table[] = {
    OPTION(STRING, 's', "signal", struct stop_options, signal, "Signal to send to the container"),
    OPTION_LAST,
};

static int parse_signal(struct stop_options *o, struct error *e)
{
    o->number = 0;
    if (!o->signal || !*o->signal) {
        return 0;
    }
    o->number = signal_from_string(o->signal);
    return o->number > 0 ? 0 : err_set(e, ERR_INVALID, "Invalid signal: %s", o->signal);
}

static int stop_one(struct engine *eng, struct container *c, void *ctx, struct error *e)
{
    struct stop_options *o = ctx;

    return ctr_stop(eng, c, o->number, o->timeout, e);
}

static int restart_one(struct engine *eng, struct container *c, void *ctx, struct error *e)
{
    struct stop_options *o = ctx;

    return ctr_restart(eng, c, o->number, o->timeout, e);
}

/* Parses, then does it for all of them at once. */
static int run(struct cli *cli, int argc, char **argv, each_fn *fn, const char *verb)
{
    struct stop_options o = {.timeout = TIMEOUT_OF_CONTAINER};
    struct each each = {.fn = fn, .ctx = &o, .verb = verb};
    struct error e = {0};
    int r = cli_parse(cli, &o, &argc, argv);

    if (r != CLI_GO_ON) {
        return r;
    }
    r = parse_signal(&o, &e) < 0 ? cli_fail(cli, &e)
                                 : each_container_at_once(cli, argc, argv, &each);
    options_free(&cli->command->options, &o);
    return r;
}

static int run_stop(struct cli *cli, int argc, char **argv)
{
    return run(cli, argc, argv, stop_one, NULL);
}

static int run_restart(struct cli *cli, int argc, char **argv)
{
    return run(cli, argc, argv, restart_one, NULL);
}

static int kill_one(struct engine *eng, struct container *c, void *ctx, struct error *e)
{
    struct stop_options *o = ctx;

    return ctr_kill(eng, c, o->number ? o->number : SIGKILL, e);
}

static int run_kill(struct cli *cli, int argc, char **argv)
{
    return run(cli, argc, argv, kill_one, "Cannot kill container");
}

const struct command cmd_stop = {
    .names = "container stop, stop",
    .usage = "[OPTIONS] CONTAINER [CONTAINER...]",
    .help = "Stop one or more running containers",
    .options = {.tables = {stop_table}},
    .min_args = 1,
    .max_args = ARGS_ANY,
    .run = run_stop,
};

const struct command cmd_restart = {
    .names = "container restart, restart",
    .usage = "[OPTIONS] CONTAINER [CONTAINER...]",
    .help = "Restart one or more containers",
    .options = {.tables = {stop_table}},
    .min_args = 1,
    .max_args = ARGS_ANY,
    .run = run_restart,
};

const struct command cmd_kill = {
    .names = "container kill, kill",
    .usage = "[OPTIONS] CONTAINER [CONTAINER...]",
    .help = "Kill one or more running containers",
    .options = {.tables = {kill_table}},
    .min_args = 1,
    .max_args = ARGS_ANY,
    .run = run_kill,
};
