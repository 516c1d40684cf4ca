// SPDX-License-Identifier: Apache-2.0
#include "engine/detach_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static struct detach_keys parsed(const char *text)
{
    struct detach_keys k;
    struct error e = {0};

    assert_int_equal(detach_keys_parse(text, &k, &e), 0);
    return k;
}

static void assert_keys(const char *text, const char *bytes, size_t n)
{
    struct detach_keys k = parsed(text);

    assert_int_equal(k.count, n);
    assert_memory_equal(k.keys, bytes, n);
}

static void test_names(void **state)
{
    assert_keys("ctrl-p,ctrl-q", "\x10\x11", 2);
    assert_keys("", "\x10\x11", 2);
    assert_keys("a", "a", 1);
    assert_keys("a,b,C", "abC", 3);
    assert_keys("ctrl-@", "\0", 1);
    assert_keys("ctrl-a,ctrl-z", "\x01\x1a", 2);
    assert_keys("ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_", "\x1b\x1c\x1d\x1e\x1f", 5);
    assert_keys("DEL", "\x7f", 1);
    assert_keys(" ", " ", 1);
}

static void test_names_refused(void **state)
{
    static const char *const bad[] = {
        "frob", "ctrl-",   "ctrl-A",  "ctrl-1", "ctrl-?", "aa",     "a,,b",     ",",        "a,",
        "del",  "ctrl-pp", "ctrl-p ", "ctrl-`", "ctrl-{", "Ctrl-p", "\xc3\xa9", "ctrl-\x10"};

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct detach_keys k;
        struct error e = {0};
        char want[100];

        snprintf(want, sizeof(want), "Invalid escape keys (%s) provided", bad[i]);
        assert_int_equal(detach_keys_parse(bad[i], &k, &e), -1);
        assert_int_equal(e.kind, ERR_INVALID);
        assert_string_equal(e.text, want);
    }
    char many[2 * DETACH_KEYS_MAX + 2];

    for (size_t i = 0; i <= DETACH_KEYS_MAX; i++) {
        many[2 * i] = 'a';
        many[2 * i + 1] = ',';
    }
    many[2 * DETACH_KEYS_MAX + 1] = '\0';
    struct detach_keys k;
    struct error e = {0};

    assert_int_equal(detach_keys_parse(many, &k, &e), -1);
    many[2 * DETACH_KEYS_MAX - 1] = '\0';
    assert_int_equal(detach_keys_parse(many, &k, &e), 0);
}

/* Types the text in pieces of 'step' bytes; what was passed on, and whether it detached. */
static bool type(const char *keys, const char *text, size_t step, char *out)
{
    struct detach_keys k = parsed(keys);
    size_t len = 0;

    for (size_t i = 0, n = strlen(text); i < n; i += step) {
        size_t got;
        bool done = detach_keys_filter(&k, text + i, MIN(step, n - i), out + len, &got);

        len += got;
        if (done) {
            out[len] = '\0';
            return true;
        }
    }
    out[len] = '\0';
    return false;
}

static void assert_typed(const char *keys, const char *text, const char *passed, bool detached)
{
    for (size_t step = 1; step <= strlen(text); step++) {
        char out[200];

        assert_int_equal(type(keys, text, step, out), detached);
        assert_string_equal(out, passed);
    }
}

static void test_filter(void **state)
{
    assert_typed("a,b", "xyz", "xyz", false);
    assert_typed("a,b", "xab", "x", true);
    assert_typed("a,b", "xabc", "x", true);
    assert_typed("a,b", "xaxb", "xaxb", false);
    assert_typed("a,b", "aab", "a", true);
    assert_typed("a,b", "xa", "x", false); /* held back until the next key */
    assert_typed("a,a,b", "aaab", "a", true);
    assert_typed("a,b,a,c", "ababac", "ab", true);
    assert_typed("a,b,a,c", "ababab", "abab", false);
    assert_typed("a", "xa", "x", true);
}

static void test_without_keys_nothing_is_held(void **state)
{
    struct detach_keys k = {0};
    char out[64];
    size_t n;

    assert_false(detach_keys_filter(&k, "\0\x10\x11", 3, out, &n));
    assert_int_equal(n, 3);
    assert_memory_equal(out, "\0\x10\x11", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_names_refused),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_without_keys_nothing_is_held),
    };

    return cmocka_run_group_tests_name("detach keys", tests, NULL, NULL);
}
