// SPDX-License-Identifier: Apache-2.0
#include "cli/table.h"

#include "base/timeutil.h"
#include "template/gotext.h"
#include "template/jsonout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void formats(const char *text, const char *expected)
{
    CLEANUP(strbuf) struct strbuf out = STRBUF_INIT(1 << 20);

    table_format(&out, text, strlen(text), 10, 3);
    assert_string_equal(out.buf, expected);
}

static void test_columns(void **state)
{
    (void) state;
    formats("REPOSITORY\tTAG\tIMAGE ID\nbusybox\tlatest\t138fc10b1ec3\n",
            "REPOSITORY   TAG       IMAGE ID\nbusybox      latest    138fc10b1ec3\n");
    /* characters are counted, not bytes */
    formats("A\tB\n\xc3\xa9\xc3\xa9\xc3\xa9\tx\n",
            "A         B\n\xc3\xa9\xc3\xa9\xc3\xa9       x\n");
    formats("\t\tx\n", "                    x\n");
    formats("", "");
    formats("no tab\n", "no tab\n");
}

static void test_blocks(void **state)
{
    (void) state;
    /* a line without the cell ends the block: the lines below are sized anew */
    formats("aaaaaaaaaaaaaaa\tb\nplain\nc\td\n", "aaaaaaaaaaaaaaa   b\nplain\nc         d\n");
}

static void is_size(int64_t bytes, const char *expected, const char *expected_long)
{
    char buf[32];

    assert_string_equal(human_size(bytes, buf, sizeof(buf)), expected);
    assert_string_equal(human_size_long(bytes, buf, sizeof(buf)), expected_long);
}

static void test_sizes(void **state)
{
    char buf[32];

    (void) state;
    is_size(0, "0B", "0B");
    is_size(999, "999B", "999B");
    is_size(1000, "1kB", "1kB");
    is_size(1985662, "1.99MB", "1.986MB");
    is_size(123456789, "123MB", "123.5MB");
    is_size(INT64_MAX, "9.22EB", "9.223EB");
    assert_string_equal(human_bytes(25276502016, buf, sizeof(buf)), "23.54GiB");
    assert_string_equal(human_bytes(1023, buf, sizeof(buf)), "1023B");
}

static void test_moments(void **state)
{
    const int64_t t = 1790000000ll * NS_PER_SEC;
    char buf[64];

    (void) state;
    assert_string_equal(human_ago(t, t, buf, sizeof(buf)), "Less than a second ago");
    assert_string_equal(human_ago(t, t + 90 * NS_PER_SEC, buf, sizeof(buf)), "About a minute ago");
    assert_string_equal(human_ago(t, t + 2 * 3600 * NS_PER_SEC, buf, sizeof(buf)), "2 hours ago");
    assert_int_equal(setenv("TZ", "UTC0", 1), 0);
    tzset();
    assert_string_equal(human_moment(t, buf, sizeof(buf)), "2026-09-21 14:13:20 +0000 UTC");
}

static void test_ellipsis(void **state)
{
    static const struct {
        const char *text;
        size_t max;
        const char *expected;
    } cases[] = {
        {"sleep 100", 20, "sleep 100"},
        {"sh -c 'trap \"exit 0\" TERM'", 20, "sh -c 'trap \"exit 0\xe2\x80\xa6"},
        {"abc", 3, "abc"},
        {"abcd", 3, "ab\xe2\x80\xa6"},
        {"\xc3\xa9\xc3\xa9\xc3\xa9", 2, "\xc3\xa9\xe2\x80\xa6"},
        {"abc", 1, "\xe2\x80\xa6"},
    };

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        cleanup_free char *s = text_ellipsis(cases[i].text, cases[i].max);

        assert_string_equal(s, cases[i].expected);
    }
}

static void test_quote(void **state)
{
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        {"a\"b\\c", "\"a\\\"b\\\\c\""},
        {"\a\b\f\n\r\t\v", "\"\\a\\b\\f\\n\\r\\t\\v\""},
        {"\x01\x1b\x7f", "\"\\x01\\x1b\\x7f\""},
        {"\xff"
         "a",
         "\"\\xffa\""},
        {"h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "\"h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\""},
        {"\xc2\xa0\xe2\x80\x8b\xef\xbb\xbf", "\"\\u00a0\\u200b\\ufeff\""},
        {"'", "\"'\""},
    };

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        cleanup_free char *q = go_quoted(cases[i].text);

        assert_string_equal(q, cases[i].expected);
    }
}

static void test_utf8(void **state)
{
    /* overlong, surrogate, too large, cut off: each byte is one bad character */
    static const char *const bad[] = {"\xc0\x80",         "\xe0\x80\x80", "\xed\xa0\x80",
                                      "\xf4\x90\x80\x80", "\xe2\x82",     "\x80"};
    uint32_t r;

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_int_equal(utf8_decode(bad[i], strlen(bad[i]), &r), 1);
        assert_int_equal(r, RUNE_ERROR);
    }
    assert_int_equal(utf8_decode("\xef\xbf\xbd", 3, &r), 3);
    assert_int_equal(utf8_count("a\xc3\xa9\xff", 4), 3);
}

static void test_json(void **state)
{
    static const char text[] =
        "{\"b\": [], \"a\": {\"x\": [1, -2.5, true, null]}, \"s\": \"<\\u001b\\\"\\u2028&>\", "
        "\"e\": {}}";
    CLEANUP(strbuf) struct strbuf out = STRBUF_INIT(1 << 20);
    struct error e = {0};
    CLEANUP(json) json_t *j = json_parse(text, strlen(text), "text", &e);

    (void) state;
    jsonout(&out, j, 0, 0, true);
    assert_string_equal(out.buf, "{\"b\":[],\"a\":{\"x\":[1,-2.5,true,null]},\"s\":"
                                 "\"\\u003c\\u001b\\\"\\u2028\\u0026\\u003e\",\"e\":{}}");
    strbuf_reset(&out);
    jsonout(&out, j, 4, 0, false);
    assert_string_equal(out.buf, "{\n    \"b\": [],\n    \"a\": {\n        \"x\": [\n            "
                                 "1,\n            -2.5,\n            true,\n            null\n"
                                 "        ]\n    },\n    \"s\": \"<\\u001b\\\"\\u2028&>\",\n"
                                 "    \"e\": {}\n}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns),  cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_sizes),    cmocka_unit_test(test_moments),
        cmocka_unit_test(test_ellipsis), cmocka_unit_test(test_quote),
        cmocka_unit_test(test_utf8),     cmocka_unit_test(test_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
