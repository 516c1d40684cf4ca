// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static enum log_level current_level = LOG_LEVEL_INFO;

static log_sink *current_sink;

static const char *const level_names[LOG_LEVEL_COUNT] = {
    [LOG_LEVEL_DEBUG] = "debug", [LOG_LEVEL_INFO] = "info",   [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_FATAL] = "fatal",
};

void log_set_level(enum log_level level)
{
    current_level = level;
}

void log_set_sink(log_sink *sink)
{
    current_sink = sink;
}

enum log_level log_get_level(void)
{
    return current_level;
}

int log_level_from_string(const char *name, enum log_level *ret)
{
    for (int i = 0; i < LOG_LEVEL_COUNT; i++) {
        if (strcmp(level_names[i], name) == 0) {
            *ret = (enum log_level) i;
            return 0;
        }
    }
    return -EINVAL;
}

const char *log_level_to_string(enum log_level level)
{
    return level_names[level];
}

void log_harmless(char *text)
{
    for (unsigned char *p = (unsigned char *) text; *p; p++) {
        if (*p < ' ' || *p == 0x7f) {
            *p = '?';
        } else if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) {
            p[0] = p[1] = '?'; /* U+0080 to U+009F: ESC and the next letter in one */
        }
    }
}

void log_msg(enum log_level level, const char *fmt, ...)
{
    char line[1200];
    va_list ap;
    int n = 0;

    if (level < current_level) {
        return;
    }
    if (!current_sink) {
        n = snprintf(line, sizeof(line),
                     "hoy: %s: ", level == LOG_LEVEL_WARN ? "warning" : level_names[level]);
    }
    va_start(ap, fmt);
    n += vsnprintf(line + n, sizeof(line) - (size_t) n, fmt, ap);
    va_end(ap);
    if ((size_t) n > sizeof(line) - 2) {
        n = (int) sizeof(line) - 2;
    }
    line[n] = '\0';
    log_harmless(line);
    if (current_sink) {
        current_sink(level, line);
        return;
    }
    line[n++] = '\n';
    /* One write, so that lines of several processes do not mix. */
    if (write(STDERR_FILENO, line, (size_t) n) < 0) {
        return; /* nobody listens: nothing better to do */
    }
}
