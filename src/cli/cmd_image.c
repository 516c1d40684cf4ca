// SPDX-License-Identifier: Apache-2.0
/* rmi, tag, import: what changes the image store. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "engine/images.h"

#include <stdio.h>
#include <string.h>

/* ---- rmi ---- */

struct rmi_options {
    bool force;
};

static const struct option rmi_table[] = {
    OPTION(BOOL, 'f', "force", struct rmi_options, force, "Force removal of the image"),
    OPTION_LAST,
};

static int rmi_one(struct engine *eng, const char *name, bool force, struct error *e)
{
    CLEANUP(image_removed) struct image_removed removed = {0};
    char *item;
    int r = engine_image_remove(eng, name, force, &removed, e);

    strv_foreach (&removed.untagged, item) {
        printf("Untagged: %s\n", item);
    }
    strv_foreach (&removed.deleted, item) {
        printf("Deleted: %s\n", item);
    }
    fflush(stdout);
    return r;
}

static int run_rmi(struct cli *cli, int argc, char **argv)
{
    struct rmi_options o = {0};
    struct error e = {0};
    int r = cli_parse(cli, &o, &argc, argv);

    if (r != CLI_GO_ON) {
        return r;
    }
    struct engine *eng = cli_engine(cli, &e);

    if (!eng) {
        return cli_fail(cli, &e);
    }
    r = EXIT_SUCCESS;
    for (int i = 0; i < argc; i++) {
        err_clear(&e);
        if (rmi_one(eng, argv[i], o.force, &e) == 0) {
            continue;
        }
        cli_error(cli, &e);
        if (!(o.force && e.kind == ERR_NOT_FOUND)) {
            r = EXIT_FAILURE;
        }
    }
    return r;
}

const struct command cmd_rmi = {
    .names = "image rm, image remove, rmi",
    .usage = "[OPTIONS] IMAGE [IMAGE...]",
    .help = "Remove one or more images",
    .options = {.tables = {rmi_table}},
    .min_args = 1,
    .max_args = ARGS_ANY,
    .run = run_rmi,
};

/* ---- tag ---- */

static int run_tag(struct cli *cli, int argc, char **argv)
{
    struct error e = {0};
    int r = cli_parse(cli, NULL, &argc, argv);

    if (r != CLI_GO_ON) {
        return r;
    }
    struct engine *eng = cli_engine(cli, &e);

    return eng && engine_image_tag(eng, argv[0], argv[1], &e) == 0 ? EXIT_SUCCESS
                                                                   : cli_fail(cli, &e);
}

const struct command cmd_tag = {
    .names = "image tag, tag",
    .usage = "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
    .help = "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
    .min_args = 2,
    .max_args = 2,
    .run = run_tag,
};

/* ---- import ---- */

struct import_cmd_options {
    struct strv change;
    char *message;
    char *platform;
};

static const struct option import_table[] = {
    OPTION(LIST, 'c', "change", struct import_cmd_options, change,
           "Apply Dockerfile instruction to the created image"),
    OPTION(STRING, 'm', "message", struct import_cmd_options, message,
           "Set commit message for imported image"),
    OPTION(STRING, 0, "platform", struct import_cmd_options, platform,
           "Set the platform of the image"),
    OPTION_LAST,
};

static int import(struct cli *cli, const struct import_cmd_options *o, int argc, char **argv,
                  struct error *e)
{
    struct import_options io = {
        .source = argv[0],
        .reference = argc > 1 ? argv[1] : NULL,
        .message = o->message,
        .platform = o->platform,
        .changes = o->change, /* lent */
    };
    cleanup_free char *id = NULL;
    char cause[100];

    if (strcmp(io.source, "-") != 0 && access(io.source, R_OK) < 0) {
        return err_set(e, ERR_NOT_FOUND, "open %s: %s", io.source,
                       err_cause(errno, cause, sizeof(cause)));
    }
    struct engine *eng = cli_engine(cli, e);

    if (!eng || engine_image_import(eng, &io, &id, e) < 0) {
        return -1;
    }
    printf("%s\n", id);
    return 0;
}

static int run_import(struct cli *cli, int argc, char **argv)
{
    struct import_cmd_options o = {0};
    struct error e = {0};
    int r = cli_parse(cli, &o, &argc, argv);

    if (r != CLI_GO_ON) {
        return r;
    }
    r = import(cli, &o, argc, argv, &e) < 0 ? cli_fail(cli, &e) : EXIT_SUCCESS;
    options_free(&cli->command->options, &o);
    return r;
}

const struct command cmd_import = {
    .names = "image import, import",
    .usage = "[OPTIONS] FILE|FOLDER|- [REPOSITORY[:TAG]]",
    .help = "Import the contents from a tarball or a folder to create a filesystem image",
    .options = {.tables = {import_table}},
    .min_args = 1,
    .max_args = 2,
    .run = run_import,
};
