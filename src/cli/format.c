// SPDX-License-Identifier: Apache-2.0
#include "cli/format.h"

#include "template/jsonout.h"
#include "cli/table.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define MIN_WIDTH 10
#define PADDING   3

/* \t and \n as people type them on a command line; the caller frees it. */
static char *unescape(const char *s)
{
    char *copy = xstrdup(s);
    char *to = copy;

    for (; *s; s++) {
        if (*s == '\\' && (s[1] == 't' || s[1] == 'n')) {
            *to++ = *++s == 't' ? '\t' : '\n';
        } else {
            *to++ = *s;
        }
    }
    *to = '\0';
    return copy;
}

static char *trim_spaces(const char *s)
{
    size_t n;

    s += strspn(s, " ");
    n = strlen(s);
    while (n && s[n - 1] == ' ') {
        n--;
    }
    return xstrndup(s, n);
}

int formatter_init(struct formatter *f, const char *format, const struct format_view *view,
                   struct error *e)
{
    const char *body = format && *format ? format : "table";

    *f = (struct formatter){.view = view, .rows = STRBUF_INIT(TEMPLATE_MAX_OUTPUT)};
    f->is_table = strncmp(body, "table", 5) == 0;
    f->is_json = strcmp(body, "json") == 0;
    if (f->is_table) {
        body += 5;
        if (!body[strspn(body, " ")]) {
            body = view->table;
        }
    }
    cleanup_free char *trimmed = trim_spaces(body);

    f->text = unescape(trimmed);
    if (f->is_json) {
        return 0;
    }
    f->template = template_parse(f->text, e);
    return f->template ? 0 : err_wrap(e, "failed to parse template");
}

bool formatter_uses(const struct formatter *f, const char *field)
{
    cleanup_free char *dotted = xasprintf(".%s", field);

    return !f->is_json && (strstr(f->text, dotted) || strstr(f->text, "json .}"));
}

int formatter_row(struct formatter *f, const json_t *row, void *ctx, struct error *e)
{
    const struct template_data data = {.root = row,
                                       .type_name = f->view->type_name,
                                       .methods = f->view->methods,
                                       .methods_ctx = ctx,
                                       .html_root = true};

    if (f->is_json) {
        jsonout(&f->rows, row, 0, 0, true);
    } else if (template_execute(f->template, &data, &f->rows, e) < 0) {
        return err_wrap(e, "failed to execute template");
    }
    strbuf_addc(&f->rows, '\n');
    return strbuf_ok(&f->rows) ? 0
                               : err_set(e, ERR_UNAVAILABLE, "the list is longer than %d bytes",
                                         TEMPLATE_MAX_OUTPUT);
}

/* {{.Label "com.example.some-key"}} in a header: SOME KEY. */
static char *label_header(void *ctx, const char *name)
{
    const char *dot = strrchr(name, '.');
    char *header = xstrdup(dot ? dot + 1 : name);

    (void) ctx;
    for (char *p = header; *p; p++) {
        *p = *p == '-' || *p == '_' ? ' ' : (char) toupper((unsigned char) *p);
    }
    return header;
}

static void add_header(struct formatter *f, struct strbuf *b)
{
    static const struct template_method methods[] = {{"Label", label_header}, {NULL, NULL}};
    CLEANUP(json) json_t *headers = json_object();
    const struct template_data data = {
        .root = headers, .type_name = "", .methods = methods, .header = true};
    struct error ignored = {0}; /* what a row can do with numbers, a header may not */

    for (const struct format_column *c = f->view->columns; c->field; c++) {
        json_put(headers, c->field, json_text(c->header));
    }
    if (template_execute(f->template, &data, b, &ignored) < 0) {
        err_clear(&ignored);
    }
    strbuf_addc(b, '\n');
}

void formatter_finish(struct formatter *f)
{
    CLEANUP(strbuf) struct strbuf text = STRBUF_INIT(TEMPLATE_MAX_OUTPUT * 2ul);
    CLEANUP(strbuf) struct strbuf out = STRBUF_INIT(TEMPLATE_MAX_OUTPUT * 4ul);

    if (!f->is_table) {
        fwrite(f->rows.buf, 1, f->rows.len, stdout);
        return;
    }
    add_header(f, &text);
    strbuf_add(&text, f->rows.buf, f->rows.len);
    table_format(&out, text.buf, text.len, MIN_WIDTH, PADDING);
    fwrite(out.buf, 1, out.len, stdout);
}

void formatter_done(struct formatter *f)
{
    free(f->text);
    template_free(f->template);
    strbuf_done(&f->rows);
}
