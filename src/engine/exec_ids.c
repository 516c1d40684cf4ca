// SPDX-License-Identifier: Apache-2.0
/* What exec started in a container, seen from its processes. */
#include "base/proc.h"
#include "engine/exec.h"
#include "oci/cgroup.h"

#include <stdlib.h>

#define PID_DIGITS   8
#define START_DIGITS 16

static int by_number(const void *a, const void *b)
{
    pid_t x = *(const pid_t *) a;
    pid_t y = *(const pid_t *) b;

    return x < y ? -1 : x > y;
}

void ctr_exec_ids(const struct container *c, const struct cgroup *cg, struct strv *ret)
{
    cleanup_free pid_t *pids = NULL;
    size_t count = 0;
    struct error ignored;

    if (cgroup_pids(cg, &pids, &count, &ignored) < 0) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct proc_info info;

        /*
         * Orphans of the container's own go to its process 1, or to a reaper that is in there too;
         * orphans of exec's client to a process of the host (find_new_reaper() in kernel/exit.c).
         */
        if (pids[i] != c->state.pid && proc_read(pids[i], &info) == 0 &&
            !bsearch(&info.parent, pids, count, sizeof(*pids), by_number)) {
            strv_addf(ret, "%0*x%0*llx%.*s", PID_DIGITS, (unsigned) pids[i], START_DIGITS,
                      (unsigned long long) info.start_time, CTR_ID_LEN - PID_DIGITS - START_DIGITS,
                      c->config.id);
        }
    }
}
