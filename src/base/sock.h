// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Unix SEQPACKET sockets. Paths go through a folder's descriptor (/proc/self/fd/N/name), so the
 * 108 bytes of sun_path are no limit on where the state folder lies. Low tier: -errno.
 */
#include "base/defs.h"

/* Both ends close-on-exec. */
int sock_pair(int ret[2]);

/* Binds dirfd/name (0600), listening; close-on-exec, non-blocking. An old file is replaced. */
int sock_listen(int dirfd, const char *name);

/* Connects to dirfd/name; blocking, close-on-exec. -ECONNREFUSED / -ENOENT: nobody there. */
int sock_connect(int dirfd, const char *name);
