// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A container's way from a bundle to nothing, as create, run, start and delete share it.
 *
 *   birth_create    bundle read, folder made, oci_create, terminal passed on, state and pid written
 *   birth_start     'run': the program, in the process that created it
 *   rctr_start 'start': the same in another process
 *   rctr_end   'delete': processes, cgroup, hooks, folder
 *
 * Hooks run where the specification has them (runtime.md, "Lifecycle").
 */
#include "oci/oci.h"
#include "runtime/command.h"
#include "runtime/container.h"

/* Flags of create and run. */
struct create_args {
    const char *bundle;
    const char *config; /* another file than <bundle>/config.json */
    const char *console_socket;
    const char *pid_file;
    uint64_t preserve_fds;
    bool no_pivot;
    bool no_new_keyring;
    bool no_subreaper; /* run */
    bool detach;       /* run */
    bool keep;         /* run */
};

struct birth {
    const struct runtime *rt;
    const struct create_args *args;
    bool start_later;
    struct rctr c;
    struct rt_spec spec;
    struct oci_process process;
};

void birth_init(struct birth *b, const struct runtime *rt, const struct create_args *args);
/* Frees memory and descriptors; the container stays. */
void birth_done(struct birth *b);
DEFINE_CLEANUP(birth, struct birth, birth_done);

/*
 * Makes the container. start_later: another process starts it, otherwise birth_start() does. On
 * failure nothing is left of it.
 */
int birth_create(struct birth *b, const char *id, bool start_later, struct error *e) MUST_CHECK;
int birth_start(struct birth *b, struct error *e) MUST_CHECK;

/* Executes the program of a created container. c is locked. */
int rctr_start(struct rctr *c, struct error *e) MUST_CHECK;

/* Ends what runs in it and removes it with its cgroup. c is locked. */
int rctr_end(const struct runtime *rt, struct rctr *c, struct error *e) MUST_CHECK;

/*
 * What an exec's process and a container's first have in common: HOME out of the container's
 * /etc/passwd unless it is set; root: descriptor of the root file system. And LISTEN_FDS, which
 * are kept as if --preserve-fds had counted them; returns how many descriptors are kept, -1.
 */
void process_set_home(struct rt_process *p, int root);
int process_kept_fds(struct rt_process *p, uint64_t preserve_fds, struct error *e) MUST_CHECK;

/* Compiles linux.seccomp, when there is one, into spec->seccomp; compiled filters are kept. */
int seccomp_of(const struct runtime *rt, struct rt_spec *spec, struct error *e) MUST_CHECK;

/* The state goes to the agent of a filter that asks one; process_pid is who has the filter. */
int seccomp_tell_agent(const struct rt_spec *spec, const struct rctr *c, enum rctr_status status,
                       pid_t pid, pid_t process_pid, int listener, struct error *e) MUST_CHECK;

/* Replaced atomically; NULL: none is wanted. */
int pid_file_write(const char *path, pid_t pid, struct error *e) MUST_CHECK;
