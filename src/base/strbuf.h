// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A string that grows, up to a maximum given when it is made.
 *
 * Invariant: buf is never NULL and always NUL-terminated at buf[len]. An append that would pass
 * the maximum sets 'overflow' and changes nothing more; check strbuf_ok() once at the end.
 *
 *   CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(64 * 1024);
 *   strbuf_addf(&b, "%s=%d", key, value);
 *   return strbuf_take(&b);
 */
#include "base/alloc.h"

#include <stdbool.h>

struct strbuf {
    char *buf;
    size_t len;
    size_t alloc;
    size_t max;
    bool overflow;
};

extern char strbuf_empty[1];

#define STRBUF_INIT(max_bytes)                                                                     \
    {                                                                                              \
        strbuf_empty, 0, 0, (max_bytes), false                                                     \
    }

void strbuf_done(struct strbuf *b);
DEFINE_CLEANUP(strbuf, struct strbuf, strbuf_done);

void strbuf_add(struct strbuf *b, const void *data, size_t n);
void strbuf_adds(struct strbuf *b, const char *s);
void strbuf_addc(struct strbuf *b, char c);
void strbuf_addf(struct strbuf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Empties it; memory is kept. */
void strbuf_reset(struct strbuf *b);

/* Shortens it to n bytes; longer values of n change nothing. */
void strbuf_truncate(struct strbuf *b, size_t n);

static inline bool strbuf_ok(const struct strbuf *b)
{
    return !b->overflow;
}

/* The content, which the caller frees; b is empty afterwards. */
char *strbuf_take(struct strbuf *b);
