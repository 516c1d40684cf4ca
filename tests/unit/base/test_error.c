// SPDX-License-Identifier: Apache-2.0
/* Sentences: what is put in front, what is cut, and that the cause stays. */
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_sys(void **state)
{
    struct error e = {0};

    (void) state;
    assert_int_equal(err_sys(&e, -ENOENT, "open '%s'", "x"), -1);
    assert_string_equal(e.text, "open 'x': no such file or directory");
    assert_int_equal(e.kind, ERR_NOT_FOUND);
    assert_int_equal(e.errnum, ENOENT);
    err_wrap(&e, "start container '%s'", "web");
    assert_string_equal(e.text, "start container 'web': open 'x': no such file or directory");
}

static void test_cut_keeps_the_cause(void **state)
{
    struct error e = {0};
    char noise[2000];

    (void) state;
    memset(noise, 'n', sizeof(noise) - 1);
    noise[sizeof(noise) - 1] = '\0';
    err_sys(&e, EIO, "write");
    for (int i = 0; i < 5; i++) {
        err_wrap(&e, "%s", noise);
    }
    assert_true(strlen(e.text) < sizeof(e.text));
    assert_int_equal(strncmp(e.text, "...", 3), 0);
    const char *tail = ": write: input/output error";

    assert_string_equal(e.text + strlen(e.text) - strlen(tail), tail);
}

static void test_kinds(void **state)
{
    struct error e = {0};

    (void) state;
    for (int i = 0; i < ERR_KIND_COUNT; i++) {
        assert_int_equal(err_kind_from_string(err_kind_to_string((enum err_kind) i)), i);
    }
    assert_int_equal(err_kind_from_string("frob"), ERR_INTERNAL);
    err_set(&e, ERR_NONE, "no kind is a bug");
    assert_int_equal(e.kind, ERR_INTERNAL);
    err_sys(&e, 9999, "strange");
    assert_string_equal(e.text, "strange: error 9999");
}

static void test_hint(void **state)
{
    struct error e = {0};

    (void) state;
    err_set(&e, ERR_INVALID, "x");
    err_hint(&e, "do %d", 1);
    err_hint(&e, "do %d", 2);
    assert_string_equal(e.hint, "do 1");
    err_clear(&e);
    assert_true(e.kind == ERR_NONE && !e.text[0] && !e.hint[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sys),
        cmocka_unit_test(test_cut_keeps_the_cause),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_hint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
