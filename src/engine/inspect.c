// SPDX-License-Identifier: Apache-2.0
/* 'inspect' of a container: Docker's keys in Docker's order, so that scripts find what they seek.
 */
#include "engine/inspect.h"

#include "base/path.h"
#include "base/timeutil.h"
#include "engine/etcfiles.h"
#include "engine/exec.h"
#include "engine/finish.h"
#include "engine/list.h"
#include "engine/spec_mounts.h"
#include "oci/cgroup.h"
#include "spec/runtime.h"

#include <string.h>

static void put_str(json_t *obj, const char *key, const char *value)
{
    json_put(obj, key, json_text(value ? value : ""));
}

static void put_int(json_t *obj, const char *key, int64_t value)
{
    json_put(obj, key, json_integer(value));
}

static void put_bool(json_t *obj, const char *key, bool value)
{
    json_put(obj, key, json_boolean(value));
}

static void put_time(json_t *obj, const char *key, int64_t t)
{
    char buf[40];

    json_put(obj, key, json_text(time_format(t, buf, sizeof(buf))));
}

/* Go prints an empty slice that was never made as null. */
static void put_list(json_t *obj, const char *key, const struct strv *v, bool null_if_empty)
{
    json_put(obj, key, null_if_empty && v->count == 0 ? json_null() : json_from_strv(v));
}

static json_t *state_json(const struct ctr_state *s, bool oom_killed)
{
    json_t *j = json_object();

    put_str(j, "Status", ctr_status_to_string(s->status));
    put_bool(j, "Running", s->status == CTR_RUNNING || s->status == CTR_PAUSED);
    put_bool(j, "Paused", s->status == CTR_PAUSED);
    put_bool(j, "Restarting", s->status == CTR_RESTARTING);
    put_bool(j, "OOMKilled", oom_killed);
    put_bool(j, "Dead", s->status == CTR_DEAD);
    put_int(j, "Pid", s->pid);
    put_int(j, "ExitCode", s->exit_code);
    put_str(j, "Error", s->error);
    put_time(j, "StartedAt", s->started_at);
    put_time(j, "FinishedAt", s->finished_at);
    return j;
}

/* "-v" mounts as they were typed; --mount ones are in Mounts only. */
static json_t *binds_json(const struct ctr_config *c)
{
    json_t *list = json_array();

    for (size_t i = 0; i < c->mounts_count; i++) {
        const struct ctr_mount *m = &c->mounts[i];
        const char *source = m->type == CTR_MOUNT_VOLUME ? m->name : m->source;

        if (m->type == CTR_MOUNT_TMPFS || m->anonymous || m->must_exist || !source) {
            continue;
        }
        cleanup_free char *text =
            xasprintf("%s:%s%s%s", source, m->target, m->mode ? ":" : "", m->mode ? m->mode : "");

        json_push(list, json_text(text));
    }
    if (json_array_size(list) == 0) {
        json_decref(list);
        return json_null();
    }
    return list;
}

static json_t *tmpfs_json(const struct ctr_config *c)
{
    json_t *j = json_object();

    for (size_t i = 0; i < c->mounts_count; i++) {
        if (c->mounts[i].type == CTR_MOUNT_TMPFS) {
            put_str(j, c->mounts[i].target, c->mounts[i].options);
        }
    }
    return j;
}

static json_t *log_config_json(const struct ctr_config *c)
{
    json_t *options = json_object();
    bool json_file = !c->log_driver || strcmp(c->log_driver, "json-file") == 0;

    if (json_file) {
        cleanup_free char *size = xasprintf("%lld", (long long) c->log_max_size);
        cleanup_free char *files = xasprintf("%lld", (long long) c->log_max_file);

        put_str(options, "max-file", files);
        put_str(options, "max-size", size);
    }
    return json_pack("{s:s, s:o}", "Type", json_file ? "json-file" : c->log_driver, "Config",
                     options);
}

static json_t *ulimits_json(const struct ctr_config *c)
{
    json_t *list = c->ulimits_count ? json_array() : json_null();

    for (size_t i = 0; i < c->ulimits_count; i++) {
        json_push(list, json_pack("{s:s, s:I, s:I}", "Name", c->ulimits[i].name, "Hard",
                                  (json_int_t) c->ulimits[i].hard, "Soft",
                                  (json_int_t) c->ulimits[i].soft));
    }
    return list;
}

static json_t *devices_json(const struct ctr_config *c)
{
    json_t *list = json_array();

    for (size_t i = 0; i < c->devices_count; i++) {
        json_push(list, json_pack("{s:s, s:s, s:s}", "PathOnHost", c->devices[i].host_path,
                                  "PathInContainer", c->devices[i].path, "CgroupPermissions",
                                  c->devices[i].access));
    }
    return list;
}

static void put_limits(json_t *j, const struct ctr_config *c)
{
    const struct ctr_limits *l = &c->limits;
    int64_t swap = l->memory_swap ? l->memory_swap : l->memory > 0 ? 2 * l->memory : 0;

    put_int(j, "CpuShares", l->cpu_shares);
    put_int(j, "Memory", l->memory);
    put_int(j, "NanoCpus", l->nano_cpus);
    put_str(j, "CgroupParent", c->cgroup_parent);
    put_int(j, "BlkioWeight", l->blkio_weight);
    put_int(j, "CpuPeriod", l->cpu_period);
    put_int(j, "CpuQuota", l->cpu_quota);
    put_str(j, "CpusetCpus", l->cpuset_cpus);
    put_str(j, "CpusetMems", l->cpuset_mems);
    json_put(j, "Devices", devices_json(c));
    put_int(j, "MemoryReservation", l->memory_reservation);
    put_int(j, "MemorySwap", swap);
    json_put(j, "MemorySwappiness",
             l->memory_swappiness < 0 ? json_null() : json_integer(l->memory_swappiness));
    put_bool(j, "OomKillDisable", l->oom_kill_disable);
    json_put(j, "PidsLimit", l->pids_limit ? json_integer(l->pids_limit) : json_null());
    json_put(j, "Ulimits", ulimits_json(c));
}

static json_t *host_config_json(const struct ctr_config *c)
{
    json_t *j = json_object();
    CLEANUP(rt_spec) struct rt_spec paths;

    rt_spec_init(&paths);
    spec_paths(c, &paths);
    json_put(j, "Binds", binds_json(c));
    put_str(j, "ContainerIDFile", c->cidfile);
    json_put(j, "LogConfig", log_config_json(c));
    put_str(j, "NetworkMode", c->network_mode);
    json_put(j, "PortBindings", json_object());
    json_put(j, "RestartPolicy", json_pack("{s:s, s:i}", "Name", "no", "MaximumRetryCount", 0));
    put_bool(j, "AutoRemove", c->auto_remove);
    put_str(j, "VolumeDriver", "");
    json_put(j, "VolumesFrom", json_null());
    put_list(j, "CapAdd", &c->cap_add, true);
    put_list(j, "CapDrop", &c->cap_drop, true);
    put_str(j, "CgroupnsMode", spec_cgroupns_is_host(c) ? "host" : "private");
    put_list(j, "Dns", &c->dns, false);
    put_list(j, "DnsOptions", &c->dns_option, false);
    put_list(j, "DnsSearch", &c->dns_search, false);
    put_list(j, "ExtraHosts", &c->extra_hosts, true);
    put_list(j, "GroupAdd", &c->group_add, true);
    put_str(j, "IpcMode", c->ipc_mode);
    put_int(j, "OomScoreAdj", c->oom_score_adj);
    put_str(j, "PidMode", c->pid_mode);
    put_bool(j, "Privileged", c->privileged);
    put_bool(j, "PublishAllPorts", false);
    put_bool(j, "ReadonlyRootfs", c->readonly_rootfs);
    put_list(j, "SecurityOpt", &c->security_opt, true);
    if (json_object_size(json_object_get(j, "Tmpfs")) == 0) {
        json_t *tmpfs = tmpfs_json(c);

        if (json_object_size(tmpfs)) {
            json_put(j, "Tmpfs", tmpfs);
        } else {
            json_decref(tmpfs);
        }
    }
    put_str(j, "UTSMode", c->uts_mode);
    put_str(j, "UsernsMode", "");
    put_int(j, "ShmSize", c->shm_size);
    put_str(j, "Runtime", "hoy");
    if (c->sysctls.count) {
        json_t *sysctls = json_object();
        char *entry;

        strv_foreach (&c->sysctls, entry) {
            cleanup_free char *key = xstrndup(entry, strcspn(entry, "="));

            put_str(sysctls, key, strchr(entry, '=') ? strchr(entry, '=') + 1 : "");
        }
        json_put(j, "Sysctls", sysctls);
    }
    if (c->init) {
        put_bool(j, "Init", true);
    }
    put_limits(j, c);
    put_list(j, "MaskedPaths", &paths.masked_paths, false);
    put_list(j, "ReadonlyPaths", &paths.readonly_paths, false);
    return j;
}

static json_t *graph_driver_json(struct engine *eng, const struct container *c)
{
    struct error ignored = {0};
    const struct storage *s = engine_storage(eng, &ignored);
    struct storage_paths p = {0};
    json_t *data = json_object();

    if (s) {
        storage_snapshot_paths(s, c->config.id, &c->config.chain, &p);
    }
    if (p.lower) {
        put_str(data, "LowerDir", p.lower);
    }
    if (p.upper) {
        put_str(data, "UpperDir", p.upper);
    }
    if (p.work) {
        put_str(data, "WorkDir", p.work);
    }
    free(p.lower);
    free(p.upper);
    free(p.work);
    return json_pack("{s:o, s:s}", "Data", data, "Name", c->config.driver ? c->config.driver : "");
}

static json_t *mounts_json(const struct ctr_config *c)
{
    json_t *list = json_array();

    for (size_t i = 0; i < c->mounts_count; i++) {
        const struct ctr_mount *m = &c->mounts[i];
        bool bind = m->type == CTR_MOUNT_BIND;
        json_t *j = json_object();

        if (m->type == CTR_MOUNT_TMPFS && !m->must_exist) {
            json_decref(j);
            continue; /* Docker lists --tmpfs in HostConfig only */
        }
        put_str(j, "Type", ctr_mount_type_to_string(m->type));
        if (m->name) {
            put_str(j, "Name", m->name);
        }
        put_str(j, "Source", m->source);
        put_str(j, "Destination", m->target);
        if (m->type == CTR_MOUNT_VOLUME) {
            put_str(j, "Driver", "local");
        }
        put_str(j, "Mode", m->mode);
        put_bool(j, "RW", !m->readonly);
        put_str(j, "Propagation", bind ? m->propagation ? m->propagation : "rprivate" : "");
        json_push(list, j);
    }
    return list;
}

/* Anonymous volumes, as Docker's Config.Volumes shows them. */
static json_t *volumes_json(const struct ctr_config *c)
{
    json_t *j = json_object();

    for (size_t i = 0; i < c->mounts_count; i++) {
        if (c->mounts[i].type == CTR_MOUNT_VOLUME && c->mounts[i].anonymous) {
            json_put(j, c->mounts[i].target, json_object());
        }
    }
    if (json_object_size(j) == 0) {
        json_decref(j);
        return json_null();
    }
    return j;
}

static json_t *config_json(const struct ctr_config *c)
{
    json_t *j = json_object();

    put_str(j, "Hostname", c->hostname);
    put_str(j, "Domainname", c->domainname);
    put_str(j, "User", c->user);
    put_bool(j, "AttachStdin", c->attach_stdin);
    put_bool(j, "AttachStdout", c->attach_stdout);
    put_bool(j, "AttachStderr", c->attach_stderr);
    put_bool(j, "Tty", c->tty);
    put_bool(j, "OpenStdin", c->open_stdin);
    put_bool(j, "StdinOnce", c->stdin_once);
    put_list(j, "Env", &c->env, true);
    put_list(j, "Cmd", &c->cmd, true);
    put_str(j, "Image", c->image);
    json_put(j, "Volumes", volumes_json(c));
    put_str(j, "WorkingDir", c->working_dir);
    put_list(j, "Entrypoint", &c->entrypoint, true);
    json_put(j, "OnBuild", json_null());
    json_put(j, "Labels", json_incref(c->labels));
    if (c->stop_signal) {
        put_str(j, "StopSignal", c->stop_signal);
    }
    if (c->stop_timeout >= 0) {
        put_int(j, "StopTimeout", c->stop_timeout);
    }
    return j;
}

static json_t *endpoint_json(void)
{
    json_t *j = json_object();

    json_put(j, "IPAMConfig", json_null());
    json_put(j, "Links", json_null());
    json_put(j, "Aliases", json_null());
    put_str(j, "MacAddress", "");
    json_put(j, "DriverOpts", json_null());
    put_str(j, "NetworkID", "");
    put_str(j, "EndpointID", "");
    put_str(j, "Gateway", "");
    put_str(j, "IPAddress", "");
    put_int(j, "IPPrefixLen", 0);
    put_str(j, "IPv6Gateway", "");
    put_str(j, "GlobalIPv6Address", "");
    put_int(j, "GlobalIPv6PrefixLen", 0);
    json_put(j, "DNSNames", json_null());
    return j;
}

static json_t *network_json(const struct container *c)
{
    const char *name = c->config.network_mode ? c->config.network_mode : "none";
    cleanup_free char *netns =
        ctr_is_running(c) ? xasprintf("/proc/%d/ns/net", (int) c->state.pid) : xstrdup("");
    json_t *j = json_object();
    json_t *networks = json_object();

    put_str(j, "Bridge", "");
    put_str(j, "SandboxID", "");
    put_str(j, "SandboxKey", netns);
    json_put(j, "Ports", json_object());
    put_bool(j, "HairpinMode", false);
    put_str(j, "LinkLocalIPv6Address", "");
    put_int(j, "LinkLocalIPv6PrefixLen", 0);
    json_put(j, "SecondaryIPAddresses", json_null());
    json_put(j, "SecondaryIPv6Addresses", json_null());
    put_str(j, "EndpointID", "");
    put_str(j, "Gateway", "");
    put_str(j, "GlobalIPv6Address", "");
    put_int(j, "GlobalIPv6PrefixLen", 0);
    put_str(j, "IPAddress", "");
    put_int(j, "IPPrefixLen", 0);
    put_str(j, "IPv6Gateway", "");
    put_str(j, "MacAddress", "");
    json_put(networks, name, endpoint_json());
    json_put(j, "Networks", networks);
    return j;
}

static void put_dir_path(json_t *j, const char *key, const char *dir, const char *name)
{
    cleanup_free char *path = path_join(dir, name);

    put_str(j, key, path);
}

static void put_paths(struct engine *eng, const struct container *c, json_t *j)
{
    cleanup_free char *dir = ctr_dir_path(eng, c);

    put_dir_path(j, "ResolvConfPath", dir, "resolv.conf");
    put_dir_path(j, "HostnamePath", dir, "hostname");
    put_dir_path(j, "HostsPath", dir, "hosts");
    if (c->config.log_driver && strcmp(c->config.log_driver, "none") == 0) {
        put_str(j, "LogPath", "");
        return;
    }
    cleanup_free char *log =
        xasprintf("%s/containers/%s/%s-json.log", eng->root_path, c->config.id, c->config.id);

    put_str(j, "LogPath", log);
}

/* What only the cgroup of a running container knows. */
static void look_inside(const struct container *c, bool *ret_oom_killed, struct strv *ret_exec_ids)
{
    CLEANUP(cgroup) struct cgroup *cg = NULL;
    cleanup_free char *path = ctr_cgroup_path(c);
    struct error ignored;

    *ret_oom_killed = c->state.oom_killed;
    if (ctr_is_running(c) && cgroup_open(path, &cg, &ignored) == 0) {
        *ret_oom_killed = cgroup_oom_kills(cg) > 0;
        ctr_exec_ids(c, cg, ret_exec_ids);
    }
}

json_t *inspect_container(struct engine *eng, const struct container *c, bool size, struct error *e)
{
    CLEANUP(strv) struct strv argv = STRV_INIT;
    CLEANUP(strv) struct strv exec_ids = STRV_INIT;
    cleanup_free char *slash_name = xasprintf("/%s", c->config.name ? c->config.name : "");
    json_t *j = json_object();
    bool oom_killed;

    look_inside(c, &oom_killed, &exec_ids);
    ctr_config_argv(&c->config, &argv);
    put_str(j, "Id", c->config.id);
    put_time(j, "Created", c->config.created);
    put_str(j, "Path", argv.count ? argv.items[0] : "");
    if (argv.count) {
        strv_remove(&argv, 0);
    }
    put_list(j, "Args", &argv, false);
    json_put(j, "State", state_json(&c->state, oom_killed));
    put_str(j, "Image", c->config.image_id);
    put_paths(eng, c, j);
    put_str(j, "Name", slash_name);
    put_int(j, "RestartCount", c->state.restart_count);
    put_str(j, "Driver", c->config.driver);
    put_str(j, "Platform", "linux");
    put_str(j, "MountLabel", "");
    put_str(j, "ProcessLabel", "");
    put_str(j, "AppArmorProfile", "");
    put_list(j, "ExecIDs", &exec_ids, true);
    json_put(j, "HostConfig", host_config_json(&c->config));
    json_put(j, "GraphDriver", graph_driver_json(eng, c));
    if (size) {
        int64_t rw, root;

        if (ctr_size(eng, c, &rw, &root, e) < 0) {
            json_decref(j);
            return NULL;
        }
        put_int(j, "SizeRw", rw);
        put_int(j, "SizeRootFs", root);
    }
    json_put(j, "Mounts", mounts_json(&c->config));
    json_put(j, "Config", config_json(&c->config));
    json_put(j, "NetworkSettings", network_json(c));
    return j;
}
