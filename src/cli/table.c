// SPDX-License-Identifier: Apache-2.0
#include "cli/table.h"

#include "base/timeutil.h"
#include "template/gotext.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct cell {
    const char *text;
    size_t len;
    size_t columns; /* characters */
    size_t width;   /* of its column; 0: not known yet */
};

struct line {
    struct cell *cells; /* the last one is not ended by a tab */
    size_t count;
};

static void split_line(struct line *l, const char *s, size_t n)
{
    size_t alloc = 0;

    for (;;) {
        const char *tab = memchr(s, '\t', n);
        size_t len = tab ? (size_t) (tab - s) : n;

        if (l->count == alloc) {
            alloc = alloc ? alloc * 2 : 16;
            l->cells = xrealloc_array(l->cells, alloc, sizeof(*l->cells));
        }
        l->cells[l->count++] = (struct cell){s, len, utf8_count(s, len), 0};
        if (!tab) {
            return;
        }
        s += len + 1;
        n -= len + 1;
    }
}

/* Gives one column its widths, block by block. */
static void size_column(struct line *lines, size_t count, size_t column, size_t min_width,
                        size_t padding)
{
    size_t i = 0;

    while (i < count) {
        size_t width = min_width;
        size_t end = i;

        /* the block: lines whose cell in this column is ended by a tab */
        for (; end < count && lines[end].count > column + 1; end++) {
            width = MAX(width, lines[end].cells[column].columns + padding);
        }
        for (; i < end; i++) {
            lines[i].cells[column].width = width;
        }
        i++;
    }
}

static void print_line(struct strbuf *out, const struct line *l)
{
    for (size_t c = 0; c < l->count; c++) {
        const struct cell *cell = &l->cells[c];

        strbuf_add(out, cell->text, cell->len);
        if (c + 1 < l->count) {
            strbuf_addf(out, "%*s", (int) (cell->width - cell->columns), "");
        }
    }
}

void table_format(struct strbuf *out, const char *text, size_t n, int min_width, int padding)
{
    struct line *lines = NULL;
    size_t count = 0;
    size_t alloc = 0;
    size_t columns = 0;

    for (;;) {
        const char *end = memchr(text, '\n', n);
        size_t len = end ? (size_t) (end - text) : n;

        if (count == alloc) {
            alloc = alloc ? alloc * 2 : 64;
            lines = xrealloc_array(lines, alloc, sizeof(*lines));
        }
        lines[count] = (struct line){0};
        split_line(&lines[count], text, len);
        columns = MAX(columns, lines[count].count);
        count++;
        if (!end) {
            break;
        }
        text += len + 1;
        n -= len + 1;
    }
    for (size_t c = 0; c + 1 < columns; c++) {
        size_column(lines, count, c, (size_t) min_width, (size_t) padding);
    }
    for (size_t i = 0; i < count; i++) {
        print_line(out, &lines[i]);
        if (i + 1 < count) {
            strbuf_addc(out, '\n');
        }
        free(lines[i].cells);
    }
    free(lines);
}

static const char *scaled(int64_t bytes, double base, const char *const *units, size_t count,
                          int digits, char *buf, size_t size)
{
    double v = (double) bytes;
    size_t unit = 0;

    while (v >= base && unit + 1 < count) {
        v /= base;
        unit++;
    }
    snprintf(buf, size, "%.*g%s", digits, v, units[unit]);
    return buf;
}

static const char *const decimal_units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
static const char *const binary_units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

const char *human_size(int64_t bytes, char *buf, size_t size)
{
    return scaled(bytes, 1000, decimal_units, ARRAY_SIZE(decimal_units), 3, buf, size);
}

const char *human_size_long(int64_t bytes, char *buf, size_t size)
{
    return scaled(bytes, 1000, decimal_units, ARRAY_SIZE(decimal_units), 4, buf, size);
}

const char *human_bytes(int64_t bytes, char *buf, size_t size)
{
    return scaled(bytes, 1024, binary_units, ARRAY_SIZE(binary_units), 4, buf, size);
}

const char *human_ago(int64_t t, int64_t now, char *buf, size_t size)
{
    char duration[40];

    snprintf(buf, size, "%s ago", time_human(now - t, duration, sizeof(duration)));
    return buf;
}

const char *human_moment(int64_t t, char *buf, size_t size)
{
    time_t sec = (time_t) (t / NS_PER_SEC);
    struct tm tm;

    if (!localtime_r(&sec, &tm) || strftime(buf, size, "%Y-%m-%d %H:%M:%S %z %Z", &tm) == 0) {
        snprintf(buf, size, "%lld", (long long) sec);
    }
    return buf;
}

char *text_ellipsis(const char *s, size_t max)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(SIZE_MAX / 4);
    size_t n = strlen(s);
    size_t len = 0;
    uint32_t r;

    if (max == 0 || utf8_count(s, n) <= max) {
        return xstrdup(max ? s : "");
    }
    for (size_t i = 0; i + 1 < max; i++) {
        len += utf8_decode(s + len, n - len, &r);
    }
    strbuf_add(&b, s, len);
    strbuf_adds(&b, "\xe2\x80\xa6");
    return strbuf_take(&b);
}
