// SPDX-License-Identifier: Apache-2.0
#include "runtime/report.h"

#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "base/strbuf.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LINE_MAX_BYTES 8192

static int log_fd = FD_NONE; /* FD_NONE: stderr */
static bool log_json;

static const char *level_name(enum log_level level)
{
    return level == LOG_LEVEL_WARN ? "warning" : log_level_to_string(level);
}

static void add_text(struct strbuf *b, const char *level, const char *msg, const char *when)
{
    strbuf_addf(b, "time=\"%s\" level=%s msg=\"", when, level);
    for (; *msg; msg++) {
        if (*msg == '"' || *msg == '\\') {
            strbuf_addc(b, '\\');
        }
        strbuf_addc(b, *msg);
    }
    strbuf_adds(b, "\"\n");
}

static void add_json(struct strbuf *b, const char *level, const char *msg, const char *when)
{
    CLEANUP(json) json_t *j = json_object();

    json_put(j, "level", json_text(level));
    json_put(j, "msg", json_text(msg));
    json_put(j, "time", json_text(when));
    cleanup_free char *text = json_dump(j);

    strbuf_addf(b, "%s\n", text);
}

static void write_line(enum log_level level, const char *msg)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(LINE_MAX_BYTES);
    char when[32];
    time_t now = time(NULL);
    struct tm tm;

    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
    (log_json ? add_json : add_text)(&b, level_name(level), msg, when);
    (void) fd_write_all(log_fd >= 0 ? log_fd : STDERR_FILENO, b.buf, b.len);
}

int report_open(const char *file, const char *format, bool debug, struct error *e)
{
    log_set_sink(write_line);
    if (debug) {
        log_set_level(LOG_LEVEL_DEBUG);
    }
    if (format && strcmp(format, "text") != 0 && strcmp(format, "json") != 0) {
        return err_set(e, ERR_INVALID, "unknown log-format \"%s\"", format);
    }
    log_json = format && strcmp(format, "json") == 0;
    if (file && *file) {
        log_fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (log_fd < 0) {
            return err_sys(e, errno, "open log file '%s'", file);
        }
    }
    return 0;
}

void report_error(const struct error *e)
{
    char text[sizeof(e->text) + sizeof(e->hint) + 4];

    snprintf(text, sizeof(text), e->hint[0] ? "%s (%s)" : "%s", e->text, e->hint);
    log_harmless(text);
    write_line(LOG_LEVEL_ERROR, text);
    if (log_fd >= 0) {
        fprintf(stderr, "%s\n", text);
    }
}
