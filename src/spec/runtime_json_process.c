// SPDX-License-Identifier: Apache-2.0
/* config.md, "Process" */
#include "base/log.h"
#include "base/path.h"
#include "spec/capability.h"
#include "spec/rlimit.h"
#include "spec/runtime_json_internal.h"

#include <limits.h>
#include <linux/sched.h>
#include <stdio.h>
#include <sys/resource.h>

#ifndef SCHED_FLAG_RESET_ON_FORK
#define SCHED_FLAG_RESET_ON_FORK 0x01
#endif
#ifndef SCHED_ISO
#define SCHED_ISO 4 /* reserved by the kernel, implemented by none of ours */
#endif

static const struct field_word rlimit_words[] = {
    {"RLIMIT_AS", RLIMIT_AS},
    {"RLIMIT_CORE", RLIMIT_CORE},
    {"RLIMIT_CPU", RLIMIT_CPU},
    {"RLIMIT_DATA", RLIMIT_DATA},
    {"RLIMIT_FSIZE", RLIMIT_FSIZE},
    {"RLIMIT_LOCKS", RLIMIT_LOCKS},
    {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
    {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
    {"RLIMIT_NICE", RLIMIT_NICE},
    {"RLIMIT_NOFILE", RLIMIT_NOFILE},
    {"RLIMIT_NPROC", RLIMIT_NPROC},
    {"RLIMIT_RSS", RLIMIT_RSS},
    {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
    {"RLIMIT_RTTIME", RLIMIT_RTTIME},
    {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    {"RLIMIT_STACK", RLIMIT_STACK},
};

static const struct field_word policy_words[] = {
    {"SCHED_OTHER", SCHED_NORMAL},      {"SCHED_FIFO", SCHED_FIFO}, {"SCHED_RR", SCHED_RR},
    {"SCHED_BATCH", SCHED_BATCH},       {"SCHED_ISO", SCHED_ISO},   {"SCHED_IDLE", SCHED_IDLE},
    {"SCHED_DEADLINE", SCHED_DEADLINE},
};

static const struct field_word scheduler_flags[] = {
    {"SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK},
    {"SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM},
    {"SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN},
    {"SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY},
    {"SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS},
    {"SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN},
    {"SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX},
};

/* ioprio_set(2) */
static const struct field_word io_classes[] = {
    {"IOPRIO_CLASS_RT", 1},
    {"IOPRIO_CLASS_BE", 2},
    {"IOPRIO_CLASS_IDLE", 3},
};

static int console_size(const json_t *obj, const char *where, struct rt_process *ret,
                        struct error *e)
{
    char at[FIELD_PATH_MAX];
    json_t *size = NULL;
    int64_t rows = 0;
    int64_t cols = 0;

    if (json_get_object(obj, where, "consoleSize", &size, e) < 0) {
        return -1;
    }
    if (!size || !ret->terminal) {
        return 0; /* "MUST ignore consoleSize if terminal is false or unset" */
    }
    snprintf(at, sizeof(at), "%s%sconsoleSize", where, *where ? "." : "");
    if (field_int(size, at, "height", 0, USHRT_MAX, &rows, e) < 0 ||
        field_int(size, at, "width", 0, USHRT_MAX, &cols, e) < 0) {
        return -1;
    }
    ret->console_rows = (unsigned short) rows;
    ret->console_cols = (unsigned short) cols;
    return 0;
}

/* The kernel takes (uid_t) -1 for "unchanged", so it is no user. */
static int id(const json_t *obj, const char *where, const char *key, uint32_t *ret, struct error *e)
{
    int64_t value = *ret;

    if (field_int(obj, where, key, 0, (int64_t) UINT32_MAX - 1, &value, e) < 0) {
        return -1;
    }
    *ret = (uint32_t) value;
    return 0;
}

static int additional_gids(const json_t *user, const char *where, struct rt_user *ret,
                           struct error *e)
{
    char at[FIELD_PATH_MAX];
    json_t *list = NULL;
    json_t *entry;
    size_t i;

    if (json_get_array(user, where, "additionalGids", &list, e) < 0) {
        return -1;
    }
    json_array_foreach (list, i, entry) {
        if (!json_is_integer(entry) || json_integer_value(entry) < 0 ||
            json_integer_value(entry) >= UINT32_MAX) {
            return field_error(e, field_item(at, where, "additionalGids", i), "",
                               "expected a group id, 0 to 4294967294");
        }
        gid_t *gid =
            rt_list_append(&ret->additional_gids, &ret->additional_gids_count, sizeof(*gid));

        *gid = (gid_t) json_integer_value(entry);
    }
    return 0;
}

static int user(const json_t *obj, const char *where, struct rt_user *ret, struct error *e)
{
    char at[FIELD_PATH_MAX];
    json_t *user = NULL;

    if (json_get_object(obj, where, "user", &user, e) < 0) {
        return -1;
    }
    if (!user) {
        return 0;
    }
    snprintf(at, sizeof(at), "%s%suser", where, *where ? "." : "");
    return id(user, at, "uid", &ret->uid, e) < 0 || id(user, at, "gid", &ret->gid, e) < 0 ||
                   field_int(user, at, "umask", 0, 0777, &ret->umask, e) < 0
               ? -1
               : additional_gids(user, at, ret, e);
}

static int capability_set(const json_t *caps, const char *where, const char *key, uint64_t *ret,
                          struct error *e)
{
    CLEANUP(strv) struct strv names = STRV_INIT;
    char *name;

    if (json_get_strv(caps, where, key, &names, e) < 0) {
        return -1;
    }
    strv_foreach (&names, name) {
        int cap = cap_from_string(name);

        if (cap < 0) {
            log_warn("%s.%s: unknown capability '%.60s' is left out", where, key, name);
        } else {
            *ret |= UINT64_C(1) << cap;
        }
    }
    return 0;
}

static int capabilities(const json_t *obj, const char *where, struct rt_capabilities *ret,
                        struct error *e)
{
    char at[FIELD_PATH_MAX];
    json_t *caps = NULL;

    if (json_get_object(obj, where, "capabilities", &caps, e) < 0) {
        return -1;
    }
    snprintf(at, sizeof(at), "%s%scapabilities", where, *where ? "." : "");
    return capability_set(caps, at, "bounding", &ret->bounding, e) < 0 ||
                   capability_set(caps, at, "effective", &ret->effective, e) < 0 ||
                   capability_set(caps, at, "inheritable", &ret->inheritable, e) < 0 ||
                   capability_set(caps, at, "permitted", &ret->permitted, e) < 0
               ? -1
               : capability_set(caps, at, "ambient", &ret->ambient, e);
}

static int rlimit(void *ctx, const json_t *entry, const char *at, struct error *e)
{
    struct rt_process *p = ctx;
    struct rt_rlimit limit = {0};
    int64_t resource = -1;

    if (field_required(entry, at, "type", "a resource limit like RLIMIT_NOFILE", e) < 0 ||
        field_word(entry, at, "type", rlimit_words, ARRAY_SIZE(rlimit_words), "resource limit",
                   &resource, e) < 0 ||
        json_get_u64(entry, at, "soft", &limit.soft, e) < 0 ||
        json_get_u64(entry, at, "hard", &limit.hard, e) < 0) {
        return -1;
    }
    limit.resource = (int) resource;
    for (size_t i = 0; i < p->rlimits_count; i++) {
        if (p->rlimits[i].resource == limit.resource) {
            return field_error(e, at, "type", "'%s' is given twice; give each limit once",
                               json_str(entry, "type"));
        }
    }
    if (limit.soft > limit.hard) {
        return field_error(e, at, "soft", "above 'hard'; use at most %llu",
                           (unsigned long long) limit.hard);
    }
    *rt_process_add_rlimit(p) = limit;
    return 0;
}

static int scheduler(const json_t *obj, const char *where, struct rt_scheduler *ret,
                     struct error *e)
{
    char at[FIELD_PATH_MAX];
    json_t *s = NULL;
    int64_t policy = 0;
    int64_t nice = 0;
    int64_t priority = 0;

    if (json_get_object(obj, where, "scheduler", &s, e) < 0) {
        return -1;
    }
    if (!s) {
        return 0;
    }
    snprintf(at, sizeof(at), "%s%sscheduler", where, *where ? "." : "");
    if (field_required(s, at, "policy", "a scheduling policy like SCHED_OTHER", e) < 0 ||
        field_word(s, at, "policy", policy_words, ARRAY_SIZE(policy_words), "scheduling policy",
                   &policy, e) < 0 ||
        field_int(s, at, "nice", -20, 19, &nice, e) < 0 ||
        field_int(s, at, "priority", 0, 99, &priority, e) < 0 ||
        field_flags(s, at, "flags", scheduler_flags, ARRAY_SIZE(scheduler_flags), "scheduling flag",
                    &ret->flags, e) < 0 ||
        json_get_u64(s, at, "runtime", &ret->runtime, e) < 0 ||
        json_get_u64(s, at, "deadline", &ret->deadline, e) < 0 ||
        json_get_u64(s, at, "period", &ret->period, e) < 0) {
        return -1;
    }
    ret->present = true;
    ret->policy = (uint32_t) policy;
    ret->nice = (int32_t) nice;
    ret->priority = (uint32_t) priority;
    return 0;
}

static int io_priority(const json_t *obj, const char *where, struct rt_io_priority *ret,
                       struct error *e)
{
    char at[FIELD_PATH_MAX];
    json_t *io = NULL;
    int64_t class = 0;
    int64_t priority = 0;

    if (json_get_object(obj, where, "ioPriority", &io, e) < 0) {
        return -1;
    }
    if (!io) {
        return 0;
    }
    snprintf(at, sizeof(at), "%s%sioPriority", where, *where ? "." : "");
    if (field_required(io, at, "class", "an I/O scheduling class like IOPRIO_CLASS_BE", e) < 0 ||
        field_word(io, at, "class", io_classes, ARRAY_SIZE(io_classes), "I/O scheduling class",
                   &class, e) < 0 ||
        field_int(io, at, "priority", 0, 7, &priority, e) < 0) {
        return -1;
    }
    ret->class = (int) class;
    ret->priority = (int) priority;
    return 0;
}

static int affinity(const json_t *obj, const char *where, struct rt_process *ret, struct error *e)
{
    char at[FIELD_PATH_MAX];
    json_t *a = NULL;

    if (json_get_object(obj, where, "execCPUAffinity", &a, e) < 0) {
        return -1;
    }
    snprintf(at, sizeof(at), "%s%sexecCPUAffinity", where, *where ? "." : "");
    return field_cpulist(a, at, "initial", &ret->cpu_affinity_initial, e) < 0
               ? -1
               : field_cpulist(a, at, "final", &ret->cpu_affinity_final, e);
}

/* What it is allowed to, and how the kernel treats it. */
static int privileges(const json_t *obj, const char *where, struct rt_process *ret, struct error *e)
{
    return capabilities(obj, where, &ret->capabilities, e) < 0 ||
                   field_each(obj, where, "rlimits", rlimit, ret, e) < 0 ||
                   json_get_bool(obj, where, "noNewPrivileges", &ret->no_new_privileges, e) < 0 ||
                   field_int(obj, where, "oomScoreAdj", -1000, 1000, &ret->oom_score_adj, e) < 0 ||
                   field_text(obj, where, "apparmorProfile", &ret->apparmor_profile, e) < 0 ||
                   field_text(obj, where, "selinuxLabel", &ret->selinux_label, e) < 0 ||
                   scheduler(obj, where, &ret->scheduler, e) < 0 ||
                   io_priority(obj, where, &ret->io_priority, e) < 0
               ? -1
               : affinity(obj, where, ret, e);
}

int rt_json_process(const json_t *obj, const char *where, struct rt_process *ret, struct error *e)
{
    if (json_get_bool(obj, where, "terminal", &ret->terminal, e) < 0 ||
        console_size(obj, where, ret, e) < 0 || user(obj, where, &ret->user, e) < 0 ||
        json_get_strv(obj, where, "args", &ret->args, e) < 0 ||
        json_get_strv(obj, where, "env", &ret->env, e) < 0 ||
        field_required(obj, where, "cwd", "the absolute path of the working directory", e) < 0 ||
        json_get_string(obj, where, "cwd", &ret->cwd, e) < 0) {
        return -1;
    }
    if (!path_is_absolute(ret->cwd)) {
        return field_error(e, where, "cwd", "'%.200s' is no absolute path; start it with '/'",
                           ret->cwd);
    }
    return privileges(obj, where, ret, e);
}
