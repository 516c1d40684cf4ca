// SPDX-License-Identifier: Apache-2.0
/*
 * The cgroup code where the host is not as it should be: hierarchies read-only, covered or not
 * there, rights missing, and in a container with cgroup and mount namespaces of its own. Run on
 * a v1, a hybrid and a v2 host. Needs root.
 */
#include "cgroup_fixture.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/proc.h"
#include "oci/cgroup_internal.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define MIB (1024ll * 1024)

/* ---- with other mounts ---- */

static int host_mounts = FD_NONE;

/* A mount namespace of our own until mounts_back(). */
static void mounts_own(void)
{
    host_mounts = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    SYS(host_mounts);
    SYS(unshare(CLONE_NEWNS));
    SYS(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL));
}

/* Teardown. */
static int mounts_back(void **state)
{
    if (host_mounts >= 0) {
        SYS(setns(host_mounts, CLONE_NEWNS));
        close_fd(&host_mounts);
    }
    cgroup_layout_forget();
    return fixture_clean(state);
}

/* Points of all hierarchies, or of the one with the controller; the caller frees the items. */
static void mount_points(const char *controller, struct strv *ret)
{
    struct cgroup_layout *l = cgroup_layout_get();

    for (size_t i = 0; i < l->count; i++) {
        if (!controller || l->hiers[i].controllers & cgroup_controllers_parse(controller, ",")) {
            strv_add(ret, l->hiers[i].mount);
        }
    }
}

static void make_readonly(const char *controller)
{
    CLEANUP(strv) struct strv points = STRV_INIT;

    mount_points(controller, &points);
    for (size_t i = 0; i < points.count; i++) {
        SYS(mount(NULL, points.items[i], NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
    }
    cgroup_layout_forget();
}

/* All limits, and no controller for any of them. */
static void assert_nothing_works_but_nothing_fails(void)
{
    CLEANUP(rt_resources) struct rt_resources r;
    struct cgroup_stats s;
    struct cgroup_mount list[CGROUP_MOUNTS_MAX];
    cleanup_free pid_t *pids = NULL;
    size_t count;

    rt_resources_init(&r);
    r.memory_limit = 64 * MIB;
    r.pids_limit = 5;
    *rt_resources_add_device_rule(&r) = (struct rt_device_rule){
        .allow = true, .type = 'a', .major = -1, .minor = -1, .access = "rwm"};
    CLEANUP(cgroup) struct cgroup *cg = group_make("nowhere", &r);
    CLEANUP(cgroup) struct cgroup *again = NULL;

    assert_int_equal(cgroup_missing(cg)->count, 2);
    assert_string_equal(cgroup_missing(cg)->items[0], "memory limit");
    assert_string_equal(cgroup_missing(cg)->items[1], "pids limit");
    assert_int_equal(cgroup_clone_fd(cg), FD_NONE);
    assert_int_equal(cgroup_mounts(cg, list), 0);
    OK(cgroup_open(group_path("nowhere"), &again, &last_error));
    OK(cgroup_enter(cg, false, &last_error));
    OK(cgroup_pids(cg, &pids, &count, &last_error));
    assert_int_equal(count, 0);
    cgroup_stats(cg, &s);
    assert_int_equal(s.pids, -1);
    REFUSED(cgroup_freeze(cg, true, &last_error), ERR_UNSUPPORTED);
    cleanup_free char *want =
        xasprintf("freeze cgroup '%s': this host has no cgroup freezer", group_path("nowhere"));

    assert_string_equal(last_error.text, want);
    OK(cgroup_kill(cg, &last_error));
    OK(cgroup_remove(cg, &last_error));

    /* What cannot be confined must not run as if it were. */
    struct cgroup *none = NULL;

    r.devices[0].allow = false;
    REFUSED(cgroup_create(group_path("nowhere"), &r, &none, &last_error), ERR_UNSUPPORTED);
    free(want);
    want = xasprintf("restrict the devices of cgroup '%s': no cgroup hierarchy that can be "
                     "written controls devices on this host",
                     group_path("nowhere"));
    assert_string_equal(last_error.text, want);
    assert_string_equal(last_error.hint, "a privileged container has no device rules and does "
                                         "without");
}

static void test_all_read_only(void **state)
{
    enum cgroup_mode mode = cgroup_host_mode();

    mounts_own();
    make_readonly(NULL);
    assert_int_equal(cgroup_host_mode(), mode);
    assert_nothing_works_but_nothing_fails();
}

static void test_no_cgroups_at_all(void **state)
{
    CLEANUP(strv) struct strv points = STRV_INIT;

    mount_points(NULL, &points);
    mounts_own();
    for (size_t i = 0; i < points.count; i++) {
        SYS(umount2(points.items[i], MNT_DETACH));
    }
    cgroup_layout_forget();
    assert_int_equal(cgroup_host_mode(), CGROUP_MODE_NONE);
    assert_string_equal(cgroup_version(), "1");
    assert_nothing_works_but_nothing_fails();
}

/* Something else is mounted over them: mountinfo still has the hidden ones. */
static void test_covered_hierarchies(void **state)
{
    CLEANUP(strv) struct strv points = STRV_INIT;

    mount_points(NULL, &points);
    mounts_own();
    for (size_t i = 0; i < points.count; i++) {
        SYS(mount("cover", points.items[i], "tmpfs", 0, NULL));
    }
    cgroup_layout_forget();
    assert_int_equal(cgroup_host_mode(), CGROUP_MODE_NONE);
    assert_nothing_works_but_nothing_fails();
}

static void test_one_hierarchy_read_only(void **state)
{
    CLEANUP(rt_resources) struct rt_resources r;

    if (on_v2()) {
        skip();
    }
    mounts_own();
    make_readonly("memory");
    rt_resources_init(&r);
    r.memory_limit = 64 * MIB;
    r.pids_limit = 7;
    CLEANUP(cgroup) struct cgroup *cg = group_make("some", &r);

    assert_int_equal(cgroup_missing(cg)->count, 1);
    assert_string_equal(cgroup_missing(cg)->items[0], "memory limit");
    expect_limit(cg, "pids", "pids.max=7", NULL);
    assert_null(group_folder(cg, "memory"));
    assert_int_equal(cgroup_oom_kills(cg), 0);
    OK(cgroup_remove(cg, &last_error));
}

/* ---- in other processes: a failed check says so and is the exit code ---- */

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "# line %d: %s: %s\n", __LINE__, #condition, last_error.text);         \
            return 1;                                                                              \
        }                                                                                          \
    } while (0)

static int create_as_nobody(void *arg)
{
    struct cgroup_layout *l = cgroup_layout_get();
    struct cgroup *cg = NULL;
    cleanup_free char *want =
        xasprintf("make cgroup '%s%s' (%s): permission denied", l->hiers[0].mount,
                  group_path("denied"), l->hiers[0].ops->v2 ? "cgroup v2" : l->hiers[0].options);

    CHECK(setresuid(65534, 65534, 65534) == 0);
    CHECK(cgroup_create(group_path("denied"), NULL, &cg, &last_error) < 0);
    CHECK(last_error.kind == ERR_DENIED);
    CHECK(strcmp(last_error.text, want) == 0);
    return 0;
}

static void test_without_rights(void **state)
{
    pid_t pid = proc_fork();

    if (pid == 0) {
        _exit(create_as_nobody(NULL));
    }
    assert_int_equal(process_end(pid), 0);
}

/* What a user's service manager does to give a group away. */
static void give_away(const char *folder)
{
    static const char *const files[] = {"", "/cgroup.procs", "/cgroup.subtree_control", "/tasks"};

    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        cleanup_free char *path = xasprintf("%s%s", folder, files[i]);

        assert_true(chown(path, 65534, 65534) == 0 || errno == ENOENT);
    }
}

static int use_delegated_group(void *arg)
{
    CLEANUP(rt_resources) struct rt_resources r;
    struct cgroup *cg = NULL;

    rt_resources_init(&r);
    r.pids_limit = 7;
    CHECK(setresuid(65534, 65534, 65534) == 0);
    CHECK(cgroup_create(group_path("given/inner"), &r, &cg, &last_error) == 0);
    CHECK(cgroup_missing(cg)->count == 0);
    CHECK(strcmp(control(group_folder(cg, "pids"), "pids.max"), "7") == 0);
    CHECK(cgroup_remove(cg, &last_error) == 0);
    return 0;
}

static void test_delegated_group(void **state)
{
    CLEANUP(cgroup) struct cgroup *cg = group_make("given", NULL);
    struct cgroup_mount list[CGROUP_MOUNTS_MAX];
    size_t count = cgroup_mounts(cg, list);

    for (size_t i = 0; i < count; i++) {
        give_away(list[i].path);
    }
    pid_t pid = proc_fork();

    if (pid == 0) {
        _exit(use_delegated_group(NULL));
    }
    assert_int_equal(process_end(pid), 0);
}

/* Namespaces and mounts as a container has them that may write to its cgroups. */
static int become_container(void)
{
    struct cgroup_layout *l = cgroup_layout_get();

    CHECK(unshare(CLONE_NEWNS | CLONE_NEWCGROUP) == 0);
    CHECK(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) == 0);
    if (on_v2()) {
        CHECK(umount2("/sys/fs/cgroup", MNT_DETACH) == 0);
        CHECK(mount("cgroup", "/sys/fs/cgroup", "cgroup2", 0, NULL) == 0);
    } else {
        for (size_t i = 0; i < l->count; i++) {
            const struct cgroup_hier *h = &l->hiers[i];

            CHECK(umount2(h->mount, MNT_DETACH) == 0);
            CHECK(mount("cgroup", h->mount, h->ops->v2 ? "cgroup2" : "cgroup", 0, h->options) == 0);
        }
    }
    cgroup_layout_forget();
    return 0;
}

static int make_inner(const char *path, bool limited)
{
    CLEANUP(rt_resources) struct rt_resources r;
    CLEANUP(cgroup) struct cgroup *cg = NULL;

    rt_resources_init(&r);
    if (limited) {
        r.memory_limit = 64 * MIB;
        r.pids_limit = 7;
    }
    CHECK(cgroup_create(path, &r, &cg, &last_error) == 0);
    CHECK(cgroup_missing(cg)->count == 0);
    if (limited) {
        CHECK(strcmp(control(group_folder(cg, "pids"), "pids.max"), "7") == 0);
    }
    pid_t pid = try_process_in(cg, sleep_on, NULL);

    CHECK(pid > 0);
    CHECK(cgroup_kill(cg, &last_error) == 0);
    CHECK(process_end(pid) == 128 + SIGKILL);
    CHECK(cgroup_remove(cg, &last_error) == 0);
    return 0;
}

static int be_nested_engine(void *arg)
{
    static const char want[] = "enable controller 'memory' in "
                               "'/sys/fs/cgroup/cgroup.subtree_control': the group has processes "
                               "of its own";
    CLEANUP(rt_resources) struct rt_resources r;
    CLEANUP(cgroup) struct cgroup *init = NULL;
    struct cgroup *none = NULL;

    rt_resources_init(&r);
    CHECK(become_container() == 0);
    CHECK(make_inner("/hoy/inner", false) == 0);
    if (on_v2()) {
        r.memory_limit = 64 * MIB;
        CHECK(cgroup_create("/hoy/inner", &r, &none, &last_error) < 0);
        CHECK(last_error.kind == ERR_IN_USE);
        CHECK(strcmp(last_error.text, want) == 0);
        CHECK(strcmp(last_error.hint,
                     "cgroup v2 gives controllers only to groups below one without processes: "
                     "move them from '/sys/fs/cgroup' to a group below it first") == 0);
        CHECK(access("/sys/fs/cgroup/hoy/inner", F_OK) < 0);
        CHECK(cgroup_create("/init", NULL, &init, &last_error) == 0);
        CHECK(cgroup_enter(init, false, &last_error) == 0);
    }
    return make_inner("/hoy/inner", true);
}

static void test_in_a_container(void **state)
{
    CLEANUP(cgroup) struct cgroup *cg = group_make("outer", NULL);
    pid_t pid = process_in(cg, be_nested_engine, NULL);

    assert_int_equal(process_end(pid), 0);
    OK(cgroup_kill(cg, &last_error));
    OK(cgroup_remove(cg, &last_error));
}

/* ---- one more process in a container that divided its group (v2) ---- */

static int divide_and_sleep(void *arg)
{
    cleanup_free char *below = xasprintf("%s/init.scope", (const char *) arg);
    cleanup_free char *procs = xasprintf("%s/cgroup.procs", below);
    cleanup_free char *subtree = xasprintf("%s/cgroup.subtree_control", (const char *) arg);

    CHECK(mkdir(below, 0755) == 0);
    CHECK(file_write(AT_FDCWD, procs, "0") == 0);
    CHECK(file_write(AT_FDCWD, subtree, "+pids") == 0);
    return sleep_on(NULL);
}

static bool is_divided(void *arg)
{
    return strcmp(control(arg, "cgroup.subtree_control"), "pids") == 0;
}

static void test_process_follows_into_a_divided_group(void **state)
{
    if (!on_v2()) {
        skip();
    }
    CLEANUP(cgroup) struct cgroup *cg = group_make("systemd", NULL);
    cleanup_free char *folder = xstrdup(group_folder(cg, ""));
    pid_t init = process_in(cg, divide_and_sleep, folder);

    assert_true(wait_until(is_divided, folder));
    CLEANUP(cgroup) struct cgroup *later = NULL;

    OK(cgroup_open(group_path("systemd"), &later, &last_error));
    OK(cgroup_follow(later, init, &last_error));
    pid_t pid = process_in(later, sleep_on, NULL);

    assert_string_equal(process_group(pid, ""), group_path("systemd/init.scope"));
    OK(cgroup_kill(cg, &last_error));
    process_end(pid);
    process_end(init);
    OK(cgroup_remove(cg, &last_error));
}

static int run(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_teardown(f, mounts_back)
        TEST(test_all_read_only),       TEST(test_no_cgroups_at_all),
        TEST(test_covered_hierarchies), TEST(test_one_hierarchy_read_only),
        TEST(test_without_rights),      TEST(test_delegated_group),
        TEST(test_in_a_container),      TEST(test_process_follows_into_a_divided_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return fixture_main(run);
}
