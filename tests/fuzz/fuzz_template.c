// SPDX-License-Identifier: Apache-2.0
/*
 * --format: the first byte picks how the document is read, the rest is the template. What must
 * not happen is a crash, a leak, or a run without end.
 */
#include "template/template.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char document[] =
    "{\"Name\": \"/web\", \"N\": 5, \"F\": 1.5, \"B\": true, \"Nil\": null, \"L\": [\"a\", \"b\"], "
    "\"M\": {\"b\": \"2\", \"c.d\": \"x\"}, \"S\": {\"Pid\": 12, \"X\": [{\"k\": \"v\"}]}}";

static char *method(void *ctx, const char *arg)
{
    (void) ctx;
    return xstrdup(arg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct template_type types[] = {
        {"M", TEMPLATE_MAP, NULL},      {"Nil", TEMPLATE_LIST, NULL},
        {"S.Gone", TEMPLATE_REF, NULL}, {"ID", TEMPLATE_ALIAS, "Name"},
        {NULL, TEMPLATE_MAP, NULL},
    };
    static const struct template_method methods[] = {{"Label", method}, {NULL, NULL}};
    CLEANUP(strbuf) struct strbuf out = STRBUF_INIT(TEMPLATE_MAX_OUTPUT);
    struct error e = {0};

    if (size < 1) {
        return 0;
    }
    cleanup_free char *text = xstrndup((const char *) data + 1, size - 1);
    CLEANUP(template) struct template *t = template_parse(text, &e);

    if (!t) {
        return e.text[0] ? 0 : 1;
    }
    CLEANUP(json) json_t *root = json_parse(document, strlen(document), "document", &e);
    const struct template_data d = {
        .root = root,
        .type_name = data[0] & 1 ? "*doc" : NULL,
        .types = data[0] & 2 ? types : NULL,
        .methods = data[0] & 4 ? methods : NULL,
        .header = data[0] & 8,
        .html_root = data[0] & 16,
    };

    if (template_execute(t, &d, &out, &e) == 0) {
        out.overflow = false;
    }
    return 0;
}
