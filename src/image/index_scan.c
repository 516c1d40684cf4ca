// SPDX-License-Identifier: Apache-2.0
/*
 * Finding the entries of index.json that matter without parsing the others: with some hundred
 * images that is most of what a lookup costs. The scanner knows strings and brackets, no more;
 * whatever it does not expect makes it give up, and the whole document is parsed instead.
 */
#include "image/index.h"

#include <string.h>

struct scan {
    const char *at;
    const char *end;
};

static void skip_space(struct scan *s)
{
    while (s->at < s->end && strchr(" \t\r\n", *s->at)) {
        s->at++;
    }
}

static bool take(struct scan *s, char c)
{
    skip_space(s);
    if (s->at == s->end || *s->at != c) {
        return false;
    }
    s->at++;
    return true;
}

/* Behind the opening quote; to behind the closing one. */
static bool skip_string(struct scan *s)
{
    const char *quote = memchr(s->at, '"', (size_t) (s->end - s->at));

    if (quote && !memchr(s->at, '\\', (size_t) (quote - s->at))) {
        s->at = quote + 1;
        return true;
    }
    while (s->at < s->end && *s->at != '"') {
        s->at += *s->at == '\\' ? 2 : 1;
    }
    if (s->at >= s->end) {
        return false;
    }
    s->at++;
    return true;
}

/* One value: a string, a bracketed one with all in it, or the letters of a number or word. */
static bool skip_value(struct scan *s)
{
    int depth = 0;

    skip_space(s);
    do {
        if (s->at >= s->end) {
            return false;
        }
        char c = *s->at;

        if (depth == 0 && strchr(",]} \t\r\n", c)) {
            return true;
        }
        s->at++;
        if (c == '"') {
            if (!skip_string(s)) {
                return false;
            }
            if (depth == 0) {
                return true;
            }
        } else if (c == '{' || c == '[') {
            if (++depth > JSON_MAX_DEPTH) {
                return false;
            }
        } else if (c == '}' || c == ']') {
            depth--;
            if (depth == 0) {
                return true;
            }
        }
    } while (true);
}

/* To behind the '[' of the manifests. */
static bool find_manifests(struct scan *s)
{
    if (!take(s, '{')) {
        return false;
    }
    while (take(s, '"')) {
        const char *key = s->at;

        if (!skip_string(s)) {
            return false;
        }
        bool found = s->at - key == 10 && memcmp(key, "manifests\"", 10) == 0;

        if (!take(s, ':')) {
            return false;
        }
        if (found) {
            return take(s, '[');
        }
        if (!skip_value(s) || !take(s, ',')) {
            return false;
        }
    }
    return false;
}

static bool contains(const char *data, size_t n, const char *what)
{
    return memmem(data, n, what, strlen(what));
}

static bool selected(const struct index_filter *f, const char *data, size_t n)
{
    for (size_t i = 0; i < ARRAY_SIZE(f->words); i++) {
        if (f->words[i] && contains(data, n, f->words[i])) {
            return true;
        }
    }
    /* An escape may hide any word. */
    return memchr(data, '\\', n) || (f->unless && !contains(data, n, f->unless));
}

int image_index_scan(const char *data, size_t n, const struct index_filter *filter,
                     int (*each)(void *ctx, const char *text, size_t n), void *ctx)
{
    struct scan s = {.at = data, .end = data + n};

    if (!find_manifests(&s)) {
        return -EINVAL;
    }
    if (take(&s, ']')) {
        return 0;
    }
    do {
        skip_space(&s);
        const char *from = s.at;

        if (!skip_value(&s) || s.at == from) {
            return -EINVAL;
        }
        size_t len = (size_t) (s.at - from);

        if (selected(filter, from, len) && each(ctx, from, len) < 0) {
            return -EINVAL;
        }
    } while (take(&s, ','));
    return take(&s, ']') ? 0 : -EINVAL;
}
