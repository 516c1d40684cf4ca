// SPDX-License-Identifier: Apache-2.0
#include "cgroup_fixture.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/timeutil.h"
#include "oci/cgroup_internal.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

struct error last_error;
static pid_t owner; /* whose number is in the parent group's name */

const char *group_path(const char *name)
{
    static char path[300];

    snprintf(path, sizeof(path), "/hoy-conform-%d%s%s", (int) owner, *name ? "/" : "", name);
    return path;
}

bool on_v2(void)
{
    return cgroup_host_mode() == CGROUP_MODE_V2;
}

struct cgroup *group_make(const char *name, const struct rt_resources *r)
{
    struct cgroup *cg = NULL;

    OK(cgroup_create(group_path(name), r, &cg, &last_error));
    return cg;
}

const char *group_folder(const struct cgroup *cg, const char *controller)
{
    static struct cgroup_mount list[CGROUP_MOUNTS_MAX];
    size_t count = cgroup_mounts(cg, list);
    size_t len = strlen(controller);

    for (size_t i = 0; i < count; i++) {
        if (on_v2() || (!list[i].options && !len)) {
            return list[i].path;
        }
        for (const char *p = list[i].options; p && *p; p += strcspn(p, ","), p += *p == ',') {
            if (strcspn(p, ",") == len && strncmp(p, controller, len) == 0) {
                return list[i].path;
            }
        }
    }
    return NULL;
}

const char *control(const char *folder, const char *file)
{
    static char text[8192];
    cleanup_free char *path = xasprintf("%s/%s", folder, file);
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : fd_read_full(fd, text, sizeof(text) - 1);

    snprintf(text + MAX(n, 0), n < 0 ? sizeof(text) : 1, "%s", n < 0 ? "(none)" : "");
    text[strcspn(text, "\n")] = '\0';
    return text;
}

void expect_limit(const struct cgroup *cg, const char *controller, const char *v1, const char *v2)
{
    const char *folder = group_folder(cg, controller);
    const char *want = on_v2() ? v2 : v1;
    char file[100];

    if (!folder || !want) {
        return;
    }
    const char *value = strchr(want, '=') + 1;

    snprintf(file, sizeof(file), "%.*s", (int) (value - want - 1), want);
    const char *is = control(folder, file);

    if (strcmp(is, "(none)") != 0 && strcmp(is, value) != 0) {
        fail_msg("%s/%s is '%s', not '%s'", folder, file, is, value);
    }
}

pid_t try_process_in(const struct cgroup *cg, int (*fn)(void *arg), void *arg)
{
    int fd = cgroup_clone_fd(cg);
    struct clone_args args = {.flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD};
    pid_t parent = getpid();

    if (fd >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t) fd;
    }
    long pid = syscall(SYS_clone3, &args, sizeof(args));

    if (pid < 0) {
        snprintf(last_error.text, sizeof(last_error.text), "clone3: %s", strerror(errno));
    }
    if (pid == 0) {
        struct error e = {0};

        /* A failed assertion leaves the test early; its processes must not stay. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent || cgroup_enter(cg, fd >= 0, &e) < 0) {
            fprintf(stderr, "# %s\n", e.text);
            _exit(99);
        }
        _exit(fn(arg));
    }
    return (pid_t) pid;
}

pid_t process_in(const struct cgroup *cg, int (*fn)(void *arg), void *arg)
{
    pid_t pid = try_process_in(cg, fn, arg);

    if (pid <= 0) {
        fail_msg("%s", last_error.text);
    }
    return pid;
}

int process_end(pid_t pid)
{
    int status = 0;

    return proc_wait(pid, &status) < 0 ? -1 : proc_exit_code(status);
}

int sleep_on(void *arg)
{
    for (;;) {
        pause();
    }
    return 0;
}

const char *process_group(pid_t pid, const char *controller)
{
    static char ret[1024];
    cleanup_free char *path = xasprintf("/proc/%d/cgroup", (int) pid);
    cleanup_free char *text = NULL;
    char *save = NULL;

    assert_int_equal(file_read(AT_FDCWD, path, 1 << 20, &text, NULL), 0);
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        CLEANUP(strv) struct strv names = STRV_INIT;
        char *list = strchr(line, ':') + 1;
        char *group = strchr(list, ':');

        *group++ = '\0';
        strv_split(&names, list, ",");
        if (strv_contains(&names, controller) || (!*list && !*controller)) {
            snprintf(ret, sizeof(ret), "%s", group);
            return ret;
        }
    }
    return NULL;
}

bool wait_until(bool (*condition)(void *arg), void *arg)
{
    int64_t deadline = time_mono() + 10 * NS_PER_SEC;

    while (!condition(arg)) {
        if (time_mono() > deadline) {
            return false;
        }
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return true;
}

static bool no_child_left(void *arg)
{
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
    return waitpid(-1, NULL, WNOHANG) < 0;
}

int fixture_clean(void **state)
{
    struct cgroup_layout *l = cgroup_layout_get();
    struct cgroup *cg = NULL;
    struct error e = {0};
    int r = cgroup_open(group_path(""), &cg, &e);

    if (r == 0) {
        r = cgroup_kill(cg, &e) < 0 || cgroup_remove(cg, &e) < 0 ? -1 : 0;
    } else {
        r = e.kind == ERR_NOT_FOUND ? 0 : -1;
    }
    cgroup_free(cg);
    if (r < 0) {
        print_error("clean up: %s\n", e.text);
    }
    (void) wait_until(no_child_left, NULL);
    for (size_t i = 0; i < l->count; i++) { /* what the code under test may have overlooked */
        cleanup_free char *path = xasprintf("%s%s", l->hiers[i].mount, group_path(""));

        if (access(path, F_OK) == 0) {
            print_error("'%s' was left behind\n", path);
            r = -1;
        }
    }
    return r;
}

static volatile pid_t suite;

/* The runner's time is up: end the tests, and clean up as usual. */
static void end_suite(int sig)
{
    kill(suite, SIGKILL);
}

int fixture_main(int (*run)(void))
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

    owner = getpid();
    if (geteuid() != 0 || cgroup_host_mode() == CGROUP_MODE_NONE) {
        fprintf(stderr, "needs root and a cgroup file system\n");
        return 77;
    }
    pid_t pid = proc_fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        exit(run());
    }
    suite = pid;
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
        sigaction(signals[i], &(struct sigaction){.sa_handler = end_suite}, NULL);
    }
    int status = process_end(pid);

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    return fixture_clean(NULL) < 0 ? 1 : status;
}
