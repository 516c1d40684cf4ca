// SPDX-License-Identifier: Apache-2.0
/*
 * One entry of Docker's json-file log: {"log":"...\n","stream":"stdout","time":"..."}, escaped
 * as Docker's own writer does it, so that tools which compare or parse its files see no difference.
 */
#include "monitor/internal.h"

#include "base/timeutil.h"

#include <string.h>
#include <time.h>

static const char hex[] = "0123456789abcdef";

static size_t put_digits(char *buf, size_t len, unsigned v, unsigned count)
{
    for (unsigned i = count; i > 0; i--) {
        buf[len + i - 1] = (char) ('0' + v % 10);
        v /= 10;
    }
    return len + count;
}

/* RFC 3339 in UTC, nanoseconds without trailing zeros, as Go's encoder writes it. */
static size_t put_time(char *buf, size_t len, int64_t t)
{
    static time_t cached_sec = -1;
    static char cached[20];
    time_t sec = (time_t) (t / NS_PER_SEC);
    unsigned ns = (unsigned) (t % NS_PER_SEC);

    if (sec != cached_sec) {
        struct tm tm;
        size_t n;

        gmtime_r(&sec, &tm);
        n = put_digits(cached, 0, (unsigned) tm.tm_year + 1900, 4);
        cached[n++] = '-';
        n = put_digits(cached, n, (unsigned) tm.tm_mon + 1, 2);
        cached[n++] = '-';
        n = put_digits(cached, n, (unsigned) tm.tm_mday, 2);
        cached[n++] = 'T';
        n = put_digits(cached, n, (unsigned) tm.tm_hour, 2);
        cached[n++] = ':';
        n = put_digits(cached, n, (unsigned) tm.tm_min, 2);
        cached[n++] = ':';
        n = put_digits(cached, n, (unsigned) tm.tm_sec, 2);
        cached[n] = '\0';
        cached_sec = sec;
    }
    len = text_str(buf, len, cached);
    if (ns > 0) {
        buf[len++] = '.';
        len = put_digits(buf, len, ns, 9);
        while (buf[len - 1] == '0') {
            len--;
        }
    }
    buf[len++] = 'Z';
    return len;
}

/* Length of the UTF-8 sequence at s, 0 when it is none (RFC 3629: no surrogates, shortest form). */
static size_t utf8_length(const unsigned char *s, size_t n)
{
    unsigned char lo = 0x80;
    unsigned char hi = 0xbf;
    size_t need = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;

    if (s[0] < 0xc2 || s[0] > 0xf4 || n < need) {
        return 0;
    }
    switch (s[0]) {
    case 0xe0:
        lo = 0xa0;
        break;
    case 0xed:
        hi = 0x9f;
        break;
    case 0xf0:
        lo = 0x90;
        break;
    case 0xf4:
        hi = 0x8f;
        break;
    default:
        break;
    }
    if (s[1] < lo || s[1] > hi) {
        return 0;
    }
    for (size_t i = 2; i < need; i++) {
        if (s[i] < 0x80 || s[i] > 0xbf) {
            return 0;
        }
    }
    return need;
}

static size_t put_ascii(char *buf, size_t len, unsigned char c)
{
    switch (c) {
    case '"':
    case '\\':
        buf[len++] = '\\';
        buf[len++] = (char) c;
        return len;
    case '\n':
        return text_str(buf, len, "\\n");
    case '\r':
        return text_str(buf, len, "\\r");
    default:
        len = text_str(buf, len, "\\u00");
        buf[len++] = hex[c >> 4];
        buf[len++] = hex[c & 15];
        return len;
    }
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

static size_t put_text(char *buf, size_t len, const char *text, size_t n)
{
    const unsigned char *s = (const unsigned char *) text;

    for (size_t i = 0; i < n;) {
        size_t run = i;

        while (run < n && is_plain(s[run])) {
            run++;
        }
        memcpy(buf + len, s + i, run - i);
        len += run - i;
        i = run;
        if (i == n) {
            break;
        }
        if (s[i] < 0x80) {
            len = put_ascii(buf, len, s[i]);
            i++;
            continue;
        }
        size_t k = utf8_length(s + i, n - i);

        if (k == 0) {
            len = text_str(buf, len, "\\ufffd");
            i++;
        } else if (k == 3 && s[i] == 0xe2 && s[i + 1] == 0x80 && (s[i + 2] & 0xfe) == 0xa8) {
            len = text_str(buf, len, s[i + 2] == 0xa8 ? "\\u2028" : "\\u2029");
            i += k;
        } else {
            memcpy(buf + len, s + i, k);
            len += k;
            i += k;
        }
    }
    return len;
}

size_t logfile_entry(char *buf, const char *stream, const char *text, size_t n, bool newline,
                     int64_t when)
{
    size_t len = text_str(buf, 0, "{\"log\":\"");

    len = put_text(buf, len, text, n);
    if (newline) {
        len = text_str(buf, len, "\\n");
    }
    len = text_str(buf, text_str(buf, len, "\",\"stream\":\""), stream);
    len = put_time(buf, text_str(buf, len, "\",\"time\":\""), when);
    return text_str(buf, len, "\"}\n");
}
