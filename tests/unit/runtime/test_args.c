// SPDX-License-Identifier: Apache-2.0
#include "runtime/args.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

struct values {
    bool tty;
    const char *cwd;
    struct strv env;
    uint64_t fds;
};

static const struct arg table[] = {
    ARG(BOOL, 't', "tty", struct values, tty, ""),
    ARG(STRING, 0, "cwd", struct values, cwd, ""),
    ARG(LIST, 'e', "env", struct values, env, ""),
    ARG(UINT, 0, "preserve-fds", struct values, fds, ""),
    ARG_LAST,
};

/* Parses the words of a line; what is left in them, with commas, or the sentence. */
static const char *parse(const char *line, int positionals, struct values *v)
{
    static char said[1200];
    CLEANUP(strv) struct strv words = STRV_INIT;
    struct error e = {0};
    int argc;

    args_done(table, v);
    *v = (struct values){0};
    strv_split(&words, line, " ");
    argc = (int) words.count;
    /* Pointers move within the list, so a copy of them is parsed and the list still owns all. */
    cleanup_free char **argv = xcalloc(words.count + 1, sizeof(*argv));

    memcpy(argv, words.items, words.count * sizeof(*argv));
    int r = args_parse(table, v, positionals, &argc, argv, &e);

    said[0] = '\0';
    if (r < 0) {
        snprintf(said, sizeof(said), "%s", e.text);
        return said;
    }
    if (v->cwd) { /* borrowed from words, which end here */
        v->cwd = strcmp(v->cwd, "/tmp") == 0 ? "/tmp" : "other";
    }
    if (r > 0) {
        return "help";
    }
    size_t n = 0;

    for (int i = 0; i < argc; i++) {
        n += (size_t) snprintf(said + n, sizeof(said) - n, "%s%s", i ? "," : "", argv[i]);
    }
    return said;
}

static void every_form_of_a_flag(void **state)
{
    struct values v = {0};

    (void) state;
    assert_string_equal(parse("--tty --cwd /tmp -e A=b --env=C=d --preserve-fds=3 id", -1, &v),
                        "id");
    assert_true(v.tty);
    assert_string_equal(v.cwd, "/tmp");
    assert_int_equal(v.env.count, 2);
    assert_string_equal(v.env.items[1], "C=d");
    assert_int_equal(v.fds, 3);
    assert_string_equal(parse("-cwd=/tmp -tty=false id", -1, &v), "id");
    assert_string_equal(v.cwd, "/tmp");
    assert_false(v.tty);
    args_done(table, &v);
}

static void words_between_and_behind(void **state)
{
    struct values v = {0};

    (void) state;
    assert_string_equal(parse("id --tty KILL", -1, &v), "id,KILL");
    assert_true(v.tty);
    assert_string_equal(parse("-t id sh -c -t --cwd x", 1, &v), "id,sh,-c,-t,--cwd,x");
    assert_true(v.tty);
    assert_null(v.cwd);
    assert_string_equal(parse("-t -- --tty - x", -1, &v), "--tty,-,x");
    assert_string_equal(parse("state --tty", 0, &v), "state,--tty");
    assert_false(v.tty);
    args_done(table, &v);
}

static void mistakes(void **state)
{
    struct values v = {0};

    (void) state;
    assert_string_equal(parse("--frob=1", -1, &v), "flag provided but not defined: --frob");
    assert_string_equal(parse("-x", -1, &v), "flag provided but not defined: -x");
    assert_string_equal(parse("id --cwd", -1, &v), "flag needs an argument: --cwd");
    assert_string_equal(parse("--tty=maybe", -1, &v), "invalid boolean value \"maybe\" for --tty");
    assert_string_equal(parse("--preserve-fds -1", -1, &v),
                        "invalid value \"-1\" for --preserve-fds");
    assert_string_equal(parse("id --help", -1, &v), "help");
    assert_string_equal(parse("-h", 1, &v), "help");
    args_done(table, &v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_a_flag),
        cmocka_unit_test(words_between_and_behind),
        cmocka_unit_test(mistakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
