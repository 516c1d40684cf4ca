// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * One line of a json-file log. Containers choose its content and disks damage it, so it is parsed
 * strictly and in place: no allocation, no recursion.
 */
#include "base/defs.h"

#include <stdbool.h>
#include <stdint.h>

#define LOGENTRY_ATTRS_MAX 4096

struct logentry {
    const char *text; /* in the line's own memory, not NUL-terminated */
    size_t n;
    bool is_stderr;
    int64_t time;
    char attrs[LOGENTRY_ATTRS_MAX]; /* "k=v,k=v" */
};

/*
 * Parses n bytes (without the newline), which it overwrites. A whole entry behind a torn one in
 * the same line is found. -EINVAL: there is none.
 */
int logentry_parse(char *line, size_t n, struct logentry *ret);
