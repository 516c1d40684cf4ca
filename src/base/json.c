// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include "base/fd.h"
#include "base/strbuf.h"

#include <string.h>

/* jansson bounds depth itself (2048); ours is lower, and checked before recursion can cost. */
static bool too_deep(const char *data, size_t n)
{
    bool in_string = false;
    int depth = 0;

    for (size_t i = 0; i < n; i++) {
        char c = data[i];

        if (in_string) {
            if (c == '\\') {
                i++;
            } else if (c == '"') {
                in_string = false;
            }
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > JSON_MAX_DEPTH) {
                return true;
            }
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

json_t *json_parse(const char *data, size_t n, const char *what, struct error *e)
{
    json_error_t je;

    if (n > JSON_MAX_BYTES) {
        err_set(e, ERR_INVALID, "read %s: JSON of %zu bytes is over the limit of %u", what, n,
                JSON_MAX_BYTES);
        return NULL;
    }
    if (too_deep(data, n)) {
        err_set(e, ERR_INVALID, "read %s: JSON is nested deeper than %d levels", what,
                JSON_MAX_DEPTH);
        return NULL;
    }
    json_t *j = json_loadb(data, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &je);

    if (!j) {
        err_set(e, ERR_INVALID, "read %s: line %d column %d: %s", what, je.line, je.column,
                je.text);
    }
    return j;
}

/* How json_parse_wide() hides a number from jansson: a string that starts with a control
 * character, which nobody writes by accident, and which is no number for anyone but get_u64. */
#define WIDE_MARK    "\\u0001u64:"
#define WIDE_DECODED "\001u64:"

/* Length of the digits at s when they are an integer from INT64_MAX + 1 to UINT64_MAX, else 0. */
static size_t wide_number(const char *s, const char *end)
{
    const size_t len = strspn(s, "0123456789");
    char digits[21];

    if (len < 19 || len > 20 || s + len >= end || strchr(".eE", s[len])) {
        return 0;
    }
    memcpy(digits, s, len);
    digits[len] = '\0';
    errno = 0;
    return strtoull(digits, NULL, 10) > INT64_MAX && errno == 0 ? len : 0;
}

/* A copy in which the wide numbers outside of strings are marked strings. */
static void mark_wide(const char *data, size_t n, struct strbuf *out)
{
    const char *end = data + n;
    bool in_string = false;

    for (const char *p = data; p < end; p++) {
        bool number = !in_string && *p >= '1' && *p <= '9' &&
                      (p == data || !strchr("+-.0123456789eE", p[-1]));
        size_t len = number ? wide_number(p, end) : 0;

        if (len) {
            strbuf_adds(out, "\"" WIDE_MARK);
            strbuf_add(out, p, len);
            strbuf_addc(out, '"');
            p += len - 1;
            continue;
        }
        if (*p == '"') {
            in_string = !in_string;
        }
        strbuf_addc(out, *p);
        if (in_string && *p == '\\' && p + 1 < end) {
            strbuf_addc(out, *++p);
        }
    }
}

json_t *json_parse_wide(const char *data, size_t n, const char *what, struct error *e)
{
    json_t *j = json_parse(data, n, what, e);

    if (j || n > JSON_MAX_BYTES || too_deep(data, n)) {
        return j;
    }
    /* Rare, so only now. The copy has a NUL behind it, which ends every search in it. */
    CLEANUP(strbuf) struct strbuf copy = STRBUF_INIT(JSON_MAX_BYTES);
    CLEANUP(strbuf) struct strbuf marked = STRBUF_INIT(2 * JSON_MAX_BYTES);

    strbuf_add(&copy, data, n);
    mark_wide(copy.buf, copy.len, &marked);
    if (!strbuf_ok(&marked) || marked.len == n) {
        return NULL;
    }
    err_clear(e);
    return json_parse(marked.buf, marked.len, what, e);
}

json_t *json_parse_file(int dirfd, const char *path, const char *what, struct error *e)
{
    cleanup_free char *data = NULL;
    size_t n;
    int r = file_read(dirfd, path, JSON_MAX_BYTES, &data, &n);

    if (r < 0) {
        err_sys(e, r, "read %s", what);
        return NULL;
    }
    return json_parse(data, n, what, e);
}

static int wrong_type(struct error *e, const char *where, const char *key, const char *expected)
{
    return err_set(e, ERR_INVALID, "%s%s%s: expected %s", where, *where ? "." : "", key, expected);
}

/* The field, or NULL when it is absent or null. */
static json_t *field(const json_t *obj, const char *key)
{
    json_t *j = json_object_get(obj, key);

    return json_is_null(j) ? NULL : j;
}

int json_get_string(const json_t *obj, const char *where, const char *key, char **ret,
                    struct error *e)
{
    json_t *j = field(obj, key);

    if (!j) {
        return 0;
    }
    if (!json_is_string(j)) {
        return wrong_type(e, where, key, "a string");
    }
    if (strlen(json_string_value(j)) != json_string_length(j)) {
        return wrong_type(e, where, key, "a string without NUL");
    }
    xstrset(ret, json_string_value(j));
    return 0;
}

int json_get_bool(const json_t *obj, const char *where, const char *key, bool *ret, struct error *e)
{
    json_t *j = field(obj, key);

    if (!j) {
        return 0;
    }
    if (!json_is_boolean(j)) {
        return wrong_type(e, where, key, "true or false");
    }
    *ret = json_is_true(j);
    return 0;
}

int json_get_i64(const json_t *obj, const char *where, const char *key, int64_t *ret,
                 struct error *e)
{
    json_t *j = field(obj, key);

    if (!j) {
        return 0;
    }
    if (!json_is_integer(j)) {
        return wrong_type(e, where, key, "a whole number");
    }
    *ret = json_integer_value(j);
    return 0;
}

int json_get_u64(const json_t *obj, const char *where, const char *key, uint64_t *ret,
                 struct error *e)
{
    json_t *j = field(obj, key);
    const size_t mark = strlen(WIDE_DECODED);

    if (!j) {
        return 0;
    }
    if (json_is_string(j) && strncmp(json_string_value(j), WIDE_DECODED, mark) == 0) {
        *ret = strtoull(json_string_value(j) + mark, NULL, 10);
        return 0;
    }
    if (!json_is_integer(j) || json_integer_value(j) < 0) {
        return wrong_type(e, where, key, "a whole number that is not negative");
    }
    *ret = (uint64_t) json_integer_value(j);
    return 0;
}

int json_get_array(const json_t *obj, const char *where, const char *key, json_t **ret,
                   struct error *e)
{
    *ret = field(obj, key);
    if (*ret && !json_is_array(*ret)) {
        return wrong_type(e, where, key, "a list");
    }
    return 0;
}

int json_get_object(const json_t *obj, const char *where, const char *key, json_t **ret,
                    struct error *e)
{
    *ret = field(obj, key);
    if (*ret && !json_is_object(*ret)) {
        return wrong_type(e, where, key, "an object");
    }
    return 0;
}

int json_get_strv(const json_t *obj, const char *where, const char *key, struct strv *ret,
                  struct error *e)
{
    json_t *list;
    json_t *item;
    size_t i;

    if (json_get_array(obj, where, key, &list, e) < 0) {
        return -1;
    }
    json_array_foreach (list, i, item) {
        if (!json_is_string(item) || strlen(json_string_value(item)) != json_string_length(item)) {
            return err_set(e, ERR_INVALID, "%s%s%s[%zu]: expected a string", where,
                           *where ? "." : "", key, i);
        }
        strv_add(ret, json_string_value(item));
    }
    return 0;
}

const char *json_str(const json_t *obj, const char *key)
{
    const char *s = json_string_value(json_object_get(obj, key));

    return s ? s : "";
}

int64_t json_int(const json_t *obj, const char *key)
{
    return json_integer_value(json_object_get(obj, key));
}

bool json_bool(const json_t *obj, const char *key)
{
    return json_is_true(json_object_get(obj, key));
}

static json_t *checked(json_t *j)
{
    if (!j) {
        abort(); /* only when out of memory */
    }
    return j;
}

json_t *json_from_strv(const struct strv *v)
{
    json_t *list = checked(json_array());

    for (size_t i = 0; i < v->count; i++) {
        json_push(list, json_text(v->items[i]));
    }
    return list;
}

json_t *json_text(const char *s)
{
    json_t *j = json_string(s);

    if (j) {
        return j;
    }
    /* Not UTF-8: keep what is ASCII, replace every other byte. */
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(SIZE_MAX / 4);

    for (; *s; s++) {
        if ((unsigned char) *s < 0x80) {
            strbuf_addc(&b, *s);
        } else {
            strbuf_adds(&b, "\xef\xbf\xbd");
        }
    }
    return checked(json_string(b.buf));
}

void json_put(json_t *obj, const char *key, json_t *value)
{
    if (json_object_set_new(obj, key, checked(value)) < 0) {
        abort();
    }
}

void json_push(json_t *array, json_t *value)
{
    if (json_array_append_new(array, checked(value)) < 0) {
        abort();
    }
}

char *json_dump(const json_t *j)
{
    char *s = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY);

    if (!s) {
        abort();
    }
    return s;
}
