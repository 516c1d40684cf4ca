// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "base/log.h"
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

void cli_error(const struct cli *cli, const struct error *e)
{
    bool prefix = !cli->command || cli->command->flags & COMMAND_PREFIX;
    struct error shown = *e;

    log_harmless(shown.text);
    log_harmless(shown.hint);
    fflush(stdout); /* what went well stands before what failed */
    fprintf(stderr, "%s%s\n", prefix ? "hoy: " : "", shown.text);
    if (shown.hint[0]) {
        fprintf(stderr, "%s\n", shown.hint);
    }
}

int cli_fail(const struct cli *cli, const struct error *e)
{
    cli_error(cli, e);
    return cli->command && cli->command->flags & COMMAND_FAILS_125 ? EXIT_ENGINE : EXIT_FAILURE;
}

/* Blank line, usage, blank line, where to find more. */
static void print_usage(const struct cli *cli)
{
    fputc('\n', stderr);
    if (cli->command) {
        help_usage_line(stderr, cli->command, cli->path);
        fprintf(stderr, "\nRun 'hoy %s --help' for more information\n", cli->path);
    } else {
        fprintf(stderr, "Usage:  hoy [OPTIONS] COMMAND [ARG...]\n"
                        "\nRun 'hoy --help' for more information\n");
    }
}

int cli_usage_error(const struct cli *cli, const struct error *e)
{
    fprintf(stderr, "%s\n", e->text);
    print_usage(cli);
    return EXIT_ENGINE;
}

int cli_argument_error(const struct cli *cli, int argc)
{
    int least = cli->command->min_args;
    int most = cli->command->max_args;
    int n = argc < least ? least : most;

    fprintf(stderr, "hoy: 'hoy %s' ", cli->path);
    if (most == 0) {
        fprintf(stderr, "accepts no arguments\n");
    } else {
        fprintf(stderr, "requires %s%d argument%s\n",
                least == most  ? ""
                : argc < least ? "at least "
                               : "at most ",
                n, n == 1 ? "" : "s");
    }
    print_usage(cli);
    return EXIT_FAILURE;
}

int cli_finish(int code)
{
    bool failed = ferror(stdout);

    errno = 0;
    if (fflush(stdout) != 0 || failed) {
        char cause[100];

        /* A reader that went away (head) knows why the rest did not arrive. */
        if (errno != EPIPE) {
            fprintf(stderr, "hoy: write standard output: %s\n",
                    err_cause(errno ? errno : EIO, cause, sizeof(cause)));
        }
        return code ? code : EXIT_FAILURE;
    }
    return code;
}
