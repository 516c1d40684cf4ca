// SPDX-License-Identifier: Apache-2.0
#include "cli/envfile.h"

#include "base/fd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char folder[] = "/tmp/hoy-envfile-XXXXXX";

static int make_folder(void **state)
{
    (void) state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void) state;
    unlink("file");
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static void write_file(const char *text, size_t n)
{
    FILE *f = fopen("file", "we");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* What --env-file file and one -e give, joined by "|". */
static void env_is(const char *text, const char *option, const char *expected)
{
    CLEANUP(strv) struct strv files = STRV_INIT;
    CLEANUP(strv) struct strv options = STRV_INIT;
    CLEANUP(strv) struct strv env = STRV_INIT;
    struct error e = {0};

    write_file(text, strlen(text));
    strv_add(&files, "file");
    if (option) {
        strv_add(&options, option);
    }
    if (env_collect(&files, &options, &env, &e) < 0) {
        fail_msg("%s", e.text);
    }
    cleanup_free char *joined = strv_join(&env, "|");

    assert_string_equal(joined, expected);
}

static void env_fails(const char *text, size_t n, const char *expected)
{
    CLEANUP(strv) struct strv files = STRV_INIT;
    CLEANUP(strv) struct strv env = STRV_INIT;
    struct error e = {0};

    write_file(text, n);
    strv_add(&files, "file");
    assert_int_equal(env_collect(&files, &env, &env, &e), -1);
    assert_string_equal(e.text, expected);
}

static void test_env_file(void **state)
{
    (void) state;
    setenv("HOY_TEST_SET", "here", 1);
    unsetenv("HOY_TEST_UNSET");
    env_is("\xef\xbb\xbf# comment\n\n  A=1\nB=x y \r\n  # more\nC=\nD=a=b\nHOY_TEST_SET\n"
           "HOY_TEST_UNSET\nE='q'",
           NULL, "A=1|B=x y |C=|D=a=b|HOY_TEST_SET=here|E='q'");
    env_is("A=1\nB=2\n", "A=3", "A=3|B=2");
    env_is("A=1\nB=2\n", "A", "B=2|A");
}

static void test_bad_env_file(void **state)
{
    (void) state;
    env_fails("A B=1", 5, "invalid env file (file): variable 'A B' contains whitespaces");
    env_fails("=1", 2, "invalid env file (file): no variable name on line '=1'");
    env_fails("A=1\nB=\xff", 7, "invalid env file (file): invalid utf8 bytes at line 2");
    env_fails("A=1\0B", 5, "invalid env file (file): it holds a NUL byte");
}

static void test_no_file(void **state)
{
    CLEANUP(strv) struct strv files = STRV_INIT;
    CLEANUP(strv) struct strv env = STRV_INIT;
    struct error e = {0};

    (void) state;
    strv_add(&files, "nofile");
    assert_int_equal(env_collect(&files, &env, &env, &e), -1);
    assert_string_equal(e.text, "open nofile: no such file or directory");
    files.items[0][0] = '.';
    files.items[0][1] = '\0';
    assert_int_equal(env_collect(&files, &env, &env, &e), -1);
    assert_string_equal(e.text, "read .: is a directory");
}

static void test_labels(void **state)
{
    CLEANUP(strv) struct strv files = STRV_INIT;
    CLEANUP(strv) struct strv options = STRV_INIT;
    CLEANUP(json) json_t *labels = json_object();
    struct error e = {0};

    (void) state;
    write_file("a=1\nb\n", 6);
    strv_add(&files, "file");
    strv_add(&options, "a=2");
    strv_add(&options, "c");
    assert_int_equal(label_collect(&files, &options, labels, &e), 0);
    cleanup_free char *text = json_dump(labels);

    assert_string_equal(text, "{\"a\":\"2\",\"c\":\"\"}"); /* "b" alone: as Docker's client */
}

static void test_checks(void **state)
{
    char *ret = NULL;
    struct error e = {0};

    (void) state;
    setenv("HOY_TEST_SET", "here", 1);
    assert_int_equal(env_check("HOY_TEST_SET", &ret, &e), 0);
    assert_string_equal(ret, "HOY_TEST_SET=here");
    free(ret);
    assert_int_equal(env_check("=x", &ret, &e), -1);
    assert_string_equal(e.text, "invalid environment variable: =x");
    assert_int_equal(label_check("=x", &ret, &e), -1);
    assert_string_equal(e.text, "invalid label '=x': empty name");
    assert_int_equal(label_check("\xff=x", &ret, &e), -1);
    assert_string_equal(e.text, "invalid label '\xff=x': no UTF-8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_env_file), cmocka_unit_test(test_bad_env_file),
        cmocka_unit_test(test_no_file),  cmocka_unit_test(test_labels),
        cmocka_unit_test(test_checks),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
