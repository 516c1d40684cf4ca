// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * SIGINT, SIGTERM and SIGHUP as a polite request to stop: the work in hand fails with
 * ERR_CANCELLED, and everything half-made goes the way of every other error.
 */
#include "base/error.h"

#include <stdbool.h>

/* Installs the handlers (and ignores SIGPIPE); to be called before threads start. */
int cancel_init(struct error *e) MUST_CHECK;

/* Readable once a signal came: to be polled beside a descriptor that may block. */
int cancel_fd(void);

bool cancel_requested(void);

/* As if a signal had come (nobody takes our result any more). */
void cancel_now(void);

/* -1 and ERR_CANCELLED when a stop was requested. */
int cancel_check(struct error *e);
