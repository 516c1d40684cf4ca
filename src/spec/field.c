// SPDX-License-Identifier: Apache-2.0
#include "spec/field.h"

#include "base/path.h"
#include "base/strbuf.h"
#include "spec/cpulist.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *field_item(char at[FIELD_PATH_MAX], const char *where, const char *key, size_t index)
{
    snprintf(at, FIELD_PATH_MAX, "%s%s%s[%zu]", where, *where ? "." : "", key, index);
    return at;
}

const char *field_entry(char at[FIELD_PATH_MAX], const char *where, const char *key,
                        const char *name)
{
    snprintf(at, FIELD_PATH_MAX, "%s%s%s['%s']", where, *where ? "." : "", key, name);
    return at;
}

int field_error(struct error *e, const char *where, const char *key, const char *fmt, ...)
{
    char text[600];
    va_list ap;

    va_start(ap, fmt);
    // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized)
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return err_set(e, ERR_INVALID, "%s%s%s: %s", where, *where && *key ? "." : "", key, text);
}

static json_t *present(const json_t *obj, const char *key)
{
    json_t *j = json_object_get(obj, key);

    return json_is_null(j) ? NULL : j;
}

int field_required(const json_t *obj, const char *where, const char *key, const char *what,
                   struct error *e)
{
    return present(obj, key) ? 0 : field_error(e, where, key, "missing; give %s", what);
}

int field_int(const json_t *obj, const char *where, const char *key, int64_t min, int64_t max,
              int64_t *ret, struct error *e)
{
    int64_t value = RT_UNSET;

    if (json_get_i64(obj, where, key, &value, e) < 0) {
        return -1;
    }
    if (!present(obj, key)) {
        return 0;
    }
    if (value < min || value > max) {
        return field_error(e, where, key, "%lld is out of range; use %lld to %lld",
                           (long long) value, (long long) min, (long long) max);
    }
    *ret = value;
    return 0;
}

int field_u32(const json_t *obj, const char *where, const char *key, uint32_t *ret, struct error *e)
{
    int64_t value = *ret;

    if (field_int(obj, where, key, 0, UINT32_MAX, &value, e) < 0) {
        return -1;
    }
    *ret = (uint32_t) value;
    return 0;
}

static int lookup(const char *name, const struct field_word *words, size_t count, int64_t *ret)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i].name, name) == 0) {
            *ret = words[i].value;
            return 0;
        }
    }
    return -EINVAL;
}

static int unknown_word(const char *at, const char *key, const char *name,
                        const struct field_word *words, size_t count, const char *what,
                        struct error *e)
{
    CLEANUP(strbuf) struct strbuf list = STRBUF_INIT(600);

    for (size_t i = 0; i < count; i++) {
        strbuf_addf(&list, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", words[i].name);
    }
    return field_error(e, at, key, "'%.60s' is no %s; use %s", name, what, list.buf);
}

int field_word(const json_t *obj, const char *where, const char *key,
               const struct field_word *words, size_t count, const char *what, int64_t *ret,
               struct error *e)
{
    cleanup_free char *name = NULL;

    if (json_get_string(obj, where, key, &name, e) < 0) {
        return -1;
    }
    if (name && lookup(name, words, count, ret) < 0) {
        return unknown_word(where, key, name, words, count, what, e);
    }
    return 0;
}

int field_flags(const json_t *obj, const char *where, const char *key,
                const struct field_word *words, size_t count, const char *what, uint64_t *ret,
                struct error *e)
{
    CLEANUP(strv) struct strv names = STRV_INIT;
    char at[FIELD_PATH_MAX];
    uint64_t flags = 0;

    if (json_get_strv(obj, where, key, &names, e) < 0) {
        return -1;
    }
    for (size_t i = 0; i < names.count; i++) {
        int64_t flag = 0;

        if (lookup(names.items[i], words, count, &flag) < 0) {
            return unknown_word(field_item(at, where, key, i), "", names.items[i], words, count,
                                what, e);
        }
        flags |= (uint64_t) flag;
    }
    if (names.count) {
        *ret = flags;
    }
    return 0;
}

int field_text(const json_t *obj, const char *where, const char *key, char **ret, struct error *e)
{
    if (json_get_string(obj, where, key, ret, e) < 0) {
        return -1;
    }
    if (*ret && !**ret) {
        xstrset(ret, NULL);
    }
    return 0;
}

int field_path(const json_t *obj, const char *where, const char *key, char **ret, struct error *e)
{
    if (field_text(obj, where, key, ret, e) < 0) {
        return -1;
    }
    return *ret && !path_is_absolute(*ret)
               ? field_error(e, where, key, "'%.200s' is no absolute path; start it with '/'", *ret)
               : 0;
}

int field_paths(const json_t *obj, const char *where, const char *key, struct strv *ret,
                struct error *e)
{
    char at[FIELD_PATH_MAX];

    if (json_get_strv(obj, where, key, ret, e) < 0) {
        return -1;
    }
    for (size_t i = 0; i < ret->count; i++) {
        if (!path_is_absolute(ret->items[i])) {
            return field_error(e, field_item(at, where, key, i), "",
                               "'%.200s' is no absolute path; start it with '/'", ret->items[i]);
        }
    }
    return 0;
}

int field_pairs(const json_t *obj, const char *where, const char *key, struct rt_pairs *ret,
                struct error *e)
{
    char at[FIELD_PATH_MAX];
    json_t *map = NULL;
    const char *name;
    json_t *value;

    if (json_get_object(obj, where, key, &map, e) < 0) {
        return -1;
    }
    json_object_foreach (map, name, value) {
        if (!json_is_string(value) ||
            strlen(json_string_value(value)) != json_string_length(value)) {
            return field_error(e, field_entry(at, where, key, name), "",
                               "expected a string without NUL");
        }
        rt_pairs_add(ret, name, json_string_value(value));
    }
    return 0;
}

int field_cpulist(const json_t *obj, const char *where, const char *key, char **ret,
                  struct error *e)
{
    if (field_text(obj, where, key, ret, e) < 0) {
        return -1;
    }
    return *ret && cpulist_parse(*ret, NULL, 0) < 0
               ? field_error(e, where, key, "'%.100s' is no list of numbers and ranges like 0-3,7",
                             *ret)
               : 0;
}

int field_each(const json_t *obj, const char *where, const char *key, field_fn *fn, void *ctx,
               struct error *e)
{
    char at[FIELD_PATH_MAX];
    json_t *list = NULL;
    json_t *entry;
    size_t i;

    if (json_get_array(obj, where, key, &list, e) < 0) {
        return -1;
    }
    json_array_foreach (list, i, entry) {
        field_item(at, where, key, i);
        if (!json_is_object(entry)) {
            return field_error(e, at, "", "expected an object");
        }
        if (fn(ctx, entry, at, e) < 0) {
            return -1;
        }
    }
    return 0;
}

static int id_mapping(void *ctx, const json_t *entry, const char *at, struct error *e)
{
    struct rt_id_mapping m = {0};

    if (field_required(entry, at, "containerID", "the first id in the container", e) < 0 ||
        field_required(entry, at, "hostID", "the first id on the host", e) < 0 ||
        field_required(entry, at, "size", "the number of ids", e) < 0 ||
        field_u32(entry, at, "containerID", &m.container, e) < 0 ||
        field_u32(entry, at, "hostID", &m.host, e) < 0 ||
        field_u32(entry, at, "size", &m.size, e) < 0) {
        return -1;
    }
    if (m.size == 0 || (uint64_t) m.container + m.size > UINT32_MAX ||
        (uint64_t) m.host + m.size > UINT32_MAX) {
        return field_error(e, at, "size", "%u ids from %u and %u pass the last id, or are none",
                           m.size, m.container, m.host);
    }
    rt_id_mappings_add(ctx, m.container, m.host, m.size);
    return 0;
}

int field_id_mappings(const json_t *obj, const char *where, const char *key,
                      struct rt_id_mappings *ret, struct error *e)
{
    return field_each(obj, where, key, id_mapping, ret, e);
}
