// SPDX-License-Identifier: Apache-2.0
#include "base/strv.h"

#include "base/strbuf.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

void strv_done(struct strv *v)
{
    for (size_t i = 0; i < v->count; i++) {
        free(v->items[i]);
    }
    free(v->items);
    *v = (struct strv) STRV_INIT;
}

void strv_take(struct strv *v, char *s)
{
    if (v->count + 2 > v->alloc) {
        v->alloc = v->alloc ? v->alloc * 2 : 8;
        v->items = xrealloc_array(v->items, v->alloc, sizeof(*v->items));
    }
    v->items[v->count++] = s;
    v->items[v->count] = NULL;
}

void strv_add(struct strv *v, const char *s)
{
    strv_take(v, xstrdup(s));
}

void strv_addf(struct strv *v, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    strv_take(v, xvasprintf(fmt, ap));
    va_end(ap);
}

void strv_extend(struct strv *v, const struct strv *from)
{
    for (size_t i = 0; i < from->count; i++) {
        strv_add(v, from->items[i]);
    }
}

void strv_remove(struct strv *v, size_t i)
{
    free(v->items[i]);
    memmove(v->items + i, v->items + i + 1, (v->count - i) * sizeof(*v->items));
    v->count--;
}

size_t strv_common(const struct strv *a, const struct strv *b)
{
    size_t n = 0;

    while (n < a->count && n < b->count && strcmp(a->items[n], b->items[n]) == 0) {
        n++;
    }
    return n;
}

bool strv_contains(const struct strv *v, const char *s)
{
    for (size_t i = 0; i < v->count; i++) {
        if (strcmp(v->items[i], s) == 0) {
            return true;
        }
    }
    return false;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

void strv_sort(struct strv *v)
{
    if (v->count > 1) {
        qsort(v->items, v->count, sizeof(*v->items), compare);
    }
}

void strv_split(struct strv *v, const char *s, const char *seps)
{
    while (*s) {
        size_t n = strcspn(s, seps);

        if (n) {
            strv_take(v, xstrndup(s, n));
        }
        s += n + (s[n] != '\0');
    }
}

char *strv_join(const struct strv *v, const char *sep)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(SIZE_MAX / 2);

    for (size_t i = 0; i < v->count; i++) {
        if (i) {
            strbuf_adds(&b, sep);
        }
        strbuf_adds(&b, v->items[i]);
    }
    return strbuf_take(&b);
}

char **strv_argv(struct strv *v)
{
    if (!v->items) {
        v->alloc = 8;
        v->items = xcalloc(v->alloc, sizeof(*v->items));
    }
    return v->items;
}

static size_t env_find(const struct strv *env, const char *key, size_t len)
{
    for (size_t i = 0; i < env->count; i++) {
        if (strncmp(env->items[i], key, len) == 0 && env->items[i][len] == '=') {
            return i;
        }
    }
    return SIZE_MAX;
}

void env_set(struct strv *env, const char *entry)
{
    size_t len = strcspn(entry, "=");
    size_t i = env_find(env, entry, len);

    if (i == SIZE_MAX) {
        strv_add(env, entry);
    } else {
        xstrset(&env->items[i], entry);
    }
}

const char *env_get(const struct strv *env, const char *key)
{
    size_t len = strlen(key);
    size_t i = env_find(env, key, len);

    return i == SIZE_MAX ? NULL : env->items[i] + len + 1;
}

void env_unset(struct strv *env, const char *key)
{
    size_t i = env_find(env, key, strlen(key));

    if (i != SIZE_MAX) {
        strv_remove(env, i);
    }
}
