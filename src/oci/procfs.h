// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Writing below /proc. It is the host's wherever oci/ writes; that it is a proc file system at all
 * is looked at all the same, since a mount in its place could lead a write anywhere
 * (CVE-2019-16884, CVE-2025-52881). Low tier: -errno.
 */
#include <sys/types.h>

/* Writes text with one write(2) to a file of a proc file system; -EXDEV when it is on another. */
int procfs_write(const char *path, const char *text);

/* The same for /proc/PID/file. */
int procfs_write_of(pid_t pid, const char *file, const char *text);
