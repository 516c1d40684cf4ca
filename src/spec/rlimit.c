// SPDX-License-Identifier: Apache-2.0
#include "spec/rlimit.h"

#include "base/defs.h"

#include <strings.h>
#include <sys/resource.h>

static const char *const names[] = {
    [RLIMIT_CPU] = "cpu",           [RLIMIT_FSIZE] = "fsize",
    [RLIMIT_DATA] = "data",         [RLIMIT_STACK] = "stack",
    [RLIMIT_CORE] = "core",         [RLIMIT_RSS] = "rss",
    [RLIMIT_NPROC] = "nproc",       [RLIMIT_NOFILE] = "nofile",
    [RLIMIT_MEMLOCK] = "memlock",   [RLIMIT_AS] = "as",
    [RLIMIT_LOCKS] = "locks",       [RLIMIT_SIGPENDING] = "sigpending",
    [RLIMIT_MSGQUEUE] = "msgqueue", [RLIMIT_NICE] = "nice",
    [RLIMIT_RTPRIO] = "rtprio",     [RLIMIT_RTTIME] = "rttime",
};

int rlimit_from_string(const char *name)
{
    if (strncasecmp(name, "RLIMIT_", 7) == 0) {
        name += 7;
    }
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcasecmp(names[i], name) == 0) {
            return (int) i;
        }
    }
    return -EINVAL;
}

const char *rlimit_to_string(int resource)
{
    return resource >= 0 && (size_t) resource < ARRAY_SIZE(names) ? names[resource] : "unknown";
}
