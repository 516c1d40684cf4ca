// SPDX-License-Identifier: Apache-2.0
/* struct ctr_config and struct ctr_state as data: names, life cycle. */
#include "engine/container.h"

#include <string.h>

static const char *const status_names[CTR_STATUS_COUNT] = {
    [CTR_CREATED] = "created",   [CTR_RUNNING] = "running",
    [CTR_PAUSED] = "paused",     [CTR_RESTARTING] = "restarting",
    [CTR_REMOVING] = "removing", [CTR_EXITED] = "exited",
    [CTR_DEAD] = "dead",
};

static const char *const mount_type_names[CTR_MOUNT_TYPE_COUNT] = {
    [CTR_MOUNT_BIND] = "bind",
    [CTR_MOUNT_VOLUME] = "volume",
    [CTR_MOUNT_TMPFS] = "tmpfs",
};

const char *ctr_status_to_string(enum ctr_status s)
{
    return status_names[s];
}

int ctr_status_from_string(const char *name, enum ctr_status *ret)
{
    for (int i = 0; i < CTR_STATUS_COUNT; i++) {
        if (strcmp(status_names[i], name) == 0) {
            *ret = (enum ctr_status) i;
            return 0;
        }
    }
    return -EINVAL;
}

const char *ctr_mount_type_to_string(enum ctr_mount_type t)
{
    return mount_type_names[t];
}

int ctr_mount_type_from_string(const char *name, enum ctr_mount_type *ret)
{
    for (int i = 0; i < CTR_MOUNT_TYPE_COUNT; i++) {
        if (strcmp(mount_type_names[i], name) == 0) {
            *ret = (enum ctr_mount_type) i;
            return 0;
        }
    }
    return -EINVAL;
}

void ctr_config_init(struct ctr_config *c)
{
    memset(c, 0, sizeof(*c));
    c->labels = json_object();
    c->stop_timeout = -1;
    c->limits.memory_swappiness = -1;
}

static void free_strings(struct ctr_config *c)
{
    char *const strings[] = {
        c->name,
        c->image,
        c->image_id,
        c->driver,
        c->hostname,
        c->domainname,
        c->user,
        c->working_dir,
        c->stop_signal,
        c->seccomp,
        c->network_mode,
        c->pid_mode,
        c->ipc_mode,
        c->uts_mode,
        c->cgroupns_mode,
        c->log_driver,
        c->cgroup_parent,
        c->cidfile,
        c->limits.cpuset_cpus,
        c->limits.cpuset_mems,
    };

    for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
        free(strings[i]);
    }
}

static void free_lists(struct ctr_config *c)
{
    struct strv *const lists[] = {
        &c->chain,      &c->env,        &c->entrypoint, &c->cmd,         &c->security_opt,
        &c->cap_add,    &c->cap_drop,   &c->group_add,  &c->extra_hosts, &c->dns,
        &c->dns_search, &c->dns_option, &c->sysctls,
    };

    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        strv_done(lists[i]);
    }
    for (size_t i = 0; i < c->mounts_count; i++) {
        struct ctr_mount *m = &c->mounts[i];

        free(m->source);
        free(m->name);
        free(m->target);
        free(m->mode);
        free(m->propagation);
        free(m->options);
    }
    free(c->mounts);
    for (size_t i = 0; i < c->ulimits_count; i++) {
        free(c->ulimits[i].name);
    }
    free(c->ulimits);
    for (size_t i = 0; i < c->devices_count; i++) {
        free(c->devices[i].host_path);
        free(c->devices[i].path);
        free(c->devices[i].access);
    }
    free(c->devices);
}

void ctr_config_done(struct ctr_config *c)
{
    free_strings(c);
    free_lists(c);
    json_decref(c->labels);
    memset(c, 0, sizeof(*c));
}

static void *append(void *items, size_t *count, size_t size)
{
    char *grown = xrealloc_array(items, *count + 1, size);

    memset(grown + *count * size, 0, size);
    (*count)++;
    return grown;
}

struct ctr_mount *ctr_config_add_mount(struct ctr_config *c)
{
    c->mounts = append(c->mounts, &c->mounts_count, sizeof(*c->mounts));
    return &c->mounts[c->mounts_count - 1];
}

struct ctr_ulimit *ctr_config_add_ulimit(struct ctr_config *c)
{
    c->ulimits = append(c->ulimits, &c->ulimits_count, sizeof(*c->ulimits));
    return &c->ulimits[c->ulimits_count - 1];
}

struct ctr_device *ctr_config_add_device(struct ctr_config *c)
{
    c->devices = append(c->devices, &c->devices_count, sizeof(*c->devices));
    return &c->devices[c->devices_count - 1];
}

void ctr_config_argv(const struct ctr_config *c, struct strv *ret)
{
    strv_extend(ret, &c->entrypoint);
    strv_extend(ret, &c->cmd);
}
