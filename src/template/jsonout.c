// SPDX-License-Identifier: Apache-2.0
#include "template/jsonout.h"

#include "template/gotext.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void put_rune(struct strbuf *b, uint32_t r, bool html)
{
    static const char codes[] = "\b\f\n\r\t\"\\";
    static const char letters[] = "bfnrt\"\\";
    const char *p = r && r < 0x80 ? strchr(codes, (int) r) : NULL;

    if (p) {
        strbuf_addc(b, '\\');
        strbuf_addc(b, letters[p - codes]);
    } else if (r < ' ' || r == 0x2028 || r == 0x2029 ||
               (html && (r == '<' || r == '>' || r == '&'))) {
        strbuf_addf(b, "\\u%04x", r);
    } else {
        utf8_append(b, r);
    }
}

void jsonout_string(struct strbuf *b, const char *s, size_t n, bool html)
{
    uint32_t r;

    strbuf_addc(b, '"');
    while (n) {
        size_t len = utf8_decode(s, n, &r);

        if (r == RUNE_ERROR && len == 1) {
            strbuf_adds(b, "\\ufffd");
        } else {
            put_rune(b, r, html);
        }
        s += len;
        n -= len;
    }
    strbuf_addc(b, '"');
}

void jsonout_float(struct strbuf *b, double d)
{
    char buf[400];
    int precision = 0;

    if (!isfinite(d)) {
        strbuf_adds(b, "null"); /* JSON has none; jansson never gives one */
        return;
    }
    /* plain notation between 1e-6 and 1e21, as ECMAScript and Go have it */
    if (d == 0 || (fabs(d) >= 1e-6 && fabs(d) < 1e21)) {
        do {
            snprintf(buf, sizeof(buf), "%.*f", precision, d);
        } while (strtod(buf, NULL) != d && ++precision < 30);
        strbuf_adds(b, buf);
        return;
    }
    do {
        snprintf(buf, sizeof(buf), "%.*e", precision, d);
    } while (strtod(buf, NULL) != d && ++precision < 17);
    char *e = strchr(buf, 'e');
    long exponent = strtol(e + 1, NULL, 10);

    strbuf_addf(b, "%.*se%c%ld", (int) (e - buf), buf, exponent < 0 ? '-' : '+', labs(exponent));
}

static void new_line(struct strbuf *b, int indent, int level)
{
    if (indent) {
        strbuf_addf(b, "\n%*s", indent * level, "");
    }
}

void jsonout(struct strbuf *b, const json_t *j, int indent, int level, bool html)
{
    const char *key;
    const json_t *value;
    size_t i;
    size_t n = 0;

    switch (json_typeof(j)) {
    case JSON_OBJECT:
        strbuf_addc(b, '{');
        json_object_foreach ((json_t *) (uintptr_t) j, key, value) {
            strbuf_adds(b, n++ ? "," : "");
            new_line(b, indent, level + 1);
            jsonout_string(b, key, strlen(key), html);
            strbuf_adds(b, indent ? ": " : ":");
            jsonout(b, value, indent, level + 1, html);
        }
        if (n) {
            new_line(b, indent, level);
        }
        strbuf_addc(b, '}');
        break;
    case JSON_ARRAY:
        strbuf_addc(b, '[');
        json_array_foreach (j, i, value) {
            strbuf_adds(b, i ? "," : "");
            new_line(b, indent, level + 1);
            jsonout(b, value, indent, level + 1, html);
        }
        if (i) {
            new_line(b, indent, level);
        }
        strbuf_addc(b, ']');
        break;
    case JSON_STRING:
        jsonout_string(b, json_string_value(j), json_string_length(j), html);
        break;
    case JSON_INTEGER:
        strbuf_addf(b, "%lld", (long long) json_integer_value(j));
        break;
    case JSON_REAL:
        jsonout_float(b, json_real_value(j));
        break;
    case JSON_TRUE:
        strbuf_adds(b, "true");
        break;
    case JSON_FALSE:
        strbuf_adds(b, "false");
        break;
    case JSON_NULL:
        strbuf_adds(b, "null");
        break;
    }
}
