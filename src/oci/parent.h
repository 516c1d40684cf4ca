// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What create.c and exec.c share on the parent's side of sync.h. Private to oci/. */
#include "oci/child.h"

/* CLONE_NEW* of a type. */
int ns_clone_flag(enum rt_namespace_type t);

struct parent_clone {
    uint64_t flags; /* CLONE_NEW*, for clone3 */
    int cgroup_fd;  /* CLONE_INTO_CGROUP, or FD_NONE */
    /*
     * The namespaces of c->ns_fds are joined before the clone, by a process in between, and not by
     * the child: a user namespace takes the right to join those that belong to the host.
     */
    bool join_first;
    int pid_ns; /* be born in this pid namespace, or FD_NONE: a namespace's or process' fd */
    void (*run)(struct child *c); /* in the child; does not return */
};

/* Makes the pair and the child; fills p's pid, pidfd, sync. */
int parent_clone(const struct parent_clone *o, struct child *c, struct oci_process *p,
                 struct error *e) MUST_CHECK;

/* Reads until READY (the console fd goes to p). */
int parent_await_ready(struct oci_process *p, const struct oci_create_options *o,
                       struct error *e) MUST_CHECK;

/* Reads until the end of file that means success. */
int parent_await_exec(struct oci_process *p, const struct oci_callbacks *cb,
                      struct error *e) MUST_CHECK;

/*
 * After a failure on our side: when the child has failed too, its sentence is the cause and ours
 * the consequence (joining the cgroup of a dead process). Does not wait.
 */
void parent_prefer_child_error(struct oci_process *p, struct error *e);
