// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The launcher: a fork of this program, detached from the terminal, that makes the container and
 * then stays beside it as its monitor (docs/design/engine.md draws it).
 *
 *   hoy                               launcher (fork, setsid)
 *    |                                 |  cgroup, pipes, spec, oci_create, state, oci_start
 *    | <--- struct launch_reply ------ |  ready, or why not; its warnings went to our stderr
 *    |                                 |  monitor_run() for LAUNCH_LINGER
 *    | <--- attach frames (run) ------ |    ended: clean-up in this process, no execve at all
 *    |                                 |    lives: becomes hoy-monitor, same pid, same sockets
 */
#include "engine/container.h"

struct launch_reply {
    struct error err; /* kind ERR_NONE: the program runs */
    int exit_code;    /* of a failure: 125, 126, 127 */
    pid_t pid;
    uint64_t pid_start;
    int64_t started_at;
};

/*
 * Forks the launcher for a locked container. *ret_sock: with want != 0 the first client's end of
 * its connection to the monitor, else FD_NONE. -1: the fork itself failed; a container that could
 * not be started comes back in reply->err.
 */
int launch(struct engine *eng, struct container *c, unsigned want, struct launch_reply *reply,
           int *ret_sock, struct error *e) MUST_CHECK;
