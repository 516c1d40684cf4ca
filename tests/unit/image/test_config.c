// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include "image/image.h"

#include <stdio.h>
#include <string.h>

static int parse(const char *text, struct image_config *c)
{
    *c = (struct image_config){0};
    return image_config_parse(text, strlen(text), c, &last_error);
}

static void every_field_is_read(void **state)
{
    CLEANUP(image_config) struct image_config c = {0};

    OK(parse("{\"architecture\":\"arm64\",\"os\":\"linux\",\"variant\":\"v8\",\"author\":\"me\","
             "\"created\":\"2024-01-02T03:04:05Z\",\"config\":{\"User\":\"bob\",\"Env\":[\"A=b\"],"
             "\"Entrypoint\":[\"/e\"],\"Cmd\":[\"a\",\"b\"],\"WorkingDir\":\"/w\","
             "\"StopSignal\":\"SIGINT\",\"Labels\":{\"k\":\"v\"},\"Volumes\":{\"/v\":{}},"
             "\"ExposedPorts\":{\"80/tcp\":{}},\"Healthcheck\":{\"Test\":[\"NONE\"]}},"
             "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:"
             "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"]},\"x\":1}",
             &c));
    assert_string_equal(c.architecture, "arm64");
    assert_string_equal(c.os, "linux");
    assert_string_equal(c.variant, "v8");
    assert_string_equal(c.author, "me");
    assert_string_equal(c.created, "2024-01-02T03:04:05Z");
    assert_string_equal(c.user, "bob");
    assert_string_equal(c.working_dir, "/w");
    assert_string_equal(c.stop_signal, "SIGINT");
    assert_string_equal(c.env.items[0], "A=b");
    assert_true(c.has_entrypoint && c.has_cmd);
    assert_int_equal(c.cmd.count, 2);
    assert_string_equal(json_str(c.labels, "k"), "v");
    assert_non_null(json_object_get(c.volumes, "/v"));
    assert_non_null(json_object_get(c.exposed_ports, "80/tcp"));
    assert_non_null(json_object_get(c.healthcheck, "Test"));
    assert_int_equal(c.diff_ids.count, 1);
    assert_int_equal(json_int(c.raw, "x"), 1);
}

static void absent_and_null_fields_are_fine(void **state)
{
    CLEANUP(image_config) struct image_config a = {0};
    CLEANUP(image_config) struct image_config b = {0};

    OK(parse("{}", &a));
    assert_false(a.has_cmd);
    assert_null(a.user);
    OK(parse("{\"config\":{\"Cmd\":null,\"Entrypoint\":[],\"Labels\":null,\"Volumes\":null,"
             "\"Env\":null,\"User\":null},\"created\":null,\"rootfs\":null}",
             &b));
    assert_false(b.has_cmd);
    assert_true(b.has_entrypoint);
    assert_int_equal(b.entrypoint.count, 0);
}

static void a_lone_string_is_a_command_of_one(void **state)
{
    CLEANUP(image_config) struct image_config c = {0};

    OK(parse("{\"config\":{\"Cmd\":\"sh\"}}", &c));
    assert_true(c.has_cmd);
    assert_int_equal(c.cmd.count, 1);
    assert_string_equal(c.cmd.items[0], "sh");
}

static void wrong_types_name_the_field(void **state)
{
    static const char *const cases[][2] = {
        {"[]", "read image configuration: expected an object"},
        {"\"x\"", "read image configuration: expected an object"},
        {"{\"config\":[]}", "read image configuration: config: expected an object"},
        {"{\"config\":{\"Env\":\"A=b\"}}", "read image configuration: config.Env: expected a list"},
        {"{\"config\":{\"Env\":[1]}}",
         "read image configuration: config.Env[0]: expected a string"},
        {"{\"config\":{\"Cmd\":{}}}", "read image configuration: config.Cmd: expected a list"},
        {"{\"config\":{\"User\":7}}", "read image configuration: config.User: expected a string"},
        {"{\"config\":{\"Labels\":{\"a\":1}}}",
         "read image configuration: config.Labels.a: expected a string"},
        {"{\"config\":{\"Volumes\":[]}}",
         "read image configuration: config.Volumes: expected an object"},
        {"{\"rootfs\":{\"diff_ids\":[\"sha256:../../x\"]}}",
         "read image configuration: rootfs.diff_ids[0]: expected a sha256 digest"},
        {"{\"rootfs\":{\"diff_ids\":{}}}",
         "read image configuration: rootfs.diff_ids: expected a list"},
        {"{\"os\":1}", "read image configuration: os: expected a string"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct image_config c;

        FAILS(parse(cases[i][0], &c), ERR_INVALID, cases[i][1]);
        assert_null(c.raw);
    }
}

static void broken_text_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "{",
                                      "{\"a\":1,\"a\":2}",
                                      "nul",
                                      "{}{}",
                                      "{\"a\":\"\xff\"}",
                                      "{'a':1}",
                                      "\x1f\x8b\x08",
                                      "{\"os\":\"a\\u0000b\"}",
                                      "{\"a\":1,}"};
    struct image_config c;

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_int_equal(parse(bad[i], &c), -1);
        assert_int_equal(last_error.kind, ERR_INVALID);
    }
}

static void layers_and_depth_are_bounded(void **state)
{
    CLEANUP(json) json_t *diff_ids = json_array();

    for (unsigned i = 0; i < IMAGE_MAX_LAYERS + 1; i++) {
        json_push(diff_ids, json_text(digest(i)));
    }
    CLEANUP(json) json_t *doc = json_pack("{s:{s:O}}", "rootfs", "diff_ids", diff_ids);
    cleanup_free char *text = json_dump(doc);
    struct image_config c;

    FAILS(parse(text, &c), ERR_INVALID,
          "read image configuration: rootfs.diff_ids: 501 layers are over the limit of 500");
    json_array_remove(diff_ids, 0);
    cleanup_free char *less = json_dump(doc);

    OK(parse(less, &c));
    assert_int_equal(c.diff_ids.count, 500);
    image_config_done(&c);

    char deep[4096];

    memset(deep, '[', sizeof(deep));
    deep[sizeof(deep) - 1] = '\0';
    FAILS(parse(deep, &c), ERR_INVALID,
          "read image configuration: JSON is nested deeper than 128 levels");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_read),
        cmocka_unit_test(absent_and_null_fields_are_fine),
        cmocka_unit_test(a_lone_string_is_a_command_of_one),
        cmocka_unit_test(wrong_types_name_the_field),
        cmocka_unit_test(broken_text_is_refused),
        cmocka_unit_test(layers_and_depth_are_bounded),
    };

    return cmocka_run_group_tests_name("image config", tests, NULL, NULL);
}
