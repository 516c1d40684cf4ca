// SPDX-License-Identifier: Apache-2.0
/*
 * The life of a container's cgroup, whatever the host's layout is: run on a v1, a hybrid and a v2
 * host. Needs root.
 */
#include "cgroup_fixture.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/proc.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* ---- making, joining, removing ---- */

static void test_layout_is_known(void **state)
{
    CLEANUP(strv) struct strv names = STRV_INIT;

    assert_true(cgroup_host_mode() > CGROUP_MODE_NONE && cgroup_host_mode() < CGROUP_MODE_COUNT);
    assert_string_equal(cgroup_version(), on_v2() ? "2" : "1");
    OK(cgroup_controllers(&names));
    assert_true(strv_contains(&names, "memory"));
    assert_true(strv_contains(&names, "pids"));
    assert_false(strv_contains(&names, "name=systemd"));
}

/* In every hierarchy that the container gets to see. */
static void assert_inside(pid_t pid, const struct cgroup *cg, const char *name)
{
    struct cgroup_mount list[CGROUP_MOUNTS_MAX];
    size_t count = cgroup_mounts(cg, list);

    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        CLEANUP(strv) struct strv names = STRV_INIT;

        strv_split(&names, list[i].options ? list[i].options : "", ",");
        assert_string_equal(process_group(pid, names.count ? names.items[0] : ""),
                            group_path(name));
    }
}

static int report_and_sleep(void *arg)
{
    const int *fd = arg;

    (void) !write(*fd, "x", 1);
    return sleep_on(NULL);
}

/* A process that has entered the group when this returns. */
static pid_t settled_process_in(const struct cgroup *cg)
{
    int fds[2];
    char c;

    SYS(pipe2(fds, O_CLOEXEC));
    pid_t pid = process_in(cg, report_and_sleep, &fds[1]);

    close(fds[1]);
    assert_int_equal(read(fds[0], &c, 1), 1);
    close(fds[0]);
    return pid;
}

static void test_process_joins_all_hierarchies(void **state)
{
    CLEANUP(cgroup) struct cgroup *cg = group_make("one", NULL);
    pid_t pid = settled_process_in(cg);
    pid_t *pids;
    size_t count;

    assert_inside(pid, cg, "one");
    OK(cgroup_pids(cg, &pids, &count, &last_error));
    assert_int_equal(count, 1);
    assert_int_equal(pids[0], pid);
    free(pids);
    OK(cgroup_kill(cg, &last_error));
    assert_int_equal(process_end(pid), 128 + SIGKILL);
    OK(cgroup_remove(cg, &last_error));
}

static void test_process_is_moved(void **state)
{
    CLEANUP(cgroup) struct cgroup *cg = group_make("moved", NULL);
    CLEANUP(cgroup) struct cgroup *from = group_make("from", NULL);
    pid_t pid = settled_process_in(from);

    OK(cgroup_add(cg, pid, &last_error));
    assert_inside(pid, cg, "moved");
    OK(cgroup_remove(from, &last_error));
    REFUSED(cgroup_add(cg, 0, &last_error), ERR_INVALID);
    REFUSED(cgroup_add(cg, -1, &last_error), ERR_INVALID);
    kill(pid, SIGKILL);
    process_end(pid);
    REFUSED(cgroup_add(cg, pid, &last_error), ERR_NOT_FOUND);
}

static void test_group_is_opened_again(void **state)
{
    CLEANUP(cgroup) struct cgroup *cg = group_make("again", NULL);
    CLEANUP(cgroup) struct cgroup *second = NULL;
    CLEANUP(cgroup) struct cgroup *third = NULL;

    OK(cgroup_open(group_path("again"), &second, &last_error));
    pid_t pid = settled_process_in(second);

    assert_inside(pid, cg, "again");
    OK(cgroup_kill(second, &last_error));
    OK(cgroup_remove(second, &last_error));
    OK(cgroup_remove(cg, &last_error)); /* absent is fine */
    OK(cgroup_kill(cg, &last_error));
    REFUSED(cgroup_open(group_path("again"), &third, &last_error), ERR_NOT_FOUND);
    cleanup_free char *want = xasprintf("open cgroup '%s': no such cgroup", group_path("again"));

    assert_string_equal(last_error.text, want);
}

static void test_left_over_group_is_replaced(void **state)
{
    struct rt_resources r;

    rt_resources_init(&r);
    r.pids_limit = 77;
    CLEANUP(cgroup) struct cgroup *old = group_make("crashed", &r);
    cleanup_free char *below = xasprintf("%s/below", group_folder(old, "pids"));

    SYS(mkdir(below, 0755));
    expect_limit(old, "pids", "pids.max=77", "pids.max=77");
    CLEANUP(cgroup) struct cgroup *cg = group_make("crashed", NULL);

    expect_limit(cg, "pids", "pids.max=max", "pids.max=max");
    settled_process_in(cg);
    CLEANUP(cgroup) struct cgroup *third = NULL;

    REFUSED(cgroup_create(group_path("crashed"), NULL, &third, &last_error), ERR_EXISTS);
    assert_non_null(strstr(last_error.text, ": it exists and has processes"));
}

static void test_paths_that_are_refused(void **state)
{
    static const struct {
        const char *path;
        const char *sentence;
    } cases[] = {
        {NULL, "use cgroup '': expected an absolute path like '/hoy/web'"},
        {"", "use cgroup '': expected an absolute path like '/hoy/web'"},
        {"/", "use cgroup '/': expected an absolute path like '/hoy/web'"},
        {"hoy/x", "use cgroup 'hoy/x': expected an absolute path like '/hoy/web'"},
        {"/hoy/../x", "use cgroup '/hoy/../x': the path has an empty, '.' or '..' part"},
        {"/..", "use cgroup '/..': the path has an empty, '.' or '..' part"},
        {"/hoy/./x", "use cgroup '/hoy/./x': the path has an empty, '.' or '..' part"},
        {"/hoy//x", "use cgroup '/hoy//x': the path has an empty, '.' or '..' part"},
        {"/hoy/", "use cgroup '/hoy/': the path has an empty, '.' or '..' part"},
        {"/hoy/a\nb", "use cgroup '/hoy/a...': the path has a control character"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct cgroup *cg = NULL;

        REFUSED(cgroup_create(cases[i].path, NULL, &cg, &last_error), ERR_INVALID);
        assert_string_equal(last_error.text, cases[i].sentence);
        REFUSED(cgroup_open(cases[i].path, &cg, &last_error), ERR_INVALID);
        assert_string_equal(last_error.text, cases[i].sentence);
    }
    cleanup_free char *name = xcalloc(1, 400);

    memset(name, 'x', 300);
    name[0] = '/';
    struct cgroup *cg = NULL;

    REFUSED(cgroup_create(name, NULL, &cg, &last_error), ERR_INVALID);
}

/* ---- groups made by the container itself, and the end ---- */

/* Makes groups below in every hierarchy, three deep, and moves a process into the last. */
static pid_t process_below(const struct cgroup *cg)
{
    static const char *const names[] = {"a", "a-b", "a/b", "a/b-c", "a/b/c"};
    struct cgroup_mount list[CGROUP_MOUNTS_MAX];
    size_t count = cgroup_mounts(cg, list);
    pid_t pid = settled_process_in(cg);
    cleanup_free char *number = xasprintf("%d", (int) pid);

    for (size_t i = 0; i < count; i++) {
        cleanup_free char *procs = xasprintf("%s/a/b/c/cgroup.procs", list[i].path);

        for (size_t n = 0; n < ARRAY_SIZE(names); n++) {
            cleanup_free char *path = xasprintf("%s/%s", list[i].path, names[n]);

            SYS(mkdir(path, 0755));
        }
        assert_int_equal(file_write(AT_FDCWD, procs, number), 0);
    }
    return pid;
}

static void test_groups_below_are_seen_killed_removed(void **state)
{
    CLEANUP(cgroup) struct cgroup *cg = group_make("outer", NULL);
    pid_t deep = process_below(cg);
    pid_t flat = settled_process_in(cg);
    pid_t *pids;
    size_t count;

    OK(cgroup_pids(cg, &pids, &count, &last_error));
    assert_int_equal(count, 2);
    assert_int_equal(pids[0], MIN(deep, flat));
    assert_int_equal(pids[1], MAX(deep, flat));
    free(pids);
    REFUSED(cgroup_remove(cg, &last_error), ERR_IN_USE);
    assert_non_null(strstr(last_error.text, "remove cgroup '"));
    assert_string_equal(last_error.hint, "it has processes");
    OK(cgroup_kill(cg, &last_error));
    assert_int_equal(process_end(deep), 128 + SIGKILL);
    assert_int_equal(process_end(flat), 128 + SIGKILL);
    OK(cgroup_pids(cg, &pids, &count, &last_error));
    assert_int_equal(count, 0);
    free(pids);
    OK(cgroup_remove(cg, &last_error));
}

/* A process that left our group in one hierarchy alone is ours all the same. */
static void test_process_that_moved_away_in_one_hierarchy(void **state)
{
    if (on_v2()) {
        skip();
    }
    CLEANUP(cgroup) struct cgroup *cg = group_make("strayed", NULL);
    const char *folder = group_folder(cg, "");

    folder = folder ? folder : group_folder(cg, "freezer");
    pid_t pid = settled_process_in(cg);
    cleanup_free char *procs = xasprintf("%s/../../cgroup.procs", folder);
    cleanup_free char *number = xasprintf("%d", (int) pid);

    assert_int_equal(file_write(AT_FDCWD, procs, number), 0);
    OK(cgroup_kill(cg, &last_error));
    assert_int_equal(process_end(pid), 128 + SIGKILL);
    OK(cgroup_remove(cg, &last_error));
}

static int fork_for_ever(void *arg)
{
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        (void) proc_fork();
    }
    return 0;
}

static bool has_many(void *arg)
{
    cleanup_free pid_t *pids = NULL;
    size_t count = 0;

    return cgroup_pids(arg, &pids, &count, &last_error) == 0 && count >= 50;
}

static void test_fork_bomb_is_killed(void **state)
{
    struct rt_resources r;
    cleanup_free pid_t *pids = NULL;
    size_t count;

    rt_resources_init(&r);
    r.pids_limit = 100;
    CLEANUP(cgroup) struct cgroup *cg = group_make("bomb", &r);
    pid_t pid = process_in(cg, fork_for_ever, NULL);

    assert_true(wait_until(has_many, cg));
    OK(cgroup_kill(cg, &last_error));
    assert_int_equal(process_end(pid), 128 + SIGKILL);
    OK(cgroup_pids(cg, &pids, &count, &last_error));
    assert_int_equal(count, 0);
    OK(cgroup_remove(cg, &last_error));
}

/* ---- stop and go on ---- */

static int count_up(void *arg)
{
    for (;;) {
        ++*(volatile unsigned *) arg;
    }
    return 0;
}

struct change {
    volatile unsigned *number;
    unsigned from;
};

static bool has_changed(void *arg)
{
    const struct change *c = arg;

    return *c->number != c->from;
}

/* What the kernel says about the whole group. */
static bool is_frozen(const struct cgroup *cg)
{
    const char *v2 = group_folder(cg, "");
    cleanup_free char *path = xasprintf("%s/cgroup.events", v2 ? v2 : "");
    cleanup_free char *text = NULL;

    if (!v2) {
        return strcmp(control(group_folder(cg, "freezer"), "freezer.state"), "FROZEN") == 0;
    }
    assert_int_equal(file_read(AT_FDCWD, path, 4096, &text, NULL), 0);
    return strstr(text, "frozen 1") != NULL;
}

/* Many, and busy: they do not stop at once. */
static void test_freezing_waits_until_all_have_stopped(void **state)
{
    static unsigned number;
    CLEANUP(cgroup) struct cgroup *cg = group_make("crowd", NULL);

    for (int i = 0; i < 20; i++) {
        process_in(cg, count_up, &number);
    }
    for (int i = 0; i < 5; i++) {
        OK(cgroup_freeze(cg, true, &last_error));
        assert_true(is_frozen(cg));
        OK(cgroup_freeze(cg, false, &last_error));
        assert_false(is_frozen(cg));
    }
    OK(cgroup_kill(cg, &last_error));
}

static void test_frozen_means_stopped(void **state)
{
    CLEANUP(cgroup) struct cgroup *cg = group_make("ice", NULL);
    volatile unsigned *number =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(number, MAP_FAILED);
    pid_t pid = process_in(cg, count_up, (void *) (uintptr_t) number);

    assert_true(wait_until(has_changed, &(struct change){number, 0}));
    for (int i = 0; i < 3; i++) {
        OK(cgroup_freeze(cg, true, &last_error));
        unsigned now = *number;

        for (int n = 0; n < 1000; n++) {
            sched_yield();
        }
        assert_int_equal(*number, now);
        OK(cgroup_freeze(cg, false, &last_error));
        assert_true(wait_until(has_changed, &(struct change){number, now}));
    }
    OK(cgroup_freeze(cg, true, &last_error));
    OK(cgroup_freeze(cg, true, &last_error)); /* twice is once */
    OK(cgroup_kill(cg, &last_error));
    assert_int_equal(process_end(pid), 128 + SIGKILL);
    OK(cgroup_remove(cg, &last_error));
    munmap((void *) (uintptr_t) number, 4096);
}

static void test_empty_group_freezes(void **state)
{
    CLEANUP(cgroup) struct cgroup *cg = group_make("nobody", NULL);

    OK(cgroup_freeze(cg, true, &last_error));
    OK(cgroup_freeze(cg, false, &last_error));
    OK(cgroup_kill(cg, &last_error));
}

/* A container engine inside stopped its own container: that one dies too. */
static void test_group_frozen_below_is_killed(void **state)
{
    CLEANUP(cgroup) struct cgroup *cg = group_make("engine", NULL);
    pid_t pid = process_below(cg);
    const char *folder = group_folder(cg, on_v2() ? "" : "freezer");
    cleanup_free char *switch_on =
        xasprintf("%s/a/b/c/%s", folder, on_v2() ? "cgroup.freeze" : "freezer.state");

    assert_int_equal(file_write(AT_FDCWD, switch_on, on_v2() ? "1" : "FROZEN"), 0);
    OK(cgroup_kill(cg, &last_error));
    assert_int_equal(process_end(pid), 128 + SIGKILL);
    OK(cgroup_remove(cg, &last_error));
}

static int run(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_teardown(f, fixture_clean)
        TEST(test_layout_is_known),
        TEST(test_process_joins_all_hierarchies),
        TEST(test_process_is_moved),
        TEST(test_group_is_opened_again),
        TEST(test_left_over_group_is_replaced),
        TEST(test_paths_that_are_refused),
        TEST(test_groups_below_are_seen_killed_removed),
        TEST(test_process_that_moved_away_in_one_hierarchy),
        TEST(test_fork_bomb_is_killed),
        TEST(test_freezing_waits_until_all_have_stopped),
        TEST(test_frozen_means_stopped),
        TEST(test_empty_group_freezes),
        TEST(test_group_frozen_below_is_killed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return fixture_main(run);
}
