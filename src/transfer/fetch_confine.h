// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What the two halves of hoy-image give up, each the other's part. Both need a single thread. */
#include "base/error.h"

/*
 * The fetcher: no capabilities, nobody's user where we were root, no file opened for writing, made,
 * renamed or removed, no program started (seccomp; and Landlock from Linux 5.13). Reading the
 * resolver's files and talking to the network stays.
 */
int fetch_confine(struct error *e) MUST_CHECK;

/* The half with the store: no sockets from here on, no program started. */
int fetch_confine_offline(struct error *e) MUST_CHECK;
