// SPDX-License-Identifier: Apache-2.0
/* Device rules: as a v2 program, run here by a small interpreter, and as v1's list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "oci/cgroup_internal.h"

#include <stdio.h>
#include <string.h>

/* ---- rules from text: "+c 1:3 rwm" allows, "-a *:* rwm" denies ---- */

static void add_rule(struct rt_resources *r, const char *text)
{
    struct rt_device_rule *d = rt_resources_add_device_rule(r);
    char major[16];
    char minor[16];

    assert_int_equal(sscanf(text + 1, "%c %15[^:]:%15s %3s", &d->type, major, minor, d->access), 4);
    d->allow = *text == '+';
    d->major = *major == '*' ? -1 : strtoll(major, NULL, 10);
    d->minor = *minor == '*' ? -1 : strtoll(minor, NULL, 10);
}

static void parse_rules(const char *const *texts, struct rt_resources *r, struct cgroup_devices *p)
{
    struct error e = {0};

    rt_resources_init(r);
    for (; *texts; texts++) {
        add_rule(r, *texts);
    }
    assert_int_equal(cgroup_devices_init(p, r, &e), 0);
}

#define RULES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- the program ---- */

struct request {
    char type;
    uint32_t major;
    uint32_t minor;
    unsigned access;
};

/* Every instruction that the generator uses; anything else fails the test. */
static int interpret(const struct bpf_insn *insns, int count, const struct request *q)
{
    const uint32_t ctx[3] = {(q->access << 16) |
                                 (q->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
                             q->major, q->minor};
    uint64_t reg[11] = {0};
    bool set[11] = {[1] = true};

    for (int pc = 0, steps = 0; pc >= 0 && pc < count && steps < CGROUP_BPF_MAX; pc++, steps++) {
        const struct bpf_insn *i = &insns[pc];
        uint64_t imm = (uint64_t) (int64_t) i->imm;

        switch (i->code) {
        case BPF_LDX | BPF_MEM | BPF_W:
            assert_int_equal(i->src_reg, 1);
            assert_true(i->off == 0 || i->off == 4 || i->off == 8);
            reg[i->dst_reg] = ctx[i->off / 4];
            break;
        case BPF_ALU64 | BPF_MOV | BPF_X:
            assert_true(set[i->src_reg]);
            reg[i->dst_reg] = reg[i->src_reg];
            break;
        case BPF_ALU64 | BPF_MOV | BPF_K:
            reg[i->dst_reg] = imm;
            break;
        case BPF_ALU64 | BPF_AND | BPF_K:
            assert_true(set[i->dst_reg]);
            reg[i->dst_reg] &= imm;
            break;
        case BPF_ALU64 | BPF_RSH | BPF_K:
            assert_true(set[i->dst_reg]);
            reg[i->dst_reg] >>= imm;
            break;
        case BPF_JMP | BPF_JNE | BPF_K:
            assert_true(set[i->dst_reg] && i->off >= 0);
            pc += reg[i->dst_reg] != imm ? i->off : 0;
            break;
        case BPF_JMP | BPF_JEQ | BPF_K:
            assert_true(set[i->dst_reg] && i->off >= 0);
            pc += reg[i->dst_reg] == imm ? i->off : 0;
            break;
        case BPF_JMP | BPF_EXIT:
            assert_true(set[0]);
            return (int) reg[0];
        default:
            fail_msg("instruction %d: code 0x%x", pc, i->code);
        }
        set[i->dst_reg] = true;
    }
    fail_msg("the program does not end");
    return -1;
}

/* The meaning, told straight from the list: for each access the last rule that fits decides. */
static int expected(const struct rt_resources *r, const struct request *q)
{
    for (unsigned bit = 1; bit <= BPF_DEVCG_ACC_WRITE; bit <<= 1) {
        bool allowed = true;

        for (size_t i = 0; i < r->devices_count; i++) {
            const struct rt_device_rule *d = &r->devices[i];

            if ((d->type == 'a' || d->type == q->type) &&
                (d->major < 0 || d->major == (int64_t) q->major) &&
                (d->minor < 0 || d->minor == (int64_t) q->minor) &&
                cgroup_device_access(d->access) & bit) {
                allowed = d->allow;
            }
        }
        if (q->access & bit && !allowed) {
            return 0;
        }
    }
    return 1;
}

static void compare_all(const struct rt_resources *r, const struct cgroup_devices *p)
{
    struct bpf_insn insns[CGROUP_BPF_MAX];
    int count = cgroup_bpf_build(p, insns);

    assert_in_range(count, 1, CGROUP_BPF_MAX);

    for (unsigned n = 0; n < 2 * 4 * 4 * 7; n++) {
        const struct request q = {.type = n & 1 ? 'b' : 'c',
                                  .major = n / 2 % 4,
                                  .minor = n / 8 % 4,
                                  .access = 1 + n / 32 % 7};
        int is = interpret(insns, count, &q);

        if (is != expected(r, &q)) {
            fail_msg("%c %u:%u access %u: %d", q.type, q.major, q.minor, q.access, is);
        }
    }
}

static void compare_list(const char *const *texts)
{
    CLEANUP(rt_resources) struct rt_resources r;
    CLEANUP(cgroup_devices) struct cgroup_devices p;

    parse_rules(texts, &r, &p);
    compare_all(&r, &p);
}

static void test_programs(void **state)
{
    compare_list(RULES("-a *:* rwm"));
    compare_list(RULES("+a *:* rwm"));
    compare_list(RULES("-a *:* rwm", "+c *:* m", "+b *:* m", "+c 1:3 rwm"));
    compare_list(RULES("-a *:* rwm", "+c 1:3 r", "+c 1:3 w"));
    compare_list(RULES("-a *:* rwm", "+c 1:* rw", "-c 1:3 w", "+c *:3 m"));
    compare_list(RULES("-a *:* rwm", "+a 1:2 rw", "+a *:* m", "-b 1:2 m"));
    compare_list(RULES("+a *:* rwm", "-c 2:* rwm", "+c 2:2 r", "-b *:1 w"));
    compare_list(RULES("+c 1:3 rwm"));
}

static unsigned next(uint32_t *seed, unsigned below)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 16) % below;
}

/* Lists that nobody writes, to find orders and overlaps that nobody thinks of. */
static void test_programs_of_random_lists(void **state)
{
    static const char *const access[] = {"r", "w", "m", "rw", "rm", "wm", "rwm"};
    uint32_t seed = 20260101;

    for (int n = 0; n < 500; n++) {
        CLEANUP(rt_resources) struct rt_resources r;
        CLEANUP(cgroup_devices) struct cgroup_devices p;
        struct error e = {0};
        unsigned count = 1 + next(&seed, 12);

        rt_resources_init(&r);
        for (unsigned i = 0; i < count; i++) {
            struct rt_device_rule *d = rt_resources_add_device_rule(&r);

            d->allow = next(&seed, 2);
            d->type = "abc"[next(&seed, 3)];
            d->major = (int64_t) next(&seed, 4) - 1;
            d->minor = (int64_t) next(&seed, 4) - 1;
            snprintf(d->access, sizeof(d->access), "%s", access[next(&seed, ARRAY_SIZE(access))]);
        }
        assert_int_equal(cgroup_devices_init(&p, &r, &e), 0);
        compare_all(&r, &p);
    }
}

static void test_too_many_rules_for_a_program(void **state)
{
    CLEANUP(rt_resources) struct rt_resources r;
    CLEANUP(cgroup_devices) struct cgroup_devices p;
    cleanup_free struct bpf_insn *insns = xcalloc(CGROUP_BPF_MAX, sizeof(*insns));
    struct error e = {0};

    rt_resources_init(&r);
    for (int i = 0; i < 2000; i++) {
        *rt_resources_add_device_rule(&r) = (struct rt_device_rule){
            .allow = true, .type = 'c', .major = i, .minor = i, .access = "rw"};
    }
    assert_int_equal(cgroup_devices_init(&p, &r, &e), 0);
    assert_int_equal(cgroup_bpf_build(&p, insns), -E2BIG);
}

/* ---- reading rules ---- */

static void test_accesses(void **state)
{
    assert_int_equal(cgroup_device_access("rwm"), CGROUP_ACCESS_ALL);
    assert_int_equal(cgroup_device_access("mwr"), CGROUP_ACCESS_ALL);
    assert_int_equal(cgroup_device_access("r"), BPF_DEVCG_ACC_READ);
    assert_int_equal(cgroup_device_access(""), 0);
    assert_int_equal(cgroup_device_access("x"), 0);
    assert_int_equal(cgroup_device_access("rx"), 0);
    assert_int_equal(cgroup_device_access("RW"), 0);
    assert_int_equal(cgroup_device_access((const char[4]){'r', 'w', 'm', 'r'}), CGROUP_ACCESS_ALL);
}

static void test_rule_for_all_forgets_what_was_before(void **state)
{
    CLEANUP(rt_resources) struct rt_resources r;
    CLEANUP(cgroup_devices) struct cgroup_devices p;

    parse_rules(RULES("+c 1:3 r", "-a *:* rwm", "+a 1:* r"), &r, &p);
    assert_false(p.allow_others);
    assert_int_equal(p.count, 2);
    assert_int_equal(p.rules[0].type, 'b');
    assert_int_equal(p.rules[1].type, 'c');
}

/* ---- v1's list ---- */

static void list_of(const char *const *texts, struct strv *ret)
{
    CLEANUP(rt_resources) struct rt_resources r;
    CLEANUP(cgroup_devices) struct cgroup_devices p;
    struct error e = {0};

    parse_rules(texts, &r, &p);
    if (cgroup_devices_v1_list(&p, ret, &e) < 0) {
        strv_done(ret);
        strv_addf(ret, "%s", e.text);
    }
    strv_sort(ret);
}

static void test_v1_lists(void **state)
{
    const struct {
        const char *const *rules;
        const char *list;
    } cases[] = {
        {RULES("-a *:* rwm"), ""},
        {RULES("-a *:* rwm", "+c 1:3 rwm", "+c *:* m"), "c *:* m,c 1:3 rwm"},
        {RULES("-a *:* rwm", "+c 1:3 r", "+c 1:3 w", "+c 1:3 r"), "c 1:3 rw"},
        {RULES("-a *:* rwm", "+a 1:3 r"), "b 1:3 r,c 1:3 r"},
        {RULES("-a *:* rwm", "+c 1:3 rwm", "-c 1:3 wm"), "c 1:3 r"},
        {RULES("-a *:* rwm", "+c 1:3 rwm", "+c 1:30 r", "-c 1:* rwm"), ""},
        {RULES("-a *:* rwm", "+c 1:3 rwm", "-b 1:3 rwm", "-c 2:3 r"), "c 1:3 rwm"},
        {RULES("-a *:* rwm", "+c 1:* r", "-c 1:3 w"), "c 1:* r"},
        {RULES("-a *:* rwm", "+c 1:* rw", "-c 1:3 w"),
         "deny devices 'c 1:3 w': cgroup v1 cannot deny a part of what is allowed"},
        {RULES("-a *:* rwm", "+c *:* rw", "-c 1:* r"),
         "deny devices 'c 1:* r': cgroup v1 cannot deny a part of what is allowed"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(strv) struct strv list = STRV_INIT;

        list_of(cases[i].rules, &list);
        cleanup_free char *text = strv_join(&list, ",");

        assert_string_equal(text, cases[i].list);
    }
}

/* An update writes what changes and nothing else. */
static void test_v1_differences(void **state)
{
    CLEANUP(strv) struct strv have = STRV_INIT;
    CLEANUP(strv) struct strv want = STRV_INIT;
    CLEANUP(strv) struct strv allow = STRV_INIT;
    CLEANUP(strv) struct strv deny = STRV_INIT;

    strv_split(&have, "c 1:3 rwm\nc 1:5 rw\nc 5:0 r\nc 136:* rwm\njunk\n", "\n");
    strv_split(&want, "c 136:* rwm\nc 1:5 rm\nc 1:30 r\nc 5:0 rw", "\n");
    cgroup_devices_v1_diff(&have, &want, &allow, &deny);
    cleanup_free char *a = strv_join(&allow, ",");
    cleanup_free char *d = strv_join(&deny, ",");

    assert_string_equal(a, "c 1:5 m,c 1:30 r,c 5:0 w");
    assert_string_equal(d, "c 1:3 rwm,c 1:5 w");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_programs),
        cmocka_unit_test(test_programs_of_random_lists),
        cmocka_unit_test(test_too_many_rules_for_a_program),
        cmocka_unit_test(test_accesses),
        cmocka_unit_test(test_rule_for_all_forgets_what_was_before),
        cmocka_unit_test(test_v1_lists),
        cmocka_unit_test(test_v1_differences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
