// SPDX-License-Identifier: Apache-2.0
/* The first process of a container, from clone to execve. */
#include "base/fd.h"
#include "oci/child.h"
#include "oci/mount.h"
#include "oci/parent.h"
#include "oci/procfs.h"
#include "oci/schedule.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static bool is_new(const struct child *c, enum rt_namespace_type t)
{
    return c->spec->namespaces[t].present && !c->spec->namespaces[t].path;
}

/*
 * Namespaces given by path are joined; a new network is made here and not by clone, as it takes a
 * third of a millisecond in which the parent makes the cgroup.
 */
static int step_namespaces(struct child *c, struct error *e)
{
    for (int t = 0; t < RT_NS_COUNT; t++) {
        if (c->ns_fds[t] < 0 || t == RT_NS_PID) {
            continue; /* a pid namespace is entered by being born in it */
        }
        if (setns(c->ns_fds[t], ns_clone_flag((enum rt_namespace_type) t)) < 0) {
            return err_sys(e, errno, "join %s namespace '%s'",
                           rt_namespace_name((enum rt_namespace_type) t),
                           c->spec->namespaces[t].path);
        }
    }
    if (is_new(c, RT_NS_NETWORK) && unshare(CLONE_NEWNET) < 0) {
        return err_sys(e, errno, "make network namespace");
    }
    if (c->o->callbacks.namespaces_ready || c->spec->net_devices_count) {
        int r = sync_send(c->sync, SYNC_NAMESPACES, FD_NONE);

        return r < 0 ? err_sys(e, r, "report namespaces") : 0;
    }
    return 0;
}

/*
 * Its offsets can be set only while no process is in it, so it is made here, given its offsets and
 * entered like one given by path (time_namespaces(7)).
 */
static int step_time_namespace(struct child *c, struct error *e)
{
    char offsets[100] = "";
    size_t n = 0;

    if (!is_new(c, RT_NS_TIME)) {
        return 0;
    }
    if (unshare(CLONE_NEWTIME) < 0) {
        return err_sys(e, errno, "make time namespace");
    }
    for (int k = 0; k < RT_CLOCK_COUNT; k++) {
        const struct rt_time_offset *o = &c->spec->time_offsets[k];

        if (o->present) {
            n += (size_t) snprintf(offsets + n, sizeof(offsets) - n, "%s %lld %u\n",
                                   rt_clock_name((enum rt_clock) k), (long long) o->secs,
                                   o->nanosecs);
        }
    }
    int r = *offsets ? procfs_write("/proc/self/timens_offsets", offsets) : 0;

    if (r < 0) {
        return err_sys(e, r, "set offsets of time namespace");
    }
    cleanup_close int fd = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);

    return fd < 0 || setns(fd, CLONE_NEWTIME) < 0 ? err_sys(e, errno, "enter time namespace") : 0;
}

/* Any socket passes interface requests on; AF_UNIX costs least. */
static int step_loopback(struct child *c, struct error *e)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};

    if (!is_new(c, RT_NS_NETWORK)) {
        return 0;
    }
    cleanup_close int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0) {
        return err_sys(e, errno, "bring up 'lo'");
    }
    return 0;
}

static int step_hostname(struct child *c, struct error *e)
{
    const char *host = c->spec->hostname;
    const char *domain = c->spec->domainname;

    if (host && *host && sethostname(host, strlen(host)) < 0) {
        return err_sys(e, errno, "set host name '%s'", host);
    }
    if (domain && *domain && setdomainname(domain, strlen(domain)) < 0) {
        return err_sys(e, errno, "set domain name '%s'", domain);
    }
    return 0;
}

/* Through the host's /proc, which no image can replace; its net and ipc parts are those of the
 * process that writes. Keys were checked by the parent. */
static int step_sysctl(struct child *c, struct error *e)
{
    for (size_t i = 0; i < c->spec->sysctl_count; i++) {
        const struct rt_sysctl *s = &c->spec->sysctl[i];
        char path[512];
        int n = snprintf(path, sizeof(path), "/proc/sys/%s", s->key);

        if (n < 0 || (size_t) n >= sizeof(path)) {
            return err_set(e, ERR_INVALID, "sysctl '%.40s...': name too long", s->key);
        }
        for (char *p = path + strlen("/proc/sys/"); *p; p++) {
            *p = *p == '.' ? '/' : *p == '/' ? '.' : *p; /* sysctl(8): the two are swapped */
        }
        int r = procfs_write(path, s->value);

        if (r < 0) {
            return err_sys(e, r, "set sysctl '%s'", s->key);
        }
    }
    return 0;
}

/* Its root is the group one is in when it is made, hence not with clone. */
static int step_cgroup_namespace(struct child *c, struct error *e)
{
    if (is_new(c, RT_NS_CGROUP) && unshare(CLONE_NEWCGROUP) < 0) {
        return err_sys(e, errno, "make cgroup namespace");
    }
    return 0;
}

/* The caller looks at the image: users, groups, home. */
static int step_root_ready(struct child *c, struct error *e)
{
    const struct oci_callbacks *cb = &c->o->callbacks;

    return cb->root_ready ? cb->root_ready(cb->ctx, c->root, c->spec, e) : 0;
}

static const struct child_step steps[] = {
    {NULL, "undumpable", step_undumpable},
    {NULL, "cgroup", step_cgroup},
    {NULL, "keyring", step_keyring},
    {NULL, "user-namespace", step_user_namespace},
    {NULL, "namespaces", step_namespaces},
    {NULL, "time-namespace", step_time_namespace},
    {NULL, "cgroup-namespace", step_cgroup_namespace},
    {NULL, "loopback", step_loopback},
    {NULL, "propagation", step_propagation},
    {NULL, "root", step_root},
    {NULL, "root-ready", step_root_ready},
    /* Where the host's /proc is needed, it is still in place; so these come before pivot_root. */
    {NULL, "oom-score", step_oom_score},
    {NULL, "lsm", step_lsm},
    {NULL, "sysctl", step_sysctl},
    {NULL, "rlimits", step_rlimits},
    {NULL, "schedule", step_schedule},
    {NULL, "mounts", step_mounts},
    {NULL, "devices", step_devices},
    {"terminal", "console", step_console_in_root},
    {NULL, "readonly-paths", step_readonly_paths},
    {NULL, "masked-paths", step_masked_paths},
    {NULL, "readonly-root", step_readonly_root},
    {NULL, "host-hooks", step_host_hooks},
    {"change root", "pivot", step_pivot},
    {NULL, "hostname", step_hostname},
    {NULL, "trampoline", step_trampoline},
    {NULL, "stdio", step_stdio},
    {NULL, "seccomp-early", step_seccomp_early},
    {NULL, "bounding", step_bounding},
    {NULL, "cwd-as-root", step_cwd_as_root},
    {NULL, "ids", step_ids},
    {NULL, "capabilities", step_capabilities},
    {NULL, "cwd-as-user", step_cwd_as_user},
    {NULL, "no-new-privs", step_no_new_privs},
    {NULL, "find-program", step_find_program},
    {NULL, "seccomp-listener", step_seccomp_listener},
    {NULL, "ready", step_ready},
    {NULL, "start-hooks", step_start_hooks},
    {NULL, "descriptors", step_descriptors},
    {NULL, "announce", step_announce},
    {NULL, "seccomp-late", step_seccomp_late},
    {NULL, "execute", step_execute},
};

NORETURN void init_run(struct child *c)
{
    child_run(c, steps, ARRAY_SIZE(steps));
}
