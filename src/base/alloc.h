// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Allocation that cannot fail: out of memory ends the program with one sentence. An engine that
 * lives for milliseconds gains nothing from carrying ENOMEM about; the monitor, which must not
 * die, allocates nothing after its start.
 */
#include "base/defs.h"

#include <stdarg.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
/* Resizes to count * size bytes; overflow ends the program. */
void *xrealloc_array(void *p, size_t count, size_t size);
/* NULL stays NULL. */
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);
char *xvasprintf(const char *fmt, va_list ap) PRINTF_LIKE(1, 0);

/* Frees *dst and puts a copy of s (may be NULL) in its place. */
void xstrset(char **dst, const char *s);
