// SPDX-License-Identifier: Apache-2.0
/* The steps that turn the child, still root with everything, into what the program may be. */
#include "base/fd.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "oci/caps.h"
#include "oci/userns.h"
#include "oci/child.h"
#include "oci/listener.h"
#include "oci/procfs.h"
#include "spec/rlimit.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Before anything else, as cgroup.h asks. */
int step_cgroup(struct child *c, struct error *e)
{
    return c->cgroup ? cgroup_enter(c->cgroup, c->cloned_into_cgroup, e) : 0;
}

/*
 * Until execve this process has our memory and our descriptors: no process of the container may
 * trace it or read its /proc entries (CVE-2019-5736, and CVE-2016-9962 for exec). Changing ids does
 * the same implicitly, but not for a container's root.
 */
int step_undumpable(struct child *c, struct error *e)
{
    /* The parent could not write the maps of ids without privileges: step_user_namespace does it
     * then. Until there only the host's processes are above us. */
    if (c->spec && userns_wanted(c->spec) && !c->joins_userns) {
        return 0;
    }
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? err_sys(e, errno, "forbid tracing") : 0;
}

/* A session keyring of its own, else it would share the caller's keys. */
int step_keyring(struct child *c, struct error *e)
{
    if (c->no_new_keyring) {
        return 0;
    }
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS &&
        errno != EPERM && errno != EACCES) {
        return err_sys(e, errno, "join a session keyring");
    }
    return 0;
}

/* /proc is still the host's here; the container's may be anything. */
int step_oom_score(struct child *c, struct error *e)
{
    int64_t adj = c->process->oom_score_adj;
    char text[24];

    if (adj == RT_UNSET || userns_wanted(c->spec)) { /* then it was the parent's work */
        return 0;
    }
    snprintf(text, sizeof(text), "%lld", (long long) adj);
    int r = procfs_write("/proc/self/oom_score_adj", text);

    if (r == -EACCES || r == -EPERM) {
        (void) sync_send_warning(c->sync, "oom score adjustment %s: not permitted here, unchanged",
                                 text);
        return 0;
    }
    return r < 0 ? err_sys(e, r, "set oom score adjustment %s", text) : 0;
}

/* What is possible of a limit that may not be raised: our own hard limit. */
static int clamp_rlimit(pid_t pid, int sock, const struct rt_rlimit *l, struct error *e)
{
    static const char sentence[] = "ulimit '%s': raising the hard limit above %llu needs "
                                   "CAP_SYS_RESOURCE; using %llu:%llu";
    const char *name = rlimit_to_string(l->resource);
    struct rlimit now;

    if (prlimit(pid, (__rlimit_resource_t) l->resource, NULL, &now) < 0) {
        return err_sys(e, errno, "read limit '%s'", name);
    }
    struct rlimit possible = {.rlim_max = MIN(l->hard, now.rlim_max)};

    possible.rlim_cur = MIN(l->soft, possible.rlim_max);
    if (prlimit(pid, (__rlimit_resource_t) l->resource, &possible, NULL) < 0) {
        return err_sys(e, errno, "set limit '%s'", name);
    }
    unsigned long long hard = now.rlim_max;
    unsigned long long got[2] = {possible.rlim_cur, possible.rlim_max};

    if (sock >= 0) {
        (void) sync_send_warning(sock, sentence, name, hard, got[0], got[1]);
    } else {
        log_warn(sentence, name, hard, got[0], got[1]);
    }
    return 0;
}

int identity_set_rlimits(pid_t pid, int sock, const struct rt_process *p, struct error *e)
{
    for (size_t i = 0; i < p->rlimits_count; i++) {
        const struct rt_rlimit *l = &p->rlimits[i];
        struct rlimit want = {.rlim_cur = l->soft, .rlim_max = l->hard};

        if (prlimit(pid, (__rlimit_resource_t) l->resource, &want, NULL) == 0) {
            continue;
        }
        if (errno != EPERM) {
            return err_sys(e, errno, "set limit '%s'", rlimit_to_string(l->resource));
        }
        if (clamp_rlimit(pid, sock, l, e) < 0) {
            return -1;
        }
    }
    return 0;
}

int step_rlimits(struct child *c, struct error *e)
{
    return userns_wanted(c->spec) ? 0 : identity_set_rlimits(0, c->sync, c->process, e);
}

static int apply_seccomp(struct child *c, struct error *e)
{
    struct sock_fprog program = {
        .len = (unsigned short) c->seccomp->count,
        .filter = c->seccomp->filter,
    };

    if (c->seccomp->notify) {
        int r = listener_load(c);

        return r < 0 ? err_sys(e, r, "load seccomp filter") : 0;
    }
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, c->seccomp->flags, &program) != 0) {
        return err_sys(e, errno, "load seccomp filter");
    }
    return 0;
}

/* Without no_new_privs only CAP_SYS_ADMIN may load a filter, and that is about to be dropped. */
int step_seccomp_early(struct child *c, struct error *e)
{
    return c->seccomp->count && !c->process->no_new_privileges ? apply_seccomp(c, e) : 0;
}

/* With no_new_privs it comes last, so that the filter judges as little of our own as possible. */
int step_seccomp_late(struct child *c, struct error *e)
{
    bool late = c->process->no_new_privileges && !c->seccomp->notify;

    return c->seccomp->count && late ? apply_seccomp(c, e) : 0;
}

/* But one with a listener, whose descriptor must be with the agent before START. */
int step_seccomp_listener(struct child *c, struct error *e)
{
    return c->process->no_new_privileges && c->seccomp->notify ? apply_seccomp(c, e) : 0;
}

/* Names of the capabilities in the mask, for one warning. */
static void warn_unavailable(struct child *c, uint64_t mask)
{
    CLEANUP(strbuf) struct strbuf names = STRBUF_INIT(800);

    for (int cap = 0; cap < 64; cap++) {
        const char *name = mask & UINT64_C(1) << cap ? cap_to_string(cap) : NULL;

        if (name) {
            strbuf_addf(&names, "%s%s", names.len ? ", " : "", name);
        }
    }
    (void) sync_send_warning(c->sync, "not available here, so the container starts without: %s",
                             names.buf);
}

int step_bounding(struct child *c, struct error *e)
{
    const struct rt_capabilities *want = &c->process->capabilities;
    uint64_t missing = 0;

    for (int cap = 0; cap < 64; cap++) {
        uint64_t bit = UINT64_C(1) << cap;

        if (want->bounding & bit) {
            int r = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

            missing |= r == 0 ? bit : 0;
        } else if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0) {
            if (errno == EINVAL) {
                break; /* beyond the kernel's last one */
            }
            return err_sys(e, errno, "drop '%s' from the bounding set", cap_to_string(cap));
        }
    }
    if (missing) {
        warn_unavailable(c, missing);
    }
    return 0;
}

/* In the effective set. With it, setgroups() fails only in a user namespace that an unprivileged
 * user made: there it is denied for good (user_namespaces(7)). */
static bool has_capability(int cap)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {0};

    return syscall(SYS_capget, &header, data) == 0 && data[cap / 32].effective & UINT32_C(1)
                                                                                     << (cap % 32);
}

int step_ids(struct child *c, struct error *e)
{
    const struct rt_user *u = &c->process->user;

    if (u->uid != 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) {
        return err_sys(e, errno, "keep capabilities");
    }
    /* The raw calls: libc's would look for other threads first. */
    if (syscall(SYS_setgroups, u->additional_gids_count, u->additional_gids) < 0 &&
        (errno != EPERM || u->additional_gids_count || !has_capability(CAP_SETGID))) {
        return err_sys(e, errno, "set groups");
    }
    if (syscall(SYS_setresgid, u->gid, u->gid, u->gid) < 0) {
        return err_sys(e, errno, "set group %u", u->gid);
    }
    if (syscall(SYS_setresuid, u->uid, u->uid, u->uid) < 0) {
        return err_sys(e, errno, "set user %u", u->uid);
    }
    umask(u->umask == RT_UNSET ? 022 : (mode_t) u->umask & 0777);
    return 0;
}

static int set_ambient(uint64_t mask, struct error *e)
{
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0) {
        return err_sys(e, errno, "clear ambient capabilities");
    }
    for (int cap = 0; mask && cap < 64; cap++) {
        if (mask & UINT64_C(1) << cap &&
            prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0) {
            return err_sys(e, errno, "raise ambient capability '%s'", cap_to_string(cap));
        }
    }
    return 0;
}

int step_capabilities(struct child *c, struct error *e)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    const struct rt_capabilities *want = &c->process->capabilities;

    /* What we do not have cannot be given: the warning of step_bounding named it. */
    if (syscall(SYS_capget, &header, data) < 0) {
        return err_sys(e, errno, "read capabilities");
    }
    uint64_t have = data[0].permitted | (uint64_t) data[1].permitted << 32;
    uint64_t permitted = want->permitted & have;
    uint64_t effective = want->effective & permitted;
    uint64_t inheritable = want->inheritable & have;

    for (int i = 0; i < 2; i++) {
        data[i].permitted = (uint32_t) (permitted >> (32 * i));
        data[i].effective = (uint32_t) (effective >> (32 * i));
        data[i].inheritable = (uint32_t) (inheritable >> (32 * i));
    }
    if (syscall(SYS_capset, &header, data) < 0) {
        return err_sys(e, errno, "set capabilities");
    }
    return set_ambient(want->ambient & permitted & inheritable, e);
}

/*
 * The working directory must lie inside the container's root: a descriptor of the host that
 * leaked into the child would lead out of it ("/proc/self/fd/7/..", CVE-2024-21626). The raw call
 * says so; libc's getcwd() would hide it.
 */
static int check_cwd(const char *cwd, struct error *e)
{
    char path[4096 + 32];
    long n = syscall(SYS_getcwd, path, sizeof(path));

    if (n < 0) {
        return err_sys(e, errno, "working directory '%s'", cwd);
    }
    if (path[0] != '/') {
        return err_set(e, ERR_DENIED, "working directory '%s': outside of the container", cwd);
    }
    return 0;
}

/* As root, for whom no folder on the way is closed. */
int step_cwd_as_root(struct child *c, struct error *e)
{
    const char *cwd = c->process->cwd ? c->process->cwd : "/";

    c->cwd_entered = chdir(cwd) == 0;
    if (!c->cwd_entered && errno != EACCES && errno != EPERM) {
        return err_sys(e, errno, "working directory '%s'", cwd);
    }
    return 0;
}

/* As the user, to whom a folder may be open that root cannot enter (NFS, FUSE). */
int step_cwd_as_user(struct child *c, struct error *e)
{
    const char *cwd = c->process->cwd ? c->process->cwd : "/";

    if (!c->cwd_entered && chdir(cwd) < 0) {
        return err_sys(e, errno, "working directory '%s'", cwd);
    }
    return check_cwd(cwd, e);
}

int step_no_new_privs(struct child *c, struct error *e)
{
    if (c->process->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        return err_sys(e, errno, "set no_new_privs");
    }
    return 0;
}
