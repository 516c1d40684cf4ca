// SPDX-License-Identifier: Apache-2.0
/* fmt.Sprintf for templates: flags, width, precision, [n] and the verbs of Go's scalar types. */
#include "template/gotext.h"
#include "template/internal.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_MAX 1000000 /* Go's limit of width and precision */

struct directive {
    bool minus, plus, sharp, space, zero;
    int width;     /* -1: none */
    int precision; /* -1: none */
    char verb;
};

struct printer {
    struct exec *x;
    struct strbuf *b;
    const struct value *args;
    size_t n;
    size_t next;
    bool reordered; /* [n] was used: what is left over is no mistake */
};

static void pad(struct strbuf *b, const struct directive *d, const char *s, size_t n, bool number)
{
    size_t count = utf8_count(s, n);
    size_t missing = d->width > 0 && (size_t) d->width > count ? (size_t) d->width - count : 0;
    bool zeros = d->zero && !d->minus;
    bool sign = number && zeros && n && strchr("+-", s[0]);

    if (sign) {
        strbuf_addc(b, *s++);
        n--;
    }
    for (size_t i = 0; !d->minus && i < missing && strbuf_ok(b); i++) {
        strbuf_addc(b, zeros ? '0' : ' ');
    }
    strbuf_add(b, s, n);
    for (size_t i = 0; d->minus && i < missing && strbuf_ok(b); i++) {
        strbuf_addc(b, ' ');
    }
}

/* "%!d(string=hi)" */
static void bad_verb(struct printer *p, const struct directive *d, const struct value *v)
{
    bool nil = v->kind <= VALUE_NIL;

    strbuf_addf(p->b, "%%!%c(", d->verb);
    if (nil) {
        strbuf_adds(p->b, "<nil>");
    } else {
        strbuf_addf(p->b, "%s=", value_type_name(p->x, v));
        value_print(p->x, p->b, v);
    }
    strbuf_addc(p->b, ')');
}

/* Digits of |i| in a base, with sign, prefix and at least 'precision' of them. */
static void print_integer(struct printer *p, const struct directive *d, int64_t i)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(NUMBER_MAX * 2);
    uint64_t u = i < 0 ? 0 - (uint64_t) i : (uint64_t) i;
    unsigned base = d->verb == 'b'                     ? 2
                    : d->verb == 'o' || d->verb == 'O' ? 8
                    : d->verb == 'd' || d->verb == 'v' ? 10
                                                       : 16;
    const char *set = d->verb == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char digits[70];
    int n = 0;

    do {
        digits[n++] = set[u % base];
        u /= base;
    } while (u);
    if (d->precision == 0 && i == 0) {
        n = 0;
    }
    strbuf_adds(&b, i < 0 ? "-" : d->plus ? "+" : d->space ? " " : "");
    strbuf_adds(&b, d->verb == 'O'            ? "0o"
                    : !d->sharp || base == 10 ? ""
                    : base == 8               ? "0"
                    : base == 2               ? "0b"
                    : d->verb == 'X'          ? "0X"
                                              : "0x");
    for (int missing = d->precision - n; missing > 0; missing--) {
        strbuf_addc(&b, '0');
    }
    while (n) {
        strbuf_addc(&b, digits[--n]);
    }
    struct directive padding = *d;

    padding.zero &= d->precision < 0;
    pad(p->b, &padding, b.buf, b.len, true);
}

static void print_rune(struct printer *p, const struct directive *d, int64_t i)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(64);
    uint32_t r = i < 0 || i > 0x10ffff ? RUNE_ERROR : (uint32_t) i;

    if (d->verb == 'c') {
        utf8_append(&b, r);
    } else if (d->verb == 'q') {
        go_quote_rune(&b, r);
    } else if (d->sharp) {
        go_unicode(&b, r);
    } else {
        strbuf_addf(&b, "U+%04llX", (unsigned long long) i);
    }
    pad(p->b, d, b.buf, b.len, false);
}

static void print_float(struct printer *p, const struct directive *d, double f)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(NUMBER_MAX * 2);

    strbuf_adds(&b, f >= 0 && d->plus ? "+" : f >= 0 && d->space ? " " : "");
    if (d->precision < 0 && strchr("vgG", d->verb)) {
        size_t start = b.len;

        go_format_float(&b, f);
        for (size_t i = start; d->verb == 'G' && i < b.len; i++) {
            b.buf[i] = (char) toupper((unsigned char) b.buf[i]);
        }
    } else {
        /* more digits than a double has are zeros; more than this are not printed */
        int precision = d->precision < 0 ? 6 : MIN(d->precision, 100);
        char text[512];

        switch (d->verb) {
        case 'e':
            snprintf(text, sizeof(text), "%.*e", precision, f);
            break;
        case 'E':
            snprintf(text, sizeof(text), "%.*E", precision, f);
            break;
        case 'f':
        case 'F':
            snprintf(text, sizeof(text), "%.*f", precision, f);
            break;
        case 'G':
            snprintf(text, sizeof(text), "%.*G", precision, f);
            break;
        default:
            snprintf(text, sizeof(text), "%.*g", precision, f);
            break;
        }
        strbuf_adds(&b, text);
    }
    pad(p->b, d, b.buf, b.len, true);
}

static void print_hex(struct strbuf *b, const struct directive *d, const char *s, size_t n)
{
    strbuf_adds(b, d->sharp && n ? (d->verb == 'X' ? "0X" : "0x") : "");
    for (size_t i = 0; i < n; i++) {
        strbuf_adds(b, i && d->space ? " " : "");
        strbuf_addf(b, d->verb == 'X' ? "%02X" : "%02x", (unsigned char) s[i]);
    }
}

static void print_string(struct printer *p, const struct directive *d, const char *s, size_t n)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(TEMPLATE_MAX_OUTPUT);
    size_t len = 0;
    uint32_t r;

    for (int i = 0; d->precision >= 0 && i < d->precision && len < n; i++) {
        len += utf8_decode(s + len, n - len, &r);
    }
    n = d->precision >= 0 ? len : n;
    if (d->verb == 'x' || d->verb == 'X') {
        print_hex(&b, d, s, n);
    } else if (d->verb == 'q' && d->sharp && !memchr(s, '`', n)) {
        strbuf_addf(&b, "`%.*s`", (int) n, s);
    } else if (d->verb == 'q' || (d->verb == 'v' && d->sharp)) {
        go_quote(&b, s, n);
    } else {
        strbuf_add(&b, s, n);
    }
    pad(p->b, d, b.buf, b.len, false);
    p->b->overflow |= b.overflow;
}

static void print_arg(struct printer *p, const struct directive *d, const struct value *v);

static void print_list(struct printer *p, const struct directive *d, const struct value *v)
{
    size_t n = value_length(v);

    strbuf_addc(p->b, '[');
    for (size_t i = 0; i < n && strbuf_ok(p->b); i++) {
        struct value item = value_element(p->x, v, i);

        strbuf_adds(p->b, i ? " " : "");
        print_arg(p, d, &item);
    }
    strbuf_addc(p->b, ']');
}

static void print_object(struct printer *p, const struct directive *d, const struct value *v)
{
    cleanup_free const char **keys = value_keys(v);
    bool map = v->kind == VALUE_MAP;

    strbuf_adds(p->b, map ? "map[" : "{");
    for (size_t i = 0; keys[i] && strbuf_ok(p->b); i++) {
        struct value key = value_string(keys[i], strlen(keys[i]));
        struct value item = value_member(p->x, v, keys[i]);

        strbuf_adds(p->b, i ? " " : "");
        if (map) {
            print_arg(p, d, &key);
            strbuf_addc(p->b, ':');
        }
        print_arg(p, d, &item);
    }
    strbuf_addc(p->b, map ? ']' : '}');
}

static bool verb_in(const struct directive *d, const char *set)
{
    return strchr(set, d->verb) != NULL;
}

static void print_arg(struct printer *p, const struct directive *d, const struct value *v)
{
    if (d->verb == 'T') {
        const char *name = v->kind <= VALUE_NIL ? "<nil>" : value_type_name(p->x, v);

        pad(p->b, d, name, strlen(name), false);
        return;
    }
    switch (v->kind) {
    case VALUE_NONE:
    case VALUE_NULL:
    case VALUE_NIL:
        if (d->verb == 'v') {
            pad(p->b, d, "<nil>", 5, false);
            return;
        }
        break;
    case VALUE_BOOL:
        if (verb_in(d, "vt")) {
            pad(p->b, d, v->truth ? "true" : "false", v->truth ? 4 : 5, false);
            return;
        }
        break;
    case VALUE_INT:
        if (verb_in(d, "vdboOxX")) {
            print_integer(p, d, v->integer);
            return;
        }
        if (verb_in(d, "cqU")) {
            print_rune(p, d, v->integer);
            return;
        }
        break;
    case VALUE_FLOAT:
        if (verb_in(d, "veEfFgG")) {
            print_float(p, d, v->real);
            return;
        }
        break;
    case VALUE_STRING:
        if (verb_in(d, "vsqxX")) {
            print_string(p, d, v->text, v->len);
            return;
        }
        break;
    case VALUE_LIST:
        print_list(p, d, v);
        return;
    case VALUE_MAP:
    case VALUE_STRUCT:
        print_object(p, d, v);
        return;
    }
    bad_verb(p, d, v);
}

/* Digits at *s; -1 when there are none or too many. */
static int parse_digits(const char **s, const char *end)
{
    int v = -1;

    for (; *s < end && isdigit((unsigned char) **s); (*s)++) {
        v = v > NUMBER_MAX ? v : MAX(v, 0) * 10 + (**s - '0');
    }
    return v > NUMBER_MAX ? -1 : v;
}

/* "[3]": the next argument is the third. False: "(BADINDEX)" has to be said. */
static bool parse_index(struct printer *p, const char **s, const char *end)
{
    const char *t = *s;

    if (t == end || *t != '[') {
        return true;
    }
    t++;
    int v = parse_digits(&t, end);

    p->reordered = true;
    if (t == end || *t != ']') {
        *s = t < end ? t + 1 : t;
        return false;
    }
    *s = t + 1;
    if (v < 1 || (size_t) v > p->n) {
        return false;
    }
    p->next = (size_t) v - 1;
    return true;
}

/* Width or precision: digits or "*". */
static int parse_size_of(struct printer *p, const char **s, const char *end, const char *what)
{
    if (*s == end || **s != '*') {
        return parse_digits(s, end);
    }
    (*s)++;
    if (p->next < p->n && p->args[p->next].kind == VALUE_INT &&
        llabs(p->args[p->next].integer) <= NUMBER_MAX) {
        return (int) p->args[p->next++].integer;
    }
    p->next += p->next < p->n;
    strbuf_addf(p->b, "%%!(%s)", what);
    return -1;
}

/* One directive behind '%'; moves *s behind it. */
static void print_directive(struct printer *p, const char **s, const char *end)
{
    struct directive d = {.width = -1, .precision = -1};
    bool good;

    for (; *s < end && strchr("-+# 0", **s) && **s; (*s)++) {
        d.minus |= **s == '-';
        d.plus |= **s == '+';
        d.sharp |= **s == '#';
        d.space |= **s == ' ';
        d.zero |= **s == '0';
    }
    good = parse_index(p, s, end);
    d.width = parse_size_of(p, s, end, "BADWIDTH");
    if (d.width < -1) {
        d.minus = true;
        d.width = -d.width;
    }
    if (*s < end && **s == '.') {
        (*s)++;
        good &= parse_index(p, s, end);
        d.precision = MAX(parse_size_of(p, s, end, "BADPREC"), 0);
    }
    good &= parse_index(p, s, end);
    if (*s == end) {
        strbuf_adds(p->b, "%!(NOVERB)");
        return;
    }
    d.verb = *(*s)++;
    if (d.verb == '%') {
        strbuf_addc(p->b, '%');
    } else if (!good) {
        strbuf_addf(p->b, "%%!%c(BADINDEX)", d.verb);
    } else if (p->next >= p->n) {
        strbuf_addf(p->b, "%%!%c(MISSING)", d.verb);
    } else {
        print_arg(p, &d, &p->args[p->next++]);
    }
}

static void print_extra(struct printer *p)
{
    strbuf_adds(p->b, "%!(EXTRA ");
    for (size_t i = p->next; i < p->n; i++) {
        const struct value *v = &p->args[i];

        strbuf_adds(p->b, i > p->next ? ", " : "");
        if (v->kind <= VALUE_NIL) {
            strbuf_adds(p->b, "<nil>");
            continue;
        }
        strbuf_addf(p->b, "%s=", value_type_name(p->x, v));
        value_print(p->x, p->b, v);
    }
    strbuf_addc(p->b, ')');
}

int template_printf(struct exec *x, struct strbuf *b, const struct value *args, size_t n)
{
    struct printer p = {.x = x, .b = b, .args = args + 1, .n = n - 1};
    const char *s = args[0].text;
    const char *end = s + args[0].len;

    while (s < end && strbuf_ok(b)) {
        const char *percent = memchr(s, '%', (size_t) (end - s));
        size_t len = (size_t) ((percent ? percent : end) - s);

        strbuf_add(b, s, len);
        s += len;
        if (percent) {
            s++;
            print_directive(&p, &s, end);
        }
        if (exec_step(x) < 0) {
            return -1;
        }
    }
    if (!p.reordered && p.next < p.n) {
        print_extra(&p);
    }
    return 0;
}
