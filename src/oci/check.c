// SPDX-License-Identifier: Apache-2.0
#include "oci/check.h"

#include "base/path.h"
#include "oci/child.h"
#include "spec/rlimit.h"

#include <string.h>

static bool own(const struct rt_spec *spec, enum rt_namespace_type t)
{
    return spec->namespaces[t].present;
}

static bool listed(const char *const *list, const char *key)
{
    for (; *list; list++) {
        if (strcmp(*list, key) == 0) {
            return true;
        }
    }
    return false;
}

bool sysctl_is_namespaced(const struct rt_spec *spec, const char *key)
{
    static const char *const ipc[] = {"kernel.msgmax", "kernel.msgmnb",          "kernel.msgmni",
                                      "kernel.sem",    "kernel.shmall",          "kernel.shmmax",
                                      "kernel.shmmni", "kernel.shm_rmid_forced", NULL};
    static const char *const uts[] = {"kernel.domainname", "kernel.hostname", NULL};

    if (strstr(key, "..") || strchr(key, ' ') || key[0] == '/' || key[0] == '.') {
        return false;
    }
    /* sysctl(8) allows both separators; a key of slashes alone would not match the lists. */
    if (listed(ipc, key) || strncmp(key, "fs.mqueue.", 10) == 0) {
        return own(spec, RT_NS_IPC);
    }
    if (listed(uts, key)) {
        return own(spec, RT_NS_UTS);
    }
    return strncmp(key, "net.", 4) == 0 && own(spec, RT_NS_NETWORK);
}

static int check_user_namespace(const struct rt_spec *spec, struct error *e)
{
    const struct rt_namespace *user = &spec->namespaces[RT_NS_USER];

    if (!user->present && (spec->uid_mappings.count || spec->gid_mappings.count)) {
        return err_set(e, ERR_INVALID, "id mappings: the container has no user namespace");
    }
    if (user->present && !user->path && (!spec->uid_mappings.count || !spec->gid_mappings.count)) {
        return err_set(e, ERR_INVALID,
                       "id mappings: a new user namespace needs mappings of users and groups");
    }
    return 0;
}

static int check_namespaces(const struct rt_spec *spec, struct error *e)
{
    const struct rt_namespace *ns = spec->namespaces;

    if (check_user_namespace(spec, e) < 0) {
        return -1;
    }
    if (!ns[RT_NS_MOUNT].present) {
        return err_set(e, ERR_UNSUPPORTED,
                       "namespaces: a container needs a mount namespace of its own");
    }
    if (!(ns[RT_NS_TIME].present && !ns[RT_NS_TIME].path) &&
        (spec->time_offsets[RT_CLOCK_MONOTONIC].present ||
         spec->time_offsets[RT_CLOCK_BOOTTIME].present)) {
        return err_set(e, ERR_INVALID, "time offsets: the container has no new time namespace");
    }
    if (!ns[RT_NS_UTS].present &&
        ((spec->hostname && *spec->hostname) || (spec->domainname && *spec->domainname))) {
        return err_set(e, ERR_INVALID,
                       "host name '%s': the container has no uts namespace of its own",
                       spec->hostname ? spec->hostname : spec->domainname);
    }
    return 0;
}

int check_process(const struct rt_process *p, struct error *e)
{
    if (!p->args.count) {
        return err_set(e, ERR_INVALID, "process: no command");
    }
    if (p->cwd && *p->cwd && !path_is_absolute(p->cwd)) {
        return err_set(e, ERR_INVALID,
                       "the working directory '%s' is invalid, it needs to be an absolute path",
                       p->cwd);
    }
    for (size_t i = 0; i < p->rlimits_count; i++) {
        if (p->rlimits[i].soft > p->rlimits[i].hard) {
            return err_set(e, ERR_INVALID, "limit '%s': soft limit above hard limit",
                           rlimit_to_string(p->rlimits[i].resource));
        }
    }
    return 0;
}

static int check_host(const struct rt_spec *spec, struct error *e)
{
    if (spec->mount_label && *spec->mount_label && !lsm_selinux_enabled()) {
        return err_set(e, ERR_UNSUPPORTED, "mount label '%s': SELinux is not enabled on this host",
                       spec->mount_label);
    }
    if (spec->net_devices_count && !own(spec, RT_NS_NETWORK)) {
        return err_set(e, ERR_INVALID,
                       "net device '%s': the container has no network namespace of its own",
                       spec->net_devices[0].host_name);
    }
    if (spec->intel_rdt.present) {
        return err_set(e, ERR_UNSUPPORTED, "intelRdt: not supported");
    }
    return 0;
}

int check_spec(const struct rt_spec *spec, struct error *e)
{
    if (check_namespaces(spec, e) < 0 || check_host(spec, e) < 0) {
        return -1;
    }
    for (size_t i = 0; i < spec->sysctl_count; i++) {
        if (!sysctl_is_namespaced(spec, spec->sysctl[i].key)) {
            return err_set(e, ERR_INVALID,
                           "sysctl '%s': not in a namespace of the container, it would change "
                           "the host",
                           spec->sysctl[i].key);
        }
    }
    for (size_t i = 0; i < spec->devices_count; i++) {
        if (!spec->devices[i].path || !path_is_absolute(spec->devices[i].path) ||
            !strchr("cbup", spec->devices[i].type)) {
            return err_set(e, ERR_INVALID, "device '%s': not an absolute path of a device",
                           spec->devices[i].path ? spec->devices[i].path : "");
        }
    }
    return check_process(&spec->process, e);
}
