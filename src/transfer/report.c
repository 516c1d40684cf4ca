// SPDX-License-Identifier: Apache-2.0
#include "transfer/report.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/timeutil.h"
#include "transfer/cancel.h"

#include <string.h>
#include <sys/stat.h>

#define RESULT_FD 3

static int out = STDOUT_FILENO;

void report_init(void)
{
    struct stat st;

    if (fstat(RESULT_FD, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))) {
        out = RESULT_FD;
        fd_set_cloexec(out, true);
    }
}

void report_line(const char *type, json_t *j)
{
    CLEANUP(json) json_t *line = json_object();

    json_put(line, "type", json_string(type));
    json_object_update(line, j);
    json_decref(j);
    char *text = json_dump(line);
    cleanup_free char *with_end = xasprintf("%s\n", text);

    free(text);
    if (fd_write_all(out, with_end, strlen(with_end)) == -EPIPE) {
        cancel_now();
    }
}

void report_progress(const char *action, int64_t bytes, int64_t total)
{
    static int64_t next;
    int64_t now = time_mono();

    if (now < next) {
        return;
    }
    /* The first tells after a while: short work stays silent. */
    if (next) {
        json_t *j = json_object();

        json_put(j, "action", json_string(action));
        json_put(j, "bytes", json_integer(bytes));
        if (total >= 0) {
            json_put(j, "total", json_integer(total));
        }
        report_line("progress", j);
    }
    next = now + NS_PER_SEC / 10;
}

void report_error(const struct error *e)
{
    json_t *j = json_object();

    json_put(j, "kind", json_string(err_kind_to_string(e->kind)));
    json_put(j, "text", json_text(e->text));
    if (e->errnum) {
        json_put(j, "errno", json_integer(e->errnum));
    }
    if (e->hint[0]) {
        json_put(j, "hint", json_text(e->hint));
    }
    report_line("error", j);
}
