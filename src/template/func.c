// SPDX-License-Identifier: Apache-2.0
#include "template/gotext.h"
#include "template/jsonout.h"
#include "template/internal.h"

#include <ctype.h>
#include <string.h>

static int fail(struct exec *x, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The sentence behind "error calling NAME: ". */
static int fail(struct exec *x, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    cleanup_free char *text = xvasprintf(fmt, ap);
    va_end(ap);
    return err_set(x->e, ERR_INVALID, "%s", text);
}

/* ---- logic ---- */

static int call_not(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    (void) x;
    (void) n;
    *ret = value_bool(!value_is_true(&args[0]));
    return 0;
}

static bool is_nil(const struct value *v)
{
    return v->kind <= VALUE_NIL || ((v->kind == VALUE_LIST || v->kind == VALUE_MAP) && !v->json);
}

static bool is_basic(const struct value *v)
{
    return v->kind == VALUE_BOOL || v->kind == VALUE_INT || v->kind == VALUE_FLOAT ||
           v->kind == VALUE_STRING;
}

static bool same_basic(const struct value *a, const struct value *b)
{
    switch (a->kind) {
    case VALUE_BOOL:
        return a->truth == b->truth;
    case VALUE_INT:
        return a->integer == b->integer;
    case VALUE_FLOAT:
        return a->real == b->real;
    case VALUE_STRING:
        return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
    case VALUE_NONE:
    case VALUE_NULL:
    case VALUE_NIL:
    case VALUE_LIST:
    case VALUE_MAP:
    case VALUE_STRUCT:
        break;
    }
    return false;
}

static int equal(struct exec *x, const struct value *a, const struct value *b, bool *ret)
{
    if (is_nil(a) || is_nil(b)) {
        *ret = is_nil(a) && is_nil(b);
        return 0;
    }
    if (is_basic(a) || is_basic(b)) {
        if (a->kind != b->kind) {
            return fail(x, "incompatible types for comparison");
        }
        *ret = same_basic(a, b);
        return 0;
    }
    CLEANUP(strbuf) struct strbuf text = STRBUF_INIT(TEMPLATE_MAX_OUTPUT);

    value_print(x, &text, b);
    return fail(x, "non-comparable type %.200s: %s", text.buf, value_type_name(x, b));
}

static int call_eq(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    bool same = false;

    if (n < 2) {
        return fail(x, "missing argument for comparison");
    }
    for (size_t i = 1; i < n && !same; i++) {
        if (equal(x, &args[0], &args[i], &same) < 0) {
            return -1;
        }
    }
    *ret = value_bool(same);
    return 0;
}

static int call_ne(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    bool same = false;

    (void) n;
    if (equal(x, &args[0], &args[1], &same) < 0) {
        return -1;
    }
    *ret = value_bool(!same);
    return 0;
}

/* -1, 0, 1 as a is less than, equal to, greater than b; 2 for what is not ordered (NaN). */
static int order(struct exec *x, const struct value *a, const struct value *b, int *ret)
{
    if (!is_basic(a) || !is_basic(b)) {
        return fail(x, "invalid type for comparison");
    }
    if (a->kind != b->kind) {
        return fail(x, "incompatible types for comparison");
    }
    if (a->kind == VALUE_BOOL) {
        return fail(x, "invalid type for comparison");
    }
    if (a->kind == VALUE_INT) {
        *ret = (a->integer > b->integer) - (a->integer < b->integer);
    } else if (a->kind == VALUE_FLOAT) {
        *ret = a->real < b->real ? -1 : a->real > b->real ? 1 : a->real == b->real ? 0 : 2;
    } else {
        int c = memcmp(a->text, b->text, MIN(a->len, b->len));

        c = c ? c : (a->len > b->len) - (a->len < b->len);
        *ret = (c > 0) - (c < 0);
    }
    return 0;
}

static int call_lt(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    int c = 0;

    (void) n;
    if (order(x, &args[0], &args[1], &c) < 0) {
        return -1;
    }
    *ret = value_bool(c == -1);
    return 0;
}

static int call_le(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    int c = 0;

    (void) n;
    if (order(x, &args[0], &args[1], &c) < 0) {
        return -1;
    }
    *ret = value_bool(c == -1 || c == 0);
    return 0;
}

static int call_gt(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    int c = 0;

    (void) n;
    if (order(x, &args[0], &args[1], &c) < 0) {
        return -1;
    }
    *ret = value_bool(c == 1);
    return 0;
}

static int call_ge(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    int c = 0;

    (void) n;
    if (order(x, &args[0], &args[1], &c) < 0) {
        return -1;
    }
    *ret = value_bool(c == 1 || c == 0);
    return 0;
}

/* ---- lists, maps, strings ---- */

static int call_len(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    enum value_kind k = args[0].kind;

    (void) n;
    if (k <= VALUE_NIL) {
        return fail(x, "len of nil pointer");
    }
    if (k != VALUE_STRING && k != VALUE_LIST && k != VALUE_MAP) {
        return fail(x, "len of type %s", value_type_name(x, &args[0]));
    }
    *ret = value_int((int64_t) value_length(&args[0]));
    return 0;
}

static int index_number(struct exec *x, const struct value *v, size_t limit, size_t *ret)
{
    if (v->kind <= VALUE_NIL) {
        return fail(x, "cannot index slice/array with nil");
    }
    if (v->kind != VALUE_INT) {
        return fail(x, "cannot index slice/array with type %s", value_type_name(x, v));
    }
    if (v->integer < 0 || (uint64_t) v->integer > limit) {
        return fail(x, "index out of range: %lld", (long long) v->integer);
    }
    *ret = (size_t) v->integer;
    return 0;
}

/* A key that the map does not have gives the zero value of what it holds. */
static struct value map_zero(struct exec *x, const struct value *map)
{
    const struct template_type *type = value_type_at(x, map->path);

    if (type && type->kind == TEMPLATE_MAP) {
        return value_string("", 0);
    }
    return (struct value){.kind = type ? VALUE_NIL : VALUE_NONE};
}

static int index_one(struct exec *x, struct value *item, const struct value *index)
{
    size_t i = 0;

    if (item->kind <= VALUE_NIL) {
        return fail(x, "index of nil pointer");
    }
    if (item->kind == VALUE_MAP) {
        if (index->kind <= VALUE_NIL) {
            return fail(x, "value is nil; should be of type string");
        }
        if (index->kind != VALUE_STRING) {
            return fail(x, "value has type %s; should be string", value_type_name(x, index));
        }
        cleanup_free char *key = xstrndup(index->text, index->len);

        *item = item->json && json_object_get(item->json, key) ? value_member(x, item, key)
                                                               : map_zero(x, item);
        return 0;
    }
    if (item->kind != VALUE_LIST && item->kind != VALUE_STRING) {
        return fail(x, "can't index item of type %s", value_type_name(x, item));
    }
    if (index_number(x, index, value_length(item), &i) < 0) {
        return -1;
    }
    if (i >= value_length(item)) {
        return fail(x, item->kind == VALUE_LIST ? "reflect: slice index out of range"
                                                : "reflect: string index out of range");
    }
    *item = item->kind == VALUE_LIST ? value_element(x, item, i)
                                     : value_int((unsigned char) item->text[i]);
    return 0;
}

static int call_index(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    *ret = args[0];
    if (ret->kind <= VALUE_NULL) {
        return fail(x, "index of untyped nil");
    }
    for (size_t i = 1; i < n; i++) {
        if (index_one(x, ret, &args[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

/* A new list that lives as long as the run. */
static json_t *make_list(struct exec *x)
{
    json_t *list = json_array();

    if (!x->made) {
        x->made = json_array();
    }
    json_push(x->made, list);
    return list;
}

static int call_slice(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    const struct value *item = &args[0];
    size_t bounds[3] = {0, value_length(item), 0};

    if (item->kind <= VALUE_NULL) {
        return fail(x, "slice of untyped nil");
    }
    if (n > 4) {
        return fail(x, "too many slice indexes: %zu", n - 1);
    }
    if (item->kind != VALUE_STRING && item->kind != VALUE_LIST) {
        return fail(x, "can't slice item of type %s", value_type_name(x, item));
    }
    if (item->kind == VALUE_STRING && n == 4) {
        return fail(x, "cannot 3-index slice a string");
    }
    for (size_t i = 1; i < n; i++) {
        if (index_number(x, &args[i], value_length(item), &bounds[i - 1]) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i + 1 < (n == 4 ? 3 : 2); i++) {
        if (bounds[i] > bounds[i + 1]) {
            return fail(x, "invalid slice index: %zu > %zu", bounds[i], bounds[i + 1]);
        }
    }
    if (item->kind == VALUE_STRING) {
        *ret = value_string(item->text + bounds[0], bounds[1] - bounds[0]);
        return 0;
    }
    json_t *list = make_list(x);

    for (size_t i = bounds[0]; i < bounds[1]; i++) {
        if (exec_step(x) < 0) {
            return -1;
        }
        json_array_append(list, json_array_get(item->json, i));
    }
    *ret = (struct value){.kind = VALUE_LIST, .json = list, .path = item->path};
    return 0;
}

static int call_split(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    const char *s = args[0].text;
    const char *end = s + args[0].len;
    size_t sep_len = args[1].len;
    json_t *list;

    (void) n;
    if (x->data->header) {
        *ret = args[0];
        return 0;
    }
    list = make_list(x);
    while (sep_len || s < end) {
        uint32_t r;
        const char *hit = sep_len ? memmem(s, (size_t) (end - s), args[1].text, sep_len) : NULL;
        size_t len = hit       ? (size_t) (hit - s)
                     : sep_len ? (size_t) (end - s)
                               : utf8_decode(s, (size_t) (end - s), &r);
        json_t *piece = json_stringn_nocheck(s, len);

        if (exec_step(x) < 0) {
            json_decref(piece);
            return -1;
        }
        json_push(list, piece);
        s += len + (hit ? sep_len : 0);
        if (sep_len && !hit) {
            break;
        }
    }
    *ret = (struct value){.kind = VALUE_LIST, .json = list};
    return 0;
}

static int call_join(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(TEMPLATE_MAX_OUTPUT);
    size_t count = value_length(&args[0]);

    (void) n;
    if (x->data->header) {
        *ret = args[0];
        return 0;
    }
    for (size_t i = 0; i < count && strbuf_ok(&b); i++) {
        struct value item = value_element(x, &args[0], i);

        strbuf_add(&b, i ? args[1].text : "", i ? args[1].len : 0);
        value_print(x, &b, &item);
    }
    return exec_keep(x, &b, ret);
}

/* ---- text ---- */

void function_print(struct exec *x, const struct value *args, size_t n, struct strbuf *b)
{
    for (size_t i = 0; i < n; i++) {
        if (i && args[i].kind != VALUE_STRING && args[i - 1].kind != VALUE_STRING) {
            strbuf_addc(b, ' ');
        }
        value_print(x, b, &args[i]);
    }
}

static int call_print(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(TEMPLATE_MAX_OUTPUT);

    function_print(x, args, n, &b);
    return exec_keep(x, &b, ret);
}

static int call_println(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(TEMPLATE_MAX_OUTPUT);

    for (size_t i = 0; i < n; i++) {
        strbuf_adds(&b, i ? " " : "");
        value_print(x, &b, &args[i]);
    }
    strbuf_addc(&b, '\n');
    return exec_keep(x, &b, ret);
}

static int call_printf(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(TEMPLATE_MAX_OUTPUT);

    return template_printf(x, &b, args, n) < 0 ? -1 : exec_keep(x, &b, ret);
}

static int call_json(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(TEMPLATE_MAX_OUTPUT);

    (void) n;
    if (x->data->header && args[0].kind == VALUE_STRING) {
        *ret = args[0];
        return 0;
    }
    if (x->data->html_root && args[0].json && args[0].json == x->data->root) {
        jsonout(&b, args[0].json, 0, 0, true);
    } else {
        value_json(x, &b, &args[0]);
    }
    return exec_keep(x, &b, ret);
}

/* ASCII alone changes case: there are no tables of the others here. */
static int change_case(struct exec *x, const struct value *arg, int mode, struct value *ret)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(TEMPLATE_MAX_OUTPUT);
    bool in_word = false;

    if (x->data->header) {
        *ret = *arg;
        return 0;
    }
    for (size_t i = 0; i < arg->len; i++) {
        int c = (unsigned char) arg->text[i];

        if (mode == 'l') {
            c = tolower(c);
        } else if (mode == 'u' || !in_word) {
            c = toupper(c);
        }
        in_word = isalnum(c) || c == '_' || c >= 0x80;
        strbuf_addc(&b, (char) c);
    }
    return exec_keep(x, &b, ret);
}

static int call_lower(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    (void) n;
    return change_case(x, &args[0], 'l', ret);
}

static int call_upper(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    (void) n;
    return change_case(x, &args[0], 'u', ret);
}

static int call_title(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    (void) n;
    return change_case(x, &args[0], 't', ret);
}

/* Spaces before and after, but not around nothing. */
static int call_pad(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(TEMPLATE_MAX_OUTPUT);

    (void) n;
    if (x->data->header || args[0].len == 0) {
        *ret = args[0];
        return 0;
    }
    if (args[1].integer < 0 || args[2].integer < 0) {
        return fail(x, "strings: negative Repeat count");
    }
    for (int64_t i = 0; i < args[1].integer && strbuf_ok(&b); i++) {
        strbuf_addc(&b, ' ');
    }
    strbuf_add(&b, args[0].text, args[0].len);
    for (int64_t i = 0; i < args[2].integer && strbuf_ok(&b); i++) {
        strbuf_addc(&b, ' ');
    }
    return exec_keep(x, &b, ret);
}

/* Counts bytes, as Docker's does. */
static int call_truncate(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    (void) n;
    *ret = args[0];
    if (x->data->header || args[1].integer >= (int64_t) args[0].len) {
        return 0;
    }
    if (args[1].integer < 0) {
        return fail(x, "runtime error: slice bounds out of range [:%lld]",
                    (long long) args[1].integer);
    }
    ret->len = (size_t) args[1].integer;
    return 0;
}

const struct function *function_find(const char *name, size_t n)
{
    static const struct function functions[] = {
        {"and", "a*", NULL},
        {"or", "a*", NULL},
        {"not", "a", call_not},
        {"eq", "a*", call_eq},
        {"ne", "aa", call_ne},
        {"lt", "aa", call_lt},
        {"le", "aa", call_le},
        {"gt", "aa", call_gt},
        {"ge", "aa", call_ge},
        {"len", "a", call_len},
        {"index", "a*", call_index},
        {"slice", "a*", call_slice},
        {"print", "*", call_print},
        {"printf", "s*", call_printf},
        {"println", "*", call_println},
        {"html", "*", function_html},
        {"js", "*", function_js},
        {"urlquery", "*", function_urlquery},
        {"json", "a", call_json},
        {"split", "ss", call_split},
        {"join", "ls", call_join},
        {"lower", "s", call_lower},
        {"upper", "s", call_upper},
        {"title", "s", call_title},
        {"pad", "sii", call_pad},
        {"truncate", "si", call_truncate},
    };

    for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
        if (strlen(functions[i].name) == n && memcmp(functions[i].name, name, n) == 0) {
            return &functions[i];
        }
    }
    return NULL;
}
