// SPDX-License-Identifier: Apache-2.0
/*
 * struct ctr_config to JSON and back, by one table: a field that is in it is written and read.
 * Keys are Docker's API names, so that inspect can pass most of them through.
 */
#include "engine/container.h"

#include <stddef.h>
#include <string.h>

enum field_type {
    FIELD_STRING,
    FIELD_BOOL,
    FIELD_I64,
    FIELD_STRV,
};

struct field {
    const char *key;
    enum field_type type;
    size_t offset;
};

#define F(key, type, member)                                                                       \
    {                                                                                              \
        key, type, offsetof(struct ctr_config, member)                                             \
    }

static const struct field fields[] = {
    F("Name", FIELD_STRING, name),
    F("Created", FIELD_I64, created),
    F("Image", FIELD_STRING, image),
    F("ImageID", FIELD_STRING, image_id),
    F("Driver", FIELD_STRING, driver),
    F("Chain", FIELD_STRV, chain),
    F("Hostname", FIELD_STRING, hostname),
    F("Domainname", FIELD_STRING, domainname),
    F("User", FIELD_STRING, user),
    F("Tty", FIELD_BOOL, tty),
    F("OpenStdin", FIELD_BOOL, open_stdin),
    F("StdinOnce", FIELD_BOOL, stdin_once),
    F("AttachStdin", FIELD_BOOL, attach_stdin),
    F("AttachStdout", FIELD_BOOL, attach_stdout),
    F("AttachStderr", FIELD_BOOL, attach_stderr),
    F("Env", FIELD_STRV, env),
    F("Entrypoint", FIELD_STRV, entrypoint),
    F("Cmd", FIELD_STRV, cmd),
    F("EntrypointSet", FIELD_BOOL, entrypoint_set),
    F("WorkingDir", FIELD_STRING, working_dir),
    F("StopSignal", FIELD_STRING, stop_signal),
    F("StopTimeout", FIELD_I64, stop_timeout),
    F("CidFile", FIELD_STRING, cidfile),
    F("AutoRemove", FIELD_BOOL, auto_remove),
    F("Privileged", FIELD_BOOL, privileged),
    F("ReadonlyRootfs", FIELD_BOOL, readonly_rootfs),
    F("Init", FIELD_BOOL, init),
    F("NoNewPrivileges", FIELD_BOOL, no_new_privileges),
    F("Seccomp", FIELD_STRING, seccomp),
    F("SecurityOpt", FIELD_STRV, security_opt),
    F("CapAdd", FIELD_STRV, cap_add),
    F("CapDrop", FIELD_STRV, cap_drop),
    F("GroupAdd", FIELD_STRV, group_add),
    F("ExtraHosts", FIELD_STRV, extra_hosts),
    F("Dns", FIELD_STRV, dns),
    F("DnsSearch", FIELD_STRV, dns_search),
    F("DnsOptions", FIELD_STRV, dns_option),
    F("Sysctls", FIELD_STRV, sysctls),
    F("NetworkMode", FIELD_STRING, network_mode),
    F("PidMode", FIELD_STRING, pid_mode),
    F("IpcMode", FIELD_STRING, ipc_mode),
    F("UTSMode", FIELD_STRING, uts_mode),
    F("CgroupnsMode", FIELD_STRING, cgroupns_mode),
    F("ShmSize", FIELD_I64, shm_size),
    F("OomScoreAdj", FIELD_I64, oom_score_adj),
    F("Memory", FIELD_I64, limits.memory),
    F("MemoryReservation", FIELD_I64, limits.memory_reservation),
    F("MemorySwap", FIELD_I64, limits.memory_swap),
    F("MemorySwappiness", FIELD_I64, limits.memory_swappiness),
    F("NanoCpus", FIELD_I64, limits.nano_cpus),
    F("CpuShares", FIELD_I64, limits.cpu_shares),
    F("CpuQuota", FIELD_I64, limits.cpu_quota),
    F("CpuPeriod", FIELD_I64, limits.cpu_period),
    F("CpusetCpus", FIELD_STRING, limits.cpuset_cpus),
    F("CpusetMems", FIELD_STRING, limits.cpuset_mems),
    F("PidsLimit", FIELD_I64, limits.pids_limit),
    F("BlkioWeight", FIELD_I64, limits.blkio_weight),
    F("OomKillDisable", FIELD_BOOL, limits.oom_kill_disable),
    F("LogDriver", FIELD_STRING, log_driver),
    F("LogMaxSize", FIELD_I64, log_max_size),
    F("LogMaxFile", FIELD_I64, log_max_file),
    F("CgroupParent", FIELD_STRING, cgroup_parent),
};

/* Values that an absent key means, so that the file holds only what was asked for. */
static bool is_default(const struct field *f, const void *p)
{
    switch (f->type) {
    case FIELD_STRING:
        return *(char *const *) p == NULL;
    case FIELD_BOOL:
        return !*(const bool *) p;
    case FIELD_STRV:
        return ((const struct strv *) p)->count == 0;
    case FIELD_I64: {
        struct ctr_config init;

        ctr_config_init(&init);
        bool same = *(const int64_t *) p == *(const int64_t *) ((const char *) &init + f->offset);

        ctr_config_done(&init);
        return same;
    }
    }
    return false;
}

static json_t *field_to_json(const struct field *f, const void *p)
{
    switch (f->type) {
    case FIELD_STRING:
        return json_text(*(char *const *) p);
    case FIELD_BOOL:
        return json_boolean(*(const bool *) p);
    case FIELD_I64:
        return json_integer(*(const int64_t *) p);
    case FIELD_STRV:
        return json_from_strv(p);
    }
    return json_null();
}

static int field_from_json(const struct field *f, const json_t *j, void *p, struct error *e)
{
    switch (f->type) {
    case FIELD_STRING:
        return json_get_string(j, "", f->key, p, e);
    case FIELD_BOOL:
        return json_get_bool(j, "", f->key, p, e);
    case FIELD_I64:
        return json_get_i64(j, "", f->key, p, e);
    case FIELD_STRV:
        return json_get_strv(j, "", f->key, p, e);
    }
    return 0;
}

static void put_string(json_t *obj, const char *key, const char *value)
{
    if (value) {
        json_put(obj, key, json_text(value));
    }
}

static void put_flag(json_t *obj, const char *key, bool value)
{
    if (value) {
        json_put(obj, key, json_true());
    }
}

static json_t *mount_to_json(const struct ctr_mount *m)
{
    json_t *j = json_object();

    put_string(j, "Type", ctr_mount_type_to_string(m->type));
    put_string(j, "Source", m->source);
    put_string(j, "Name", m->name);
    put_string(j, "Target", m->target);
    put_string(j, "Mode", m->mode);
    put_string(j, "Propagation", m->propagation);
    put_string(j, "Options", m->options);
    put_flag(j, "ReadOnly", m->readonly);
    put_flag(j, "NoCopy", m->nocopy);
    put_flag(j, "MustExist", m->must_exist);
    put_flag(j, "Anonymous", m->anonymous);
    return j;
}

static int mount_from_json(const json_t *j, struct ctr_mount *m, struct error *e)
{
    if (ctr_mount_type_from_string(json_str(j, "Type"), &m->type) < 0) {
        return err_set(e, ERR_CORRUPT, "Mounts.Type: unknown type '%s'", json_str(j, "Type"));
    }
    if (json_get_string(j, "Mounts", "Source", &m->source, e) < 0 ||
        json_get_string(j, "Mounts", "Name", &m->name, e) < 0 ||
        json_get_string(j, "Mounts", "Target", &m->target, e) < 0 ||
        json_get_string(j, "Mounts", "Mode", &m->mode, e) < 0 ||
        json_get_string(j, "Mounts", "Propagation", &m->propagation, e) < 0 ||
        json_get_string(j, "Mounts", "Options", &m->options, e) < 0) {
        return -1;
    }
    if (!m->target) {
        return err_set(e, ERR_CORRUPT, "Mounts.Target: missing");
    }
    m->readonly = json_bool(j, "ReadOnly");
    m->nocopy = json_bool(j, "NoCopy");
    m->must_exist = json_bool(j, "MustExist");
    m->anonymous = json_bool(j, "Anonymous");
    return 0;
}

static void lists_to_json(const struct ctr_config *c, json_t *j)
{
    if (c->mounts_count) {
        json_t *list = json_array();

        for (size_t i = 0; i < c->mounts_count; i++) {
            json_push(list, mount_to_json(&c->mounts[i]));
        }
        json_put(j, "Mounts", list);
    }
    if (c->ulimits_count) {
        json_t *list = json_array();

        for (size_t i = 0; i < c->ulimits_count; i++) {
            json_push(list, json_pack("{s:s, s:I, s:I}", "Name", c->ulimits[i].name, "Soft",
                                      (json_int_t) c->ulimits[i].soft, "Hard",
                                      (json_int_t) c->ulimits[i].hard));
        }
        json_put(j, "Ulimits", list);
    }
    if (c->devices_count) {
        json_t *list = json_array();

        for (size_t i = 0; i < c->devices_count; i++) {
            json_t *d = json_object();

            put_string(d, "PathOnHost", c->devices[i].host_path);
            put_string(d, "PathInContainer", c->devices[i].path);
            put_string(d, "CgroupPermissions", c->devices[i].access);
            json_push(list, d);
        }
        json_put(j, "Devices", list);
    }
}

static int lists_from_json(const json_t *j, struct ctr_config *c, struct error *e)
{
    json_t *list;
    json_t *item;
    size_t i;

    if (json_get_array(j, "", "Mounts", &list, e) < 0) {
        return -1;
    }
    json_array_foreach (list, i, item) {
        if (mount_from_json(item, ctr_config_add_mount(c), e) < 0) {
            return -1;
        }
    }
    if (json_get_array(j, "", "Ulimits", &list, e) < 0) {
        return -1;
    }
    json_array_foreach (list, i, item) {
        struct ctr_ulimit *u = ctr_config_add_ulimit(c);

        u->name = xstrdup(json_str(item, "Name"));
        u->soft = json_int(item, "Soft");
        u->hard = json_int(item, "Hard");
    }
    if (json_get_array(j, "", "Devices", &list, e) < 0) {
        return -1;
    }
    json_array_foreach (list, i, item) {
        struct ctr_device *d = ctr_config_add_device(c);

        d->host_path = xstrdup(json_str(item, "PathOnHost"));
        d->path = xstrdup(json_str(item, "PathInContainer"));
        d->access = xstrdup(json_str(item, "CgroupPermissions"));
    }
    return 0;
}

json_t *ctr_config_to_json(const struct ctr_config *c)
{
    json_t *j = json_object();

    json_put(j, "Id", json_text(c->id));
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        const void *p = (const char *) c + fields[i].offset;

        if (!is_default(&fields[i], p)) {
            json_put(j, fields[i].key, field_to_json(&fields[i], p));
        }
    }
    if (json_object_size(c->labels)) {
        json_put(j, "Labels", json_incref(c->labels));
    }
    lists_to_json(c, j);
    return j;
}

int ctr_config_from_json(const json_t *j, struct ctr_config *ret, struct error *e)
{
    json_t *labels;

    if (!json_is_object(j)) {
        return err_set(e, ERR_CORRUPT, "expected a JSON object");
    }
    const char *id = json_str(j, "Id");

    if (strlen(id) != CTR_ID_LEN || strspn(id, "0123456789abcdef") != CTR_ID_LEN) {
        return err_set(e, ERR_CORRUPT, "Id: '%s' is no container ID", id);
    }
    memcpy(ret->id, id, CTR_ID_LEN + 1);
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        if (field_from_json(&fields[i], j, (char *) ret + fields[i].offset, e) < 0) {
            return -1;
        }
    }
    if (json_get_object(j, "", "Labels", &labels, e) < 0) {
        return -1;
    }
    if (labels) {
        json_decref(ret->labels);
        ret->labels = json_incref(labels);
    }
    return lists_from_json(j, ret, e);
}
