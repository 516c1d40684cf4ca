// SPDX-License-Identifier: Apache-2.0
/* pause and unpause. */
#include "cli/commands.h"
#include "cli/each.h"
#include "engine/lifecycle.h"

static int pause_one(struct engine *eng, struct container *c, void *ctx, struct error *e)
{
    (void) ctx;
    return ctr_pause(eng, c, e);
}

static int unpause_one(struct engine *eng, struct container *c, void *ctx, struct error *e)
{
    (void) ctx;
    return ctr_unpause(eng, c, e);
}

static int run(struct cli *cli, int argc, char **argv, each_fn *fn)
{
    const struct each each = {.fn = fn};
    int r = cli_parse(cli, NULL, &argc, argv);

    return r == CLI_GO_ON ? each_container(cli, argc, argv, &each) : r;
}

static int run_pause(struct cli *cli, int argc, char **argv)
{
    return run(cli, argc, argv, pause_one);
}

static int run_unpause(struct cli *cli, int argc, char **argv)
{
    return run(cli, argc, argv, unpause_one);
}

const struct command cmd_pause = {
    .names = "container pause, pause",
    .usage = "CONTAINER [CONTAINER...]",
    .help = "Pause all processes within one or more containers",
    .min_args = 1,
    .max_args = ARGS_ANY,
    .run = run_pause,
};

const struct command cmd_unpause = {
    .names = "container unpause, unpause",
    .usage = "CONTAINER [CONTAINER...]",
    .help = "Unpause all processes within one or more containers",
    .min_args = 1,
    .max_args = ARGS_ANY,
    .run = run_unpause,
};
