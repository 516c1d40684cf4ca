// SPDX-License-Identifier: Apache-2.0
/* The lines that callers parse, byte for byte but for the time. */
#include "base/fd.h"
#include "base/log.h"
#include "runtime/report.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* What the log file holds after one error, with T in the place of every time. */
static char *line_of(const char *format, const char *sentence)
{
    char path[] = "/tmp/hoy-report.XXXXXX";
    cleanup_close int made = mkstemp(path);
    struct error e = {0};
    char *text = NULL;

    assert_true(made >= 0);
    assert_int_equal(report_open(path, format, false, &e), 0);
    err_set(&e, ERR_INVALID, "%s", sentence);
    /* What goes to stderr as well is not wanted in the test's output. */
    cleanup_close int saved = fd_dup_cloexec(STDERR_FILENO);
    cleanup_close int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    dup2(null, STDERR_FILENO);
    report_error(&e);
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    assert_int_equal(file_read(AT_FDCWD, path, 4096, &text, NULL), 0);
    unlink(path);
    char *when = strstr(text, "20");

    assert_non_null(when);
    assert_int_equal(when[19], 'Z'); /* 2026-01-02T03:04:05Z */
    memmove(when + 1, when + 20, strlen(when + 20) + 1);
    *when = 'T';
    return text;
}

static void text_and_json(void **state)
{
    cleanup_free char *text = line_of(NULL, "it \"said\" a\\b\nc");
    cleanup_free char *json = line_of("json", "it \"said\" a\\b\nc");

    (void) state;
    assert_string_equal(text, "time=\"T\" level=error msg=\"it \\\"said\\\" a\\\\b?c\"\n");
    assert_string_equal(
        json, "{\"level\":\"error\",\"msg\":\"it \\\"said\\\" a\\\\b?c\",\"time\":\"T\"}\n");
}

static void other_formats_and_places(void **state)
{
    struct error e = {0};

    (void) state;
    assert_int_equal(report_open(NULL, "xml", false, &e), -1);
    assert_string_equal(e.text, "unknown log-format \"xml\"");
    assert_int_equal(report_open("/dev/null/log", "json", false, &e), -1);
    assert_string_equal(e.text, "open log file '/dev/null/log': not a directory");
    log_set_sink(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_json),
        cmocka_unit_test(other_formats_and_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
