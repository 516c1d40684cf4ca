// SPDX-License-Identifier: Apache-2.0
/* top */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "engine/exec.h"

#include <stdio.h>
#include <string.h>

#define COLUMN_WIDTH   20
#define COLUMN_PADDING 3

/* ps fields may hold anything a process calls itself; a tab would shift the columns. */
static void add_row(struct strbuf *b, const json_t *fields)
{
    const json_t *field;
    size_t i;

    json_array_foreach (fields, i, field) {
        strbuf_adds(b, i ? "\t" : "");
        for (const char *p = json_string_value(field); p && *p; p++) {
            strbuf_addc(b, *p == '\t' || *p == '\n' ? ' ' : *p);
        }
    }
    strbuf_addc(b, '\n');
}

static void print_processes(const json_t *top)
{
    CLEANUP(strbuf) struct strbuf text = STRBUF_INIT(SIZE_MAX / 4);
    CLEANUP(strbuf) struct strbuf out = STRBUF_INIT(SIZE_MAX / 4);
    const json_t *row;
    size_t i;

    add_row(&text, json_object_get(top, "Titles"));
    json_array_foreach (json_object_get(top, "Processes"), i, row) {
        add_row(&text, row);
    }
    table_format(&out, text.buf, text.len, COLUMN_WIDTH, COLUMN_PADDING);
    fwrite(out.buf, 1, out.len, stdout);
}

static int run(struct cli *cli, int argc, char **argv)
{
    CLEANUP(container) struct container c;
    CLEANUP(strv) struct strv args = STRV_INIT;
    struct error e = {0};
    int r;

    container_init(&c);
    r = cli_parse(cli, NULL, &argc, argv);
    if (r != CLI_GO_ON) {
        return r;
    }
    for (int i = 1; i < argc; i++) {
        strv_add(&args, argv[i]);
    }
    struct engine *eng = cli_engine(cli, &e);

    if (!eng || ctr_find(eng, argv[0], &c, &e) < 0) {
        return cli_fail(cli, &e);
    }
    CLEANUP(json) json_t *top = ctr_top(eng, &c, &args, &e);

    if (!top) {
        return cli_fail(cli, &e);
    }
    print_processes(top);
    return EXIT_SUCCESS;
}

const struct command cmd_top = {
    .names = "container top, top",
    .usage = "CONTAINER [ps OPTIONS]",
    .help = "Display the running processes of a container",
    .options = {.stop_at_positional = true},
    .min_args = 1,
    .max_args = ARGS_ANY,
    .run = run,
};
