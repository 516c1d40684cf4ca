// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * File locks that belong to an open file description (fcntl F_OFD_*), so they survive execve when
 * the descriptor does, and end with the last process that holds it, however it dies.
 *
 * Lock order in the engine: container, network, storage. No lock is held while waiting for the
 * network or for a process. Readers take none.
 */
#include "base/defs.h"

#include <stdbool.h>

enum lock_mode {
    LOCK_MODE_SHARED,
    LOCK_MODE_EXCLUSIVE,
};

/* Opens (and makes, 0600) dirfd/name and waits for the lock. Descriptor or -errno. */
int lock_open(int dirfd, const char *name, enum lock_mode mode);

/* The same without waiting: -EAGAIN when another holds it. */
int lock_try(int dirfd, const char *name, enum lock_mode mode);

/* Gives it up, also where children inherited the descriptor (closing alone would not), and closes
 * it; *fd becomes FD_NONE. */
void lock_release(int *fd);

/* True when somebody holds an exclusive lock on it; takes none. A missing file is not held. */
bool lock_is_held(int dirfd, const char *name);
