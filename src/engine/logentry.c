// SPDX-License-Identifier: Apache-2.0
#include "engine/logentry.h"

#include "base/timeutil.h"

#include <string.h>

/* What is left of the line. Decoded strings are written back over the encoded ones: never longer.
 */
struct scan {
    char *p;
    char *end;
};

struct slice {
    const char *s;
    size_t n;
};

static void skip_space(struct scan *sc)
{
    while (sc->p < sc->end && (*sc->p == ' ' || *sc->p == '\t' || *sc->p == '\r')) {
        sc->p++;
    }
}

static bool take(struct scan *sc, char c)
{
    skip_space(sc);
    if (sc->p == sc->end || *sc->p != c) {
        return false;
    }
    sc->p++;
    return true;
}

static int hex4(struct scan *sc)
{
    int v = 0;

    if (sc->end - sc->p < 4) {
        return -1;
    }
    for (int i = 0; i < 4; i++) {
        char c = *sc->p++;
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;

        if (digit < 0) {
            return -1;
        }
        v = v * 16 + digit;
    }
    return v;
}

/* \uXXXX after the 'u', with its second half if it has one; a lone half is U+FFFD. -1: damaged. */
static int unicode_escape(struct scan *sc)
{
    int v = hex4(sc);

    if (v < 0xd800 || v > 0xdfff) {
        return v;
    }
    if (v < 0xdc00 && sc->end - sc->p >= 6 && sc->p[0] == '\\' && sc->p[1] == 'u') {
        struct scan ahead = {sc->p + 2, sc->end};
        int low = hex4(&ahead);

        if (low >= 0xdc00 && low <= 0xdfff) {
            sc->p = ahead.p;
            return 0x10000 + ((v - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    return 0xfffd;
}

static char *put_utf8(char *out, int v)
{
    if (v < 0x80) {
        *out++ = (char) v;
    } else if (v < 0x800) {
        *out++ = (char) (0xc0 | v >> 6);
        *out++ = (char) (0x80 | (v & 0x3f));
    } else if (v < 0x10000) {
        *out++ = (char) (0xe0 | v >> 12);
        *out++ = (char) (0x80 | (v >> 6 & 0x3f));
        *out++ = (char) (0x80 | (v & 0x3f));
    } else {
        *out++ = (char) (0xf0 | v >> 18);
        *out++ = (char) (0x80 | (v >> 12 & 0x3f));
        *out++ = (char) (0x80 | (v >> 6 & 0x3f));
        *out++ = (char) (0x80 | (v & 0x3f));
    }
    return out;
}

/* One escape after the backslash; NULL: damaged. */
static char *take_escape(struct scan *sc, char *out)
{
    static const char codes[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";

    if (sc->p == sc->end) {
        return NULL;
    }
    char c = *sc->p++;

    if (c == 'u') {
        int v = unicode_escape(sc);

        return v < 0 ? NULL : put_utf8(out, v);
    }
    const char *at = c ? strchr(codes, c) : NULL;

    if (!at) {
        return NULL;
    }
    *out++ = values[at - codes];
    return out;
}

static bool take_string(struct scan *sc, struct slice *ret)
{
    if (!take(sc, '"')) {
        return false;
    }
    char *out = sc->p;

    ret->s = out;
    while (sc->p < sc->end) {
        unsigned char c = (unsigned char) *sc->p++;

        if (c == '"') {
            ret->n = (size_t) (out - ret->s);
            return true;
        }
        if (c < 0x20) {
            return false; /* no writer leaves these unescaped: torn or garbled */
        }
        if (c != '\\') {
            *out++ = (char) c;
        } else if (!(out = take_escape(sc, out))) {
            return false;
        }
    }
    return false;
}

static bool slice_is(const struct slice *s, const char *text)
{
    return s->n == strlen(text) && memcmp(s->s, text, s->n) == 0;
}

static void add_attr(struct logentry *e, size_t *len, const struct slice *key,
                     const struct slice *value)
{
    size_t need = key->n + value->n + 2;

    if (need < sizeof(e->attrs) - *len) {
        char *out = e->attrs + *len;

        if (*len > 0) {
            *out++ = ',';
        }
        memcpy(out, key->s, key->n);
        out += key->n;
        *out++ = '=';
        memcpy(out, value->s, value->n);
        out += value->n;
        *out = '\0';
        *len = (size_t) (out - e->attrs);
    }
}

/* {"k":"v",...}: attributes as Docker's log options add them. */
static bool take_attrs(struct scan *sc, struct logentry *e)
{
    size_t len = 0;

    if (!take(sc, '{')) {
        return false;
    }
    if (take(sc, '}')) {
        return true;
    }
    do {
        struct slice key;
        struct slice value;

        if (!take_string(sc, &key) || !take(sc, ':') || !take_string(sc, &value)) {
            return false;
        }
        add_attr(e, &len, &key, &value);
    } while (take(sc, ','));
    return take(sc, '}');
}

static bool take_time(struct scan *sc, int64_t *ret)
{
    struct slice text;
    char buf[64];

    if (!take_string(sc, &text) || text.n >= sizeof(buf)) {
        return false;
    }
    memcpy(buf, text.s, text.n);
    buf[text.n] = '\0';
    return time_parse(buf, ret) == 0;
}

static bool take_member(struct scan *sc, struct logentry *e, bool *has_text, bool *has_time)
{
    struct slice key;
    struct slice value;

    if (!take_string(sc, &key) || !take(sc, ':')) {
        return false;
    }
    if (slice_is(&key, "log")) {
        *has_text = take_string(sc, &value);
        e->text = value.s;
        e->n = value.n;
        return *has_text;
    }
    if (slice_is(&key, "time")) {
        *has_time = take_time(sc, &e->time);
        return *has_time;
    }
    if (slice_is(&key, "attrs")) {
        return take_attrs(sc, e);
    }
    if (!take_string(sc, &value)) {
        return false;
    }
    if (slice_is(&key, "stream")) {
        e->is_stderr = slice_is(&value, "stderr");
    }
    return true;
}

static int parse_at(char *line, char *end, struct logentry *ret)
{
    struct scan sc = {line, end};
    bool has_text = false;
    bool has_time = false;

    ret->is_stderr = false;
    ret->attrs[0] = '\0';
    if (!take(&sc, '{')) {
        return -EINVAL;
    }
    do {
        if (!take_member(&sc, ret, &has_text, &has_time)) {
            return -EINVAL;
        }
    } while (take(&sc, ','));
    if (!take(&sc, '}')) {
        return -EINVAL;
    }
    skip_space(&sc);
    return has_text && has_time && sc.p == sc.end ? 0 : -EINVAL;
}

/*
 * Where the last entry of the line starts, when an earlier one was torn. Quotes within strings are
 * escaped, so only an attribute named "log" can look the same.
 */
static char *last_start(char *line, char *end)
{
    static const char start[] = "{\"log\":\"";
    char *found = NULL;

    for (char *p = line; (p = memmem(p, (size_t) (end - p), start, sizeof(start) - 1)); p++) {
        found = p;
    }
    return found;
}

int logentry_parse(char *line, size_t n, struct logentry *ret)
{
    char *end = line + n;

    if (parse_at(line, end, ret) == 0) {
        return 0;
    }
    /* Decoding wrote only before the point where it failed, which is at or behind this start. */
    char *start = last_start(line, end);

    return start && start > line ? parse_at(start, end, ret) : -EINVAL;
}
