// SPDX-License-Identifier: Apache-2.0
/* pull */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/pull_view.h"
#include "cli/registry_options.h"

#include <stdio.h>
#include <string.h>

struct pull_cmd_options {
    bool all_tags;
    char *platform;
    bool quiet;
    struct registry_cmd_options registry;
};

static const struct option table[] = {
    OPTION(BOOL, 'a', "all-tags", struct pull_cmd_options, all_tags,
           "Download all tagged images in the repository"),
    OPTION(STRING, 0, "platform", struct pull_cmd_options, platform,
           "Set platform if server is multi-platform capable", .value_name = "os/arch"),
    OPTION(BOOL, 'q', "quiet", struct pull_cmd_options, quiet, "Suppress verbose output"),
    REGISTRY_OPTIONS(struct pull_cmd_options, registry),
    OPTION_LAST,
};

/* The name that was fetched, in full: what the result says. */
struct outcome {
    struct pull_view view;
    bool quiet;
    char *name;
};

static void on_line(void *ctx, const char *type, const json_t *line)
{
    struct outcome *o = ctx;

    if (strcmp(type, "result") == 0) {
        xstrset(&o->name, json_str(line, "name"));
    }
    if (!o->quiet) {
        o->view.progress.line(o->view.progress.ctx, type, line);
    }
}

static int pull(struct cli *cli, const struct pull_cmd_options *o, const char *reference,
                struct error *e)
{
    struct image_pull_options options = {
        .reference = reference, .platform = o->platform, .all_tags = o->all_tags};
    struct outcome outcome = {.quiet = o->quiet};
    const struct image_progress progress = {.line = on_line, .ctx = &outcome};
    struct engine *eng = cli_engine(cli, e);
    CLEANUP(image_ref) struct image_ref ref = {0};

    if (!eng || image_ref_parse(reference, &ref, e) < 0) {
        return -1;
    }
    if (!ref.tag && !ref.digest && !o->all_tags && !o->quiet) {
        printf("Using default tag: latest\n");
    }
    registry_options_access(&o->registry, &options.access);
    pull_view_init(&outcome.view, stdout);
    int r = engine_image_pull(eng, &options, &progress, e);

    if (r == 0 && outcome.name) {
        printf("%s\n", outcome.name);
    }
    pull_view_done(&outcome.view);
    free(outcome.name);
    return r;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct pull_cmd_options o = {.registry = REGISTRY_OPTIONS_DEFAULT};
    struct error e = {0};
    int r = cli_parse(cli, &o, &argc, argv);

    if (r != CLI_GO_ON) {
        return r;
    }
    r = pull(cli, &o, argv[0], &e) < 0 ? cli_fail(cli, &e) : EXIT_SUCCESS;
    options_free(&cli->command->options, &o);
    return r;
}

const struct command cmd_pull = {
    .names = "image pull, pull",
    .usage = "[OPTIONS] NAME[:TAG|@DIGEST]",
    .help = "Download an image from a registry",
    .options = {.tables = {table}},
    .flags = COMMAND_COMMON,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
