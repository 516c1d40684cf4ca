// SPDX-License-Identifier: Apache-2.0
#include "template/template.h"

#include "template_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static json_t *parse_document(const char *text)
{
    struct error e = {0};
    json_t *j = json_parse(text, strlen(text), "document", &e);

    assert_string_equal(e.text, "");
    return j;
}

/* Output and sentence of a template; both are compared as a whole. */
static void check_with(const struct template_data *data, const char *text, const char *output,
                       const char *error)
{
    CLEANUP(strbuf) struct strbuf out = STRBUF_INIT(TEMPLATE_MAX_OUTPUT);
    CLEANUP(template) struct template *t = NULL;
    struct error e = {0};
    int r = -1;

    t = template_parse(text, &e);
    if (t) {
        r = template_execute(t, data, &out, &e);
    }
    if (strcmp(out.buf, output) != 0 || strcmp(e.text, error) != 0) {
        fail_msg("%s\n  gives    '%s', '%s'\n  expected '%s', '%s'", text, out.buf, e.text, output,
                 error);
    }
    assert_int_equal(r < 0, *error != '\0');
}

static void test_agrees_with_go(void **state)
{
    CLEANUP(json) json_t *root = parse_document(template_document);
    const struct template_data data = {.root = root};

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(template_cases); i++) {
        check_with(&data, template_cases[i].template, template_cases[i].output,
                   template_cases[i].error);
    }
}

/* ---- documents with types, as Docker's client has them ---- */

static const char typed_document[] =
    "{\"Id\": \"abc\", \"State\": {\"Pid\": 5, \"Up\": true}, \"Cmd\": null, \"Limit\": null, "
    "\"Labels\": {\"b.c\": \"2\", \"a\": \"1\"}, \"None\": null, \"Nets\": {\"n\": {\"Ip\": "
    "\"1.2.3.4\"}}, \"List\": [{\"Type\": \"bind\"}]}";

static const struct template_type types[] = {
    {"ID", TEMPLATE_ALIAS, "Id"},      {"Cmd", TEMPLATE_LIST, NULL},
    {"Absent", TEMPLATE_LIST, NULL},   {"Limit", TEMPLATE_REF, NULL},
    {"Health", TEMPLATE_REF, NULL},    {"Labels", TEMPLATE_MAP, NULL},
    {"None", TEMPLATE_MAP, NULL},      {"Signal", TEMPLATE_STRING, NULL},
    {"Nets", TEMPLATE_MAP_REFS, NULL}, {"List.*.Name", TEMPLATE_STRING, NULL},
    {NULL, TEMPLATE_MAP, NULL},
};

static void test_types(void **state)
{
    static const struct template_case cases[] = {
        {"{{.ID}} {{.Id}}", "abc abc", ""},
        {"{{.State}}", "{5 true}", ""},
        {"{{.Cmd}}{{.Absent}}{{len .Cmd}}{{range .Cmd}}x{{end}}", "[][]0", ""},
        {"{{.Limit}} {{if .Health}}x{{else}}none{{end}}", "<nil> none", ""},
        {"{{.Labels}} {{.None}}", "map[a:1 b.c:2] map[]", ""},
        {"{{.Labels.a}} {{.Labels.zz}}", "1 <no value>", ""},
        {"{{index .Labels \"b.c\"}}|{{index .Labels \"zz\"}}|", "2||", ""},
        {"[{{.Signal}}]", "[]", ""},
        {"{{range $k, $v := .Nets}}{{$k}}={{$v.Ip}}{{end}}", "n=1.2.3.4", ""},
        {"{{(index .Nets \"n\").Ip}}", "1.2.3.4", ""},
        {"{{range .List}}{{.Type}}[{{.Name}}]{{end}}", "bind[]", ""},
        {"{{json .State}} {{json .Cmd}} {{json .Labels}}",
         "{\"Pid\":5,\"Up\":true} null {\"a\":\"1\",\"b.c\":\"2\"}", ""},
        {"{{.Frob}}", "",
         "template: :1:2: executing \"\" at <.Frob>: can't evaluate field Frob in type *doc"},
        {"{{.State.Frob}}", "",
         "template: :1:8: executing \"\" at <.State.Frob>: can't evaluate field Frob in type "
         "struct"},
        {"{{.Id \"x\"}}", "",
         "template: :1:2: executing \"\" at <.Id>: Id has arguments but cannot be invoked as "
         "function"},
    };
    CLEANUP(json) json_t *root = parse_document(typed_document);
    const struct template_data data = {.root = root, .type_name = "*doc", .types = types};

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        check_with(&data, cases[i].template, cases[i].output, cases[i].error);
    }
}

static char *label(void *ctx, const char *key)
{
    return xasprintf("%s of %s", key, (const char *) ctx);
}

static void test_methods(void **state)
{
    static const struct template_method methods[] = {{"Label", label}, {NULL, NULL}};
    CLEANUP(json) json_t *root = parse_document("{\"A\": {\"B\": 1}}");
    char name[] = "web";
    const struct template_data data = {
        .root = root, .type_name = "*ctx", .methods = methods, .methods_ctx = name};

    (void) state;
    check_with(&data, "{{.Label \"a.b\"}}", "a.b of web", "");
    check_with(&data, "{{\"k\" | .Label | upper}}", "K OF WEB", "");
    check_with(&data, "{{.Label}}", "",
               "template: :1:2: executing \"\" at <.Label>: wrong number of args for Label: want 1 "
               "got 0");
    check_with(&data, "{{.Label 5}}", "",
               "template: :1:9: executing \"\" at <5>: expected string; found 5");
    check_with(&data, "{{.A.Label \"x\"}}", "",
               "template: :1:4: executing \"\" at <.A.Label>: can't evaluate field Label in type "
               "struct");
}

static void test_header(void **state)
{
    CLEANUP(json) json_t *root = parse_document("{\"Names\": \"NAMES\", \"Labels\": \"LABELS\"}");
    const struct template_data data = {.root = root, .type_name = "", .header = true};

    (void) state;
    check_with(&data,
               "{{json .Names}}\t{{upper .Names}}\t{{truncate .Labels 2}}\t{{join .Names \",\"}}"
               "\t{{split .Names \"A\"}}\t{{pad .Names 1 1}}\t{{title .Names}}",
               "NAMES\tNAMES\tLABELS\tNAMES\tNAMES\tNAMES\tNAMES", "");
}

static void test_html_in_rows(void **state)
{
    CLEANUP(json) json_t *root = parse_document("{\"Tag\": \"<none>\"}");
    const struct template_data data = {.root = root, .type_name = "row", .html_root = true};

    (void) state;
    check_with(&data, "{{json .}} {{json .Tag}}", "{\"Tag\":\"\\u003cnone\\u003e\"} \"<none>\"",
               "");
}

/* ---- bounds ---- */

static char *repeat(const char *s, size_t n)
{
    struct strbuf b = STRBUF_INIT(SIZE_MAX / 4);

    for (size_t i = 0; i < n; i++) {
        strbuf_adds(&b, s);
    }
    return strbuf_take(&b);
}

static void check_parse_fails(const char *text, const char *expected)
{
    struct error e = {0};

    assert_null(template_parse(text, &e));
    assert_string_equal(e.text, expected);
}

static void test_depth(void **state)
{
    cleanup_free char *parens = repeat("(", 5000);
    cleanup_free char *ifs = repeat("{{if 1}}", 5000);
    cleanup_free char *deep = xasprintf("{{%s1", parens);

    (void) state;
    check_parse_fails(deep, "template: :1: nested too deeply");
    check_parse_fails(ifs, "template: :1: nested too deeply");
}

static void test_size(void **state)
{
    cleanup_free char *text = repeat("x", TEMPLATE_MAX_BYTES + 1);
    cleanup_free char *fields = repeat(".a", TEMPLATE_MAX_BYTES / 2 - 10);
    cleanup_free char *chain = xasprintf("{{%s}}", fields);

    (void) state;
    check_parse_fails(text, "template: : longer than 131072 bytes");
    check_parse_fails(chain, "template: :1: template is too large");
}

static void check_bound(const char *text, const char *expected)
{
    CLEANUP(json) json_t *root = json_array();
    CLEANUP(strbuf) struct strbuf out = STRBUF_INIT(TEMPLATE_MAX_OUTPUT);
    CLEANUP(template) struct template *t = NULL;
    struct template_data data = {.root = root};
    struct error e = {0};

    for (int i = 0; i < 1000; i++) {
        json_push(root, json_integer(i));
    }
    t = template_parse(text, &e);
    assert_non_null(t);
    assert_int_equal(template_execute(t, &data, &out, &e), -1);
    if (!strstr(e.text, expected)) {
        fail_msg("%s: %s", text, e.text);
    }
}

static void test_run_is_bounded(void **state)
{
    (void) state;
    check_bound("{{range .}}{{range $}}{{range $}}{{end}}{{end}}{{end}}",
                "runs for more than 4000000 steps");
    check_bound("{{$x := printf \"%999999d\" 1}}{{range .}}{{$x}}{{end}}",
                "prints more than 67108864 bytes");
    check_bound("{{range .}}{{$x := printf \"%999999d\" 1}}{{end}}",
                "needs more than 67108864 bytes of memory");
    check_bound("{{$x := \"x\"}}{{range .}}{{$x = print $x $x}}{{end}}",
                "needs more than 67108864 bytes of memory");
    check_bound("{{pad \"x\" 999999999 0}}", "needs more than 67108864 bytes of memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_go), cmocka_unit_test(test_types),
        cmocka_unit_test(test_methods),        cmocka_unit_test(test_header),
        cmocka_unit_test(test_html_in_rows),   cmocka_unit_test(test_depth),
        cmocka_unit_test(test_size),           cmocka_unit_test(test_run_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
