// SPDX-License-Identifier: Apache-2.0
#include "base/timeutil.h"

#include "base/parse.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char never[] = "0001-01-01T00:00:00Z";

static int64_t clock_ns(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (int64_t) ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}

int64_t time_now(void)
{
    return clock_ns(CLOCK_REALTIME);
}

int64_t time_mono(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

const char *time_format_nano(int64_t t, char *buf, size_t size)
{
    time_t sec = (time_t) (t / NS_PER_SEC);
    long ns = (long) (t % NS_PER_SEC);
    struct tm tm;

    if (ns < 0) {
        ns += NS_PER_SEC;
        sec--;
    }
    gmtime_r(&sec, &tm);
    snprintf(buf, size, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", tm.tm_year + 1900, tm.tm_mon + 1,
             tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, ns);
    return buf;
}

const char *time_format(int64_t t, char *buf, size_t size)
{
    if (t == 0) {
        snprintf(buf, size, "%s", never);
        return buf;
    }
    time_format_nano(t, buf, size);
    size_t n = strlen(buf) - 1; /* at the Z */

    while (buf[n - 1] == '0') {
        n--;
    }
    if (buf[n - 1] == '.') {
        n--;
    }
    buf[n] = 'Z';
    buf[n + 1] = '\0';
    return buf;
}

/* Fraction digits behind a '.', as nanoseconds; moves *s behind them. */
static long parse_fraction(const char **s)
{
    long ns = 0;
    long unit = 100000000;
    const char *p = *s;

    if (*p != '.') {
        return 0;
    }
    for (p++; isdigit((unsigned char) *p); p++) {
        ns += unit * (*p - '0');
        unit /= 10;
    }
    *s = p;
    return ns;
}

/* "Z", "+02:00", or nothing when allowed (then *local is set). Seconds east in *ret. */
static int parse_zone(const char *s, bool allow_local, bool *local, long *ret)
{
    int h, m, n = 0;

    *local = false;
    *ret = 0;
    if (strcmp(s, "Z") == 0 || strcmp(s, "z") == 0) {
        return 0;
    }
    if (!*s && allow_local) {
        *local = true;
        return 0;
    }
    if ((*s != '+' && *s != '-') || sscanf(s + 1, "%2d:%2d%n", &h, &m, &n) != 2 || n != 5 || s[6] ||
        h > 23 || m > 59) {
        return -EINVAL;
    }
    *ret = (*s == '-' ? -1 : 1) * (h * 3600l + m * 60l);
    return 0;
}

static int parse_moment(const char *s, bool allow_local, int64_t *ret)
{
    struct tm tm = {.tm_isdst = -1, .tm_mday = 1};
    int y, mon, d, n = 0;
    long ns = 0;
    long east = 0;
    bool local = false;

    if (sscanf(s, "%4d-%2d-%2d%n", &y, &mon, &d, &n) != 3 || n != 10 || mon < 1 || mon > 12 ||
        d < 1 || d > 31) {
        return -EINVAL;
    }
    tm.tm_year = y - 1900;
    tm.tm_mon = mon - 1;
    tm.tm_mday = d;
    s += n;
    if (*s == 'T' || *s == 't' || *s == ' ') {
        int h, m, sec = 0;

        n = 0;
        if (sscanf(s + 1, "%2d:%2d:%2d%n", &h, &m, &sec, &n) != 3 || n != 8) {
            n = 0;
            sec = 0;
            if (!allow_local || sscanf(s + 1, "%2d:%2d%n", &h, &m, &n) != 2 || n != 5) {
                return -EINVAL;
            }
        }
        if (h > 23 || m > 59 || sec > 60) {
            return -EINVAL;
        }
        tm.tm_hour = h;
        tm.tm_min = m;
        tm.tm_sec = sec;
        s += 1 + n;
        ns = parse_fraction(&s);
    } else if (!allow_local) {
        return -EINVAL;
    }
    if (parse_zone(s, allow_local, &local, &east) < 0) {
        return -EINVAL;
    }
    if (y == 1) {
        *ret = 0;
        return 0;
    }
    if (y < 1678 || y > 2261) { /* what 64 bits of nanoseconds hold */
        return -EINVAL;
    }
    time_t t = local ? mktime(&tm) : timegm(&tm) - east;

    *ret = (int64_t) t * NS_PER_SEC + ns;
    return 0;
}

int time_parse(const char *s, int64_t *ret)
{
    return parse_moment(s, false, ret);
}

int time_parse_user(const char *s, int64_t now, int64_t *ret)
{
    int64_t v;
    size_t digits = strspn(s, "0123456789");

    if (parse_moment(s, true, ret) == 0) {
        return 0;
    }
    if (digits && (!s[digits] || s[digits] == '.')) {
        char whole[24];
        const char *rest = s + digits;

        if (digits >= sizeof(whole)) {
            return -EINVAL;
        }
        memcpy(whole, s, digits);
        whole[digits] = '\0';
        if (parse_i64(whole, &v) < 0 || v > INT64_MAX / NS_PER_SEC - 1) {
            return -EINVAL;
        }
        long ns = parse_fraction(&rest);

        if (*rest) {
            return -EINVAL;
        }
        *ret = v * NS_PER_SEC + ns;
        return 0;
    }
    if (parse_duration(s, &v) < 0) {
        return -EINVAL;
    }
    *ret = now - v;
    return 0;
}

const char *time_human(int64_t ns, char *buf, size_t size)
{
    int64_t sec = ns / NS_PER_SEC;
    int64_t min = sec / 60;
    int64_t hours = (min + 30) / 60; /* rounded, as go-units does */

    if (sec < 1) {
        snprintf(buf, size, "Less than a second");
    } else if (sec == 1) {
        snprintf(buf, size, "1 second");
    } else if (sec < 60) {
        snprintf(buf, size, "%lld seconds", (long long) sec);
    } else if (min == 1) {
        snprintf(buf, size, "About a minute");
    } else if (min < 60) {
        snprintf(buf, size, "%lld minutes", (long long) min);
    } else if (hours == 1) {
        snprintf(buf, size, "About an hour");
    } else if (hours < 48) {
        snprintf(buf, size, "%lld hours", (long long) hours);
    } else if (hours < 24 * 7 * 2) {
        snprintf(buf, size, "%lld days", (long long) hours / 24);
    } else if (hours < 24 * 30 * 2) {
        snprintf(buf, size, "%lld weeks", (long long) hours / 24 / 7);
    } else if (hours < 24 * 365 * 2) {
        snprintf(buf, size, "%lld months", (long long) hours / 24 / 30);
    } else {
        snprintf(buf, size, "%lld years", (long long) (sec / 3600 / 24 / 365));
    }
    return buf;
}
