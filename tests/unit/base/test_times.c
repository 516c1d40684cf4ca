// SPDX-License-Identifier: Apache-2.0
#include "base/timeutil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_format(void **state)
{
    char buf[40];

    (void) state;
    assert_string_equal(time_format(0, buf, sizeof(buf)), "0001-01-01T00:00:00Z");
    assert_string_equal(time_format(1000000000ll * NS_PER_SEC, buf, sizeof(buf)),
                        "2001-09-09T01:46:40Z");
    assert_string_equal(time_format(1000000000ll * NS_PER_SEC + 120000000, buf, sizeof(buf)),
                        "2001-09-09T01:46:40.12Z");
    assert_string_equal(time_format_nano(1000000000ll * NS_PER_SEC, buf, sizeof(buf)),
                        "2001-09-09T01:46:40.000000000Z");
}

static void test_parse(void **state)
{
    int64_t t = 1;

    (void) state;
    assert_int_equal(time_parse("2001-09-09T01:46:40.5Z", &t), 0);
    assert_int_equal(t, 1000000000ll * NS_PER_SEC + 500000000);
    assert_int_equal(time_parse("2001-09-09T03:46:40+02:00", &t), 0);
    assert_int_equal(t, 1000000000ll * NS_PER_SEC);
    assert_int_equal(time_parse("0001-01-01T00:00:00Z", &t), 0);
    assert_int_equal(t, 0);
    assert_int_equal(time_parse("2001-09-09", &t), -EINVAL);
    assert_int_equal(time_parse("2001-13-09T01:46:40Z", &t), -EINVAL);
    assert_int_equal(time_parse("9999-01-01T01:46:40Z", &t), -EINVAL);
    assert_int_equal(time_parse("2001-09-09T01:46:40Zx", &t), -EINVAL);
}

static void test_user(void **state)
{
    int64_t now = 2000000000ll * NS_PER_SEC;
    int64_t t = 0;

    (void) state;
    assert_int_equal(time_parse_user("10m", now, &t), 0);
    assert_int_equal(t, now - 600 * NS_PER_SEC);
    assert_int_equal(time_parse_user("1000000000", now, &t), 0);
    assert_int_equal(t, 1000000000ll * NS_PER_SEC);
    assert_int_equal(time_parse_user("1000000000.25", now, &t), 0);
    assert_int_equal(t, 1000000000ll * NS_PER_SEC + 250000000);
    assert_int_equal(time_parse_user("2001-09-09T01:46:40Z", now, &t), 0);
    assert_int_equal(time_parse_user("x", now, &t), -EINVAL);
    assert_int_equal(time_parse_user("", now, &t), -EINVAL);
    assert_int_equal(time_parse_user("99999999999999999999999999", now, &t), -EINVAL);
}

static void test_human(void **state)
{
    static const struct {
        int64_t sec;
        const char *text;
    } cases[] = {
        {0, "Less than a second"}, {1, "1 second"},          {59, "59 seconds"},
        {60, "About a minute"},    {119, "About a minute"},  {120, "2 minutes"},
        {3599, "59 minutes"},      {3600, "About an hour"},  {2 * 3600, "2 hours"},
        {47 * 3600, "47 hours"},   {48 * 3600, "2 days"},    {14 * 86400, "2 weeks"},
        {60 * 86400, "2 months"},  {730 * 86400, "2 years"},
    };
    char buf[40];

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_string_equal(time_human(cases[i].sec * NS_PER_SEC, buf, sizeof(buf)), cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_user),
        cmocka_unit_test(test_human),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
