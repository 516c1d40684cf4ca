// SPDX-License-Identifier: Apache-2.0
/*
 * Log lines, both ways. Whatever a container prints gives one whole line of plain JSON, which the
 * reader takes back; what it took, written again, reads the same. And any bytes at all may stand in
 * a log.
 */
#include "base/timeutil.h"
#include "engine/logentry.h"
#include "monitor/internal.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WHEN 1767225845123456000ll

static void or_abort(bool good)
{
    if (!good) {
        abort();
    }
}

/* Written and read back: *ret_n bytes of text in buf. */
static void round_trip(const char *text, size_t n, bool newline, char *buf, size_t *ret_n)
{
    static char line[LOG_ENTRY_MAX];
    static struct logentry e;
    size_t len = logfile_entry(line, "stderr", text, n, newline, WHEN);

    or_abort(len <= sizeof(line) && line[len - 1] == '\n');
    for (size_t i = 0; i < len - 1; i++) {
        or_abort((unsigned char) line[i] >= 0x20);
    }
    or_abort(logentry_parse(line, len - 1, &e) == 0);
    or_abort(e.is_stderr && e.time == WHEN && e.attrs[0] == '\0' && e.n <= 3 * n + 1);
    or_abort(!newline || e.text[e.n - 1] == '\n');
    *ret_n = e.n - newline;
    memcpy(buf, e.text, *ret_n);
}

static void check_text(const char *text, size_t n, bool newline)
{
    static char once[3 * LINE_MAX_BYTES + 1];
    static char twice[3 * LINE_MAX_BYTES + 1];
    size_t n1;
    size_t n2;
    bool ascii = true;

    for (size_t i = 0; i < n; i++) {
        ascii = ascii && (unsigned char) text[i] < 0x80;
    }
    round_trip(text, n, newline, once, &n1);
    or_abort(!ascii || (n1 == n && memcmp(once, text, n) == 0));
    if (n1 <= LINE_MAX_BYTES) {
        round_trip(once, n1, newline, twice, &n2);
        or_abort(n2 == n1 && memcmp(once, twice, n1) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct logentry e;
    static char line[LINE_MAX_BYTES];

    if (size == 0 || size > sizeof(line)) {
        return 0;
    }
    check_text((const char *) data + 1, size - 1, data[0] & 1);
    memcpy(line, data, size);
    if (logentry_parse(line, size, &e) == 0) {
        or_abort(e.text >= line && e.text + e.n <= line + size &&
                 strlen(e.attrs) < sizeof(e.attrs));
    }
    return 0;
}
