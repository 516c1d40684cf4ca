// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "base/log.h"
#include "cli/help.h"
#include "engine/sweep.h"

#include <stdio.h>

struct engine *cli_engine(struct cli *cli, struct error *e)
{
    enum log_level level;

    if (cli->engine_open) {
        return &cli->engine;
    }
    if (engine_open(&cli->engine_options, &cli->engine, e) < 0) {
        return NULL;
    }
    cli->engine_open = true;
    if (cli->engine.new_boot && sweep_after_boot(&cli->engine, e) < 0) {
        /* What is left over takes room, but stops nothing. */
        log_warn("%s", e->text);
        err_clear(e);
    }
    if (!cli->level_set && cli->engine.config.log_level &&
        log_level_from_string(cli->engine.config.log_level, &level) == 0) {
        log_set_level(level);
    }
    return &cli->engine;
}

int cli_parse(struct cli *cli, void *target, int *argc, char **argv)
{
    const struct command *c = cli->command;
    struct option_result parsed;
    struct error e = {0};
    int code = CLI_GO_ON;

    if (options_parse(&c->options, target, *argc, argv, &parsed, &e) < 0) {
        code = cli_usage_error(cli, &e);
    } else if (parsed.help) {
        help_command(stdout, c, cli->path);
        code = EXIT_SUCCESS;
    } else if (parsed.argc < c->min_args ||
               (c->max_args != ARGS_ANY && parsed.argc > c->max_args)) {
        code = cli_argument_error(cli, parsed.argc);
    }
    if (code != CLI_GO_ON) {
        options_free(&c->options, target);
    }
    *argc = parsed.argc;
    return code;
}
