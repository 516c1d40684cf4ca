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

static const char *const hook_names[RT_HOOK_COUNT] = {
    [RT_HOOK_PRESTART] = "prestart",
    [RT_HOOK_CREATE_RUNTIME] = "createRuntime",
    [RT_HOOK_CREATE_CONTAINER] = "createContainer",
    [RT_HOOK_START_CONTAINER] = "startContainer",
    [RT_HOOK_POSTSTART] = "poststart",
    [RT_HOOK_POSTSTOP] = "poststop",
};

const char *rt_hook_name(enum rt_hook_kind k)
{
    return (unsigned) k < RT_HOOK_COUNT ? hook_names[k] : NULL;
}

static const char *const clock_names[RT_CLOCK_COUNT] = {
    [RT_CLOCK_MONOTONIC] = "monotonic",
    [RT_CLOCK_BOOTTIME] = "boottime",
};

const char *rt_clock_name(enum rt_clock c)
{
    return (unsigned) c < RT_CLOCK_COUNT ? clock_names[c] : NULL;
}

static void pairs_done(struct rt_pairs *p)
{
    for (size_t i = 0; i < p->count; i++) {
        free(p->items[i].key);
        free(p->items[i].value);
    }
    free(p->items);
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
    free(p->selinux_label);
    free(p->cpu_affinity_initial);
    free(p->cpu_affinity_final);
    rt_process_init(p);
}

void rt_resources_init(struct rt_resources *r)
{
    memset(r, 0, sizeof(*r));
    r->memory_limit = r->memory_reservation = r->memory_swap = r->memory_swappiness = RT_UNSET;
    r->cpu_shares = r->cpu_quota = r->cpu_period = r->cpu_burst = RT_UNSET;
    r->cpu_rt_runtime = r->cpu_rt_period = r->cpu_idle = RT_UNSET;
    r->pids_limit = r->blkio_weight = r->blkio_leaf_weight = r->net_class_id = RT_UNSET;
}

void rt_resources_done(struct rt_resources *r)
{
    free(r->devices);
    free(r->cpuset_cpus);
    free(r->cpuset_mems);
    free(r->weight_devices);
    for (int k = 0; k < RT_THROTTLE_COUNT; k++) {
        free(r->throttles[k].items);
    }
    for (size_t i = 0; i < r->hugepages_count; i++) {
        free(r->hugepages[i].page_size);
    }
    free(r->hugepages);
    for (size_t i = 0; i < r->net_priorities_count; i++) {
        free(r->net_priorities[i].name);
    }
    free(r->net_priorities);
    for (size_t i = 0; i < r->rdma_count; i++) {
        free(r->rdma[i].device);
    }
    free(r->rdma);
    pairs_done(&r->unified);
    rt_resources_init(r);
}

void rt_seccomp_done(struct rt_seccomp *s)
{
    free(s->filter);
    free(s->listener_path);
    free(s->listener_metadata);
    *s = (struct rt_seccomp){0};
}

void rt_spec_init(struct rt_spec *s)
{
    memset(s, 0, sizeof(*s));
    rt_process_init(&s->process);
    rt_resources_init(&s->resources);
    s->personality = RT_UNSET;
}

static void hooks_done(struct rt_hooks *h)
{
    for (size_t i = 0; i < h->count; i++) {
        free(h->items[i].path);
        strv_done(&h->items[i].args);
        strv_done(&h->items[i].env);
    }
    free(h->items);
}

/* What only a config.json brings. */
static void extras_done(struct rt_spec *s)
{
    free(s->oci_version);
    free(s->seccomp_json);
    free(s->mount_label);
    free(s->uid_mappings.items);
    free(s->gid_mappings.items);
    for (size_t i = 0; i < s->net_devices_count; i++) {
        free(s->net_devices[i].host_name);
        free(s->net_devices[i].name);
    }
    free(s->net_devices);
    for (int k = 0; k < RT_HOOK_COUNT; k++) {
        hooks_done(&s->hooks[k]);
    }
    pairs_done(&s->annotations);
    free(s->intel_rdt.clos_id);
    free(s->intel_rdt.l3_cache_schema);
    free(s->intel_rdt.mem_bw_schema);
    strv_done(&s->intel_rdt.schemata);
    free(s->memory_policy.nodes);
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
        free(s->mounts[i].uid_mappings.items);
        free(s->mounts[i].gid_mappings.items);
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
    rt_seccomp_done(&s->seccomp);
    for (size_t i = 0; i < s->sysctl_count; i++) {
        free(s->sysctl[i].key);
        free(s->sysctl[i].value);
    }
    free(s->sysctl);
    strv_done(&s->masked_paths);
    strv_done(&s->readonly_paths);
    free(s->rootfs_propagation);
    extras_done(s);
    rt_spec_init(s);
}

void *rt_list_append(void *items_p, size_t *count, size_t size)
{
    void **items = items_p;

    *items = xrealloc_array(*items, *count + 1, size); /* all lists here are short */
    void *entry = (char *) *items + *count * size;

    memset(entry, 0, size);
    (*count)++;
    return entry;
}

void rt_pairs_add(struct rt_pairs *p, const char *key, const char *value)
{
    struct rt_pair *pair = rt_list_append(&p->items, &p->count, sizeof(*pair));

    pair->key = xstrdup(key);
    pair->value = xstrdup(value);
}

const char *rt_pairs_get(const struct rt_pairs *p, const char *key)
{
    for (size_t i = 0; i < p->count; i++) {
        if (strcmp(p->items[i].key, key) == 0) {
            return p->items[i].value;
        }
    }
    return NULL;
}

void rt_id_mappings_add(struct rt_id_mappings *m, uint32_t container, uint32_t host, uint32_t size)
{
    struct rt_id_mapping *entry = rt_list_append(&m->items, &m->count, sizeof(*entry));

    *entry = (struct rt_id_mapping){.container = container, .host = host, .size = size};
}

struct rt_mount *rt_spec_add_mount(struct rt_spec *s, const char *destination, const char *type,
                                   const char *source, const char *options_comma)
{
    struct rt_mount *m = rt_list_append(&s->mounts, &s->mounts_count, sizeof(*m));

    m->destination = xstrdup(destination);
    m->type = xstrdup(type);
    m->source = xstrdup(source);
    strv_split(&m->options, options_comma, ",");
    return m;
}

struct rt_device *rt_spec_add_device(struct rt_spec *s)
{
    return rt_list_append(&s->devices, &s->devices_count, sizeof(*s->devices));
}

struct rt_device_rule *rt_resources_add_device_rule(struct rt_resources *r)
{
    return rt_list_append(&r->devices, &r->devices_count, sizeof(*r->devices));
}

struct rt_rlimit *rt_process_add_rlimit(struct rt_process *p)
{
    return rt_list_append(&p->rlimits, &p->rlimits_count, sizeof(*p->rlimits));
}

struct rt_sysctl *rt_spec_add_sysctl(struct rt_spec *s, const char *key, const char *value)
{
    struct rt_sysctl *c = rt_list_append(&s->sysctl, &s->sysctl_count, sizeof(*c));

    c->key = xstrdup(key);
    c->value = xstrdup(value);
    return c;
}
