// SPDX-License-Identifier: Apache-2.0
/* rm */
#include "cli/commands.h"
#include "cli/each.h"
#include "engine/lifecycle.h"

struct rm_options {
    bool force;
    bool volumes;
};

static const struct option table[] = {
    OPTION(BOOL, 'f', "force", struct rm_options, force,
           "Force the removal of a running container (uses SIGKILL)"),
    OPTION(BOOL, 'v', "volumes", struct rm_options, volumes,
           "Remove anonymous volumes associated with the container"),
    OPTION_LAST,
};

static int rm_one(struct engine *eng, struct container *c, void *ctx, struct error *e)
{
    const struct rm_options *o = ctx;

    return ctr_remove(eng, c, &(struct remove_options){o->force, o->volumes}, e);
}

/* With --force what does not exist is said, but no failure. */
static int drop_absent(struct cli *cli, int *argc, char **argv, struct error *e)
{
    struct engine *eng = cli_engine(cli, e);
    int kept = 0;

    if (!eng) {
        return -1;
    }
    for (int i = 0; i < *argc; i++) {
        CLEANUP(container) struct container c;

        container_init(&c);
        err_clear(e);
        if (ctr_find(eng, argv[i], &c, e) < 0 && e->kind == ERR_NOT_FOUND) {
            cli_error(cli, e);
        } else {
            argv[kept++] = argv[i];
        }
    }
    *argc = kept;
    return 0;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct rm_options o = {0};
    const struct each each = {.fn = rm_one, .ctx = &o};
    struct error e = {0};
    int r = cli_parse(cli, &o, &argc, argv);

    if (r != CLI_GO_ON) {
        return r;
    }
    if (o.force && drop_absent(cli, &argc, argv, &e) < 0) {
        return cli_fail(cli, &e);
    }
    return each_container_at_once(cli, argc, argv, &each);
}

const struct command cmd_rm = {
    .names = "container rm, container remove, rm",
    .usage = "[OPTIONS] CONTAINER [CONTAINER...]",
    .help = "Remove one or more containers",
    .options = {.tables = {table}},
    .min_args = 1,
    .max_args = ARGS_ANY,
    .run = run,
};
