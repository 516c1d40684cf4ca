// SPDX-License-Identifier: Apache-2.0
/* JSON from outside: bounded, typed, and complaints that name the place. */
#include "base/json.h"
#include "base/strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_refused(const char *text, const char *sentence)
{
    struct error e = {0};

    assert_null(json_parse(text, strlen(text), "x", &e));
    assert_string_equal(e.text, sentence);
    assert_int_equal(e.kind, ERR_INVALID);
}

static void test_bounds(void **state)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(1 << 20);
    struct error e = {0};

    (void) state;
    for (int i = 0; i < 100000; i++) {
        strbuf_addc(&b, '[');
    }
    expect_refused(b.buf, "read x: JSON is nested deeper than 128 levels");
    assert_null(json_parse("", JSON_MAX_BYTES + 1, "x", &e));
    assert_string_equal(e.text, "read x: JSON of 16777217 bytes is over the limit of 16777216");
    expect_refused("{\"a\":1,\"a\":2}",
                   "read x: line 1 column 10: duplicate object key near '\"a\"'");
    expect_refused("{\"a\": \"\\u0000\"}", "read x: line 1 column 14: \\u0000 is not allowed "
                                           "without JSON_ALLOW_NUL near '\"\\u0000\"'");
    /* brackets in strings do not count */
    const char *quoted = "[\"[[[[\\\"[[\"]";
    CLEANUP(json) json_t *j = json_parse(quoted, strlen(quoted), "x", &e);

    assert_non_null(j);
}

static void test_types(void **state)
{
    CLEANUP(json)
    json_t *j = json_loads("{\"s\": 1, \"n\": \"x\", \"l\": [\"a\", 2], \"z\": null}", 0, NULL);
    cleanup_free char *s = xstrdup("before");
    CLEANUP(strv) struct strv v = STRV_INIT;
    struct error e = {0};
    int64_t n = 5;

    (void) state;
    assert_int_equal(json_get_string(j, "config", "s", &s, &e), -1);
    assert_string_equal(e.text, "config.s: expected a string");
    assert_int_equal(json_get_string(j, "config", "z", &s, &e), 0);
    assert_string_equal(s, "before");
    assert_int_equal(json_get_i64(j, "", "n", &n, &e), -1);
    assert_string_equal(e.text, "n: expected a whole number");
    assert_int_equal(json_get_strv(j, "config", "l", &v, &e), -1);
    assert_string_equal(e.text, "config.l[1]: expected a string");
    assert_int_equal(json_get_i64(j, "", "absent", &n, &e), 0);
    assert_int_equal(n, 5);
}

static void test_text_that_is_not_utf8(void **state)
{
    (void) state;
    CLEANUP(json)
    json_t *j = json_text("a\xff"
                          "b");

    assert_string_equal(json_string_value(j), "a\xef\xbf\xbd"
                                              "b");
}

/* Numbers of 64 bits without sign, which jansson alone refuses. */
static void test_wide_numbers(void **state)
{
    static const char text[] = "{\"a\":18446744073709551615,\"b\":9223372036854775807,"
                               "\"c\":\"18446744073709551615\",\"d\":\"\\\"9223372036854775808\","
                               "\"e\":[9223372036854775808]}";
    struct error e = {0};
    uint64_t n = 0;

    (void) state;
    CLEANUP(json) json_t *j = json_parse_wide(text, strlen(text), "x", &e);

    assert_non_null(j);
    assert_int_equal(json_get_u64(j, "", "a", &n, &e), 0);
    assert_true(n == UINT64_MAX);
    assert_int_equal(json_get_u64(j, "", "b", &n, &e), 0);
    assert_true(n == INT64_MAX);
    assert_int_equal(json_get_u64(j, "w", "c", &n, &e), -1);
    assert_string_equal(e.text, "w.c: expected a whole number that is not negative");
    assert_string_equal(json_str(j, "d"), "\"9223372036854775808");
    for (size_t i = 0; i < 3; i++) {
        static const char *const bad[] = {"[18446744073709551616]", "[-9223372036854775809]",
                                          "[18446744073709551615"};

        assert_null(json_parse_wide(bad[i], strlen(bad[i]), "x", &e));
        assert_int_equal(e.kind, ERR_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_wide_numbers),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_text_that_is_not_utf8),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
