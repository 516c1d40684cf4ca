// SPDX-License-Identifier: Apache-2.0
/* inspect, container inspect, image inspect. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/inspect_types.h"
#include "template/jsonout.h"
#include "engine/inspect.h"

#include <stdio.h>
#include <string.h>

#define EXIT_BAD_TEMPLATE 64
#define INDENT            4

struct inspect_options {
    char *format;
    bool size;
    char *type;
};

#define FORMAT_OPTION OPTION(STRING, 'f', "format", struct inspect_options, format, FORMAT_HELP)
#define SIZE_OPTION                                                                                \
    OPTION(BOOL, 's', "size", struct inspect_options, size,                                        \
           "Display total file sizes if the type is container")

static const struct option inspect_table[] = {
    FORMAT_OPTION,
    SIZE_OPTION,
    OPTION(STRING, 0, "type", struct inspect_options, type,
           "Only inspect objects of the given type (\"container\", \"image\", \"volume\")"),
    OPTION_LAST,
};

static const struct option container_table[] = {
    FORMAT_OPTION,
    OPTION(BOOL, 's', "size", struct inspect_options, size, "Display total file sizes"),
    OPTION_LAST,
};

static const struct option image_table[] = {
    FORMAT_OPTION,
    OPTION_LAST,
};

enum object_kind {
    OBJECT_CONTAINER,
    OBJECT_IMAGE,
    OBJECT_VOLUME,
    OBJECT_KIND_COUNT,
    OBJECT_ANY,
};

static const char *const kind_names[OBJECT_KIND_COUNT] = {
    [OBJECT_CONTAINER] = "container",
    [OBJECT_IMAGE] = "image",
    [OBJECT_VOLUME] = "volume",
};

/* ---- finding ---- */

static json_t *get_container(struct engine *eng, const char *name, bool size, struct error *e)
{
    CLEANUP(container) struct container c;

    container_init(&c);
    return ctr_find(eng, name, &c, e) < 0 ? NULL : inspect_container(eng, &c, size, e);
}

static json_t *get_image(struct engine *eng, const char *name, struct error *e)
{
    CLEANUP(image) struct image image = {0};
    const struct image_store *s = engine_images(eng, e);

    return s && image_find(s, name, &image, e) == 0 ? inspect_image(eng, &image, e) : NULL;
}

static json_t *get_kind(struct engine *eng, enum object_kind kind, const char *name, bool size,
                        struct error *e)
{
    switch (kind) {
    case OBJECT_CONTAINER:
        return get_container(eng, name, size, e);
    case OBJECT_IMAGE:
        return get_image(eng, name, e);
    case OBJECT_VOLUME:
        return inspect_volume(eng, name, e);
    case OBJECT_KIND_COUNT:
    case OBJECT_ANY:
        break;
    }
    return NULL;
}

/* *kind: OBJECT_ANY becomes what it is. */
static json_t *get(struct engine *eng, enum object_kind *kind, const char *name, bool size,
                   struct error *e)
{
    if (*kind != OBJECT_ANY) {
        json_t *j = get_kind(eng, *kind, name, size, e);

        if (j) {
            err_clear(e); /* what was tried on the way */
        }
        return j;
    }
    for (int k = 0; k < OBJECT_KIND_COUNT; k++) {
        json_t *j;

        err_clear(e);
        j = get_kind(eng, (enum object_kind) k, name, size, e);
        if (j) {
            err_clear(e);
            *kind = (enum object_kind) k;
            return j;
        }
        /* A name that cannot be an image's is one that no image has. */
        if (e->kind != ERR_NOT_FOUND && e->kind != ERR_INVALID) {
            return NULL;
        }
    }
    err_set(e, ERR_NOT_FOUND, "Error: No such object: %s", name);
    return NULL;
}

/* ---- printing ---- */

/* As Docker's client: first as what it is, then as plain JSON, whose sentence is shown. */
static int add_templated(const struct template *t, enum object_kind kind, const json_t *j,
                         struct strbuf *out, struct error *e)
{
    struct template_data typed = {.root = j, .type_name = "struct"};
    const struct template_data plain = {.root = j};
    size_t start = out->len;

    typed.types = kind == OBJECT_CONTAINER ? inspect_container_types
                  : kind == OBJECT_IMAGE   ? inspect_image_types
                                           : inspect_volume_types;
    if (template_execute(t, &typed, out, e) < 0) {
        err_clear(e);
        strbuf_truncate(out, start);
        if (template_execute(t, &plain, out, e) < 0) {
            strbuf_truncate(out, start);
            return err_wrap(e, "template parsing error");
        }
    }
    strbuf_addc(out, '\n');
    return 0;
}

static void print_list(const json_t *list, bool one_line)
{
    CLEANUP(strbuf) struct strbuf out = STRBUF_INIT(TEMPLATE_MAX_OUTPUT * 4ul);

    jsonout(&out, list, one_line ? 0 : INDENT, 0, false);
    printf("%s\n", out.buf);
}

static int inspect(struct cli *cli, int argc, char **argv, const struct inspect_options *o,
                   enum object_kind wanted)
{
    CLEANUP(json) json_t *list = json_array();
    CLEANUP(strbuf) struct strbuf out = STRBUF_INIT(TEMPLATE_MAX_OUTPUT);
    CLEANUP(template) struct template *t = NULL;
    struct error *errors = xcalloc((size_t) argc, sizeof(*errors));
    struct error e = {0};
    bool json = o->format && strcmp(o->format, "json") == 0;
    int code = EXIT_SUCCESS;

    if (o->format && *o->format && !json) {
        t = template_parse(o->format, &e);
        if (!t) {
            free(errors);
            err_wrap(&e, "template parsing error");
            cli_error(cli, &e);
            return EXIT_BAD_TEMPLATE;
        }
    }
    struct engine *eng = cli_engine(cli, &e);

    if (!eng) {
        free(errors);
        return cli_fail(cli, &e);
    }
    for (int i = 0; i < argc; i++) {
        enum object_kind kind = wanted;
        CLEANUP(json) json_t *j = get(eng, &kind, argv[i], o->size, &errors[i]);

        if (j && t) {
            (void) !add_templated(t, kind, j, &out, &errors[i]);
        } else if (j) {
            json_push(list, json_incref(j));
        }
    }
    if (t) {
        printf("%s", out.len ? out.buf : "\n");
    } else {
        print_list(list, json);
    }
    for (int i = 0; i < argc; i++) {
        if (errors[i].kind) {
            code = cli_fail(cli, &errors[i]);
        }
    }
    free(errors);
    return code;
}

static int run_kind(struct cli *cli, int argc, char **argv, enum object_kind kind)
{
    struct inspect_options o = {0};
    struct error e = {0};
    int r = cli_parse(cli, &o, &argc, argv);

    if (r != CLI_GO_ON) {
        return r;
    }
    if (o.type && *o.type) {
        kind = OBJECT_KIND_COUNT;
        for (int k = 0; k < OBJECT_KIND_COUNT; k++) {
            kind = strcmp(kind_names[k], o.type) == 0 ? (enum object_kind) k : kind;
        }
    }
    if (kind == OBJECT_KIND_COUNT) {
        err_set(&e, ERR_INVALID,
                "unknown type: \"%s\": must be one of \"container\", \"image\", \"volume\"",
                o.type);
        r = cli_fail(cli, &e);
    } else {
        r = inspect(cli, argc, argv, &o, kind);
    }
    options_free(&cli->command->options, &o);
    return r;
}

static int run_any(struct cli *cli, int argc, char **argv)
{
    return run_kind(cli, argc, argv, OBJECT_ANY);
}

static int run_container(struct cli *cli, int argc, char **argv)
{
    return run_kind(cli, argc, argv, OBJECT_CONTAINER);
}

static int run_image(struct cli *cli, int argc, char **argv)
{
    return run_kind(cli, argc, argv, OBJECT_IMAGE);
}

const struct command cmd_inspect = {
    .names = "inspect",
    .usage = "[OPTIONS] NAME|ID [NAME|ID...]",
    .help = "Return low-level information on objects",
    .options = {.tables = {inspect_table}},
    .min_args = 1,
    .max_args = ARGS_ANY,
    .run = run_any,
};

const struct command cmd_container_inspect = {
    .names = "container inspect",
    .usage = "[OPTIONS] CONTAINER [CONTAINER...]",
    .help = "Display detailed information on one or more containers",
    .options = {.tables = {container_table}},
    .min_args = 1,
    .max_args = ARGS_ANY,
    .run = run_container,
};

const struct command cmd_image_inspect = {
    .names = "image inspect",
    .usage = "[OPTIONS] IMAGE [IMAGE...]",
    .help = "Display detailed information on one or more images",
    .options = {.tables = {image_table}},
    .min_args = 1,
    .max_args = ARGS_ANY,
    .run = run_image,
};
