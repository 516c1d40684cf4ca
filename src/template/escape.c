// SPDX-License-Identifier: Apache-2.0
/* html, js and urlquery: text for other languages, as Go's text/template escapes it. */
#include "template/gotext.h"
#include "template/internal.h"

#include <ctype.h>
#include <string.h>

static void escape_html(struct strbuf *b, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        switch (s[i]) {
        case '\0':
            strbuf_adds(b, "\xef\xbf\xbd");
            break;
        case '"':
            strbuf_adds(b, "&#34;");
            break;
        case '\'':
            strbuf_adds(b, "&#39;");
            break;
        case '&':
            strbuf_adds(b, "&amp;");
            break;
        case '<':
            strbuf_adds(b, "&lt;");
            break;
        case '>':
            strbuf_adds(b, "&gt;");
            break;
        default:
            strbuf_addc(b, s[i]);
            break;
        }
    }
}

static void escape_js(struct strbuf *b, const char *s, size_t n)
{
    uint32_t r;

    while (n) {
        size_t len = utf8_decode(s, n, &r);

        if (r && r < 0x80 && strchr("\\'\"", (int) r)) {
            strbuf_addc(b, '\\');
            strbuf_addc(b, (char) r);
        } else if (r < 0x80 ? r >= ' ' && !strchr("<>&=", (int) r) : go_is_print(r)) {
            strbuf_add(b, s, len);
        } else {
            strbuf_addf(b, "\\u%04X", r);
        }
        s += len;
        n -= len;
    }
}

static void escape_url(struct strbuf *b, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char) s[i];

        if (c == ' ') {
            strbuf_addc(b, '+');
        } else if (c < 0x80 && (isalnum(c) || (c && strchr("-_.~", c)))) {
            strbuf_addc(b, (char) c);
        } else {
            strbuf_addf(b, "%%%02X", c);
        }
    }
}

static int escape(struct exec *x, const struct value *args, size_t n, struct value *ret,
                  void (*write)(struct strbuf *b, const char *s, size_t n))
{
    CLEANUP(strbuf) struct strbuf text = STRBUF_INIT(TEMPLATE_MAX_OUTPUT);
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(TEMPLATE_MAX_OUTPUT);
    struct value printable[FUNCTION_ARGS_MAX];

    for (size_t i = 0; i < n; i++) {
        printable[i] = args[i].kind <= VALUE_NULL ? value_string("<no value>", 10) : args[i];
    }
    function_print(x, printable, n, &text);
    write(&b, text.buf, text.len);
    return exec_keep(x, &b, ret);
}

int function_html(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    return escape(x, args, n, ret, escape_html);
}

int function_js(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    return escape(x, args, n, ret, escape_js);
}

int function_urlquery(struct exec *x, const struct value *args, size_t n, struct value *ret)
{
    return escape(x, args, n, ret, escape_url);
}
