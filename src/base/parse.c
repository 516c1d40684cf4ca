// SPDX-License-Identifier: Apache-2.0
#include "base/parse.h"

#include <ctype.h>
#include <string.h>

int parse_u64(const char *s, uint64_t *ret)
{
    uint64_t v = 0;

    if (!*s) {
        return -EINVAL;
    }
    for (; *s; s++) {
        if (!isdigit((unsigned char) *s)) {
            return -EINVAL;
        }
        if (__builtin_mul_overflow(v, (uint64_t) 10, &v) ||
            __builtin_add_overflow(v, (uint64_t) (*s - '0'), &v)) {
            return -ERANGE;
        }
    }
    *ret = v;
    return 0;
}

int parse_i64(const char *s, int64_t *ret)
{
    bool negative = *s == '-';
    uint64_t v;
    int r = parse_u64(s + (*s == '-' || *s == '+'), &v);

    if (r < 0) {
        return r;
    }
    if (v > (uint64_t) INT64_MAX + (negative ? 1 : 0)) {
        return -ERANGE;
    }
    *ret = negative ? (int64_t) (0 - v) : (int64_t) v;
    return 0;
}

int parse_id(const char *s, uint32_t *ret)
{
    uint64_t v;
    int r = parse_u64(s, &v);

    if (r < 0) {
        return r;
    }
    if (v >= UINT32_MAX) {
        return -ERANGE;
    }
    *ret = (uint32_t) v;
    return 0;
}

int parse_mode(const char *s, uint32_t *ret)
{
    uint32_t v = 0;

    if (!*s) {
        return -EINVAL;
    }
    for (; *s; s++) {
        if (*s < '0' || *s > '7') {
            return -EINVAL;
        }
        v = v * 8 + (uint32_t) (*s - '0');
        if (v > 07777) {
            return -ERANGE;
        }
    }
    *ret = v;
    return 0;
}

int parse_bool(const char *s, bool *ret)
{
    static const char *const yes[] = {"1", "t", "T", "TRUE", "true", "True"};
    static const char *const no[] = {"0", "f", "F", "FALSE", "false", "False"};

    for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
        if (strcmp(s, yes[i]) == 0 || strcmp(s, no[i]) == 0) {
            *ret = strcmp(s, yes[i]) == 0;
            return 0;
        }
    }
    return -EINVAL;
}

/*
 * Digits with an optional fraction, times 'unit', without floating point: exact for all that fits.
 * Moves *s behind the number. Fraction digits beyond 18 do not matter for any unit we have.
 */
static int parse_scaled(const char **s, uint64_t unit, uint64_t *ret)
{
    uint64_t whole = 0;
    uint64_t part = 0;
    uint64_t scale = 1;
    const char *p = *s;
    bool digits = false;

    for (; isdigit((unsigned char) *p); p++) {
        digits = true;
        if (__builtin_mul_overflow(whole, (uint64_t) 10, &whole) ||
            __builtin_add_overflow(whole, (uint64_t) (*p - '0'), &whole)) {
            return -ERANGE;
        }
    }
    if (*p == '.') {
        for (p++; isdigit((unsigned char) *p); p++) {
            digits = true;
            if (scale < 1000000000000000000ull) {
                scale *= 10;
                part = part * 10 + (uint64_t) (*p - '0');
            }
        }
    }
    if (!digits) {
        return -EINVAL;
    }
    if (__builtin_mul_overflow(whole, unit, &whole)) {
        return -ERANGE;
    }
    whole += (uint64_t) ((unsigned __int128) part * unit / scale);
    if (whole > INT64_MAX) {
        return -ERANGE;
    }
    *s = p;
    *ret = whole;
    return 0;
}

int parse_size(const char *s, int64_t *ret)
{
    static const char units[] = "bkmgtp";
    const char *p = s + strspn(s, "0123456789.");
    uint64_t unit = 1;
    uint64_t v;

    p += *p == ' ';
    if (*p) {
        const char *u = strchr(units, tolower((unsigned char) *p));

        if (!u) {
            return -EINVAL;
        }
        unit = 1ull << (10 * (u - units));
        p++;
        if (u != units && tolower((unsigned char) *p) == 'i') {
            p++;
            if (tolower((unsigned char) *p) != 'b') {
                return -EINVAL;
            }
        }
        p += u != units && tolower((unsigned char) *p) == 'b';
        if (*p) {
            return -EINVAL;
        }
    }
    int r = parse_scaled(&s, unit, &v);

    if (r < 0) {
        return r;
    }
    *ret = (int64_t) v;
    return 0;
}

int parse_nano(const char *s, int64_t *ret)
{
    uint64_t v;
    const char *dot = strchr(s, '.');
    int r;

    if (dot && strlen(dot + 1) > 9) {
        return -EINVAL;
    }
    r = parse_scaled(&s, 1000000000ull, &v);
    if (r < 0) {
        return r;
    }
    if (*s) {
        return -EINVAL;
    }
    *ret = (int64_t) v;
    return 0;
}

int parse_duration(const char *s, int64_t *ret_ns)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {
        {"ns", 1},          {"us", 1000},         {"\xc2\xb5s", 1000},   {"\xce\xbcs", 1000},
        {"ms", 1000000ull}, {"s", 1000000000ull}, {"m", 60000000000ull}, {"h", 3600000000000ull},
    };
    bool negative = *s == '-';
    uint64_t total = 0;

    s += *s == '-' || *s == '+';
    if (strcmp(s, "0") == 0) {
        *ret_ns = 0;
        return 0;
    }
    if (!*s) {
        return -EINVAL;
    }
    while (*s) {
        const char *name = s + strspn(s, "0123456789.");
        uint64_t unit = 0;
        size_t len = 0;
        uint64_t v;

        for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
            size_t n = strlen(units[i].name);

            if (n > len && strncmp(name, units[i].name, n) == 0) {
                unit = units[i].ns;
                len = n;
            }
        }
        if (!unit) {
            return -EINVAL;
        }
        int r = parse_scaled(&s, unit, &v);

        if (r < 0) {
            return r;
        }
        if (s != name) {
            return -EINVAL;
        }
        if (__builtin_add_overflow(total, v, &total) || total > INT64_MAX) {
            return -ERANGE;
        }
        s = name + len;
    }
    *ret_ns = negative ? -(int64_t) total : (int64_t) total;
    return 0;
}
