// SPDX-License-Identifier: Apache-2.0
#include "engine/spec_gen.h"

#include "base/fs.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/rootfd.h"
#include "engine/etcfiles.h"
#include "engine/finish.h"
#include "engine/mountspec.h"
#include "engine/spec_mounts.h"
#include "engine/userdb.h"
#include "oci/caps.h"
#include "oci/seccomp.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static const char default_path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:"
                                   "/bin";

static const char *const masked_paths[] = {
    "/proc/asound",      "/proc/acpi",          "/proc/interrupts", "/proc/kcore",
    "/proc/keys",        "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
    "/proc/sched_debug", "/proc/scsi",          "/sys/firmware",    "/sys/devices/virtual/powercap",
};

static const char *const readonly_paths[] = {
    "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

static bool mode_is_host(const char *mode)
{
    return mode && strcmp(mode, "host") == 0;
}

/* ---- capabilities ---- */

static bool names_all(const struct strv *names)
{
    char *name;

    strv_foreach (names, name) {
        if (strcasecmp(name, "all") == 0) {
            return true;
        }
    }
    return false;
}

static int apply_caps(const struct strv *names, bool add, uint64_t *mask, struct error *e)
{
    char *name;

    if (names_all(names)) {
        *mask = add ? caps_all() : 0;
    }
    strv_foreach (names, name) {
        if (strcasecmp(name, "all") == 0) {
            continue;
        }
        int cap = cap_from_string(name);

        if (cap < 0) {
            cleanup_free char *upper = xstrdup(name);

            for (char *p = upper; *p; p++) {
                *p = (char) toupper((unsigned char) *p);
            }
            return err_set(e, ERR_INVALID, "invalid %s: unknown capability: \"CAP_%s\"",
                           add ? "CapAdd" : "CapDrop",
                           strncmp(upper, "CAP_", 4) == 0 ? upper + 4 : upper);
        }
        *mask = add ? *mask | (1ull << cap) : *mask & ~(1ull << cap);
    }
    return 0;
}

int spec_capabilities(const struct ctr_config *c, uint64_t *ret, struct error *e)
{
    uint64_t mask = c->privileged ? caps_all() : caps_default();

    /* As Docker: "--cap-add ALL --cap-drop X" is all but X; else what is added wins. */
    bool drop_last = names_all(&c->cap_add) && !names_all(&c->cap_drop);

    if ((!drop_last && apply_caps(&c->cap_drop, false, &mask, e) < 0) ||
        apply_caps(&c->cap_add, true, &mask, e) < 0 ||
        (drop_last && apply_caps(&c->cap_drop, false, &mask, e) < 0)) {
        return -1;
    }
    *ret = c->privileged ? caps_all() : mask;
    return 0;
}

int spec_seccomp(struct engine *eng, const struct ctr_config *c, uint64_t caps, bool privileged,
                 struct rt_seccomp *ret, struct error *e)
{
    cleanup_free char *file = NULL;
    struct seccomp_request request = {.profile = c->seccomp, .capabilities = caps};
    const char *configured = eng->config.seccomp_profile;

    if (privileged || (c->seccomp && strcmp(c->seccomp, "unconfined") == 0)) {
        return 0;
    }
    if (!c->seccomp && configured && strcmp(configured, "builtin") != 0) {
        if (strcmp(configured, "unconfined") == 0) {
            return 0;
        }
        int r = file_read(AT_FDCWD, configured, JSON_MAX_BYTES, &file, NULL);

        if (r < 0) {
            return err_sys(e, r, "read seccomp profile '%s'", configured);
        }
        request.profile = file;
    }
    cleanup_close int cache = fs_opendir_make(eng->state, "seccomp", 0700);

    return seccomp_filter_get(&request, cache, ret, e);
}

/* ---- process ---- */

void spec_environment(const struct ctr_config *c, bool tty, struct strv *ret)
{
    char *entry;

    strv_add(ret, default_path);
    strv_addf(ret, "HOSTNAME=%s", c->hostname ? c->hostname : "");
    if (tty) {
        strv_add(ret, "TERM=xterm");
    }
    strv_foreach (&c->env, entry) {
        if (strchr(entry, '=')) {
            env_set(ret, entry);
        } else {
            env_unset(ret, entry); /* "-e NAME" that is not set in the caller's environment */
        }
    }
}

static void add_rlimits(const struct ctr_config *c, struct rt_process *p)
{
    for (size_t i = 0; i < c->ulimits_count; i++) {
        struct rt_rlimit *r = rt_process_add_rlimit(p);

        r->resource = ctr_ulimit_resource(c->ulimits[i].name);
        r->soft = c->ulimits[i].soft < 0 ? UINT64_MAX : (uint64_t) c->ulimits[i].soft;
        r->hard = c->ulimits[i].hard < 0 ? UINT64_MAX : (uint64_t) c->ulimits[i].hard;
    }
}

static int fill_process(struct engine *eng, const struct ctr_config *c, struct rt_spec *spec,
                        struct error *e)
{
    struct rt_process *p = &spec->process;
    uint64_t caps;

    p->terminal = c->tty;
    if (c->init) {
        strv_add(&p->args, SPEC_INIT_PATH);
        strv_add(&p->args, "--");
    }
    ctr_config_argv(c, &p->args);
    spec_environment(c, c->tty, &p->env);
    p->cwd = xstrdup(c->working_dir && *c->working_dir ? c->working_dir : "/");
    if (spec_capabilities(c, &caps, e) < 0) {
        return -1;
    }
    p->capabilities =
        (struct rt_capabilities){.bounding = caps, .effective = caps, .permitted = caps};
    p->no_new_privileges = c->no_new_privileges || eng->config.no_new_privileges;
    if (c->oom_score_adj) {
        p->oom_score_adj = c->oom_score_adj;
    }
    add_rlimits(c, p);
    return spec_seccomp(eng, c, caps, c->privileged, &spec->seccomp, e);
}

/* ---- isolation ---- */

static void fill_namespaces(const struct ctr_config *c, struct rt_spec *spec)
{
    spec->namespaces[RT_NS_MOUNT].present = true;
    spec->namespaces[RT_NS_PID].present = !mode_is_host(c->pid_mode);
    spec->namespaces[RT_NS_IPC].present = !mode_is_host(c->ipc_mode);
    spec->namespaces[RT_NS_UTS].present = !mode_is_host(c->uts_mode);
    spec->namespaces[RT_NS_NETWORK].present = !mode_is_host(c->network_mode);
    spec->namespaces[RT_NS_CGROUP].present = !spec_cgroupns_is_host(c);
    if (spec->namespaces[RT_NS_UTS].present) {
        xstrset(&spec->hostname, c->hostname);
        xstrset(&spec->domainname, c->domainname);
    }
}

void spec_paths(const struct ctr_config *c, struct rt_spec *spec)
{
    if (c->privileged) {
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(masked_paths); i++) {
        strv_add(&spec->masked_paths, masked_paths[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(readonly_paths); i++) {
        strv_add(&spec->readonly_paths, readonly_paths[i]);
    }
}

static int fill_sysctls(const struct ctr_config *c, struct rt_spec *spec, struct error *e)
{
    char *entry;

    if (spec->namespaces[RT_NS_NETWORK].present) {
        /* Its ports and its pings are nobody else's: no need to be root for them (Docker 20.10). */
        (void) rt_spec_add_sysctl(spec, "net.ipv4.ip_unprivileged_port_start", "0");
        (void) rt_spec_add_sysctl(spec, "net.ipv4.ping_group_range", "0 2147483647");
    }
    strv_foreach (&c->sysctls, entry) {
        const char *eq = strchr(entry, '=');

        if (!eq) {
            return err_set(e, ERR_INVALID, "sysctl '%s': expected KEY=VALUE", entry);
        }
        cleanup_free char *key = xstrndup(entry, (size_t) (eq - entry));

        (void) rt_spec_add_sysctl(spec, key, eq + 1);
    }
    return 0;
}

/* ---- resources ---- */

static int64_t or_unset(int64_t v)
{
    return v ? v : RT_UNSET;
}

static void fill_limits(const struct ctr_limits *l, struct rt_resources *r)
{
    r->memory_limit = or_unset(l->memory);
    r->memory_reservation = or_unset(l->memory_reservation);
    /* As Docker: memory alone allows as much swap again. */
    r->memory_swap = l->memory_swap ? l->memory_swap : l->memory > 0 ? l->memory * 2 : RT_UNSET;
    r->memory_swappiness = l->memory_swappiness >= 0 ? l->memory_swappiness : RT_UNSET;
    r->memory_disable_oom_killer = l->oom_kill_disable;
    r->cpu_shares = or_unset(l->cpu_shares);
    r->cpu_quota = or_unset(l->cpu_quota);
    r->cpu_period = or_unset(l->cpu_period);
    if (l->nano_cpus) {
        r->cpu_period = 100000;
        r->cpu_quota = l->nano_cpus / 10000;
    }
    r->cpuset_cpus = xstrdup(l->cpuset_cpus);
    r->cpuset_mems = xstrdup(l->cpuset_mems);
    r->pids_limit = or_unset(l->pids_limit);
    r->blkio_weight = or_unset(l->blkio_weight);
}

int spec_generate(struct engine *eng, const struct container *c, struct rt_spec *spec,
                  struct error *e)
{
    const struct ctr_config *config = &c->config;

    fill_namespaces(config, spec);
    spec_paths(config, spec);
    fill_limits(&config->limits, &spec->resources);
    spec->rootfs_readonly = config->readonly_rootfs;
    spec->cgroups_path = ctr_cgroup_path(c);
    if (fill_process(eng, config, spec, e) < 0 || fill_sysctls(config, spec, e) < 0 ||
        spec_mounts(eng, c, spec, e) < 0 || spec_devices(config, spec, e) < 0) {
        return -1;
    }
    return 0;
}

/* ---- in the child, with the image's files ---- */

static int make_working_dir(int rootfd, const char *cwd, struct error *e)
{
    cleanup_close int fd = rootfd_mkdirs(rootfd, cwd, 0755);

    if (fd == -ENOTDIR) {
        return err_set(e, ERR_INVALID, "Cannot mkdir: %s is not a directory", cwd);
    }
    return fd < 0 ? err_sys(e, fd, "make working directory '%s'", cwd) : 0;
}

int spec_complete(const struct ctr_config *c, int rootfd, struct rt_spec *spec, struct error *e)
{
    cleanup_free char *home = NULL;
    struct rt_process *p = &spec->process;

    if (user_resolve(rootfd, c->user, &c->group_add, &p->user, &home, e) < 0) {
        return -1;
    }
    if (p->user.uid != 0) {
        p->capabilities.effective = p->capabilities.permitted = 0;
    }
    if (!env_get(&p->env, "HOME")) {
        strv_addf(&p->env, "HOME=%s", home);
    }
    /* Many programs look for this file to learn that they run in a container. */
    int marker = rootfd_mkfile(rootfd, "/.dockerenv", 0755);

    close_p(&marker);

    if (strcmp(p->cwd, "/") != 0) {
        return make_working_dir(rootfd, p->cwd, e);
    }
    return 0;
}
