// SPDX-License-Identifier: Apache-2.0
/* What the cgroup code reads (mountinfo, control files) and how it converts values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "oci/cgroup_internal.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#define BIT(c) CGROUP_BIT(CGROUP_##c)

/* ---- mountinfo ---- */

static const char v2_host[] =
    "22 28 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:13 - proc proc rw\n"
    "29 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 "
    "rw,nsdelegate,memory_recursiveprot\n"
    "40 29 0:99 / /srv/c rw - ext4 /dev/vda1 rw\n";

static const char v1_host[] =
    "25 18 0:21 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs ro,mode=755\n"
    "26 25 0:22 / /sys/fs/cgroup/systemd rw,nosuid shared:10 - cgroup cgroup "
    "rw,xattr,release_agent=/lib/systemd/systemd-cgroups-agent,name=systemd\n"
    "28 25 0:25 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:11 - cgroup cgroup rw,cpu,cpuacct\n"
    "29 25 0:26 / /sys/fs/cgroup/memory rw,nosuid shared:12 - cgroup cgroup rw,memory\n"
    "30 25 0:27 / /sys/fs/cgroup/net_cls,net_prio rw shared:13 - cgroup cgroup "
    "rw,net_cls,net_prio\n"
    "31 25 0:28 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset,clone_children\n"
    "32 25 0:29 / /sys/fs/cgroup/perf_event rw - cgroup cgroup rw,perf_event\n"
    "33 25 0:30 / /sys/fs/cgroup/openrc rw - cgroup openrc rw,release_agent=/x,name=openrc\n";

static const char hybrid_host[] =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
    "33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct\n"
    "34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    "36 31 0:33 / /sys/fs/cgroup/devices rw,relatime - cgroup cgroup rw,devices\n"
    "37 31 0:34 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer\n"
    "38 31 0:35 / /sys/fs/cgroup/blkio rw,relatime - cgroup cgroup rw,blkio\n"
    "39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n"
    "40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw";

static const struct cgroup_hier *find(const struct cgroup_layout *l, const char *mount)
{
    for (size_t i = 0; i < l->count; i++) {
        if (strcmp(l->hiers[i].mount, mount) == 0) {
            return &l->hiers[i];
        }
    }
    return NULL;
}

static void test_v2_host(void **state)
{
    CLEANUP(cgroup_layout) struct cgroup_layout l;

    cgroup_layout_parse(v2_host, NULL, &l);
    assert_int_equal(l.mode, CGROUP_MODE_V2);
    assert_int_equal(l.count, 1);
    assert_string_equal(l.hiers[0].mount, "/sys/fs/cgroup");
    assert_true(l.hiers[0].ops->v2);
    assert_null(l.hiers[0].options);
    assert_false(l.hiers[0].readonly);
    assert_false(l.hiers[0].controllers_known);
    assert_int_equal(l.hiers[0].dev, makedev(0, 26));
}

static void test_v1_host(void **state)
{
    CLEANUP(cgroup_layout) struct cgroup_layout l;

    cgroup_layout_parse(v1_host, NULL, &l);
    assert_int_equal(l.mode, CGROUP_MODE_V1);
    assert_int_equal(l.count, 5); /* not those with nothing for us: perf_event, openrc */
    const struct cgroup_hier *h = find(&l, "/sys/fs/cgroup/cpu,cpuacct");

    assert_non_null(h);
    assert_string_equal(h->options, "cpu,cpuacct");
    assert_string_equal(cgroup_hier_name(h), "cpu,cpuacct");
    assert_int_equal(h->controllers, BIT(CPU) | BIT(CPUACCT));
    h = find(&l, "/sys/fs/cgroup/systemd");
    assert_non_null(h);
    assert_string_equal(h->options, "name=systemd");
    assert_int_equal(h->controllers, 0);
    h = find(&l, "/sys/fs/cgroup/cpuset");
    assert_non_null(h);
    assert_string_equal(h->options, "cpuset");
}

static void test_hybrid_host(void **state)
{
    CLEANUP(cgroup_layout) struct cgroup_layout l;

    cgroup_layout_parse(hybrid_host, NULL, &l);
    assert_int_equal(l.mode, CGROUP_MODE_HYBRID);
    assert_int_equal(l.count, 10);
    const struct cgroup_hier *h = find(&l, "/sys/fs/cgroup/unified");

    assert_non_null(h);
    assert_true(h->ops->v2);
    assert_true(h->controllers_known); /* v1 has all: nobody needs to ask */
    assert_int_equal(h->controllers & CGROUP_V2_WANTED, 0);
    h = find(&l, "/sys/fs/cgroup/blkio");
    assert_non_null(h);
    assert_int_equal(h->controllers, BIT(IO));
}

/* Memory on v2 (kernel option cgroup_no_v1=memory): it has to be asked for there. */
static void test_hybrid_host_with_controllers_on_v2(void **state)
{
    CLEANUP(cgroup_layout) struct cgroup_layout l;

    cgroup_layout_parse("32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
                        "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
                        NULL, &l);
    assert_int_equal(l.mode, CGROUP_MODE_HYBRID);
    assert_int_equal(l.count, 2);
    assert_false(l.hiers[1].controllers_known);
}

/* What people mount to run containers with an old systemd does not make a v2 host hybrid. */
static void test_v2_host_with_a_named_hierarchy(void **state)
{
    CLEANUP(cgroup_layout) struct cgroup_layout l;
    cleanup_free char *text = xasprintf(
        "26 29 0:22 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,none,name=systemd\n%s", v2_host);

    cgroup_layout_parse(text, NULL, &l);
    assert_int_equal(l.mode, CGROUP_MODE_V2);
    assert_int_equal(l.count, 1);
    assert_true(l.hiers[0].ops->v2);
}

static void test_all_controllers_in_one_odd_place(void **state)
{
    CLEANUP(cgroup_layout) struct cgroup_layout l;

    cgroup_layout_parse("50 23 0:44 / /dev/my\\040cgroups\\134x rw - cgroup none "
                        "rw,cpuset,cpu,cpuacct,blkio,memory,devices,freezer,net_cls,pids,misc\n",
                        NULL, &l);
    assert_int_equal(l.mode, CGROUP_MODE_V1);
    assert_int_equal(l.count, 1);
    assert_string_equal(l.hiers[0].mount, "/dev/my cgroups\\x");
    assert_int_equal(l.hiers[0].controllers, (CGROUP_BIT(CGROUP_CONTROLLER_COUNT) - 1) &
                                                 ~(BIT(HUGETLB) | BIT(RDMA) | BIT(NET_PRIO)));
    /* Also those that we do not use: the kernel mounts it again only by its whole name. */
    assert_string_equal(l.hiers[0].options,
                        "cpuset,cpu,cpuacct,blkio,memory,devices,freezer,net_cls,pids,misc");
}

static void test_in_a_container(void **state)
{
    CLEANUP(cgroup_layout) struct cgroup_layout l;

    cgroup_layout_parse(
        "700 650 0:90 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs rw,mode=755\n"
        "701 700 0:22 /docker/0a1b /sys/fs/cgroup/systemd ro,nosuid master:11 - cgroup cgroup "
        "rw,xattr,name=systemd\n"
        "702 700 0:25 /docker/0a1b /sys/fs/cgroup/cpu,cpuacct ro,nosuid master:15 - cgroup cgroup "
        "rw,cpu,cpuacct\n"
        "703 700 0:26 /docker/0a1b /sys/fs/cgroup/pids rw,nosuid master:16 - cgroup cgroup "
        "rw,pids\n"
        "704 700 0:27 / /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup ro,memory\n",
        NULL, &l);
    assert_int_equal(l.mode, CGROUP_MODE_V1);
    assert_int_equal(l.count, 4);
    assert_true(find(&l, "/sys/fs/cgroup/systemd")->readonly);
    assert_true(find(&l, "/sys/fs/cgroup/cpu,cpuacct")->readonly);
    assert_false(find(&l, "/sys/fs/cgroup/pids")->readonly);
    assert_true(find(&l, "/sys/fs/cgroup/memory")->readonly);
}

#define MEMORY_AT(id, root, place, how)                                                            \
#id " 1 0:26 " root " " place " " how " - cgroup cgroup rw,memory\n"

static void test_best_of_several_mounts(void **state)
{
    static const struct {
        const char *text;
        const char *mount;
    } cases[] = {
        {MEMORY_AT(1, "/", "/a", "rw") MEMORY_AT(2, "/", "/b", "rw"), "/a"},
        {MEMORY_AT(1, "/", "/a", "ro") MEMORY_AT(2, "/", "/b", "rw"), "/b"},
        {MEMORY_AT(1, "/", "/a", "rw") MEMORY_AT(2, "/", "/sys/fs/cgroup/m", "rw"),
         "/sys/fs/cgroup/m"},
        {MEMORY_AT(1, "/", "/sys/fs/cgroup/m", "ro") MEMORY_AT(2, "/x", "/b", "rw"), "/b"},
        {MEMORY_AT(1, "/..", "/a", "rw") MEMORY_AT(2, "/", "/b", "rw"), "/b"},
        {MEMORY_AT(1, "/", "/sys/fs/cgroupx/m", "rw") MEMORY_AT(2, "/", "/sys/fs/cgroup/m", "rw"),
         "/sys/fs/cgroup/m"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(cgroup_layout) struct cgroup_layout l;

        cgroup_layout_parse(cases[i].text, NULL, &l);
        assert_int_equal(l.count, 1);
        assert_string_equal(l.hiers[0].mount, cases[i].mount);
    }
}

static bool not_the_usual_place(const struct cgroup_hier *h)
{
    return strncmp(h->mount, "/sys/", 5) != 0;
}

static void test_covered_mount_is_not_taken(void **state)
{
    CLEANUP(cgroup_layout) struct cgroup_layout l;

    cgroup_layout_parse(MEMORY_AT(1, "/", "/sys/fs/cgroup/m", "rw") MEMORY_AT(2, "/", "/b", "ro"),
                        not_the_usual_place, &l);
    assert_int_equal(l.count, 1);
    assert_string_equal(l.hiers[0].mount, "/b");
}

static void test_what_is_no_hierarchy(void **state)
{
    static const char *const lines[] = {
        "",
        "\n\n\n",
        "29 23 0:26 / /sys/fs/cgroup rw\n",
        "29 23 0:26 / /sys/fs/cgroup rw - \n",
        "29 23 0:26 / /sys/fs/cgroup rw - cgroup2\n",
        "29 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2\n",
        "29 23 0:26 /\n - cgroup2 cgroup2 rw\n",
        "29 23 0:26 / - cgroup2 cgroup2 rw\n",
        " - cgroup2 cgroup2 rw\n",
        "29 23 0:26 / relative rw - cgroup2 cgroup2 rw\n",
        "29 23 026 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
        "29 23 0:26x / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
        "29 23 0:26 / /sys/fs/cgroup rw - cgroup22 cgroup2 rw\n",
        "29 23 0:26 / /sys/fs/cgroup rw - fuse.cgroup2 cgroup2 rw\n",
        "29 23 0:26 / /sys/fs/cgroup/x rw - cgroup cgroup rw\n",
        "29 23 0:26 / /sys/fs/cgroup/x rw - cgroup cgroup rw,name=systemdx\n",
        "29 23 0:26 / /sys/fs/cgroup/x rw - cgroup cgroup rw,cpux,xcpu,,\n",
        "29 23 0:26 / /dev/cpuset rw - cgroup cpuset rw,cpuset,noprefix,release_agent=/sbin/x\n",
    };

    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        CLEANUP(cgroup_layout) struct cgroup_layout l;

        cgroup_layout_parse(lines[i], NULL, &l);
        assert_int_equal(l.count, 0);
        assert_int_equal(l.mode, CGROUP_MODE_NONE);
    }
}

/* More hierarchies than can be: overlapping sets of controllers, long lines, bytes of all sorts. */
static void test_hostile_mountinfo(void **state)
{
    CLEANUP(cgroup_layout) struct cgroup_layout l;
    CLEANUP(strbuf) struct strbuf text = STRBUF_INIT(8 << 20);

    for (unsigned i = 0; i < 5000; i++) {
        strbuf_addf(&text, "%u 1 0:%u / /m%u rw - cgroup c rw%s%s%s\n", i, i, i,
                    i & 1 ? ",cpu" : "", i & 2 ? ",memory" : "", i & 4 ? ",pids" : "");
        strbuf_addf(&text, "%u 1 0:%u / /n%u rw - cgroup c rw,name=x%u\n", i, i, i, i);
        strbuf_addf(&text, "%u 1 0:%u / /o%u rw - cgroup2 c rw\n", i, i, i);
    }
    strbuf_adds(&text, "1 1 0:1 / /");
    for (int i = 0; i < 100000; i++) {
        strbuf_adds(&text, "\\377\\0\\");
    }
    strbuf_adds(&text, " rw - cgroup c rw,freezer");
    for (int i = 0; i < 100000; i++) {
        strbuf_adds(&text, ",cpuset,name=\xff");
    }
    assert_true(strbuf_ok(&text));
    cgroup_layout_parse(text.buf, NULL, &l);
    assert_int_equal(l.mode, CGROUP_MODE_HYBRID);
    assert_true(l.count <= CGROUP_MOUNTS_MAX);
    unsigned seen = 0;

    for (size_t i = 0; i < l.count; i++) { /* no controller twice */
        if (!l.hiers[i].ops->v2) {
            assert_int_equal(seen & l.hiers[i].controllers, 0);
            seen |= l.hiers[i].controllers;
        }
    }
    /* Every line cut at every place. */
    for (size_t n = 0; n < sizeof(v1_host); n++) {
        CLEANUP(cgroup_layout) struct cgroup_layout part;
        cleanup_free char *head = xstrndup(v1_host, n);

        cgroup_layout_parse(head, NULL, &part);
        assert_true(part.count <= 5);
    }
}

/* ---- control files ---- */

static void test_keyed_numbers(void **state)
{
    static const char text[] = "populated 1\nfrozen 0\noom 7\noom_kill 3\nodd x\nbig 99999999999999"
                               "99999999\nnegative -4\nlast 5";
    int64_t v = -1;

    assert_true(cgroup_keyed(text, "frozen", &v));
    assert_int_equal(v, 0);
    assert_true(cgroup_keyed(text, "oom", &v));
    assert_int_equal(v, 7);
    assert_true(cgroup_keyed(text, "oom_kill", &v));
    assert_int_equal(v, 3);
    assert_true(cgroup_keyed(text, "negative", &v));
    assert_int_equal(v, -4);
    assert_true(cgroup_keyed(text, "last", &v));
    assert_int_equal(v, 5);
    assert_false(cgroup_keyed(text, "odd", &v));
    assert_false(cgroup_keyed(text, "big", &v));
    assert_false(cgroup_keyed(text, "kill", &v));
    assert_false(cgroup_keyed(text, "froze", &v));
    assert_false(cgroup_keyed("", "x", &v));
    assert_int_equal(v, 5);
}

static void test_controller_names(void **state)
{
    assert_int_equal(
        cgroup_controllers_parse("cpuset cpu io memory hugetlb pids rdma misc\n", " \n"),
        CGROUP_V2_WANTED | BIT(HUGETLB) | BIT(RDMA));
    assert_int_equal(cgroup_controllers_parse("\n", " \n"), 0);
    assert_int_equal(cgroup_controllers_parse("", ","), 0);
    assert_int_equal(cgroup_controllers_parse("cp,cpus,cpusets,memor", ","), 0);
}

/* ---- conversions ---- */

static void test_cpu_weight(void **state)
{
    static const struct {
        int64_t shares;
        uint64_t weight;
    } cases[] = {{2, 1},  {1024, 39},     {512, 20},       {262144, 10000},   {1, 1},
                 {-5, 1}, {100000, 3815}, {262145, 10000}, {INT64_MAX, 10000}};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(cgroup_weight_from_shares(cases[i].shares), cases[i].weight);
    }
}

static void test_io_weight(void **state)
{
    assert_int_equal(cgroup_io_weight(10), 1);
    assert_int_equal(cgroup_io_weight(1000), 10000);
    assert_int_equal(cgroup_io_weight(500), 4950);
    assert_int_equal(cgroup_io_weight(1), 1);
    assert_int_equal(cgroup_io_weight(INT64_MAX), 10000);
}

static void test_swap_limit(void **state)
{
    static const struct {
        int64_t memory;
        int64_t memsw;
        int64_t swap;
    } cases[] = {
        {100, 300, 200},
        {100, 100, 0},
        {100, -1, -1},
        {100, RT_UNSET, RT_UNSET},
        {100, 0, RT_UNSET},
        {-1, RT_UNSET, -1},
        {RT_UNSET, -1, -1},
        {RT_UNSET, RT_UNSET, RT_UNSET},
        {1, INT64_MAX, INT64_MAX - 1},
    };
    struct error e = {0};
    int64_t swap = 7;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(cgroup_swap_from_memsw(cases[i].memory, cases[i].memsw, &swap, &e), 0);
        assert_int_equal(swap, cases[i].swap);
    }
    assert_int_equal(cgroup_swap_from_memsw(200, 100, &swap, &e), -1);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_string_equal(e.text,
                        "set memory swap limit to '100': it counts memory and swap together "
                        "and is below the memory limit '200'");
    assert_int_equal(cgroup_swap_from_memsw(RT_UNSET, 100, &swap, &e), -1);
    assert_string_equal(e.text, "set memory swap limit to '100': it needs a memory limit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_v2_host),
        cmocka_unit_test(test_v1_host),
        cmocka_unit_test(test_hybrid_host),
        cmocka_unit_test(test_hybrid_host_with_controllers_on_v2),
        cmocka_unit_test(test_v2_host_with_a_named_hierarchy),
        cmocka_unit_test(test_all_controllers_in_one_odd_place),
        cmocka_unit_test(test_in_a_container),
        cmocka_unit_test(test_best_of_several_mounts),
        cmocka_unit_test(test_covered_mount_is_not_taken),
        cmocka_unit_test(test_what_is_no_hierarchy),
        cmocka_unit_test(test_hostile_mountinfo),
        cmocka_unit_test(test_keyed_numbers),
        cmocka_unit_test(test_controller_names),
        cmocka_unit_test(test_cpu_weight),
        cmocka_unit_test(test_io_weight),
        cmocka_unit_test(test_swap_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
