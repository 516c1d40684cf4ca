// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The child between clone and execve: what it knows, and the steps it takes. Private to oci/.
 *
 * A child is a copy of the single-threaded caller, so ordinary C works in it; it never returns.
 * Its work is a const table of named steps (init.c for a container's first process, exec.c for
 * one more); steps of both are in identity.c, program.c and console.c. A step that fails leaves
 * its sentence in *e; child_run() puts the step's name in front, sends it and exits.
 */
#include "base/error.h"
#include "oci/oci.h"
#include "oci/sync.h"

struct child {
    int sync;                           /* this side of the pair */
    const struct oci_create_options *o; /* NULL in exec */
    struct rt_spec *spec;               /* NULL in exec */
    const struct rt_process *process;
    const struct rt_seccomp *seccomp;
    const int *stdio;
    int ns_fds[RT_NS_COUNT];     /* namespaces to join, opened by the parent; FD_NONE otherwise */
    pid_t target_pid;            /* exec: the same as a number */
    int target;                  /* exec: pidfd of the container's init */
    const struct cgroup *cgroup; /* to be joined; NULL: none */
    bool cloned_into_cgroup;
    unsigned preserve_fds;
    bool no_new_keyring;
    bool cwd_entered;
    bool announced;  /* EXEC was said */
    int rootfs_tree; /* with a user namespace: detached clones of the rootfs and, for each entry */
    int *mount_fds;  /* of spec->mounts that is a bind, of its source (userns.h) */
    int64_t personality; /* exec: of the container; 0: unchanged */
    bool joins_userns;   /* exec: into a container with a user namespace */
    int root;            /* O_PATH of the rootfs while it is not yet "/" */
    int console;         /* pty master until READY has carried it away */
    int trampoline;      /* see trampoline.h */
    char program[4096];  /* what execve gets */
    enum sync_program program_state;
};

/* userns.h tells what changes with one. */
static inline bool userns_wanted(const struct rt_spec *spec)
{
    return spec && spec->namespaces[RT_NS_USER].present;
}

/* Everything empty. */
void child_init(struct child *c);

struct child_step {
    const char *name; /* in front of the sentence; NULL: the sentence stands alone */
    const char *id;   /* for tests that let exactly this step fail */
    int (*run)(struct child *c, struct error *e);
};

/* Takes the steps in order, then execve; sends whatever goes wrong. */
/* Waits for that message; the parent's death ends us silently, since nobody is left to be told. */
void child_await(struct child *c, enum sync_kind kind);

NORETURN void child_run(struct child *c, const struct child_step *steps, size_t count);

/* init.c, exec.c */
NORETURN void init_run(struct child *c);
NORETURN void exec_run(struct child *c);

/* console.c */
int step_console_in_root(struct child *c, struct error *e);  /* pty + /dev/console in c->root */
int step_console_in_place(struct child *c, struct error *e); /* pty from "/dev/pts" */
int step_stdio(struct child *c, struct error *e);            /* setsid, 0 1 2, controlling tty */

/* lsm.c */
int step_lsm(struct child *c, struct error *e);
bool lsm_selinux_enabled(void);

/* userns.c */
int step_user_namespace(struct child *c, struct error *e);

/* identity.c */
/*
 * The limits of a process; 0 is the caller. What may not be raised is clamped, with a warning
 * through the pair or, with sock < 0, the log.
 */
int identity_set_rlimits(pid_t pid, int sock, const struct rt_process *p, struct error *e);
int step_undumpable(struct child *c, struct error *e);
int step_keyring(struct child *c, struct error *e);
int step_cgroup(struct child *c, struct error *e);
int step_oom_score(struct child *c, struct error *e);
int step_rlimits(struct child *c, struct error *e);
int step_seccomp_early(struct child *c, struct error *e);
int step_bounding(struct child *c, struct error *e);
int step_ids(struct child *c, struct error *e);
int step_capabilities(struct child *c, struct error *e);
int step_cwd_as_root(struct child *c, struct error *e);
int step_cwd_as_user(struct child *c, struct error *e);
int step_no_new_privs(struct child *c, struct error *e);
int step_seccomp_listener(struct child *c, struct error *e);
int step_seccomp_late(struct child *c, struct error *e);

/* program.c */
int step_find_program(struct child *c, struct error *e);
int step_host_hooks(struct child *c, struct error *e); /* waits for the parent's; then ours */
int step_ready(struct child *c, struct error *e);
int step_start_hooks(struct child *c, struct error *e);
int step_send_console(struct child *c, struct error *e);
int step_trampoline(struct child *c, struct error *e);
int step_descriptors(struct child *c, struct error *e);
int step_announce(struct child *c, struct error *e);
int step_execute(struct child *c, struct error *e);
