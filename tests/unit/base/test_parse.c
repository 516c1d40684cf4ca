// SPDX-License-Identifier: Apache-2.0
/* Values as users type them: what Docker and Go accept, and nothing else. */
#include "base/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_sizes(void **state)
{
    static const struct {
        const char *text;
        int64_t value; /* -EINVAL, -ERANGE: refused so */
    } cases[] = {
        {"0", 0},
        {"512", 512},
        {"1k", 1024},
        {"1K", 1024},
        {"1kb", 1024},
        {"1KiB", 1024},
        {"64m", 64 << 20},
        {"1.5g", 1610612736},
        {"10 MiB", 10 << 20},
        {"1t", 1ll << 40},
        {"1p", 1ll << 50},
        {"5b", 5},
        {".5k", 512},
        {"", -EINVAL},
        {"x", -EINVAL},
        {"1x", -EINVAL},
        {"1kk", -EINVAL},
        {"-1", -EINVAL},
        {"1 k b", -EINVAL},
        {"1ki", -EINVAL},
        {".", -EINVAL},
        {"9999999p", -ERANGE},
        {"99999999999999999999", -ERANGE},
        {"1bi", -EINVAL},
        {"0x10", -EINVAL},
    };

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t v = 0;
        int r = parse_size(cases[i].text, &v);

        if (cases[i].value < 0) {
            assert_int_equal(r, cases[i].value);
        } else {
            assert_int_equal(r, 0);
            assert_int_equal(v, cases[i].value);
        }
    }
}

static void test_durations(void **state)
{
    static const struct {
        const char *text;
        int64_t ns; /* INT64_MIN: refused */
    } cases[] = {
        {"0", 0},
        {"1s", 1000000000},
        {"1h2m3.5s", 3723500000000},
        {"-5ms", -5000000},
        {"+1us", 1000},
        {"1\xc2\xb5s", 1000},
        {"100ns", 100},
        {"", INT64_MIN},
        {"5", INT64_MIN},
        {"s", INT64_MIN},
        {"1x", INT64_MIN},
        {"1s1", INT64_MIN},
        {"9999999999h", INT64_MIN},
    };

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t v = 7;
        int r = parse_duration(cases[i].text, &v);

        if (cases[i].ns == INT64_MIN) {
            assert_true(r < 0);
            assert_int_equal(v, 7);
        } else {
            assert_int_equal(r, 0);
            assert_int_equal(v, cases[i].ns);
        }
    }
}

static void test_numbers(void **state)
{
    int64_t i = 0;
    uint64_t u = 0;
    uint32_t id = 0;
    int64_t nano = 0;
    bool b = false;

    (void) state;
    assert_int_equal(parse_i64("-9223372036854775808", &i), 0);
    assert_true(i == INT64_MIN);
    assert_int_equal(parse_i64("9223372036854775808", &i), -ERANGE);
    assert_int_equal(parse_i64("1 ", &i), -EINVAL);
    assert_int_equal(parse_i64("-", &i), -EINVAL);
    assert_int_equal(parse_u64("18446744073709551615", &u), 0);
    assert_int_equal(parse_u64("18446744073709551616", &u), -ERANGE);
    assert_int_equal(parse_id("4294967294", &id), 0);
    assert_int_equal(parse_id("4294967295", &id), -ERANGE);
    assert_int_equal(parse_mode("1777", &id), 0);
    assert_int_equal(id, 01777);
    assert_int_equal(parse_mode("8", &id), -EINVAL);
    assert_int_equal(parse_mode("77777", &id), -ERANGE);
    assert_int_equal(parse_nano("1.5", &nano), 0);
    assert_int_equal(nano, 1500000000);
    assert_int_equal(parse_nano("0.0000000001", &nano), -EINVAL);
    assert_int_equal(parse_bool("True", &b), 0);
    assert_true(b);
    assert_int_equal(parse_bool("yes", &b), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
