// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Copies what an image has at a mount point into the empty volume or tmpfs that will cover it:
 * owners, modes, times, extended attributes, hard and symbolic links, devices, holes of sparse
 * files; the mode and owner of the folder itself too.
 *
 * The source is an image's tree, the target is ours and empty; both are reached by descriptor
 * only, and no link is followed on either side.
 */
#include "base/error.h"

/* 1 when the folder has no entries (a lone "lost+found" does not count), 0 when it has, -errno. */
int dir_is_empty(int dirfd);

/* Copies the content of folder 'from' into folder 'to' (both open for reading). */
int copytree(int from, int to, struct error *e) MUST_CHECK;
