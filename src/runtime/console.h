// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Where a program's terminal goes: to whoever listens at --console-socket, or, for a run in the
 * foreground, between our own terminal and it.
 */
#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * terminal: the process wants one. detached: we end before the program. ERR_INVALID where the
 * three do not go together, with runc's sentences.
 */
int console_check(bool terminal, const char *socket, bool detached, struct error *e) MUST_CHECK;

/* Sends the pty's master over a stream connection to the socket, as runc does: one message with
 * the descriptor beside the terminal's name. */
int console_send(const char *socket, int master, struct error *e) MUST_CHECK;

/*
 * Stays until the process ends: passes our signals on to it, copies between our terminal and
 * its own (console; FD_NONE: it has our streams), reaps what becomes our child (subreaper). *ret:
 * exit code as a shell sees it.
 */
int foreground_run(int pidfd, pid_t pid, int console, int *ret, struct error *e) MUST_CHECK;
