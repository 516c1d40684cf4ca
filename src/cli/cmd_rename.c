// SPDX-License-Identifier: Apache-2.0
/* rename */
#include "cli/cli.h"
#include "cli/commands.h"
#include "engine/lifecycle.h"

static int run(struct cli *cli, int argc, char **argv)
{
    CLEANUP(container) struct container c;
    struct error e = {0};
    int r = cli_parse(cli, NULL, &argc, argv);

    container_init(&c);
    if (r != CLI_GO_ON) {
        return r;
    }
    struct engine *eng = cli_engine(cli, &e);

    if (!eng || ctr_find(eng, argv[0], &c, &e) < 0 || ctr_rename(eng, &c, argv[1], &e) < 0) {
        return cli_fail(cli, &e);
    }
    return EXIT_SUCCESS;
}

const struct command cmd_rename = {
    .names = "container rename, rename",
    .usage = "CONTAINER NEW_NAME",
    .help = "Rename a container",
    .min_args = 2,
    .max_args = 2,
    .run = run,
};
