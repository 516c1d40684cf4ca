// SPDX-License-Identifier: Apache-2.0
#include "spec/runtime.h"

#include <string.h>

static const char *const namespace_names[RT_NS_COUNT] = {
    [RT_NS_PID] = "pid",       [RT_NS_NETWORK] = "network", [RT_NS_MOUNT] = "mount",
    [RT_NS_IPC] = "ipc",       [RT_NS_UTS] = "uts",         [RT_NS_USER] = "user",
    [RT_NS_CGROUP] = "cgroup", [RT_NS_TIME] = "time",
};

const char *rt_namespace_name(enum rt_namespace_type t)
{
    return (unsigned) t < RT_NS_COUNT ? namespace_names[t] : NULL;
}

void rt_process_init(struct rt_process *p)
{
    memset(p, 0, sizeof(*p));
    p->oom_score_adj = RT_UNSET;
    p->user.umask = RT_UNSET;
}

void rt_process_done(struct rt_process *p)
{
    strv_done(&p->args);
    strv_done(&p->env);
    free(p->cwd);
    free(p->rlimits);
    free(p->user.additional_gids);
    free(p->apparmor_profile);
    rt_process_init(p);
}

void rt_resources_init(struct rt_resources *r)
{
    memset(r, 0, sizeof(*r));
    r->memory_limit = r->memory_reservation = r->memory_swap = r->memory_swappiness = RT_UNSET;
    r->cpu_shares = r->cpu_quota = r->cpu_period = r->cpu_burst = RT_UNSET;
    r->pids_limit = r->blkio_weight = RT_UNSET;
}

void rt_resources_done(struct rt_resources *r)
{
    free(r->devices);
    free(r->cpuset_cpus);
    free(r->cpuset_mems);
    rt_resources_init(r);
}

void rt_spec_init(struct rt_spec *s)
{
    memset(s, 0, sizeof(*s));
    rt_process_init(&s->process);
    rt_resources_init(&s->resources);
}

void rt_spec_done(struct rt_spec *s)
{
    rt_process_done(&s->process);
    rt_resources_done(&s->resources);
    free(s->rootfs);
    free(s->hostname);
    free(s->domainname);
    for (size_t i = 0; i < s->mounts_count; i++) {
        free(s->mounts[i].destination);
        free(s->mounts[i].type);
        free(s->mounts[i].source);
        strv_done(&s->mounts[i].options);
    }
    free(s->mounts);
    for (int i = 0; i < RT_NS_COUNT; i++) {
        free(s->namespaces[i].path);
    }
    for (size_t i = 0; i < s->devices_count; i++) {
        free(s->devices[i].path);
    }
    free(s->devices);
    free(s->cgroups_path);
    free(s->seccomp.filter);
    for (size_t i = 0; i < s->sysctl_count; i++) {
        free(s->sysctl[i].key);
        free(s->sysctl[i].value);
    }
    free(s->sysctl);
    strv_done(&s->masked_paths);
    strv_done(&s->readonly_paths);
    free(s->rootfs_propagation);
    rt_spec_init(s);
}

/* Grows *items by one zeroed entry of the size; all lists here are short. */
static void *append(void **items, size_t *count, size_t size)
{
    *items = xrealloc_array(*items, *count + 1, size);
    void *entry = (char *) *items + *count * size;

    memset(entry, 0, size);
    (*count)++;
    return entry;
}

struct rt_mount *rt_spec_add_mount(struct rt_spec *s, const char *destination, const char *type,
                                   const char *source, const char *options_comma)
{
    struct rt_mount *m = append((void **) &s->mounts, &s->mounts_count, sizeof(*m));

    m->destination = xstrdup(destination);
    m->type = xstrdup(type);
    m->source = xstrdup(source);
    strv_split(&m->options, options_comma, ",");
    return m;
}

struct rt_device *rt_spec_add_device(struct rt_spec *s)
{
    return append((void **) &s->devices, &s->devices_count, sizeof(*s->devices));
}

struct rt_device_rule *rt_resources_add_device_rule(struct rt_resources *r)
{
    return append((void **) &r->devices, &r->devices_count, sizeof(*r->devices));
}

struct rt_rlimit *rt_process_add_rlimit(struct rt_process *p)
{
    return append((void **) &p->rlimits, &p->rlimits_count, sizeof(*p->rlimits));
}

struct rt_sysctl *rt_spec_add_sysctl(struct rt_spec *s, const char *key, const char *value)
{
    struct rt_sysctl *c = append((void **) &s->sysctl, &s->sysctl_count, sizeof(*c));

    c->key = xstrdup(key);
    c->value = xstrdup(value);
    return c;
}
