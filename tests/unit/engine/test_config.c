// SPDX-License-Identifier: Apache-2.0
/* A container's wishes survive the way to disk and back, and hostile files are refused by name. */
#include "engine/container.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char id[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static void fill(struct ctr_config *c)
{
    ctr_config_init(c);
    memcpy(c->id, id, sizeof(id));
    c->name = xstrdup("web");
    c->created = 1234567890123456789;
    c->image = xstrdup("busybox");
    strv_add(&c->cmd, "echo");
    strv_add(&c->cmd, "\xc3\xa9 \"quoted\"");
    strv_add(&c->env, "A=b");
    c->tty = true;
    c->stop_timeout = 0; /* differs from "not asked for" */
    c->limits.memory_swap = -1;
    c->limits.nano_cpus = 1500000000;
    json_put(c->labels, "k", json_string("v"));
    struct ctr_mount *m = ctr_config_add_mount(c);

    m->type = CTR_MOUNT_VOLUME;
    m->target = xstrdup("/data");
    m->anonymous = true;
    struct ctr_ulimit *u = ctr_config_add_ulimit(c);

    u->name = xstrdup("nofile");
    u->soft = 1;
    u->hard = -1;
}

static void test_round_trip(void **state)
{
    CLEANUP(ctr_config) struct ctr_config a;
    CLEANUP(ctr_config) struct ctr_config b;
    struct error e = {0};

    (void) state;
    fill(&a);
    ctr_config_init(&b);
    CLEANUP(json) json_t *j = ctr_config_to_json(&a);

    assert_int_equal(ctr_config_from_json(j, &b, &e), 0);
    CLEANUP(json) json_t *again = ctr_config_to_json(&b);

    assert_true(json_equal(j, again));
    assert_string_equal(b.id, id);
    assert_int_equal(b.stop_timeout, 0);
    assert_int_equal(b.limits.memory_swappiness, -1);
    assert_int_equal(b.limits.memory_swap, -1);
    assert_string_equal(b.cmd.items[1], "\xc3\xa9 \"quoted\"");
    assert_true(b.mounts[0].anonymous);
    assert_int_equal(b.ulimits[0].hard, -1);
}

static void expect_error(const char *text, const char *sentence)
{
    CLEANUP(ctr_config) struct ctr_config c;
    CLEANUP(json) json_t *j = json_loads(text, 0, NULL);
    struct error e = {0};

    ctr_config_init(&c);
    assert_int_equal(ctr_config_from_json(j, &c, &e), -1);
    assert_string_equal(e.text, sentence);
}

static void test_bad_files(void **state)
{
    (void) state;
    expect_error("[]", "expected a JSON object");
    expect_error("{\"Id\": \"../../etc\"}", "Id: '../../etc' is no container ID");
    expect_error("{\"Id\": \"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\", "
                 "\"Env\": [1]}",
                 "Env[0]: expected a string");
    expect_error("{\"Id\": \"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\", "
                 "\"Mounts\": [{\"Type\": \"bind\"}]}",
                 "Mounts.Target: missing");
}

static void test_names(void **state)
{
    struct error e = {0};

    (void) state;
    assert_int_equal(ctr_name_check("web-1.x_y", &e), 0);
    assert_int_equal(ctr_name_check("x", &e), -1);
    assert_string_equal(e.text, "Invalid container name (x), only [a-zA-Z0-9][a-zA-Z0-9_.-] are "
                                "allowed");
    assert_int_equal(ctr_name_check("../etc", &e), -1);
    assert_int_equal(ctr_name_check("a/b", &e), -1);
    assert_int_equal(ctr_name_check("", &e), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
