// SPDX-License-Identifier: Apache-2.0
/* monitor-exit: what a container's monitor becomes when the container has ended. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "engine/finish.h"

static int run(struct cli *cli, int argc, char **argv)
{
    struct error e = {0};

    if (argc < 1) {
        return EXIT_FAILURE;
    }
    struct engine *eng = cli_engine(cli, &e);

    if (!eng || ctr_finish(eng, argv[0], &e) < 0) {
        return cli_fail(cli, &e);
    }
    return EXIT_SUCCESS;
}

const struct command cmd_monitor_exit = {
    .names = "monitor-exit",
    .usage = "CONTAINER [RECORD]",
    .help = "Clean up after a container",
    .flags = COMMAND_INTERNAL | COMMAND_PREFIX,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
