// SPDX-License-Identifier: Apache-2.0
#include "oci/schedule.h"

#include "base/log.h"
#include "spec/cpulist.h"

#include <linux/sched/types.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>

#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_CLASS_SHIFT 13

static int set_scheduler(pid_t pid, const struct rt_scheduler *s)
{
    struct sched_attr attr = {
        .size = sizeof(attr),
        .sched_policy = s->policy,
        .sched_flags = s->flags,
        .sched_nice = s->nice,
        .sched_priority = s->priority,
        .sched_runtime = s->runtime,
        .sched_deadline = s->deadline,
        .sched_period = s->period,
    };

    return syscall(SYS_sched_setattr, pid, &attr, 0) < 0 ? -errno : 0;
}

int schedule_set(pid_t pid, const struct rt_process *p, struct error *e)
{
    const struct rt_io_priority *io = &p->io_priority;
    int r = p->scheduler.present ? set_scheduler(pid, &p->scheduler) : 0;

    if (r < 0) {
        return err_sys(e, r, "set scheduler (policy %u, priority %u, nice %d)", p->scheduler.policy,
                       p->scheduler.priority, p->scheduler.nice);
    }
    if (io->class && syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid,
                             io->class << IOPRIO_CLASS_SHIFT | io->priority) < 0) {
        return err_sys(e, errno, "set I/O priority (class %d, priority %d)", io->class,
                       io->priority);
    }
    return 0;
}

static int set_memory_policy(const struct rt_memory_policy *p, struct error *e)
{
    unsigned char nodes[128] = {0}; /* Linux has at most 1024 */
    const char *list = p->nodes ? p->nodes : "";
    int r = *list ? cpulist_parse(list, nodes, sizeof(nodes)) : 0;

    if (r < 0) {
        return err_sys(e, r, "memory policy: nodes '%s'", list);
    }
    if (syscall(SYS_set_mempolicy, p->mode, *list ? nodes : NULL,
                *list ? sizeof(nodes) * 8 + 1 : 0) < 0) {
        return err_sys(e, errno, "set memory policy on nodes '%s'", list);
    }
    return 0;
}

static int run_on(const char *list, struct error *e)
{
    struct schedule_cpus cpus;
    int r = cpulist_parse(list, cpus.mask, sizeof(cpus.mask));

    if (r == 0 && syscall(SYS_sched_setaffinity, 0, sizeof(cpus.mask), cpus.mask) < 0) {
        r = -errno;
    }
    return r < 0 ? err_sys(e, r, "run on CPUs '%s'", list) : 0;
}

int step_schedule(struct child *c, struct error *e)
{
    int64_t domain = c->spec ? c->spec->personality : c->personality;

    if (!userns_wanted(c->spec) && schedule_set(0, c->process, e) < 0) {
        return -1;
    }
    if (c->spec && c->spec->memory_policy.present &&
        set_memory_policy(&c->spec->memory_policy, e) < 0) {
        return -1;
    }
    if (!c->spec && c->process->cpu_affinity_final &&
        run_on(c->process->cpu_affinity_final, e) < 0) {
        return -1;
    }
    if (domain != RT_UNSET && domain != PER_LINUX && personality((unsigned long) domain) < 0) {
        return err_sys(e, errno, "set execution domain %lld", (long long) domain);
    }
    return 0;
}

int schedule_start_on(const char *list, struct schedule_cpus *prev, struct error *e)
{
    prev->changed = false;
    if (!list) {
        return 0;
    }
    memset(prev->mask, 0, sizeof(prev->mask));
    if (syscall(SYS_sched_getaffinity, 0, sizeof(prev->mask), prev->mask) < 0) {
        return err_sys(e, errno, "read own CPUs");
    }
    prev->changed = true;
    return run_on(list, e);
}

void schedule_restore(const struct schedule_cpus *prev)
{
    if (prev->changed && syscall(SYS_sched_setaffinity, 0, sizeof(prev->mask), prev->mask) < 0) {
        log_debug("restore CPUs: errno %d", errno);
    }
}
