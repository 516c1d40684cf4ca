// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Resource limits by their names as users type them (--ulimit nofile=...). */

/* RLIMIT_* of "nofile", "RLIMIT_NOFILE" (case does not matter); -EINVAL. */
int rlimit_from_string(const char *name);

/* "nofile"; "unknown" for a number that has no name. */
const char *rlimit_to_string(int resource);
