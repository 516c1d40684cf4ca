// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include "image/ref.h"

#include <stdlib.h>
#include <string.h>

#define D256 "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void names_are_normalised(void **state)
{
    static const struct {
        const char *typed, *full, *familiar, *name;
    } cases[] = {
        {"busybox", "docker.io/library/busybox", "busybox", "busybox"},
        {"busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36", "busybox"},
        {"docker.io/busybox", "docker.io/library/busybox", "busybox", "busybox"},
        {"index.docker.io/busybox", "docker.io/library/busybox", "busybox", "busybox"},
        {"docker.io/library/busybox", "docker.io/library/busybox", "busybox", "busybox"},
        {"docker.io/library/a/b", "docker.io/library/a/b", "library/a/b", "library/a/b"},
        {"library/busybox", "docker.io/library/busybox", "busybox", "busybox"},
        {"foo/bar", "docker.io/foo/bar", "foo/bar", "foo/bar"},
        {"foo/bar/baz:t", "docker.io/foo/bar/baz:t", "foo/bar/baz:t", "foo/bar/baz"},
        {"localhost/x", "localhost/x", "localhost/x", "localhost/x"},
        {"localhost:5000/a/b:c", "localhost:5000/a/b:c", "localhost:5000/a/b:c",
         "localhost:5000/a/b"},
        {"localhost", "docker.io/library/localhost", "localhost", "localhost"},
        {"host:5000", "docker.io/library/host:5000", "host:5000", "host"},
        {"quay.io/x/y", "quay.io/x/y", "quay.io/x/y", "quay.io/x/y"},
        {"Host/x", "Host/x", "Host/x", "Host/x"},
        {"[::1]:5000/x", "[::1]:5000/x", "[::1]:5000/x", "[::1]:5000/x"},
        {"a@" D256, "docker.io/library/a@" D256, "a@" D256, "a"},
        {"a:t@" D256, "docker.io/library/a:t@" D256, "a:t@" D256, "a"},
        {"a__b--c.d_e", "docker.io/library/a__b--c.d_e", "a__b--c.d_e", "a__b--c.d_e"},
        {"a:_T.-9", "docker.io/library/a:_T.-9", "a:_T.-9", "a"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(image_ref) struct image_ref r = {0};

        OK(image_ref_parse(cases[i].typed, &r, &last_error));
        cleanup_free char *full = image_ref_full(&r);
        cleanup_free char *familiar = image_ref_familiar(&r);
        cleanup_free char *name = image_ref_familiar_name(&r);

        assert_string_equal(full, cases[i].full);
        assert_string_equal(familiar, cases[i].familiar);
        assert_string_equal(name, cases[i].name);
    }
}

static void the_default_tag_is_latest(void **state)
{
    static const char *const cases[][2] = {
        {"a", "a:latest"}, {"a:b", "a:b"}, {"a@" D256, "a@" D256}};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(image_ref) struct image_ref r = {0};

        OK(image_ref_parse(cases[i][0], &r, &last_error));
        image_ref_default_tag(&r);
        cleanup_free char *s = image_ref_familiar(&r);

        assert_string_equal(s, cases[i][1]);
    }
}

static void capitals_are_explained(void **state)
{
    struct image_ref r;

    FAILS(image_ref_parse("Foo", &r, &last_error), ERR_INVALID,
          "invalid reference format: repository name (library/Foo) must be lowercase");
    FAILS(image_ref_parse("BAD:tag", &r, &last_error), ERR_INVALID,
          "invalid reference format: repository name (library/BAD) must be lowercase");
    FAILS(image_ref_parse("a/B/c", &r, &last_error), ERR_INVALID,
          "invalid reference format: repository name (a/B/c) must be lowercase");
    FAILS(image_ref_parse("quay.io/Foo", &r, &last_error), ERR_INVALID,
          "invalid reference format: repository name (Foo) must be lowercase");
}

static void what_is_no_name_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        " ",
        "a b",
        ":",
        ":tag",
        "@",
        "a:",
        "a@",
        "/",
        "//",
        "/a",
        "a/",
        "a//b",
        "-a",
        "a-",
        "_a",
        "a_",
        ".a",
        "a.",
        "a..b",
        "a._b",
        "a___b",
        "a_-b",
        "a:b:c",
        "a:-x",
        "a:.x",
        "a:b/c",
        "a@b",
        "a@sha256:abc",
        "a@sha256:",
        "a@:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "a@1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",

        "a\n",
        "a\t",
        "../a",
        "a/../b",
        "\xc3\xa4",
        "a:\xc3\xa4",
        "[::1/x",
        "host:/x",
        "host:5a/x",
        "-host.io/x",
        "ho_st.io/x",
        "a.b-/x",
        "%s%n",
        "http://x/y",

    };
    static const char twice[] = "@" D256;
    static const char *const bad_tails[] = {"g", ":t", twice};
    struct image_ref r;

    for (size_t i = 0; i < ARRAY_SIZE(bad_tails); i++) {
        cleanup_free char *name = xasprintf("a@%s%s", D256, bad_tails[i]);

        FAILS(image_ref_parse(name, &r, &last_error), ERR_INVALID, "invalid reference format");
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        err_clear(&last_error);
        if (image_ref_parse(bad[i], &r, &last_error) == 0) {
            fail_msg("'%s' was accepted", bad[i]);
        }
        assert_string_equal(last_error.text, "invalid reference format");
        assert_null(r.domain);
    }
}

static void digests_must_be_usable(void **state)
{
    struct image_ref r;

    FAILS(image_ref_parse("a@md5:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &r, &last_error), ERR_INVALID,
          "unsupported digest algorithm");
    FAILS(image_ref_parse("a@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &r, &last_error),
          ERR_INVALID, "invalid checksum digest length");
    FAILS(
        image_ref_parse("a@sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                        &r, &last_error),
        ERR_INVALID, "invalid checksum digest format");
    FAILS(image_ref_parse("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &r,
                          &last_error),
          ERR_INVALID,
          "invalid repository name "
          "(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa), cannot specify "
          "64-byte hexadecimal strings");
}

static void lengths_are_bounded(void **state)
{
    char name[5000];
    struct image_ref r;

    memset(name, 'a', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    FAILS(image_ref_parse(name, &r, &last_error), ERR_INVALID, "invalid reference format");
    name[300] = '\0';
    FAILS(image_ref_parse(name, &r, &last_error), ERR_INVALID,
          "repository name must not be more than 255 characters");
    name[247] = '\0'; /* and "library/" */
    OK(image_ref_parse(name, &r, &last_error));
    image_ref_done(&r);
    name[1] = ':';
    name[2 + 128] = '\0';
    OK(image_ref_parse(name, &r, &last_error));
    image_ref_done(&r);
    name[2 + 128] = 'a';
    name[2 + 129] = '\0';
    FAILS(image_ref_parse(name, &r, &last_error), ERR_INVALID, "invalid reference format");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_normalised),   cmocka_unit_test(the_default_tag_is_latest),
        cmocka_unit_test(capitals_are_explained), cmocka_unit_test(what_is_no_name_is_refused),
        cmocka_unit_test(digests_must_be_usable), cmocka_unit_test(lengths_are_bounded),
    };

    return cmocka_run_group_tests_name("image ref", tests, NULL, NULL);
}
