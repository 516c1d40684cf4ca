// SPDX-License-Identifier: Apache-2.0
/* config-linux.md, "Control groups" */
#include "spec/runtime_json_internal.h"

#include <stdio.h>
#include <string.h>

static int device_rule(void *ctx, const json_t *entry, const char *at, struct error *e)
{
    static const struct field_word types[] = {{"a", 'a'}, {"b", 'b'}, {"c", 'c'}};
    cleanup_free char *access = NULL;
    struct rt_device_rule rule = {.major = -1, .minor = -1};
    int64_t type = 'a';

    if (field_required(entry, at, "allow", "true or false", e) < 0 ||
        json_get_bool(entry, at, "allow", &rule.allow, e) < 0 ||
        (*json_str(entry, "type") &&
         field_word(entry, at, "type", types, ARRAY_SIZE(types), "type of device", &type, e) < 0) ||
        field_int(entry, at, "major", -1, UINT32_MAX, &rule.major, e) < 0 ||
        field_int(entry, at, "minor", -1, UINT32_MAX, &rule.minor, e) < 0 ||
        field_text(entry, at, "access", &access, e) < 0) {
        return -1;
    }
    if (access &&
        (strlen(access) >= sizeof(rule.access) || strspn(access, "rwm") != strlen(access))) {
        return field_error(e, at, "access", "'%.20s' is no access; use letters of rwm", access);
    }
    memcpy(rule.access, access ? access : "rwm", strlen(access ? access : "rwm") + 1);
    rule.type = (char) type;
    *rt_resources_add_device_rule(ctx) = rule;
    return 0;
}

/* Runtimes take 0 for "not given" where 0 makes no limit: callers in Go send it so. */
static void drop_zero(int64_t *value)
{
    if (*value == 0) {
        *value = RT_UNSET;
    }
}

/* Docker sends its "unset", -1, as the 64-bit number without sign that it is there. */
static int swappiness(const json_t *obj, const char *at, struct rt_resources *r, struct error *e)
{
    uint64_t wide = 0;

    if (json_get_u64(obj, at, "swappiness", &wide, &(struct error){0}) == 0 && wide == UINT64_MAX) {
        return 0;
    }
    return field_int(obj, at, "swappiness", 0, 100, &r->memory_swappiness, e);
}

static int memory(const json_t *obj, const char *at, struct rt_resources *r, struct error *e)
{
    int64_t ignored = 0;

    if (field_int(obj, at, "limit", -1, INT64_MAX, &r->memory_limit, e) < 0 ||
        field_int(obj, at, "reservation", -1, INT64_MAX, &r->memory_reservation, e) < 0 ||
        field_int(obj, at, "swap", -1, INT64_MAX, &r->memory_swap, e) < 0 ||
        field_int(obj, at, "kernel", -1, INT64_MAX, &ignored, e) < 0 ||
        field_int(obj, at, "kernelTCP", -1, INT64_MAX, &ignored, e) < 0 ||
        swappiness(obj, at, r, e) < 0 ||
        json_get_bool(obj, at, "disableOOMKiller", &r->memory_disable_oom_killer, e) < 0 ||
        json_get_bool(obj, at, "checkBeforeUpdate", &r->memory_check_before_update, e) < 0) {
        return -1;
    }
    drop_zero(&r->memory_limit);
    drop_zero(&r->memory_reservation);
    drop_zero(&r->memory_swap);
    return 0;
}

static int cpu(const json_t *obj, const char *at, struct rt_resources *r, struct error *e)
{
    if (field_int(obj, at, "shares", 0, INT64_MAX, &r->cpu_shares, e) < 0 ||
        field_int(obj, at, "quota", INT64_MIN + 1, INT64_MAX, &r->cpu_quota, e) < 0 ||
        field_int(obj, at, "burst", 0, INT64_MAX, &r->cpu_burst, e) < 0 ||
        field_int(obj, at, "period", 0, INT64_MAX, &r->cpu_period, e) < 0 ||
        field_int(obj, at, "realtimeRuntime", INT64_MIN + 1, INT64_MAX, &r->cpu_rt_runtime, e) <
            0 ||
        field_int(obj, at, "realtimePeriod", 0, INT64_MAX, &r->cpu_rt_period, e) < 0 ||
        field_int(obj, at, "idle", 0, 1, &r->cpu_idle, e) < 0 ||
        field_cpulist(obj, at, "cpus", &r->cpuset_cpus, e) < 0 ||
        field_cpulist(obj, at, "mems", &r->cpuset_mems, e) < 0) {
        return -1;
    }
    drop_zero(&r->cpu_shares);
    drop_zero(&r->cpu_quota);
    drop_zero(&r->cpu_period);
    drop_zero(&r->cpu_rt_runtime);
    drop_zero(&r->cpu_rt_period);
    if (r->cpu_quota < -1 && r->cpu_quota != RT_UNSET) {
        r->cpu_quota = -1; /* any negative number lifts the limit */
    }
    if (r->cpu_quota > 0 && r->cpu_burst > r->cpu_quota) {
        return field_error(e, at, "burst", "above 'quota'; use at most %lld",
                           (long long) r->cpu_quota);
    }
    return 0;
}

static int device_number(const json_t *entry, const char *at, int64_t *major, int64_t *minor,
                         struct error *e)
{
    return field_required(entry, at, "major", "the device's major number", e) < 0 ||
                   field_required(entry, at, "minor", "the device's minor number", e) < 0 ||
                   field_int(entry, at, "major", 0, UINT32_MAX, major, e) < 0
               ? -1
               : field_int(entry, at, "minor", 0, UINT32_MAX, minor, e);
}

static int weight_device(void *ctx, const json_t *entry, const char *at, struct error *e)
{
    struct rt_resources *r = ctx;
    struct rt_weight_device d = {.weight = RT_UNSET, .leaf_weight = RT_UNSET};

    if (device_number(entry, at, &d.major, &d.minor, e) < 0 ||
        field_int(entry, at, "weight", 0, UINT16_MAX, &d.weight, e) < 0 ||
        field_int(entry, at, "leafWeight", 0, UINT16_MAX, &d.leaf_weight, e) < 0) {
        return -1;
    }
    if (d.weight == RT_UNSET && d.leaf_weight == RT_UNSET) {
        return field_error(e, at, "weight", "missing; give 'weight', 'leafWeight' or both");
    }
    struct rt_weight_device *entry_ret =
        rt_list_append(&r->weight_devices, &r->weight_devices_count, sizeof(d));

    *entry_ret = d;
    return 0;
}

static int throttle(void *ctx, const json_t *entry, const char *at, struct error *e)
{
    struct rt_throttles *list = ctx;
    struct rt_throttle t = {0};

    if (device_number(entry, at, &t.major, &t.minor, e) < 0 ||
        field_required(entry, at, "rate", "bytes or operations a second", e) < 0 ||
        json_get_u64(entry, at, "rate", &t.rate, e) < 0) {
        return -1;
    }
    *(struct rt_throttle *) rt_list_append(&list->items, &list->count, sizeof(t)) = t;
    return 0;
}

static int block_io(const json_t *obj, const char *at, struct rt_resources *r, struct error *e)
{
    static const char *const throttles[RT_THROTTLE_COUNT] = {
        [RT_THROTTLE_READ_BPS] = "throttleReadBpsDevice",
        [RT_THROTTLE_WRITE_BPS] = "throttleWriteBpsDevice",
        [RT_THROTTLE_READ_IOPS] = "throttleReadIOPSDevice",
        [RT_THROTTLE_WRITE_IOPS] = "throttleWriteIOPSDevice",
    };

    if (field_int(obj, at, "weight", 0, UINT16_MAX, &r->blkio_weight, e) < 0 ||
        field_int(obj, at, "leafWeight", 0, UINT16_MAX, &r->blkio_leaf_weight, e) < 0 ||
        field_each(obj, at, "weightDevice", weight_device, r, e) < 0) {
        return -1;
    }
    drop_zero(&r->blkio_weight);
    drop_zero(&r->blkio_leaf_weight);
    for (int k = 0; k < RT_THROTTLE_COUNT; k++) {
        if (field_each(obj, at, throttles[k], throttle, &r->throttles[k], e) < 0) {
            return -1;
        }
    }
    return 0;
}

/* "2MB": it becomes part of a file's name, so nothing else is let through. */
static bool is_page_size(const char *s)
{
    size_t digits = strspn(s, "0123456789");

    return digits > 0 && digits < 10 && s[digits] && strchr("KMGT", s[digits]) &&
           strcmp(s + digits + 1, "B") == 0;
}

static int hugepage_limit(void *ctx, const json_t *entry, const char *at, struct error *e)
{
    struct rt_resources *r = ctx;
    cleanup_free char *size = NULL;
    uint64_t limit = 0;

    if (field_required(entry, at, "pageSize", "a size like 2MB", e) < 0 ||
        field_required(entry, at, "limit", "bytes", e) < 0 ||
        json_get_string(entry, at, "pageSize", &size, e) < 0 ||
        json_get_u64(entry, at, "limit", &limit, e) < 0) {
        return -1;
    }
    if (!is_page_size(size)) {
        return field_error(e, at, "pageSize", "'%.40s' is no page size; use one like 64KB or 2MB",
                           size);
    }
    struct rt_hugepage_limit *h = rt_list_append(&r->hugepages, &r->hugepages_count, sizeof(*h));

    h->page_size = take_ptr(&size);
    h->limit = limit;
    return 0;
}

static int net_priority(void *ctx, const json_t *entry, const char *at, struct error *e)
{
    struct rt_resources *r = ctx;
    cleanup_free char *name = NULL;
    uint32_t priority = 0;

    if (field_required(entry, at, "name", "the name of an interface", e) < 0 ||
        field_required(entry, at, "priority", "a number", e) < 0 ||
        json_get_string(entry, at, "name", &name, e) < 0 ||
        field_u32(entry, at, "priority", &priority, e) < 0) {
        return -1;
    }
    if (!*name || strlen(name) > 15 || strpbrk(name, " \t\n/")) {
        return field_error(e, at, "name", "'%.40s' is no name of an interface", name);
    }
    struct rt_net_priority *p =
        rt_list_append(&r->net_priorities, &r->net_priorities_count, sizeof(*p));

    p->name = take_ptr(&name);
    p->priority = priority;
    return 0;
}

static int network(const json_t *obj, const char *at, struct rt_resources *r, struct error *e)
{
    return field_int(obj, at, "classID", 0, UINT32_MAX, &r->net_class_id, e) < 0
               ? -1
               : field_each(obj, at, "priorities", net_priority, r, e);
}

static int pids(const json_t *obj, const char *at, struct rt_resources *r, struct error *e)
{
    if (field_int(obj, at, "limit", INT64_MIN + 1, INT64_MAX, &r->pids_limit, e) < 0) {
        return -1;
    }
    if (r->pids_limit < 0 && r->pids_limit != RT_UNSET) {
        r->pids_limit = -1;
    }
    return 0;
}

static int rdma(const json_t *obj, const char *where, struct rt_resources *r, struct error *e)
{
    char at[FIELD_PATH_MAX];
    json_t *map = NULL;
    const char *device;
    json_t *value;

    if (json_get_object(obj, where, "rdma", &map, e) < 0) {
        return -1;
    }
    json_object_foreach (map, device, value) {
        int64_t handles = RT_UNSET;
        int64_t objects = RT_UNSET;

        field_entry(at, where, "rdma", device);
        if (!*device || strpbrk(device, " \t\n") || !json_is_object(value)) {
            return field_error(e, at, "", "expected a device's name and an object");
        }
        if (field_int(value, at, "hcaHandles", 0, UINT32_MAX, &handles, e) < 0 ||
            field_int(value, at, "hcaObjects", 0, UINT32_MAX, &objects, e) < 0) {
            return -1;
        }
        if (handles == RT_UNSET && objects == RT_UNSET) {
            return field_error(e, at, "hcaHandles",
                               "missing; give 'hcaHandles', 'hcaObjects' or both");
        }
        struct rt_rdma_limit *limit = rt_list_append(&r->rdma, &r->rdma_count, sizeof(*limit));

        limit->device = xstrdup(device);
        limit->hca_handles = handles;
        limit->hca_objects = objects;
    }
    return 0;
}

/* A key is a file of the container's own folder: anything else would lead out of it. */
static int unified(const json_t *obj, const char *where, struct rt_resources *r, struct error *e)
{
    char at[FIELD_PATH_MAX];

    if (field_pairs(obj, where, "unified", &r->unified, e) < 0) {
        return -1;
    }
    for (size_t i = 0; i < r->unified.count; i++) {
        const char *key = r->unified.items[i].key;
        const char *dot = strchr(key, '.');

        if (!dot || dot == key || !dot[1] || strchr(key, '/')) {
            return field_error(e, field_entry(at, where, "unified", key), "",
                               "no file of a cgroup; use one like 'memory.high'");
        }
    }
    return 0;
}

int rt_json_resources(const json_t *obj, const char *where, struct rt_resources *ret,
                      struct error *e)
{
    static const struct {
        const char *key;
        int (*parse)(const json_t *obj, const char *at, struct rt_resources *r, struct error *e);
    } sections[] = {
        {"memory", memory},   {"cpu", cpu},   {"blockIO", block_io},
        {"network", network}, {"pids", pids},
    };
    char at[FIELD_PATH_MAX];

    if (field_each(obj, where, "devices", device_rule, ret, e) < 0) {
        return -1;
    }
    for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
        json_t *section = NULL;

        if (json_get_object(obj, where, sections[i].key, &section, e) < 0) {
            return -1;
        }
        snprintf(at, sizeof(at), "%s%s%s", where, *where ? "." : "", sections[i].key);
        if (section && sections[i].parse(section, at, ret, e) < 0) {
            return -1;
        }
    }
    return field_each(obj, where, "hugepageLimits", hugepage_limit, ret, e) < 0 ||
                   rdma(obj, where, ret, e) < 0
               ? -1
               : unified(obj, where, ret, e);
}
