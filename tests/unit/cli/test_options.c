// SPDX-License-Identifier: Apache-2.0
#include "cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct values {
    bool tty;
    bool interactive;
    bool proxy;
    char *name;
    struct strv env;
    int64_t count;
    int64_t memory;
    int64_t swap;
    int64_t cpus;
};

static int check_env(const char *value, char **ret, struct error *e)
{
    if (*value == '=') {
        return err_set(e, ERR_INVALID, "no name");
    }
    if (strcmp(value, "HOME") == 0) {
        *ret = xstrdup("HOME=/root");
    }
    return 0;
}

static const struct option table[] = {
    OPTION(BOOL, 't', "tty", struct values, tty, ""),
    OPTION(BOOL, 'i', "interactive", struct values, interactive, ""),
    OPTION(BOOL, 0, "sig-proxy", struct values, proxy, ""),
    OPTION(STRING, 0, "name", struct values, name, ""),
    OPTION(LIST, 'e', "env", struct values, env, "", .check = check_env),
    OPTION_LAST,
};

static const struct option more[] = {
    OPTION(INT, 'n', "count", struct values, count, ""),
    OPTION(BYTES, 'm', "memory", struct values, memory, ""),
    OPTION(SWAP, 0, "memory-swap", struct values, swap, ""),
    OPTION(CPUS, 0, "cpus", struct values, cpus, ""),
    OPTION_LAST,
};

static const struct option_set set = {.tables = {table, more}};
static const struct option_set strict = {.tables = {table, more}, .stop_at_positional = true};

#define WORDS_MAX 16

/* The words of a line, parted by spaces ("_" is an empty word), NULL behind them. */
static int split(char *line, char **argv)
{
    int argc = 0;

    while (*line) {
        argv[argc++] = line;
        line += strcspn(line, " ");
        if (*line) {
            *line++ = '\0';
        }
    }
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "_") == 0) {
            argv[i][0] = '\0';
        }
    }
    argv[argc] = NULL;
    return argc;
}

static void parse(const struct option_set *s, const char *line, struct values *v,
                  const char *rest_expected)
{
    cleanup_free char *copy = xstrdup(line);
    CLEANUP(strv) struct strv rest = STRV_INIT;
    char *argv[WORDS_MAX];
    struct option_result r;
    struct error e = {0};
    int argc = split(copy, argv);

    if (options_parse(s, v, argc, argv, &r, &e) < 0) {
        fail_msg("%s: %s", line, e.text);
    }
    for (int i = 0; i < r.argc; i++) {
        strv_add(&rest, argv[i]);
    }
    assert_null(argv[r.argc]);
    cleanup_free char *joined = strv_join(&rest, " ");

    assert_string_equal(joined, rest_expected);
}

static void fails(const char *line, const char *expected)
{
    cleanup_free char *copy = xstrdup(line);
    struct values v = {0};
    char *argv[WORDS_MAX];
    struct option_result r;
    struct error e = {0};
    int argc = split(copy, argv);

    assert_int_equal(options_parse(&set, &v, argc, argv, &r, &e), -1);
    assert_string_equal(e.text, expected);
    assert_int_equal(e.kind, ERR_INVALID);
    options_free(&set, &v);
}

static void test_forms(void **state)
{
    struct values v = {.proxy = true};

    (void) state;
    parse(&set, "-it --name x -eA=1 -e B=2 -e=C=3 --env D --env=E=5 one -n5 two --sig-proxy=false",
          &v, "one two");
    assert_true(v.tty && v.interactive);
    assert_false(v.proxy);
    assert_string_equal(v.name, "x");
    cleanup_free char *env = strv_join(&v.env, ",");

    assert_string_equal(env, "A=1,B=2,C=3,D,E=5");
    assert_int_equal(v.count, 5);
    options_free(&set, &v);
    assert_null(v.name);
    assert_int_equal(v.env.count, 0);
}

static void test_clusters(void **state)
{
    struct values v = {0};

    (void) state;
    parse(&set, "-tie A=1 -itn 7", &v, "");
    assert_true(v.tty && v.interactive);
    assert_string_equal(v.env.items[0], "A=1");
    assert_int_equal(v.count, 7);
    parse(&set, "-t=false -in8", &v, "");
    assert_false(v.tty);
    assert_int_equal(v.count, 8);
    options_free(&set, &v);
}

static void test_end_of_options(void **state)
{
    struct values v = {0};

    (void) state;
    parse(&set, "a -t -- -i --name x", &v, "a -i --name x");
    assert_true(v.tty);
    assert_false(v.interactive);
    parse(&set, "- a", &v, "- a");
    v = (struct values){0};
    parse(&strict, "-t image -i --frob --", &v, "image -i --frob --");
    assert_true(v.tty);
    assert_false(v.interactive);
    parse(&strict, "-- -t image", &v, "-t image");
    parse(&strict, "_ -i", &v, " -i");
    assert_false(v.interactive);
}

static void test_last_one_stays(void **state)
{
    struct values v = {0};

    (void) state;
    parse(&set, "--name a --name b --name=", &v, "");
    assert_string_equal(v.name, "");
    options_free(&set, &v);
}

static void test_checks(void **state)
{
    struct values v = {0};

    (void) state;
    parse(&set, "-e HOME -e PATH", &v, "");
    assert_string_equal(v.env.items[0], "HOME=/root");
    assert_string_equal(v.env.items[1], "PATH");
    options_free(&set, &v);
    fails("-e =x", "invalid argument \"=x\" for \"-e, --env\" flag: no name");
}

static void test_numbers(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {
        {"5", 5},
        {"-5", -5},
        {"+5", 5},
        {"0x10", 16},
        {"0b11", 3},
        {"0o17", 15},
        {"017", 15},
        {"1_000", 1000},
        {"0", 0},
        {"0x_1", 1},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        cleanup_free char *line = xasprintf("--count %s", cases[i].text);
        struct values v = {0};

        parse(&set, line, &v, "");
        assert_int_equal(v.count, cases[i].value);
    }
    fails("-n x", "invalid argument \"x\" for \"-n, --count\" flag: strconv.ParseInt: parsing "
                  "\"x\": invalid syntax");
    fails("-n _", "invalid argument \"\" for \"-n, --count\" flag: strconv.ParseInt: parsing \"\": "
                  "invalid syntax");
    fails("-n 1__0", "invalid argument \"1__0\" for \"-n, --count\" flag: strconv.ParseInt: "
                     "parsing \"1__0\": invalid syntax");
    fails("-n 9223372036854775808",
          "invalid argument \"9223372036854775808\" for \"-n, --count\" flag: strconv.ParseInt: "
          "parsing \"9223372036854775808\": value out of range");
}

static void test_sizes(void **state)
{
    struct values v = {0};

    (void) state;
    parse(&set, "-m 1.5g --memory-swap -1 --cpus 1.5", &v, "");
    assert_int_equal(v.memory, 1536ll << 20);
    assert_int_equal(v.swap, -1);
    assert_int_equal(v.cpus, 1500000000);
    parse(&set, "--cpus 1/4", &v, "");
    assert_int_equal(v.cpus, 250000000);
    parse(&set, "--cpus=-1", &v, "");
    assert_int_equal(v.cpus, -1000000000);
    fails("-m x", "invalid argument \"x\" for \"-m, --memory\" flag: invalid size: 'x'");
    fails("-m -1", "invalid argument \"-1\" for \"-m, --memory\" flag: invalid size: '-1'");
    fails("--memory=", "invalid argument \"\" for \"-m, --memory\" flag: invalid size: ''");
    fails("--memory-swap x",
          "invalid argument \"x\" for \"--memory-swap\" flag: invalid size: 'x'");
    fails("--cpus x", "invalid argument \"x\" for \"--cpus\" flag: failed to parse x as a rational "
                      "number");
    fails("--cpus 1/0", "invalid argument \"1/0\" for \"--cpus\" flag: failed to parse 1/0 as a "
                        "rational number");
    fails("--cpus 1.0000000001",
          "invalid argument \"1.0000000001\" for \"--cpus\" flag: value is too precise");
    fails("--cpus 1/3", "invalid argument \"1/3\" for \"--cpus\" flag: value is too precise");
}

static void test_unknown(void **state)
{
    (void) state;
    fails("--frob", "unknown flag: --frob");
    fails("--frob=1", "unknown flag: --frob");
    fails("--nam x", "unknown flag: --nam");
    fails("-Z", "unknown shorthand flag: 'Z' in -Z");
    fails("-itZx", "unknown shorthand flag: 'Z' in -Zx");
    fails("-t=", "unknown shorthand flag: '=' in -=");
    fails("-'", "unknown shorthand flag: '\\'' in -'");
    fails("-\xc3\xa9", "unknown shorthand flag: '\xc3\x83' in -\xc3\xa9");
    fails("---x", "bad flag syntax: ---x");
    fails("--=x", "bad flag syntax: --=x");
}

static void test_missing_and_bad_values(void **state)
{
    (void) state;
    fails("--name", "flag needs an argument: --name");
    fails("-e", "flag needs an argument: 'e' in -e");
    fails("-ite", "flag needs an argument: 'e' in -e");
    fails("--tty=maybe", "invalid argument \"maybe\" for \"-t, --tty\" flag: strconv.ParseBool: "
                         "parsing \"maybe\": invalid syntax");
    fails("--sig-proxy=2", "invalid argument \"2\" for \"--sig-proxy\" flag: strconv.ParseBool: "
                           "parsing \"2\": invalid syntax");
    fails("-n a\"b\\\t", "invalid argument \"a\\\"b\\\\\\t\" for \"-n, --count\" flag: "
                         "strconv.ParseInt: parsing \"a\\\"b\\\\\\t\": invalid syntax");
}

static void test_help(void **state)
{
    char help[] = "--help", short_help[] = "-h", unknown[] = "--frob";
    char *argv[] = {help, NULL, NULL};
    struct values v = {0};
    struct option_result r;
    struct error e = {0};

    (void) state;
    assert_int_equal(options_parse(&set, &v, 1, argv, &r, &e), 0);
    assert_true(r.help);
    argv[0] = short_help;
    assert_int_equal(options_parse(&set, &v, 1, argv, &r, &e), 0);
    assert_true(r.help);
    argv[0] = help;
    argv[1] = unknown; /* a mistake behind it is still one */
    assert_int_equal(options_parse(&set, &v, 2, argv, &r, &e), -1);
    assert_string_equal(e.text, "unknown flag: --frob");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_clusters),
        cmocka_unit_test(test_end_of_options),
        cmocka_unit_test(test_last_one_stays),
        cmocka_unit_test(test_checks),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_missing_and_bad_values),
        cmocka_unit_test(test_help),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
