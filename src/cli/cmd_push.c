// SPDX-License-Identifier: Apache-2.0
/* push */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/pull_view.h"
#include "cli/registry_options.h"

#include <stdio.h>

struct push_cmd_options {
    bool all_tags;
    bool quiet;
    struct registry_cmd_options registry;
};

static const struct option table[] = {
    OPTION(BOOL, 'a', "all-tags", struct push_cmd_options, all_tags,
           "Push all tags of an image to the repository"),
    OPTION(BOOL, 'q', "quiet", struct push_cmd_options, quiet, "Suppress verbose output"),
    REGISTRY_OPTIONS(struct push_cmd_options, registry),
    OPTION_LAST,
};

static int push(struct cli *cli, const struct push_cmd_options *o, const char *reference,
                struct error *e)
{
    struct image_push_options options = {.reference = reference, .all_tags = o->all_tags};
    struct engine *eng = cli_engine(cli, e);
    CLEANUP(image_ref) struct image_ref ref = {0};
    CLEANUP(pull_view) struct pull_view view;

    pull_view_init(&view, stdout);
    if (!eng || image_ref_parse(reference, &ref, e) < 0) {
        return -1;
    }
    if (!ref.tag && !ref.digest && !o->all_tags && !o->quiet) {
        printf("Using default tag: latest\n");
    }
    registry_options_access(&o->registry, &options.access);
    if (engine_image_push(eng, &options, o->quiet ? NULL : &view.progress, e) < 0) {
        return -1;
    }
    if (o->quiet) {
        image_ref_default_tag(&ref);
        cleanup_free char *full = o->all_tags ? NULL : image_ref_full(&ref);

        printf("%s\n", full ? full : reference);
    }
    return 0;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct push_cmd_options o = {.registry = REGISTRY_OPTIONS_DEFAULT};
    struct error e = {0};
    int r = cli_parse(cli, &o, &argc, argv);

    if (r != CLI_GO_ON) {
        return r;
    }
    r = push(cli, &o, argv[0], &e) < 0 ? cli_fail(cli, &e) : EXIT_SUCCESS;
    options_free(&cli->command->options, &o);
    return r;
}

const struct command cmd_push = {
    .names = "image push, push",
    .usage = "[OPTIONS] NAME[:TAG]",
    .help = "Upload an image to a registry",
    .options = {.tables = {table}},
    .flags = COMMAND_COMMON,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
