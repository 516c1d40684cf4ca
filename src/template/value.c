// SPDX-License-Identifier: Apache-2.0
#include "template/gotext.h"
#include "template/jsonout.h"
#include "template/internal.h"

#include <stdio.h>
#include <string.h>

struct value value_string(const char *s, size_t n)
{
    return (struct value){.kind = VALUE_STRING, .text = s, .len = n};
}

struct value value_int(int64_t i)
{
    return (struct value){.kind = VALUE_INT, .integer = i};
}

struct value value_bool(bool b)
{
    return (struct value){.kind = VALUE_BOOL, .truth = b};
}

/* ---- types ---- */

/* "a.*.c" matches "a.b.c". */
static bool path_matches(const char *pattern, const char *path)
{
    for (;;) {
        size_t n = strcspn(pattern, ".");
        size_t m = strcspn(path, ".");
        bool any = n == 1 && pattern[0] == '*';

        if (!any && (n != m || strncmp(pattern, path, n) != 0)) {
            return false;
        }
        if (!pattern[n] || !path[m]) {
            return !pattern[n] && !path[m];
        }
        pattern += n + 1;
        path += m + 1;
    }
}

const struct template_type *value_type_at(const struct exec *x, const char *path)
{
    if (!path || !x->data->types) {
        return NULL;
    }
    for (const struct template_type *t = x->data->types; t->path; t++) {
        if (path_matches(t->path, path)) {
            return t;
        }
    }
    return NULL;
}

/* Names with dots (labels) would look like deeper paths: they become "?", which matches "*". */
const char *value_subpath(struct exec *x, const char *path, const char *name)
{
    if (!path) {
        return NULL;
    }
    if (strchr(name, '.') || !*name) {
        name = "?";
    }
    size_t n = strlen(path);
    size_t m = strlen(name);
    char *s = arena_alloc(&x->arena, n + m + 2);

    if (!s) {
        return NULL;
    }
    snprintf(s, n + m + 2, "%s%s%s", path, n ? "." : "", name);
    return s;
}

bool value_absent(struct exec *x, const struct template_type *type, struct value *ret)
{
    if (!type) {
        return false;
    }
    *ret = (struct value){.path = type->path};
    switch (type->kind) {
    case TEMPLATE_MAP:
    case TEMPLATE_MAP_REFS:
        ret->kind = VALUE_MAP;
        return true;
    case TEMPLATE_LIST:
        ret->kind = VALUE_LIST;
        return true;
    case TEMPLATE_REF:
        ret->kind = VALUE_NIL;
        return true;
    case TEMPLATE_STRING:
        *ret = value_string("", 0);
        return true;
    case TEMPLATE_ALIAS:
        break;
    }
    return false;
}

struct value value_from_json(struct exec *x, const json_t *j, const char *path)
{
    const struct template_type *type;
    struct value v = {.json = j, .path = path};

    if (!j) {
        return v;
    }
    switch (json_typeof(j)) {
    case JSON_OBJECT:
        type = value_type_at(x, path);
        v.kind = !path || (type && (type->kind == TEMPLATE_MAP || type->kind == TEMPLATE_MAP_REFS))
                     ? VALUE_MAP
                     : VALUE_STRUCT;
        return v;
    case JSON_ARRAY:
        v.kind = VALUE_LIST;
        return v;
    case JSON_STRING:
        return value_string(json_string_value(j), json_string_length(j));
    case JSON_INTEGER:
        return value_int(json_integer_value(j));
    case JSON_REAL:
        return (struct value){.kind = VALUE_FLOAT, .real = json_real_value(j)};
    case JSON_TRUE:
    case JSON_FALSE:
        return value_bool(json_is_true(j));
    case JSON_NULL:
        if (!value_absent(x, value_type_at(x, path), &v)) {
            v = (struct value){.kind = path ? VALUE_NIL : VALUE_NULL};
        }
        return v;
    }
    return v;
}

size_t value_length(const struct value *v)
{
    switch (v->kind) {
    case VALUE_STRING:
        return v->len;
    case VALUE_LIST:
        return json_array_size(v->json);
    case VALUE_MAP:
    case VALUE_STRUCT:
        return json_object_size(v->json);
    case VALUE_NONE:
    case VALUE_NULL:
    case VALUE_NIL:
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_FLOAT:
        break;
    }
    return 0;
}

const char *value_type_name(const struct exec *x, const struct value *v)
{
    switch (v->kind) {
    case VALUE_BOOL:
        return "bool";
    case VALUE_INT:
        return "int";
    case VALUE_FLOAT:
        return "float64";
    case VALUE_STRING:
        return "string";
    case VALUE_LIST:
        return "[]interface {}";
    case VALUE_MAP:
        return "map[string]interface {}";
    case VALUE_STRUCT:
        return v->json == x->data->root && x->data->type_name ? x->data->type_name : "struct";
    case VALUE_NONE:
    case VALUE_NULL:
    case VALUE_NIL:
        break;
    }
    return "interface {}";
}

bool value_is_true(const struct value *v)
{
    switch (v->kind) {
    case VALUE_BOOL:
        return v->truth;
    case VALUE_INT:
        return v->integer != 0;
    case VALUE_FLOAT:
        return v->real != 0;
    case VALUE_STRING:
    case VALUE_LIST:
    case VALUE_MAP:
        return value_length(v) > 0;
    case VALUE_STRUCT:
        return true;
    case VALUE_NONE:
    case VALUE_NULL:
    case VALUE_NIL:
        break;
    }
    return false;
}

/* ---- parts ---- */

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

const char **value_keys(const struct value *v)
{
    size_t n = 0;
    const char **keys = xcalloc(json_object_size(v->json) + 1, sizeof(*keys));
    const char *key;
    json_t *unused;

    json_object_foreach ((json_t *) (uintptr_t) v->json, key, unused) {
        (void) unused;
        keys[n++] = key;
    }
    if (n > 1 && v->kind == VALUE_MAP) {
        qsort(keys, n, sizeof(*keys), compare_keys);
    }
    return keys;
}

struct value value_member(struct exec *x, const struct value *v, const char *key)
{
    struct value m =
        value_from_json(x, json_object_get(v->json, key), value_subpath(x, v->path, key));

    m.boxed = !v->path;
    return m;
}

struct value value_element(struct exec *x, const struct value *v, size_t i)
{
    struct value m = value_from_json(x, json_array_get(v->json, i), value_subpath(x, v->path, "*"));

    m.boxed = !v->path;
    return m;
}

/* ---- printing ---- */

static void print_list(struct exec *x, struct strbuf *b, const struct value *v)
{
    size_t n = value_length(v);

    strbuf_addc(b, '[');
    for (size_t i = 0; i < n && strbuf_ok(b); i++) {
        struct value item = value_element(x, v, i);

        strbuf_adds(b, i ? " " : "");
        value_print(x, b, &item);
    }
    strbuf_addc(b, ']');
}

static void print_object(struct exec *x, struct strbuf *b, const struct value *v)
{
    cleanup_free const char **keys = value_keys(v);
    bool map = v->kind == VALUE_MAP;

    strbuf_adds(b, map ? "map[" : "{");
    for (size_t i = 0; keys[i] && strbuf_ok(b); i++) {
        struct value item = value_member(x, v, keys[i]);

        strbuf_adds(b, i ? " " : "");
        if (map) {
            strbuf_adds(b, keys[i]);
            strbuf_addc(b, ':');
        }
        value_print(x, b, &item);
    }
    strbuf_addc(b, map ? ']' : '}');
}

void value_print(struct exec *x, struct strbuf *b, const struct value *v)
{
    switch (v->kind) {
    case VALUE_NONE:
    case VALUE_NULL:
    case VALUE_NIL:
        strbuf_adds(b, "<nil>");
        break;
    case VALUE_BOOL:
        strbuf_adds(b, v->truth ? "true" : "false");
        break;
    case VALUE_INT:
        strbuf_addf(b, "%lld", (long long) v->integer);
        break;
    case VALUE_FLOAT:
        go_format_float(b, v->real);
        break;
    case VALUE_STRING:
        strbuf_add(b, v->text, v->len);
        break;
    case VALUE_LIST:
        print_list(x, b, v);
        break;
    case VALUE_MAP:
    case VALUE_STRUCT:
        print_object(x, b, v);
        break;
    }
}

static void json_list(struct exec *x, struct strbuf *b, const struct value *v)
{
    size_t n = value_length(v);

    strbuf_addc(b, '[');
    for (size_t i = 0; i < n && strbuf_ok(b); i++) {
        struct value item = value_element(x, v, i);

        strbuf_adds(b, i ? "," : "");
        value_json(x, b, &item);
    }
    strbuf_addc(b, ']');
}

static void json_members(struct exec *x, struct strbuf *b, const struct value *v)
{
    cleanup_free const char **keys = value_keys(v);

    strbuf_addc(b, '{');
    for (size_t i = 0; keys[i] && strbuf_ok(b); i++) {
        struct value item = value_member(x, v, keys[i]);

        strbuf_adds(b, i ? "," : "");
        jsonout_string(b, keys[i], strlen(keys[i]), false);
        strbuf_addc(b, ':');
        value_json(x, b, &item);
    }
    strbuf_addc(b, '}');
}

void value_json(struct exec *x, struct strbuf *b, const struct value *v)
{
    switch (v->kind) {
    case VALUE_NONE:
    case VALUE_NULL:
    case VALUE_NIL:
        strbuf_adds(b, "null");
        break;
    case VALUE_BOOL:
        strbuf_adds(b, v->truth ? "true" : "false");
        break;
    case VALUE_INT:
        strbuf_addf(b, "%lld", (long long) v->integer);
        break;
    case VALUE_FLOAT:
        jsonout_float(b, v->real);
        break;
    case VALUE_STRING:
        jsonout_string(b, v->text, v->len, false);
        break;
    case VALUE_LIST:
        if (v->json) {
            json_list(x, b, v);
        } else {
            strbuf_adds(b, "null");
        }
        break;
    case VALUE_MAP:
    case VALUE_STRUCT:
        if (v->json) {
            json_members(x, b, v);
        } else {
            strbuf_adds(b, "null");
        }
        break;
    }
}
