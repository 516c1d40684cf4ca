// SPDX-License-Identifier: Apache-2.0
/* cpuset(7), "List format" */
#include "spec/cpulist.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void test_lists(void **state)
{
    unsigned char bits[2];

    (void) state;
    assert_int_equal(cpulist_parse("0-3,7", bits, sizeof(bits)), 0);
    assert_int_equal(bits[0], 0x8f);
    assert_int_equal(bits[1], 0);
    assert_int_equal(cpulist_parse("9", bits, sizeof(bits)), 0);
    assert_int_equal(bits[0], 0);
    assert_int_equal(bits[1], 2);
    assert_int_equal(cpulist_parse("0, 2-4\n", bits, sizeof(bits)), 0);
    assert_int_equal(bits[0], 0x1d);
}

static void test_refused(void **state)
{
    static const char *const bad[] = {"", ",", "1,", "1-", "-1", "3-1", "a", "1;2", "1,,2", "0x1"};
    unsigned char bits[2];

    (void) state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(cpulist_parse(bad[i], bits, sizeof(bits)), -EINVAL);
    }
    assert_int_equal(cpulist_parse("16", bits, sizeof(bits)), -ERANGE);
    assert_int_equal(cpulist_parse("0-16", bits, sizeof(bits)), -ERANGE);
    assert_int_equal(cpulist_parse("99999999999999999999", NULL, 0), -ERANGE);
    assert_int_equal(cpulist_parse("1023", NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lists),
                                       cmocka_unit_test(test_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
