// SPDX-License-Identifier: Apache-2.0
#include "monitor/internal.h"

#include <string.h>

size_t text_str(char *buf, size_t len, const char *s)
{
    size_t n = strlen(s);

    memcpy(buf + len, s, n + 1);
    return len + n;
}

size_t text_dec(char *buf, size_t len, int64_t v)
{
    char digits[24];
    size_t n = sizeof(digits);
    uint64_t u = v < 0 ? -(uint64_t) v : (uint64_t) v;

    digits[--n] = '\0';
    do {
        digits[--n] = (char) ('0' + u % 10);
        u /= 10;
    } while (u);
    if (v < 0) {
        digits[--n] = '-';
    }
    return text_str(buf, len, digits + n);
}
