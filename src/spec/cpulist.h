// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Lists of CPUs and memory nodes as the kernel writes them: "0-3,7" (cpuset(7), "List format"). */
#include <stddef.h>

/*
 * Sets bit n of 'bits' (size bytes, cleared first) for every number n in the list; bits NULL only
 * checks. 0, -EINVAL for what is no such list or an empty one, -ERANGE for a number that has no
 * bit (bits NULL: above 65535).
 */
int cpulist_parse(const char *list, unsigned char *bits, size_t size);
