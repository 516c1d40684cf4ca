// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Filters that ask another process (SCMP_ACT_NOTIFY, seccomp_unotify(2)). The kernel gives the
 * child a descriptor of the listener when it loads the filter; the parent passes it on to the
 * agent that waits at seccomp.listenerPath (config-linux.md, "The Container Process State").
 *
 *   child                                   parent                       agent
 *   filter loaded, a thread without it:
 *     LISTENER, descriptor beside it ---->  oci_callbacks.seccomp ---->  state, descriptor
 *
 * From the filter on every call of the child may wait for the agent's answer, also the one that
 * would send the descriptor; hence the thread, which was there before the filter.
 */
#include "oci/child.h"

/* In the child: loads the filter and sends the listener. 0, -errno. */
int listener_load(struct child *c);
