// SPDX-License-Identifier: Apache-2.0
/* config-linux.md */
#include "base/path.h"
#include "spec/runtime_json_internal.h"

#include <linux/mempolicy.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>

#ifndef MPOL_PREFERRED_MANY
#define MPOL_PREFERRED_MANY 5 /* Linux 5.15 */
#endif
#define MPOL_WEIGHTED_INTERLEAVE_VALUE 6 /* Linux 6.9 */
#ifndef MPOL_F_NUMA_BALANCING
#define MPOL_F_NUMA_BALANCING (1 << 13) /* Linux 5.12 */
#endif

static int namespace(void *ctx, const json_t *entry, const char *at, struct error *e)
{
    struct rt_spec *s = ctx;
    struct field_word words[RT_NS_COUNT];
    int64_t type = 0;

    for (int t = 0; t < RT_NS_COUNT; t++) {
        words[t] = (struct field_word){rt_namespace_name((enum rt_namespace_type) t), t};
    }
    if (field_required(entry, at, "type", "a namespace like 'pid'", e) < 0 ||
        field_word(entry, at, "type", words, RT_NS_COUNT, "namespace", &type, e) < 0) {
        return -1;
    }
    struct rt_namespace *ns = &s->namespaces[type];

    if (ns->present) {
        return field_error(e, at, "type", "'%s' is given twice; give each namespace once",
                           words[type].name);
    }
    ns->present = true;
    return field_path(entry, at, "path", &ns->path, e);
}

static int device(void *ctx, const json_t *entry, const char *at, struct error *e)
{
    static const struct field_word types[] = {{"c", 'c'}, {"b", 'b'}, {"u", 'u'}, {"p", 'p'}};
    struct rt_device *d = rt_spec_add_device(ctx);
    int64_t type = 0;
    int64_t mode = 0666;

    if (field_required(entry, at, "path", "an absolute path", e) < 0 ||
        field_required(entry, at, "type", "c, b, u or p", e) < 0 ||
        field_path(entry, at, "path", &d->path, e) < 0 ||
        field_word(entry, at, "type", types, ARRAY_SIZE(types), "type of device", &type, e) < 0) {
        return -1;
    }
    if (!d->path) {
        return field_error(e, at, "path", "missing; give an absolute path");
    }
    if (type != 'p' && (field_required(entry, at, "major", "the device's major number", e) < 0 ||
                        field_required(entry, at, "minor", "the device's minor number", e) < 0)) {
        return -1;
    }
    if (field_int(entry, at, "major", 0, UINT32_MAX, &d->major, e) < 0 ||
        field_int(entry, at, "minor", 0, UINT32_MAX, &d->minor, e) < 0 ||
        field_int(entry, at, "fileMode", 0, UINT32_MAX, &mode, e) < 0 ||
        field_u32(entry, at, "uid", &d->uid, e) < 0 ||
        field_u32(entry, at, "gid", &d->gid, e) < 0) {
        return -1;
    }
    d->type = (char) type;
    d->mode = (mode_t) (mode & 07777); /* some callers send the type's bits, too */
    return 0;
}

static int net_devices(const json_t *obj, struct rt_spec *s, struct error *e)
{
    char at[FIELD_PATH_MAX];
    json_t *map = NULL;
    const char *host;
    json_t *value;

    if (json_get_object(obj, "linux", "netDevices", &map, e) < 0) {
        return -1;
    }
    json_object_foreach (map, host, value) {
        struct rt_net_device *d =
            rt_list_append(&s->net_devices, &s->net_devices_count, sizeof(*d));

        field_entry(at, "linux", "netDevices", host);
        d->host_name = xstrdup(host);
        if (!json_is_object(value)) {
            return field_error(e, at, "", "expected an object");
        }
        if (field_text(value, at, "name", &d->name, e) < 0) {
            return -1;
        }
        const char *name = d->name ? d->name : host;

        /* dev_valid_name() of the kernel */
        if (!*host || strlen(host) > 15 || strpbrk(host, " \t\n/:") || strlen(name) > 15 ||
            strpbrk(name, " \t\n/:") || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
            return field_error(e, at, "name", "'%.40s' is no name of an interface", name);
        }
    }
    return 0;
}

static int time_offsets(const json_t *obj, struct rt_spec *s, struct error *e)
{
    char at[FIELD_PATH_MAX];
    json_t *map = NULL;
    const char *clock;
    json_t *value;

    if (json_get_object(obj, "linux", "timeOffsets", &map, e) < 0) {
        return -1;
    }
    json_object_foreach (map, clock, value) {
        struct rt_time_offset *o =
            strcmp(clock, "monotonic") == 0  ? &s->time_offsets[RT_CLOCK_MONOTONIC]
            : strcmp(clock, "boottime") == 0 ? &s->time_offsets[RT_CLOCK_BOOTTIME]
                                             : NULL;

        field_entry(at, "linux", "timeOffsets", clock);
        if (!o) {
            return field_error(e, at, "",
                               "no clock of a time namespace; use monotonic or boottime");
        }
        if (!json_is_object(value)) {
            return field_error(e, at, "", "expected an object");
        }
        int64_t nanosecs = 0;

        if (field_int(value, at, "secs", INT64_MIN + 1, INT64_MAX, &o->secs, e) < 0 ||
            field_int(value, at, "nanosecs", 0, 999999999, &nanosecs, e) < 0) {
            return -1;
        }
        o->nanosecs = (uint32_t) nanosecs;
        o->present = true;
    }
    return 0;
}

static int sysctls(const json_t *obj, struct rt_spec *s, struct error *e)
{
    struct rt_pairs pairs = {0};
    int r = field_pairs(obj, "linux", "sysctl", &pairs, e);

    for (size_t i = 0; i < pairs.count; i++) {
        struct rt_sysctl *c = rt_list_append(&s->sysctl, &s->sysctl_count, sizeof(*c));

        c->key = pairs.items[i].key;
        c->value = pairs.items[i].value;
    }
    free(pairs.items);
    return r;
}

static int cgroups_path(const json_t *obj, struct rt_spec *s, struct error *e)
{
    CLEANUP(strv) struct strv parts = STRV_INIT;

    if (field_text(obj, "linux", "cgroupsPath", &s->cgroups_path, e) < 0) {
        return -1;
    }
    strv_split(&parts, s->cgroups_path ? s->cgroups_path : "", "/");
    if (strv_contains(&parts, "..")) {
        return field_error(e, "linux", "cgroupsPath", "'%.200s' has a part '..'; leave it out",
                           s->cgroups_path);
    }
    return 0;
}

static int no_newline(const char *text, const char *key, struct error *e)
{
    return text && strchr(text, '\n')
               ? field_error(e, "linux.intelRdt", key, "has more than one line")
               : 0;
}

static int intel_rdt(const json_t *linux_obj, struct rt_intel_rdt *r, struct error *e)
{
    const char *at = "linux.intelRdt";
    json_t *obj = NULL;
    char *line;

    if (json_get_object(linux_obj, "linux", "intelRdt", &obj, e) < 0) {
        return -1;
    }
    if (!obj) {
        return 0;
    }
    if (field_text(obj, at, "closID", &r->clos_id, e) < 0 ||
        field_text(obj, at, "l3CacheSchema", &r->l3_cache_schema, e) < 0 ||
        field_text(obj, at, "memBwSchema", &r->mem_bw_schema, e) < 0 ||
        json_get_strv(obj, at, "schemata", &r->schemata, e) < 0 ||
        json_get_bool(obj, at, "enableMonitoring", &r->enable_monitoring, e) < 0 ||
        no_newline(r->l3_cache_schema, "l3CacheSchema", e) < 0 ||
        no_newline(r->mem_bw_schema, "memBwSchema", e) < 0) {
        return -1;
    }
    strv_foreach (&r->schemata, line) {
        if (no_newline(line, "schemata", e) < 0) {
            return -1;
        }
    }
    if (r->mem_bw_schema && strncmp(r->mem_bw_schema, "MB:", 3) != 0) {
        return field_error(e, at, "memBwSchema", "'%.40s' does not start with 'MB:'",
                           r->mem_bw_schema);
    }
    if (r->clos_id && strcmp(r->clos_id, "/") != 0 &&
        (strchr(r->clos_id, '/') || strcmp(r->clos_id, ".") == 0 ||
         strcmp(r->clos_id, "..") == 0)) {
        return field_error(e, at, "closID", "'%.60s' is no name of a folder", r->clos_id);
    }
    r->present = true;
    return 0;
}

static int memory_policy(const json_t *linux_obj, struct rt_memory_policy *p, struct error *e)
{
    static const struct field_word modes[] = {
        {"MPOL_DEFAULT", MPOL_DEFAULT},
        {"MPOL_BIND", MPOL_BIND},
        {"MPOL_INTERLEAVE", MPOL_INTERLEAVE},
        {"MPOL_WEIGHTED_INTERLEAVE", MPOL_WEIGHTED_INTERLEAVE_VALUE},
        {"MPOL_PREFERRED", MPOL_PREFERRED},
        {"MPOL_PREFERRED_MANY", MPOL_PREFERRED_MANY},
        {"MPOL_LOCAL", MPOL_LOCAL},
    };
    static const struct field_word flags[] = {
        {"MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING},
        {"MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES},
        {"MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES},
    };
    const char *at = "linux.memoryPolicy";
    json_t *obj = NULL;
    int64_t mode = 0;
    uint64_t bits = 0;

    if (json_get_object(linux_obj, "linux", "memoryPolicy", &obj, e) < 0) {
        return -1;
    }
    if (!obj) {
        return 0;
    }
    if (field_required(obj, at, "mode", "a memory policy like MPOL_BIND", e) < 0 ||
        field_word(obj, at, "mode", modes, ARRAY_SIZE(modes), "memory policy", &mode, e) < 0 ||
        field_cpulist(obj, at, "nodes", &p->nodes, e) < 0 ||
        field_flags(obj, at, "flags", flags, ARRAY_SIZE(flags), "flag of a memory policy", &bits,
                    e) < 0) {
        return -1;
    }
    p->present = true;
    p->mode = (int) mode | (int) bits;
    return 0;
}

static int personality_of(const json_t *linux_obj, struct rt_spec *s, struct error *e)
{
    static const struct field_word domains[] = {{"LINUX", PER_LINUX}, {"LINUX32", PER_LINUX32}};
    const char *at = "linux.personality";
    CLEANUP(strv) struct strv flags = STRV_INIT;
    json_t *obj = NULL;

    if (json_get_object(linux_obj, "linux", "personality", &obj, e) < 0) {
        return -1;
    }
    if (!obj) {
        return 0;
    }
    if (field_required(obj, at, "domain", "LINUX or LINUX32", e) < 0 ||
        field_word(obj, at, "domain", domains, ARRAY_SIZE(domains), "execution domain",
                   &s->personality, e) < 0 ||
        json_get_strv(obj, at, "flags", &flags, e) < 0) {
        return -1;
    }
    return flags.count
               ? field_error(e, at, "flags", "'%.60s' is no flag; none is defined", flags.items[0])
               : 0;
}

static int seccomp(const json_t *linux_obj, struct rt_spec *s, struct error *e)
{
    json_t *obj = NULL;

    if (json_get_object(linux_obj, "linux", "seccomp", &obj, e) < 0) {
        return -1;
    }
    if (obj) {
        free(s->seccomp_json);
        s->seccomp_json = json_dump(obj);
    }
    return 0;
}

static int propagation(const json_t *obj, struct rt_spec *s, struct error *e)
{
    static const struct field_word words[] = {
        {"shared", 0},  {"slave", 0},  {"private", 0},  {"unbindable", 0},
        {"rshared", 0}, {"rslave", 0}, {"rprivate", 0}, {"runbindable", 0},
    };
    int64_t ignored = 0;

    if (field_text(obj, "linux", "rootfsPropagation", &s->rootfs_propagation, e) < 0) {
        return -1;
    }
    return s->rootfs_propagation ? field_word(obj, "linux", "rootfsPropagation", words,
                                              ARRAY_SIZE(words), "mount propagation", &ignored, e)
                                 : 0;
}

static int resources(const json_t *obj, struct rt_spec *s, struct error *e)
{
    json_t *res = NULL;

    if (json_get_object(obj, "linux", "resources", &res, e) < 0) {
        return -1;
    }
    return res ? rt_json_resources(res, "linux.resources", &s->resources, e) : 0;
}

int rt_json_linux(const json_t *obj, struct rt_spec *ret, struct error *e)
{
    if (field_each(obj, "linux", "namespaces", namespace, ret, e) < 0 ||
        field_id_mappings(obj, "linux", "uidMappings", &ret->uid_mappings, e) < 0 ||
        field_id_mappings(obj, "linux", "gidMappings", &ret->gid_mappings, e) < 0 ||
        time_offsets(obj, ret, e) < 0 || field_each(obj, "linux", "devices", device, ret, e) < 0 ||
        net_devices(obj, ret, e) < 0 || cgroups_path(obj, ret, e) < 0 ||
        resources(obj, ret, e) < 0 || intel_rdt(obj, &ret->intel_rdt, e) < 0 ||
        memory_policy(obj, &ret->memory_policy, e) < 0 || sysctls(obj, ret, e) < 0 ||
        seccomp(obj, ret, e) < 0 || propagation(obj, ret, e) < 0 ||
        field_paths(obj, "linux", "maskedPaths", &ret->masked_paths, e) < 0 ||
        field_paths(obj, "linux", "readonlyPaths", &ret->readonly_paths, e) < 0 ||
        field_text(obj, "linux", "mountLabel", &ret->mount_label, e) < 0) {
        return -1;
    }
    return personality_of(obj, ret, e);
}
