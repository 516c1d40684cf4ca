// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The OCI runtime: makes one container from a struct rt_spec, in two steps.
 *
 *   struct oci_process p;
 *   oci_create(&opts, &p, e)     namespaces, mounts, cgroup, identity: all but the last call.
 *                                The child waits; p.pid is pid 1 of the container.
 *   oci_start(&p, e)             the child executes the program; returns once execve worked.
 *   oci_abort(&p)                instead of start: the child is killed and reaped, cgroup removed.
 *
 * The two steps may be taken by two processes that know nothing of each other ('create' and 'start'
 * of the command line): with o.start_socket the child waits there instead of at its creator, which
 * may end. See oci_start_created().
 *
 * Must be called from a single-threaded process (the launcher): it clones without exec.
 * The caller becomes the parent of p.pid and must reap it (p.pidfd).
 *
 * Every failure, also one in the child, arrives as one sentence in *e, and p is then empty:
 * nothing is left of the container (no process, mount, cgroup).
 *
 * oci knows no images, networks or stores. What it needs from above comes as callbacks.
 */
#include "base/error.h"
#include "oci/cgroup.h"
#include "spec/runtime.h"

#include <stdbool.h>
#include <sys/types.h>

struct oci_callbacks {
    void *ctx;
    /*
     * In the child, in its new mount namespace (everything private), before any other mount:
     * mount the root file system on the host path 'target' (an empty folder). NULL: spec->rootfs
     * is an ordinary folder, bound onto itself.
     */
    int (*mount_root)(void *ctx, const char *target, struct error *e);
    /*
     * In the child, when the root file system is mounted and nothing else yet (before pivot_root):
     * 'rootfd' is its root folder. The callback may complete spec->process (user and groups from
     * the image's passwd, HOME) and make folders (cwd); it uses base/rootfd.h. May be NULL.
     */
    int (*root_ready)(void *ctx, int rootfd, struct rt_spec *spec, struct error *e);
    /*
     * In the parent, once the child's namespaces exist and while it mounts: network set-up.
     * Failing it fails the create. May be NULL.
     */
    int (*namespaces_ready)(void *ctx, pid_t pid, struct error *e);
    /*
     * In the parent, when the child has made every mount and waits before pivot_root: hooks
     * "prestart" and "createRuntime". May be NULL.
     */
    int (*create_runtime)(void *ctx, pid_t pid, struct error *e);
    /*
     * In the parent: the listener of a seccomp filter with notify, which it may keep. The agent at
     * the filter's listener_path is told of it (seccomp_agent_send). NULL: such filters fail.
     */
    int (*seccomp)(void *ctx, pid_t pid, int listener, struct error *e);
    /* In the child right behind the above, in the container's namespaces and the host's root:
     * hooks "createContainer". May be NULL. */
    int (*create_container)(void *ctx, struct error *e);
    /* In the child once it was started, as the user and with the capabilities of the program,
     * which comes next: hooks "startContainer". May be NULL. */
    int (*start_container)(void *ctx, struct error *e);
};

struct oci_create_options {
    struct rt_spec *spec;    /* not changed in the caller; the child's copy is, by root_ready */
    const char *root_target; /* host path of an empty folder on which the root is mounted */
    struct oci_callbacks callbacks;
    int stdio[3]; /* become 0, 1, 2; ignored with spec->process.terminal; stay open in the caller */
    const char *cgroup_root; /* where hierarchies are mounted; NULL: /sys/fs/cgroup */
    int start_socket;        /* listening SEQPACKET socket (sock_listen) at which the child waits;
                              * 0: it waits for oci_start() of this process and dies with it */
    unsigned preserve_fds;   /* the program keeps descriptors 3 to 2 + N, which must be open */
    bool no_pivot;           /* move the root mount and chroot: the host's root is a ramfs */
    bool no_new_keyring;     /* keep the caller's session keyring */
    bool cgroup_optional;    /* rootless: where the host gives us no cgroup, go on without, and
                              * without limits; *ret then has none */
};

struct oci_process {
    pid_t pid;
    int pidfd;
    int sync;              /* to the child until it has executed the program */
    int console;           /* pty master when the process has a terminal, else FD_NONE */
    struct cgroup *cgroup; /* create only; the caller frees it (cgroup_free) */
    bool exec_not_found;   /* after a failed start: the program does not exist (exit code 127) */
    bool exec_denied;      /* after a failed start: it cannot be executed (exit code 126) */
};

int oci_create(const struct oci_create_options *o, struct oci_process *ret,
               struct error *e) MUST_CHECK;
int oci_start(struct oci_process *p, struct error *e) MUST_CHECK;
void oci_abort(struct oci_process *p);

/*
 * Starts what another process has created with a start_socket; sock is a connection to it
 * (sock_connect), which stays the caller's. Returns once execve worked. Nothing is killed on
 * failure: ERR_IN_USE when the child is gone or was started by someone else, else the child's own
 * sentence, after which it ends.
 */
int oci_start_created(int sock, struct error *e) MUST_CHECK;

/* One more program inside a running container. */
struct oci_exec_options {
    const struct rt_process *process;
    const struct rt_seccomp *seccomp;
    int pidfd;             /* the container's init */
    pid_t init_pid;        /* the same, for what has no pidfd form */
    struct cgroup *cgroup; /* opened with cgroup_open(); cgroup_follow() when it is divided */
    int stdio[3];
    struct oci_callbacks callbacks; /* of these only seccomp */
    bool userns;                    /* the container has a user namespace, which is not ours */
    int64_t personality;            /* the container's (rt_spec); 0: unchanged */
    unsigned preserve_fds;          /* as for oci_create */
    bool no_new_keyring;
};

/*
 * Joins the container's namespaces and cgroup and executes the program; returns once execve
 * worked. The caller is its parent (ret->pidfd). The executable is looked up in PATH inside.
 */
int oci_exec(const struct oci_exec_options *o, struct oci_process *ret, struct error *e) MUST_CHECK;

/* Frees descriptors; does not touch the process. */
void oci_process_done(struct oci_process *p);
