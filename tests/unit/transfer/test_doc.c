// SPDX-License-Identifier: Apache-2.0
#include "transfer/image_doc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void platforms_are_read_as_docker_does(void **state)
{
    static const char *const cases[][4] = {
        {"linux/arm64", "linux", "arm64", ""},   {"linux/arm/v7", "linux", "arm", "v7"},
        {"linux/aarch64", "linux", "arm64", ""}, {"arm64", "linux", "arm64", ""},
        {"linux/amd64", "linux", "amd64", ""},   {"linux/x86_64", "linux", "amd64", ""},
        {"linux/new9", "linux", "new9", ""},     {"linux/arm64/v8", "linux", "arm64", "v8"},
    };
    struct image_platform p;
    struct error e = {0};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(image_platform_parse(cases[i][0], &p, &e), 0);
        assert_string_equal(p.os, cases[i][1]);
        assert_string_equal(p.architecture, cases[i][2]);
        assert_string_equal(p.variant, cases[i][3]);
    }
}

static void bad_platforms_are_refused(void **state)
{
    static const char *const cases[][2] = {
        {"frob", "\"frob\": unknown operating system or architecture"},
        {"a/b/c/d", "\"a/b/c/d\": cannot parse platform specifier"},
        {"linux/a b", "\"linux/a b\": cannot parse platform specifier"},
        {"/", "\"/\": cannot parse platform specifier"},
        {"windows/amd64", "operating system is not supported"},
    };
    struct image_platform p;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct error e = {0};

        assert_int_equal(image_platform_parse(cases[i][0], &p, &e), -1);
        assert_string_equal(e.text, cases[i][1]);
    }
}

static void documents_depend_on_nothing_but_their_input(void **state)
{
    const struct image_platform p = {.os = "linux", .architecture = "amd64"};
    struct error e = {0};
    CLEANUP(image_doc) struct image_doc doc = {0};

    setenv("SOURCE_DATE_EPOCH", "1000000000", 1);
    CLEANUP(json) json_t *config = image_doc_config(&p, "note", &e);

    assert_non_null(config);
    image_doc_set_layer(config, "sha256:00");
    assert_int_equal(image_doc_seal(config, &doc, &e), 0);
    assert_string_equal(doc.text,
                        "{\"created\":\"2001-09-09T01:46:40Z\",\"architecture\":\"amd64\","
                        "\"os\":\"linux\",\"comment\":\"note\",\"config\":{},\"history\":["
                        "{\"created\":\"2001-09-09T01:46:40Z\",\"comment\":\"note\"}],"
                        "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:00\"]}}");
    assert_int_equal(strncmp(doc.digest, "sha256:", 7), 0);
    assert_int_equal(strlen(doc.digest), 71);

    setenv("SOURCE_DATE_EPOCH", "soon", 1);
    assert_null(image_doc_config(&p, "note", &e));
    assert_string_equal(e.text, "SOURCE_DATE_EPOCH 'soon': not a Unix time");
    unsetenv("SOURCE_DATE_EPOCH");
}

static void digests_are_sha256(void **state)
{
    struct error e = {0};
    char got[DIGEST_SIZE];

    assert_int_equal(digest_of("abc", 3, got, &e), 0); /* FIPS 180-2, appendix B.1 */
    assert_string_equal(got,
                        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(platforms_are_read_as_docker_does),
        cmocka_unit_test(bad_platforms_are_refused),
        cmocka_unit_test(documents_depend_on_nothing_but_their_input),
        cmocka_unit_test(digests_are_sha256),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
