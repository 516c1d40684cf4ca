// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"
#include "base/strbuf.h"
#include "base/strv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_strbuf_bounded(void **state)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(10);

    (void) state;
    strbuf_adds(&b, "12345");
    strbuf_addf(&b, "%d", 67890);
    assert_true(strbuf_ok(&b));
    strbuf_addc(&b, 'x');
    assert_false(strbuf_ok(&b));
    assert_string_equal(b.buf, "1234567890");
    strbuf_reset(&b);
    strbuf_adds(&b, "");
    assert_string_equal(b.buf, "");
    cleanup_free char *s = strbuf_take(&b);

    assert_string_equal(s, "");
}

static void test_strv(void **state)
{
    CLEANUP(strv) struct strv v = STRV_INIT;

    (void) state;
    assert_null(strv_argv(&v)[0]);
    strv_split(&v, ",a,,b,c,", ",");
    assert_int_equal(v.count, 3);
    assert_null(v.items[3]);
    strv_remove(&v, 1);
    cleanup_free char *joined = strv_join(&v, "-");

    assert_string_equal(joined, "a-c");
    assert_true(strv_contains(&v, "c"));
    assert_false(strv_contains(&v, "b"));
}

static void test_env(void **state)
{
    CLEANUP(strv) struct strv env = STRV_INIT;

    (void) state;
    env_set(&env, "A=1");
    env_set(&env, "AB=2");
    env_set(&env, "A=3=4");
    assert_int_equal(env.count, 2);
    assert_string_equal(env_get(&env, "A"), "3=4");
    env_unset(&env, "A");
    assert_null(env_get(&env, "A"));
    assert_string_equal(env_get(&env, "AB"), "2");
}

static void test_harmless(void **state)
{
    char text[] = "a\x1b[2Jb\nc\x7f \xc3\xa9\xc2\x9b\xc2\xa9";
    char torn[] = "\xc2";

    (void) state;
    log_harmless(text);
    assert_string_equal(text, "a?[2Jb?c? \xc3\xa9??\xc2\xa9");
    log_harmless(torn);
    assert_string_equal(torn, "\xc2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strbuf_bounded),
        cmocka_unit_test(test_strv),
        cmocka_unit_test(test_env),
        cmocka_unit_test(test_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
