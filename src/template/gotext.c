// SPDX-License-Identifier: Apache-2.0
#include "template/gotext.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

size_t utf8_decode(const char *s, size_t n, uint32_t *ret)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *) s;
    size_t len = p[0] < 0x80             ? 1
                 : (p[0] & 0xe0) == 0xc0 ? 2
                 : (p[0] & 0xf0) == 0xe0 ? 3
                 : (p[0] & 0xf8) == 0xf0 ? 4
                                         : 0;
    uint32_t r;

    *ret = RUNE_ERROR;
    if (len == 1) {
        *ret = p[0];
        return 1;
    }
    if (len == 0 || len > n) {
        return 1;
    }
    r = p[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 1;
        }
        r = r << 6 | (p[i] & 0x3f);
    }
    if (r < smallest[len] || r > 0x10ffff || (r >= 0xd800 && r < 0xe000)) {
        return 1;
    }
    *ret = r;
    return len;
}

void utf8_append(struct strbuf *b, uint32_t r)
{
    if (r > 0x10ffff || (r >= 0xd800 && r < 0xe000)) {
        r = RUNE_ERROR;
    }
    if (r < 0x80) {
        strbuf_addc(b, (char) r);
    } else if (r < 0x800) {
        strbuf_addc(b, (char) (0xc0 | r >> 6));
        strbuf_addc(b, (char) (0x80 | (r & 0x3f)));
    } else if (r < 0x10000) {
        strbuf_addc(b, (char) (0xe0 | r >> 12));
        strbuf_addc(b, (char) (0x80 | (r >> 6 & 0x3f)));
        strbuf_addc(b, (char) (0x80 | (r & 0x3f)));
    } else {
        strbuf_addc(b, (char) (0xf0 | r >> 18));
        strbuf_addc(b, (char) (0x80 | (r >> 12 & 0x3f)));
        strbuf_addc(b, (char) (0x80 | (r >> 6 & 0x3f)));
        strbuf_addc(b, (char) (0x80 | (r & 0x3f)));
    }
}

size_t utf8_count(const char *s, size_t n)
{
    size_t count = 0;
    uint32_t r;

    while (n) {
        size_t len = utf8_decode(s, n, &r);

        s += len;
        n -= len;
        count++;
    }
    return count;
}

/*
 * Go quotes what unicode.IsPrint refuses. We carry no Unicode tables: ASCII is exact, of the rest
 * the C1 controls, spaces other than ' ', line separators, private and non-characters are refused.
 */
bool go_is_print(uint32_t r)
{
    if (r < 0x80) {
        return r >= 0x20 && r < 0x7f;
    }
    if (r <= 0xa0 || r == 0xad || (r >= 0x2000 && r <= 0x200f) || (r >= 0x2028 && r <= 0x202f) ||
        (r >= 0x205f && r <= 0x206f) || r == 0x3000 || r == 0xfeff) {
        return false;
    }
    return !((r >= 0xd800 && r < 0xf900) || (r & 0xfffe) == 0xfffe || r >= 0xe0000);
}

static void quote_one(struct strbuf *b, uint32_t r, char quote)
{
    static const char codes[] = "\a\b\f\n\r\t\v";
    static const char letters[] = "abfnrtv";
    const char *p = r && r < 0x80 ? strchr(codes, (int) r) : NULL;

    if (r == (uint32_t) quote || r == '\\') {
        strbuf_addc(b, '\\');
        strbuf_addc(b, (char) r);
    } else if (p) {
        strbuf_addc(b, '\\');
        strbuf_addc(b, letters[p - codes]);
    } else if (go_is_print(r)) {
        utf8_append(b, r);
    } else if (r < ' ' || r == 0x7f) {
        strbuf_addf(b, "\\x%02x", r);
    } else if (r < 0x10000) {
        strbuf_addf(b, "\\u%04x", r);
    } else {
        strbuf_addf(b, "\\U%08x", r);
    }
}

void go_quote(struct strbuf *b, const char *s, size_t n)
{
    uint32_t r;

    strbuf_addc(b, '"');
    while (n) {
        size_t len = utf8_decode(s, n, &r);

        if (r == RUNE_ERROR && len == 1) {
            strbuf_addf(b, "\\x%02x", (unsigned char) *s);
        } else {
            quote_one(b, r, '"');
        }
        s += len;
        n -= len;
    }
    strbuf_addc(b, '"');
}

char *go_quoted(const char *s)
{
    struct strbuf b = STRBUF_INIT(1024 * 1024);

    go_quote(&b, s, strlen(s));
    return strbuf_take(&b);
}

void go_quote_rune(struct strbuf *b, uint32_t r)
{
    strbuf_addc(b, '\'');
    quote_one(b, r, '\'');
    strbuf_addc(b, '\'');
}

void go_unicode(struct strbuf *b, uint32_t r)
{
    strbuf_addf(b, "U+%04X", r);
    if (go_is_print(r)) {
        strbuf_adds(b, " '");
        utf8_append(b, r);
        strbuf_addc(b, '\'');
    }
}

static int hex_value(char c)
{
    if (isdigit((unsigned char) c)) {
        return c - '0';
    }
    return isxdigit((unsigned char) c) ? tolower((unsigned char) c) - 'a' + 10 : 99;
}

/* The digits of \x41, \101, \u0041, \U00000041; *s is behind the letter (or at the first octal). */
static int unquote_digits(const char **s, const char *end, char kind, struct strbuf *ret)
{
    int base = kind == 'o' ? 8 : 16;
    int count = kind == 'o' ? 3 : kind == 'x' ? 2 : kind == 'u' ? 4 : 8;
    uint32_t v = 0;

    for (int i = 0; i < count; i++, (*s)++) {
        if (*s == end || hex_value(**s) >= base) {
            return -EINVAL;
        }
        v = v * (uint32_t) base + (uint32_t) hex_value(**s);
    }
    if (kind == 'u' || kind == 'U') {
        if (v > 0x10ffff || (v >= 0xd800 && v < 0xe000)) {
            return -EINVAL;
        }
        utf8_append(ret, v);
        return 0;
    }
    if (v > 255) {
        return -EINVAL;
    }
    strbuf_addc(ret, (char) v);
    return 0;
}

static int unquote_escape(const char **s, const char *end, char quote, struct strbuf *ret)
{
    static const char letters[] = "abfnrtv\\";
    static const char codes[] = "\a\b\f\n\r\t\v\\";
    const char *p;

    if (*s == end) {
        return -EINVAL;
    }
    char c = *(*s)++;

    if (c && (p = strchr(letters, c))) {
        strbuf_addc(ret, codes[p - letters]);
        return 0;
    }
    if (c == quote) {
        strbuf_addc(ret, c);
        return 0;
    }
    if (c == 'x' || c == 'u' || c == 'U') {
        return unquote_digits(s, end, c, ret);
    }
    if (c >= '0' && c <= '7') {
        (*s)--;
        return unquote_digits(s, end, 'o', ret);
    }
    return -EINVAL;
}

int go_unquote(const char *s, size_t n, struct strbuf *ret)
{
    if (n < 2 || s[0] != s[n - 1] || !strchr("\"'`", s[0])) {
        return -EINVAL;
    }
    char quote = s[0];
    const char *end = s + n - 1;
    size_t runes = 0;

    for (s++; s < end; runes++) {
        if (quote == '`') {
            if (*s != '\r') { /* Go drops carriage returns in raw strings */
                strbuf_addc(ret, *s);
            }
            s++;
        } else if (*s == '\\') {
            s++;
            if (unquote_escape(&s, end, quote, ret) < 0) {
                return -EINVAL;
            }
        } else if (*s == quote || *s == '\n') {
            return -EINVAL;
        } else {
            uint32_t r;
            size_t len = utf8_decode(s, (size_t) (end - s), &r);

            strbuf_add(ret, s, len);
            s += len;
        }
    }
    return quote == '\'' && runes != 1 ? -ERANGE : 0;
}

/* Underscores only between digits, or between prefix and digit. */
static bool underscores_fit(const char *s)
{
    char before = '^';

    if (*s == '0' && strchr("xXoObB", s[1]) && s[1]) {
        s += 2;
        before = '0';
    }
    for (; *s; s++) {
        if (*s == '_') {
            if (before != '0') {
                return false;
            }
            before = '_';
        } else {
            before = '0';
        }
    }
    return before != '_';
}

int go_parse_int(const char *s, int64_t *ret)
{
    bool negative = *s == '-';
    bool overflow = false;
    bool any = false;
    int base = 10;
    uint64_t v = 0;

    s += *s == '-' || *s == '+';
    if (!underscores_fit(s)) {
        return -EINVAL;
    }
    if (*s == '0' && s[1]) {
        char c = (char) tolower((unsigned char) s[1]);

        base = c == 'x' ? 16 : c == 'b' ? 2 : 8;
        s += c == 'x' || c == 'b' || c == 'o' ? 2 : 1;
    }
    for (; *s; s++) {
        if (*s == '_') {
            continue;
        }
        if (hex_value(*s) >= base) {
            return -EINVAL;
        }
        any = true;
        overflow |= __builtin_mul_overflow(v, (uint64_t) base, &v) ||
                    __builtin_add_overflow(v, (uint64_t) hex_value(*s), &v);
    }
    if (!any) {
        return -EINVAL;
    }
    if (overflow || v > (uint64_t) INT64_MAX + (negative ? 1 : 0)) {
        return -ERANGE;
    }
    *ret = negative ? (int64_t) (0 - v) : (int64_t) v;
    return 0;
}

void go_format_float(struct strbuf *b, double d)
{
    char digits[40];
    int precision = 0;

    if (isnan(d) || isinf(d)) {
        strbuf_adds(b, isnan(d) ? "NaN" : d < 0 ? "-Inf" : "+Inf");
        return;
    }
    do { /* the fewest digits that give the same number back; 17 always do */
        snprintf(digits, sizeof(digits), "%.*e", precision, d);
    } while (strtod(digits, NULL) != d && ++precision < 17);

    char *e = strchr(digits, 'e');
    int exponent = (int) strtol(e + 1, NULL, 10);

    if (exponent < -4 || exponent >= 6) {
        *e = '\0';
        strbuf_addf(b, "%se%c%02d", digits, exponent < 0 ? '-' : '+', abs(exponent));
    } else {
        strbuf_addf(b, "%.*f", MAX(precision - exponent, 0), d);
    }
}

bool go_is_alnum(uint32_t r)
{
    if (r < 0x80) {
        return r == '_' || isalnum((int) r);
    }
    if (r < 0xc0) {
        return r == 0xaa || r == 0xb5 || r == 0xba;
    }
    return r != 0xd7 && r != 0xf7 && r != RUNE_ERROR && !(r >= 0x2000 && r < 0x2c00) &&
           !(r >= 0x3000 && r < 0x3005) && !(r >= 0x1f000 && r < 0x20000);
}
