// SPDX-License-Identifier: Apache-2.0
/* The little languages of run's options: what they mean, and Docker's sentences for bad ones. */
#include "engine/mountspec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

typedef int parse_fn(struct ctr_config *c, const char *spec, struct error *e);

static void expect_error(parse_fn *parse, const char *spec, const char *text)
{
    CLEANUP(ctr_config) struct ctr_config c;
    struct error e = {0};

    ctr_config_init(&c);
    assert_int_equal(parse(&c, spec, &e), -1);
    assert_string_equal(e.text, text);
}

static void test_volumes(void **state)
{
    CLEANUP(ctr_config) struct ctr_config c;
    struct error e = {0};

    (void) state;
    ctr_config_init(&c);
    assert_int_equal(ctr_config_parse_volume(&c, "/a/../b:/x/", &e), 0);
    assert_int_equal(ctr_config_parse_volume(&c, "data:/y:ro,z", &e), 0);
    assert_int_equal(ctr_config_parse_volume(&c, "/anon", &e), 0);
    assert_int_equal(ctr_config_parse_volume(&c, "/s:/t:rw,rshared", &e), 0);
    assert_int_equal(c.mounts_count, 4);
    assert_int_equal(c.mounts[0].type, CTR_MOUNT_BIND);
    assert_string_equal(c.mounts[0].source, "/b");
    assert_string_equal(c.mounts[0].target, "/x");
    assert_false(c.mounts[0].readonly);
    assert_int_equal(c.mounts[1].type, CTR_MOUNT_VOLUME);
    assert_string_equal(c.mounts[1].name, "data");
    assert_true(c.mounts[1].readonly);
    assert_string_equal(c.mounts[1].mode, "ro,z");
    assert_true(c.mounts[2].anonymous);
    assert_null(c.mounts[2].name);
    assert_string_equal(c.mounts[3].propagation, "rshared");
}

static void test_volume_errors(void **state)
{
    (void) state;
    expect_error(ctr_config_parse_volume, "", "invalid empty volume spec");
    expect_error(ctr_config_parse_volume, "a:b:c:d", "invalid volume specification: 'a:b:c:d'");
    expect_error(ctr_config_parse_volume, ":/x", "invalid spec: :/x: empty section between colons");
    expect_error(ctr_config_parse_volume, "/a:/b:frob", "invalid mode: frob");
    expect_error(ctr_config_parse_volume, "/a:/b:ro,rw", "invalid mode: ro,rw");
    expect_error(ctr_config_parse_volume, "/:/",
                 "invalid volume specification: '/:/': invalid mount config for type \"bind\": "
                 "invalid specification: destination can't be '/'");
    expect_error(ctr_config_parse_volume, "data:x",
                 "invalid volume specification: 'data:x': invalid mount config for type "
                 "\"volume\": invalid mount path: 'x' mount path must be absolute");
    expect_error(ctr_config_parse_volume, "a b:/x",
                 "create a b: \"a b\" includes invalid characters for a local volume name, only "
                 "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host "
                 "directory, use absolute path");
}

static void test_duplicate_mount_point(void **state)
{
    CLEANUP(ctr_config) struct ctr_config c;
    struct error e = {0};

    (void) state;
    ctr_config_init(&c);
    assert_int_equal(ctr_config_parse_volume(&c, "/a:/x", &e), 0);
    assert_int_equal(ctr_config_parse_tmpfs(&c, "/x", &e), -1);
    assert_string_equal(e.text, "Duplicate mount point: /x");
}

static void test_mount(void **state)
{
    CLEANUP(ctr_config) struct ctr_config c;
    struct error e = {0};

    (void) state;
    ctr_config_init(&c);
    assert_int_equal(ctr_config_parse_mount(&c, "type=bind,src=/a,dst=/b,readonly", &e), 0);
    assert_int_equal(ctr_config_parse_mount(&c, "source=v1,target=/c,volume-nocopy=true", &e), 0);
    assert_int_equal(
        ctr_config_parse_mount(&c, "type=tmpfs,target=/d,tmpfs-size=1m,tmpfs-mode=1770", &e), 0);
    assert_true(c.mounts[0].readonly && c.mounts[0].must_exist);
    assert_true(c.mounts[1].type == CTR_MOUNT_VOLUME && c.mounts[1].nocopy);
    assert_string_equal(c.mounts[2].options, "size=1048576,mode=1770");
    expect_error(ctr_config_parse_mount, "type=frob,target=/x",
                 "mount type 'frob' is not bind, volume or tmpfs");
    expect_error(ctr_config_parse_mount, "type=bind,target=/x",
                 "invalid mount config for type \"bind\": field Source must not be empty");
    expect_error(ctr_config_parse_mount, "type=bind,source=/x",
                 "invalid mount config for type \"bind\": field Target must not be empty");
}

static void test_tmpfs(void **state)
{
    (void) state;
    expect_error(ctr_config_parse_tmpfs, "x",
                 "invalid mount path: 'x' mount path must be absolute");
    expect_error(ctr_config_parse_tmpfs, "/x:frob", "invalid tmpfs option [\"frob\"]");
}

static void test_ulimit(void **state)
{
    CLEANUP(ctr_config) struct ctr_config c;
    struct error e = {0};

    (void) state;
    ctr_config_init(&c);
    assert_int_equal(ctr_config_parse_ulimit(&c, "nofile=10:20", &e), 0);
    assert_int_equal(ctr_config_parse_ulimit(&c, "core=-1", &e), 0);
    assert_int_equal(c.ulimits[0].soft, 10);
    assert_int_equal(c.ulimits[0].hard, 20);
    assert_int_equal(c.ulimits[1].hard, -1);
    expect_error(ctr_config_parse_ulimit, "x", "invalid ulimit argument: x");
    expect_error(ctr_config_parse_ulimit, "frob=1", "invalid ulimit type: frob");
    expect_error(ctr_config_parse_ulimit, "nofile=20:10",
                 "ulimit soft limit must be less than or equal to hard limit: 20 > 10");
    expect_error(ctr_config_parse_ulimit, "nofile=1:2:3",
                 "too many limit value arguments - 1:2:3, can only have up to two, `soft[:hard]`");
}

static void test_security_opt(void **state)
{
    CLEANUP(ctr_config) struct ctr_config c;
    struct error e = {0};

    (void) state;
    ctr_config_init(&c);
    assert_int_equal(ctr_config_parse_security_opt(&c, "no-new-privileges", &e), 0);
    assert_true(c.no_new_privileges);
    assert_int_equal(ctr_config_parse_security_opt(&c, "no-new-privileges:false", &e), 0);
    assert_false(c.no_new_privileges);
    assert_int_equal(ctr_config_parse_security_opt(&c, "seccomp=unconfined", &e), 0);
    assert_string_equal(c.seccomp, "unconfined");
    expect_error(ctr_config_parse_security_opt, "frob", "Invalid --security-opt: \"frob\"");
    expect_error(ctr_config_parse_security_opt, "frob=1", "invalid --security-opt 2: \"frob=1\"");
    expect_error(ctr_config_parse_security_opt, "seccomp=/nofile",
                 "opening seccomp profile (/nofile) failed: open /nofile: no such file or "
                 "directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_volumes),
        cmocka_unit_test(test_volume_errors),
        cmocka_unit_test(test_duplicate_mount_point),
        cmocka_unit_test(test_mount),
        cmocka_unit_test(test_tmpfs),
        cmocka_unit_test(test_ulimit),
        cmocka_unit_test(test_security_opt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
