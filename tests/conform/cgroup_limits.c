// SPDX-License-Identifier: Apache-2.0
/* Limits, device rules and numbers of a container's cgroup; on a v1, a hybrid and a v2 host. */
#include "cgroup_fixture.h"

#include "base/alloc.h"
#include "base/proc.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#define MIB (1024ll * 1024)

static int do_nothing(void *arg)
{
    return 0;
}

static bool is_missing(const struct cgroup *cg, const char *name)
{
    return strv_contains(cgroup_missing(cg), name);
}

/* ---- limits ---- */

static void test_limits_reach_the_kernel(void **state)
{
    CLEANUP(rt_resources) struct rt_resources r;

    rt_resources_init(&r);
    r.memory_limit = 64 * MIB;
    r.memory_reservation = 32 * MIB;
    r.memory_swap = 96 * MIB;
    r.cpu_shares = 512;
    r.cpu_quota = 50000;
    r.cpu_period = 200000;
    r.pids_limit = 123;
    r.cpuset_cpus = xstrdup("0");
    r.cpuset_mems = xstrdup("0");
    CLEANUP(cgroup) struct cgroup *cg = group_make("limits", &r);

    expect_limit(cg, "memory", "memory.limit_in_bytes=67108864", "memory.max=67108864");
    expect_limit(cg, "memory", "memory.soft_limit_in_bytes=33554432", "memory.low=33554432");
    expect_limit(cg, "memory", "memory.memsw.limit_in_bytes=100663296", "memory.swap.max=33554432");
    expect_limit(cg, "memory", NULL, "memory.oom.group=0");
    expect_limit(cg, "cpu", "cpu.shares=512", "cpu.weight=20");
    expect_limit(cg, "cpu", "cpu.cfs_quota_us=50000", "cpu.max=50000 200000");
    expect_limit(cg, "cpu", "cpu.cfs_period_us=200000", NULL);
    expect_limit(cg, "pids", "pids.max=123", "pids.max=123");
    expect_limit(cg, "cpuset", "cpuset.cpus=0", "cpuset.cpus=0");
    expect_limit(cg, "cpuset", "cpuset.mems=0", "cpuset.mems=0");
    assert_int_equal(process_end(process_in(cg, do_nothing, NULL)), 0);
}

/* Zero and minus one: Docker's ways to say "no limit". */
static void test_values_that_limit_nothing(void **state)
{
    CLEANUP(rt_resources) struct rt_resources r;

    rt_resources_init(&r);
    r.memory_limit = 0;
    r.memory_reservation = 0;
    r.memory_swap = 0;
    r.memory_swappiness = -1;
    r.cpu_shares = 0;
    r.cpu_quota = 0;
    r.cpu_period = 0;
    r.blkio_weight = 0;
    r.cpuset_cpus = xstrdup("");
    CLEANUP(cgroup) struct cgroup *cg = group_make("zero", &r);

    assert_int_equal(cgroup_missing(cg)->count, 0);
    expect_limit(cg, "pids", "pids.max=max", "pids.max=max");
    expect_limit(cg, "memory", NULL, "memory.max=max");
    r.memory_limit = -1;
    r.memory_swap = -1;
    r.cpu_quota = -1;
    r.pids_limit = -1;
    OK(cgroup_update(cg, &r, &last_error));
    expect_limit(cg, "cpu", "cpu.cfs_quota_us=-1", "cpu.max=max 100000");
    expect_limit(cg, "memory", NULL, "memory.max=max");
    expect_limit(cg, "memory", NULL, "memory.swap.max=max");
}

/* A disk of this machine; false when it has none. */
static bool find_disk(int64_t *major_ret, int64_t *minor_ret)
{
    static const char *const names[] = {"vda", "sda", "nvme0n1", "loop0"};
    char path[64];
    bool found = false;

    for (size_t i = 0; i < ARRAY_SIZE(names) && !found; i++) {
        snprintf(path, sizeof(path), "/sys/block/%s/dev", names[i]);
        FILE *f = fopen(path, "re");

        found = f && fscanf(f, "%" SCNd64 ":%" SCNd64, major_ret, minor_ret) == 2;
        if (f) {
            fclose(f);
        }
    }
    return found;
}

static void add_throttle(struct rt_throttles *list, int64_t major_no, int64_t minor_no,
                         uint64_t rate)
{
    struct rt_throttle *t = rt_list_append(&list->items, &list->count, sizeof(*t));

    *t = (struct rt_throttle){.major = major_no, .minor = minor_no, .rate = rate};
}

static void test_block_io_rates(void **state)
{
    CLEANUP(rt_resources) struct rt_resources r;
    const char *controller = on_v2() ? "io" : "blkio";
    int64_t major_no;
    int64_t minor_no;
    char v1[80];
    char v2[100];

    if (!find_disk(&major_no, &minor_no)) {
        skip();
    }
    rt_resources_init(&r);
    add_throttle(&r.throttles[RT_THROTTLE_READ_BPS], major_no, minor_no, 1048576);
    add_throttle(&r.throttles[RT_THROTTLE_WRITE_IOPS], major_no, minor_no, 77);
    CLEANUP(cgroup) struct cgroup *cg = group_make("rates", &r);

    snprintf(v1, sizeof(v1), "blkio.throttle.read_bps_device=%" PRId64 ":%" PRId64 " 1048576",
             major_no, minor_no);
    snprintf(v2, sizeof(v2),
             "io.max=%" PRId64 ":%" PRId64 " rbps=1048576 wbps=max riops=max wiops=77", major_no,
             minor_no);
    expect_limit(cg, controller, v1, v2);
    snprintf(v1, sizeof(v1), "blkio.throttle.write_iops_device=%" PRId64 ":%" PRId64 " 77",
             major_no, minor_no);
    expect_limit(cg, controller, v1, NULL);
    /* Zero lifts it again. */
    r.throttles[RT_THROTTLE_READ_BPS].items[0].rate = 0;
    r.throttles[RT_THROTTLE_WRITE_IOPS].items[0].rate = 0;
    OK(cgroup_update(cg, &r, &last_error));
    expect_limit(cg, controller, "blkio.throttle.read_bps_device=", "io.max=");
    r.throttles[RT_THROTTLE_READ_BPS].items[0].major = 4095;
    REFUSED(cgroup_update(cg, &r, &last_error), ERR_INVALID);
    assert_non_null(strstr(last_error.text, "set block I/O rate to '4095:"));
}

/* What this host cannot do at all is told, what makes no sense on it is refused. */
static void test_rare_limits(void **state)
{
    CLEANUP(rt_resources) struct rt_resources r;

    rt_resources_init(&r);
    r.net_class_id = 0x100001;
    r.cpu_idle = 1;
    CLEANUP(cgroup) struct cgroup *cg = group_make("rare", &r);

    expect_limit(cg, "net_cls", "net_cls.classid=1048577", NULL);
    assert_int_equal(is_missing(cg, "network class"), on_v2() || !group_folder(cg, "net_cls"));
    expect_limit(cg, "cpu", NULL, "cpu.idle=1");
    rt_pairs_add(&r.unified, "memory.high", "104857600");
    if (!on_v2()) {
        REFUSED(cgroup_update(cg, &r, &last_error), ERR_UNSUPPORTED);
        assert_string_equal(last_error.text, "set 'memory.high': this host has no cgroup v2");
        return;
    }
    OK(cgroup_update(cg, &r, &last_error));
    expect_limit(cg, "memory", NULL, "memory.high=104857600");
    rt_pairs_add(&r.unified, "memory.gone", "1");
    REFUSED(cgroup_update(cg, &r, &last_error), ERR_UNSUPPORTED);
    assert_non_null(strstr(last_error.text, "set 'memory.gone': no such file in '"));
}

static int divide(void *arg)
{
    char path[400];

    SYS(setresuid(12345, 12345, 12345));
    snprintf(path, sizeof(path), "%s/below", (const char *) arg);
    if (mkdir(path, 0755) < 0) {
        return 1;
    }
    snprintf(path, sizeof(path), "%s/memory.max", (const char *) arg);
    if (access(path, W_OK) == 0) {
        return 2;
    }
    snprintf(path, sizeof(path), "%s/below", (const char *) arg);
    return rmdir(path) < 0 ? 3 : 0;
}

/* The user makes groups below, and does not change the limits of the one that was given. */
static void test_a_group_that_was_given_away(void **state)
{
    CLEANUP(cgroup) struct cgroup *cg = group_make("given", NULL);
    char folder[300];

    OK(cgroup_delegate(cg, 12345, &last_error));
    if (!on_v2()) { /* a group of v1 stays with its owner */
        struct stat st;

        SYS(stat(group_folder(cg, "memory"), &st));
        assert_int_equal(st.st_uid, getuid());
        return;
    }
    snprintf(folder, sizeof(folder), "%s", group_folder(cg, ""));
    assert_int_equal(process_end(process_in(cg, divide, folder)), 0);
}

static void test_no_process_at_all(void **state)
{
    CLEANUP(rt_resources) struct rt_resources r;

    rt_resources_init(&r);
    r.pids_limit = 0;
    CLEANUP(cgroup) struct cgroup *cg = group_make("none", &r);

    expect_limit(cg, "pids", "pids.max=0", "pids.max=0");
}

static void update_memory(struct cgroup *cg, int64_t memory, int64_t memsw)
{
    CLEANUP(rt_resources) struct rt_resources r;

    rt_resources_init(&r);
    r.memory_limit = memory;
    r.memory_swap = memsw;
    OK(cgroup_update(cg, &r, &last_error));
}

/* v1 refuses a memory limit above that of memory and swap, at every step. */
static void test_memory_and_swap_go_up_and_down(void **state)
{
    CLEANUP(cgroup) struct cgroup *cg = group_make("updown", NULL);
    CLEANUP(cgroup) struct cgroup *later = NULL;

    OK(cgroup_open(group_path("updown"), &later, &last_error));
    update_memory(later, 128 * MIB, 256 * MIB);
    expect_limit(cg, "memory", "memory.limit_in_bytes=134217728", "memory.max=134217728");
    expect_limit(cg, "memory", "memory.memsw.limit_in_bytes=268435456",
                 "memory.swap.max=134217728");
    update_memory(later, 512 * MIB, 512 * MIB);
    expect_limit(cg, "memory", "memory.limit_in_bytes=536870912", "memory.max=536870912");
    expect_limit(cg, "memory", "memory.memsw.limit_in_bytes=536870912", "memory.swap.max=0");
    update_memory(later, 64 * MIB, 64 * MIB);
    expect_limit(cg, "memory", "memory.limit_in_bytes=67108864", "memory.max=67108864");
    expect_limit(cg, "memory", "memory.memsw.limit_in_bytes=67108864", "memory.swap.max=0");
    update_memory(later, 128 * MIB, -1);
    expect_limit(cg, "memory", "memory.limit_in_bytes=134217728", "memory.max=134217728");
    expect_limit(cg, "memory", NULL, "memory.swap.max=max");
    update_memory(later, 64 * MIB, 64 * MIB);
    update_memory(later, -1, RT_UNSET);
    expect_limit(cg, "memory", NULL, "memory.max=max");
    expect_limit(cg, "memory", NULL, "memory.swap.max=max");
}

/* Each change is legal as a whole, though not every order of its writes is. */
static void test_cpu_bandwidth_changes(void **state)
{
    static const struct {
        int64_t quota;
        int64_t period;
        int64_t burst;
        const char *v1_quota;
        const char *v2;
    } steps[] = {
        {40000, 100000, 40000, "cpu.cfs_quota_us=40000", "cpu.max=40000 100000"},
        {10000, 50000, 10000, "cpu.cfs_quota_us=10000", "cpu.max=10000 50000"},
        {90000, 200000, 50000, "cpu.cfs_quota_us=90000", "cpu.max=90000 200000"},
        {RT_UNSET, 100000, RT_UNSET, "cpu.cfs_quota_us=90000", "cpu.max=90000 100000"},
        {20000, RT_UNSET, 0, "cpu.cfs_quota_us=20000", "cpu.max=20000 100000"},
        {-1, RT_UNSET, RT_UNSET, "cpu.cfs_quota_us=-1", "cpu.max=max 100000"},
    };
    CLEANUP(cgroup) struct cgroup *cg = group_make("bandwidth", NULL);

    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        CLEANUP(rt_resources) struct rt_resources r;

        rt_resources_init(&r);
        r.cpu_quota = steps[i].quota;
        r.cpu_period = steps[i].period;
        r.cpu_burst = steps[i].burst;
        OK(cgroup_update(cg, &r, &last_error));
        expect_limit(cg, "cpu", steps[i].v1_quota, steps[i].v2);
        if (steps[i].burst != RT_UNSET && !is_missing(cg, "cpu burst")) {
            cleanup_free char *v1 = xasprintf("cpu.cfs_burst_us=%lld", (long long) steps[i].burst);
            cleanup_free char *v2 = xasprintf("cpu.max.burst=%lld", (long long) steps[i].burst);

            expect_limit(cg, "cpu", v1, v2);
        }
    }
}

static void test_limits_that_only_v1_has(void **state)
{
    CLEANUP(rt_resources) struct rt_resources r;

    rt_resources_init(&r);
    r.memory_swappiness = 10;
    r.memory_disable_oom_killer = true;
    CLEANUP(cgroup) struct cgroup *cg = group_make("v1only", &r);

    assert_int_equal(is_missing(cg, "memory swappiness"), on_v2());
    assert_int_equal(is_missing(cg, "OOM killer switch"), on_v2());
    expect_limit(cg, "memory", "memory.swappiness=10", NULL);
    expect_limit(cg, "memory", "memory.oom_control=oom_kill_disable 1", NULL);
}

/* Which file takes it depends on the disks' schedulers; without any it must be said. */
static void test_block_io_weight_is_set_or_missing(void **state)
{
    CLEANUP(rt_resources) struct rt_resources r;

    rt_resources_init(&r);
    r.blkio_weight = 500;
    CLEANUP(cgroup) struct cgroup *cg = group_make("weight", &r);
    const char *folder = group_folder(cg, "blkio");
    static const char *const files[] = {"blkio.weight", "blkio.bfq.weight", "io.bfq.weight",
                                        "io.weight"};
    size_t present = 0;

    for (size_t i = 0; folder && i < ARRAY_SIZE(files); i++) {
        present += strcmp(control(folder, files[i]), "(none)") != 0;
    }
    assert_int_equal(is_missing(cg, "block I/O weight"), !present);
    expect_limit(cg, "blkio", "blkio.bfq.weight=500", "io.weight=default 4950");
}

static void test_refused_values_are_named(void **state)
{
    CLEANUP(rt_resources) struct rt_resources r;
    struct cgroup *cg = NULL;

    rt_resources_init(&r);
    r.cpuset_cpus = xstrdup("9999");
    REFUSED(cgroup_create(group_path("refused"), &r, &cg, &last_error), ERR_INVALID);
    assert_non_null(strstr(last_error.text, "set cpuset cpus to '9999' in '"));
    assert_non_null(strstr(last_error.text, "/refused/cpuset.cpus': "));
    xstrset(&r.cpuset_cpus, NULL);
    r.cpu_period = 10;
    REFUSED(cgroup_create(group_path("refused"), &r, &cg, &last_error), ERR_INVALID);
    assert_non_null(strstr(last_error.text, "set cpu period to '"));
    r.cpu_period = RT_UNSET;
    r.memory_limit = 64 * MIB;
    r.memory_swap = 32 * MIB;
    REFUSED(cgroup_create(group_path("refused"), &r, &cg, &last_error), ERR_INVALID);
    assert_non_null(strstr(last_error.text, "set memory swap limit to '33554432'"));
    assert_null(cg);
    REFUSED(cgroup_open(group_path("refused"), &cg, &last_error), ERR_NOT_FOUND);
}

/* ---- limits do something ---- */

static int fork_and_sleep(void *arg)
{
    for (int made = 0; made < 50; made++) {
        pid_t pid = proc_fork();

        if (pid < 0) {
            return made;
        }
        if (pid == 0) {
            return sleep_on(NULL);
        }
    }
    return 50;
}

static void test_pids_limit_holds(void **state)
{
    CLEANUP(rt_resources) struct rt_resources r;

    rt_resources_init(&r);
    r.pids_limit = 5;
    CLEANUP(cgroup) struct cgroup *cg = group_make("five", &r);

    assert_int_equal(process_end(process_in(cg, fork_and_sleep, NULL)), 4);
    OK(cgroup_kill(cg, &last_error));
}

/* Touches 64 MiB. */
static int use_memory(void *arg)
{
    size_t size = 64 * MIB;
    char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    for (size_t i = 0; p != MAP_FAILED && i < size; i += 4096) {
        p[i] = 1;
    }
    return 0;
}

/* The victim is in a group that the container made, as that of an engine inside. */
static int use_memory_below(void *arg)
{
    cleanup_free char *below = xasprintf("%s/below", (const char *) arg);
    cleanup_free char *procs = xasprintf("%s/cgroup.procs", below);
    int fd = mkdir(below, 0755) < 0 ? -1 : open(procs, O_WRONLY | O_CLOEXEC);

    return fd < 0 || write(fd, "0", 1) < 0 ? 98 : use_memory(NULL);
}

static void test_memory_limit_kills_and_is_counted(void **state)
{
    CLEANUP(rt_resources) struct rt_resources r;

    rt_resources_init(&r);
    r.memory_limit = 16 * MIB;
    r.memory_swap = 16 * MIB;
    CLEANUP(cgroup) struct cgroup *cg = group_make("small", &r);

    if (is_missing(cg, "memory limit")) {
        skip();
    }
    assert_int_equal(cgroup_oom_kills(cg), 0);
    assert_int_equal(process_end(process_in(cg, do_nothing, NULL)), 0);
    assert_int_equal(cgroup_oom_kills(cg), 0);
    assert_int_equal(process_end(process_in(cg, use_memory, NULL)), 128 + SIGKILL);
    assert_int_equal(cgroup_oom_kills(cg), 1);
    cleanup_free char *folder = xstrdup(group_folder(cg, "memory"));

    assert_int_equal(process_end(process_in(cg, use_memory_below, folder)), 128 + SIGKILL);
    assert_int_equal(cgroup_oom_kills(cg), 2);
}

static int use_memory_and_sleep(void *arg)
{
    use_memory(NULL);
    (void) !write(*(const int *) arg, "x", 1);
    return sleep_on(NULL);
}

static void test_numbers(void **state)
{
    CLEANUP(rt_resources) struct rt_resources r;
    struct cgroup_stats s;
    int fds[2];
    char c;

    rt_resources_init(&r);
    r.memory_limit = 128 * MIB;
    r.pids_limit = 9;
    CLEANUP(cgroup) struct cgroup *cg = group_make("numbers", &r);

    SYS(pipe2(fds, O_CLOEXEC));
    pid_t pid = process_in(cg, use_memory_and_sleep, &fds[1]);

    close(fds[1]);
    assert_int_equal(read(fds[0], &c, 1), 1);
    close(fds[0]);
    cgroup_stats(cg, &s);
    assert_int_equal(s.pids, 1);
    assert_int_equal(s.pids_limit, 9);
    assert_int_equal(s.memory_limit, 128 * MIB);
    assert_in_range(s.memory_usage, 32 * MIB, 128 * MIB);
    assert_true(s.memory_peak == -1 || s.memory_peak >= 32 * MIB);
    assert_in_range(s.memory_inactive, 0, 64 * MIB);
    assert_true(s.cpu_ns > 0);
    assert_true(s.io_read >= 0 && s.io_write >= 0);
    OK(cgroup_kill(cg, &last_error));
    assert_int_equal(process_end(pid), 128 + SIGKILL);
}

static void test_numbers_without_limits(void **state)
{
    CLEANUP(cgroup) struct cgroup *cg = group_make("free", NULL);
    struct cgroup_stats s;

    cgroup_stats(cg, &s);
    assert_int_equal(s.memory_limit, INT64_MAX);
    assert_int_equal(s.pids_limit, INT64_MAX);
    assert_int_equal(s.pids, 0);
    OK(cgroup_remove(cg, &last_error));
    cgroup_stats(cg, &s);
    assert_int_equal(s.memory_usage, -1);
    assert_int_equal(s.pids, -1);
    assert_int_equal(cgroup_oom_kills(cg), 0);
}

/* ---- devices ---- */

enum {
    NULL_BOTH = 1 << 0, /* /dev/null, 1:3 */
    ZERO_READ = 1 << 1, /* /dev/zero, 1:5 */
    ZERO_BOTH = 1 << 2,
    FULL_READ = 1 << 3, /* /dev/full, 1:7 */
    MAKE_CHAR = 1 << 4, /* a node 1:7 */
    MAKE_BLOCK = 1 << 5,
    ALL = (1 << 6) - 1,
};

static int can_open(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);

    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}

static int can_make(mode_t type, dev_t dev)
{
    cleanup_free char *path = xasprintf("/tmp/hoy-conform-node-%d", (int) getpid());
    int r = mknod(path, type | 0600, dev);

    unlink(path);
    return r == 0;
}

static int try_devices(void *arg)
{
    return can_open("/dev/null", O_RDWR) * NULL_BOTH + can_open("/dev/zero", O_RDONLY) * ZERO_READ +
           can_open("/dev/zero", O_RDWR) * ZERO_BOTH + can_open("/dev/full", O_RDONLY) * FULL_READ +
           can_make(S_IFCHR, makedev(1, 7)) * MAKE_CHAR +
           can_make(S_IFBLK, makedev(7, 0)) * MAKE_BLOCK;
}

static int devices_of(const struct cgroup *cg)
{
    return process_end(process_in(cg, try_devices, NULL));
}

/* "+c 1:3 rwm" allows, "-a *:* rwm" denies; ends with NULL. */
static void add_rules(struct rt_resources *r, const char *const *rules)
{
    for (; *rules; rules++) {
        struct rt_device_rule *d = rt_resources_add_device_rule(r);
        char major[16];
        char minor[16];

        assert_int_equal(
            sscanf(*rules + 1, "%c %15[^:]:%15s %3s", &d->type, major, minor, d->access), 4);
        d->allow = **rules == '+';
        d->major = *major == '*' ? -1 : strtoll(major, NULL, 10);
        d->minor = *minor == '*' ? -1 : strtoll(minor, NULL, 10);
    }
}

#define RULES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void update_devices(struct cgroup *cg, const char *const *rules)
{
    CLEANUP(rt_resources) struct rt_resources r;

    rt_resources_init(&r);
    add_rules(&r, rules);
    OK(cgroup_update(cg, &r, &last_error));
}

static void test_device_rules(void **state)
{
    CLEANUP(rt_resources) struct rt_resources r;
    CLEANUP(cgroup) struct cgroup *open_group = group_make("open", NULL);

    rt_resources_init(&r);
    add_rules(&r, RULES("-a *:* rwm", "+c *:* m", "+b *:* m", "+c 1:3 rwm", "+c 1:5 r",
                        "+c 5:2 rwm", "+c 136:* rwm"));
    assert_int_equal(devices_of(open_group), ALL);
    CLEANUP(cgroup) struct cgroup *cg = group_make("devices", &r);
    CLEANUP(cgroup) struct cgroup *later = NULL;

    assert_int_equal(devices_of(cg), NULL_BOTH | ZERO_READ | MAKE_CHAR | MAKE_BLOCK);
    OK(cgroup_open(group_path("devices"), &later, &last_error));
    update_devices(later, RULES("-a *:* rwm", "+c 1:7 r", "+c 1:3 rwm"));
    assert_int_equal(devices_of(cg), NULL_BOTH | FULL_READ);
    update_devices(later, RULES("-a *:* rwm", "+c 1:5 r", "+c 1:5 w"));
    assert_int_equal(devices_of(cg), ZERO_READ | ZERO_BOTH);
    update_devices(later, RULES("-a *:* rwm"));
    assert_int_equal(devices_of(cg), 0);
    update_devices(later, RULES("-a *:* rwm", "+a *:* m", "+c 1:* rw"));
    assert_int_equal(devices_of(cg), ALL);
    update_devices(later, RULES("-a *:* rwm", "+c 1:3 rwm", "-c 1:3 w", "-c *:* m"));
    assert_int_equal(devices_of(cg), 0);
    update_devices(later, RULES("+a *:* rwm", "-c 1:7 rwm"));
    assert_int_equal(devices_of(cg), ALL & ~FULL_READ & ~MAKE_CHAR);
    update_devices(later, RULES("-a *:* rwm", "+c 1:3 rwm", "+a *:* rwm"));
    assert_int_equal(devices_of(cg), ALL);
}

static void test_device_rules_of_a_privileged_container(void **state)
{
    CLEANUP(rt_resources) struct rt_resources r;

    rt_resources_init(&r);
    add_rules(&r, RULES("+a *:* rwm"));
    CLEANUP(cgroup) struct cgroup *cg = group_make("privileged", &r);

    assert_int_equal(devices_of(cg), ALL);
    assert_int_equal(cgroup_missing(cg)->count, 0);
}

/* v1 keeps a list of what is allowed and has no word for a hole in an entry. */
static void test_device_rule_with_a_hole(void **state)
{
    CLEANUP(rt_resources) struct rt_resources r;
    struct cgroup *cg = NULL;

    rt_resources_init(&r);
    add_rules(&r, RULES("-a *:* rwm", "+c 1:* rwm", "-c 1:5 w"));
    if (cgroup_create(group_path("hole"), &r, &cg, &last_error) == 0) {
        assert_true(on_v2());
        assert_int_equal(devices_of(cg), NULL_BOTH | ZERO_READ | FULL_READ | MAKE_CHAR);
        cgroup_free(cg);
        return;
    }
    assert_false(on_v2());
    assert_int_equal(last_error.kind, ERR_UNSUPPORTED);
    assert_non_null(strstr(last_error.text, "deny devices 'c 1:5 w': cgroup v1 cannot deny a part "
                                            "of what is allowed"));
    REFUSED(cgroup_open(group_path("hole"), &cg, &last_error), ERR_NOT_FOUND);
}

static void test_malformed_device_rules(void **state)
{
    static const struct {
        int64_t major;
        char type;
        char access[4];
    } bad[] = {{1, 'x', "r"}, {1, 'c', ""}, {1, 'c', "rx"}, {-2, 'c', "r"}, {1ll << 40, 'c', "r"}};

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        CLEANUP(rt_resources) struct rt_resources r;
        struct cgroup *cg = NULL;

        rt_resources_init(&r);
        struct rt_device_rule *d = rt_resources_add_device_rule(&r);

        d->type = bad[i].type;
        d->major = bad[i].major;
        memcpy(d->access, bad[i].access, sizeof(d->access));
        REFUSED(cgroup_create(group_path("bad"), &r, &cg, &last_error), ERR_INVALID);
        assert_non_null(strstr(last_error.text, "use device rule '"));
        REFUSED(cgroup_open(group_path("bad"), &cg, &last_error), ERR_NOT_FOUND);
    }
}

static int run(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_teardown(f, fixture_clean)
        TEST(test_limits_reach_the_kernel),
        TEST(test_values_that_limit_nothing),
        TEST(test_block_io_rates),
        TEST(test_rare_limits),
        TEST(test_no_process_at_all),
        TEST(test_a_group_that_was_given_away),
        TEST(test_memory_and_swap_go_up_and_down),
        TEST(test_cpu_bandwidth_changes),
        TEST(test_limits_that_only_v1_has),
        TEST(test_block_io_weight_is_set_or_missing),
        TEST(test_refused_values_are_named),
        TEST(test_pids_limit_holds),
        TEST(test_memory_limit_kills_and_is_counted),
        TEST(test_numbers),
        TEST(test_numbers_without_limits),
        TEST(test_device_rules),
        TEST(test_device_rules_of_a_privileged_container),
        TEST(test_device_rule_with_a_hole),
        TEST(test_malformed_device_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return fixture_main(run);
}
