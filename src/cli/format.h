// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * --format of the commands that list things: "table", "table TEMPLATE", "json", TEMPLATE.
 *
 *   formatter_init(&f, options.format, &ps_view, &e);
 *   formatter_row(&f, row, ctx, &e);      for each, an object with every field of the view
 *   formatter_finish(&f);            prints
 */
#include "template/template.h"

/* Help texts of --format. */
#define FORMAT_HELP_TABLE                                                                          \
    "Format output using a custom template:\n"                                                     \
    "'table':            Print output in table format with column headers (default)\n"             \
    "'table TEMPLATE':   Print output in table format using the given Go template\n"               \
    "'json':             Print in JSON format\n"                                                   \
    "'TEMPLATE':         Print output using the given Go template"
#define FORMAT_HELP                                                                                \
    "Format output using a custom template:\n"                                                     \
    "'json':             Print in JSON format\n"                                                   \
    "'TEMPLATE':         Print output using the given Go template"

struct format_column {
    const char *field;  /* "Names": {{.Names}} */
    const char *header; /* "NAMES" in a table */
};

struct format_view {
    const char *table;                     /* template of the plain table, tabs between cells */
    const struct format_column *columns;   /* ends with field NULL */
    const char *type_name;                 /* for sentences: "*formatter.ContainerContext" */
    const struct template_method *methods; /* may be NULL */
};

struct formatter {
    const struct format_view *view;
    char *text; /* the template as it is parsed */
    struct template *template;
    bool is_table;
    bool is_json;
    struct strbuf rows;
};

/* format: NULL or "" is the plain table. ERR_INVALID "failed to parse template: ...". */
int formatter_init(struct formatter *f, const char *format, const struct format_view *view,
                   struct error *e) MUST_CHECK;

/* Does the format ask for this field? For what is costly to find out. */
bool formatter_uses(const struct formatter *f, const char *field);

/* ctx: for the view's methods. */
int formatter_row(struct formatter *f, const json_t *row, void *ctx, struct error *e) MUST_CHECK;

/* Prints header and rows to standard output. */
void formatter_finish(struct formatter *f);

void formatter_done(struct formatter *f);
DEFINE_CLEANUP(formatter, struct formatter, formatter_done);
