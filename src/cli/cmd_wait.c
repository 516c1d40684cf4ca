// SPDX-License-Identifier: Apache-2.0
/* wait */
#include "cli/cli.h"
#include "cli/commands.h"
#include "engine/lifecycle.h"

#include <stdio.h>

static int wait_one(struct engine *eng, const char *name, int *ret_code, struct error *e)
{
    CLEANUP(container) struct container c;

    container_init(&c);
    if (ctr_find(eng, name, &c, e) < 0) {
        return -1;
    }
    return ctr_wait(eng, &c, WAIT_NOT_RUNNING, ret_code, e);
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct error e = {0};
    int result = EXIT_SUCCESS;
    int r = cli_parse(cli, NULL, &argc, argv);

    if (r != CLI_GO_ON) {
        return r;
    }
    struct engine *eng = cli_engine(cli, &e);

    if (!eng) {
        return cli_fail(cli, &e);
    }
    for (int i = 0; i < argc; i++) {
        int code;

        err_clear(&e);
        if (wait_one(eng, argv[i], &code, &e) < 0) {
            result = cli_fail(cli, &e);
            continue;
        }
        printf("%d\n", code);
        fflush(stdout);
    }
    return result;
}

const struct command cmd_wait = {
    .names = "container wait, wait",
    .usage = "CONTAINER [CONTAINER...]",
    .help = "Block until one or more containers stop, then print their exit codes",
    .min_args = 1,
    .max_args = ARGS_ANY,
    .run = run,
};
