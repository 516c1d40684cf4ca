// SPDX-License-Identifier: Apache-2.0
#include "base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

char strbuf_empty[1];

void strbuf_done(struct strbuf *b)
{
    if (b->buf != strbuf_empty) {
        free(b->buf);
    }
    b->buf = strbuf_empty;
    b->len = b->alloc = 0;
}

/* Makes room for n more bytes and the NUL. */
static bool reserve(struct strbuf *b, size_t n)
{
    if (b->overflow || n > b->max || b->len > b->max - n) {
        b->overflow = true;
        return false;
    }
    if (b->len + n + 1 > b->alloc) {
        size_t want = MAX(b->alloc * 2, b->len + n + 1);

        want = MAX(want, (size_t) 64);
        b->buf = xrealloc_array(b->buf == strbuf_empty ? NULL : b->buf, want, 1);
        b->alloc = want;
    }
    return true;
}

void strbuf_add(struct strbuf *b, const void *data, size_t n)
{
    if (!n || !reserve(b, n)) {
        return;
    }
    memcpy(b->buf + b->len, data, n);
    b->len += n;
    b->buf[b->len] = '\0';
}

void strbuf_adds(struct strbuf *b, const char *s)
{
    strbuf_add(b, s, strlen(s));
}

void strbuf_addc(struct strbuf *b, char c)
{
    strbuf_add(b, &c, 1);
}

void strbuf_addf(struct strbuf *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0 || !reserve(b, (size_t) n)) {
        b->overflow = true;
        return;
    }
    va_start(ap, fmt);
    vsnprintf(b->buf + b->len, (size_t) n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t) n;
}

void strbuf_reset(struct strbuf *b)
{
    b->overflow = false;
    strbuf_truncate(b, 0);
}

void strbuf_truncate(struct strbuf *b, size_t n)
{
    if (n < b->len) {
        b->len = n;
        b->buf[n] = '\0';
    }
}

char *strbuf_take(struct strbuf *b)
{
    char *s = b->buf == strbuf_empty ? xstrdup("") : b->buf;

    b->buf = strbuf_empty;
    b->len = b->alloc = 0;
    return s;
}
