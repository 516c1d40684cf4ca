// SPDX-License-Identifier: Apache-2.0
/* oci: the OCI runtime, with a command line of its own (src/runtime/). */
#include "cli/commands.h"
#include "runtime/runtime.h"

static int run(struct cli *cli, int argc, char **argv)
{
    (void) cli;
    return runtime_main(argc, argv);
}

const struct command cmd_oci = {
    .names = "oci",
    .usage = "[OPTIONS] COMMAND",
    .help = "OCI runtime: run containers from bundles, as runc and crun do",
    .min_args = 0,
    .max_args = ARGS_ANY,
    .run = run,
};
