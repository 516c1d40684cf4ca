// SPDX-License-Identifier: Apache-2.0
#include "engine/spec_mounts.h"

#include "base/path.h"
#include "base/proc.h"
#include "engine/etcfiles.h"
#include "oci/cgroup.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define DEFAULT_SHM_SIZE (64 << 20)
#define DEV_DEPTH_MAX    8

bool spec_cgroupns_is_host(const struct ctr_config *c)
{
    if (c->cgroupns_mode) {
        return strcmp(c->cgroupns_mode, "host") == 0;
    }
    return c->privileged || cgroup_host_mode() != CGROUP_MODE_V2;
}

static bool user_mounts_on(const struct ctr_config *c, const char *target)
{
    for (size_t i = 0; i < c->mounts_count; i++) {
        if (strcmp(c->mounts[i].target, target) == 0) {
            return true;
        }
    }
    return false;
}

/* What every container has, in Docker's order; a user's mount on the same place wins. */
static void base_mounts(const struct ctr_config *c, struct rt_spec *spec)
{
    char shm[64];
    const char *sys = c->privileged ? "nosuid,noexec,nodev" : "nosuid,noexec,nodev,ro";
    const char *cgroup = c->privileged ? "nosuid,noexec,nodev,rw" : "nosuid,noexec,nodev,ro";
    bool host_ipc = c->ipc_mode && strcmp(c->ipc_mode, "host") == 0;
    const struct {
        const char *target, *type, *source, *options;
    } mounts[] = {
        {"/proc", "proc", "proc", "nosuid,noexec,nodev"},
        {"/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k"},
        {"/dev/pts", "devpts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5"},
        {"/sys", "sysfs", "sysfs", sys},
        {"/sys/fs/cgroup", "cgroup", "cgroup", cgroup},
        {"/dev/mqueue", host_ipc ? "bind" : "mqueue", host_ipc ? "/dev/mqueue" : "mqueue",
         host_ipc ? "rbind" : "nosuid,noexec,nodev"},
        {"/dev/shm", host_ipc ? "bind" : "tmpfs", host_ipc ? "/dev/shm" : "shm",
         host_ipc ? "rbind" : shm},
    };

    snprintf(shm, sizeof(shm), "nosuid,noexec,nodev,mode=1777,size=%lld",
             (long long) (c->shm_size ? c->shm_size : DEFAULT_SHM_SIZE));
    for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
        if (!user_mounts_on(c, mounts[i].target)) {
            (void) rt_spec_add_mount(spec, mounts[i].target, mounts[i].type, mounts[i].source,
                                     mounts[i].options);
        }
    }
}

static int bind_options(const struct ctr_mount *m, struct rt_mount *out, struct error *e)
{
    struct stat st;

    if (stat(m->source, &st) < 0) {
        if (m->must_exist || errno != ENOENT) {
            return err_set(e, ERR_INVALID,
                           "invalid mount config for type \"bind\": bind source path does not "
                           "exist: %s",
                           m->source);
        }
        return err_sys(e, errno, "find volume source '%s'", m->source);
    }
    strv_add(&out->options, "rbind");
    return 0;
}

static int user_mount(const struct ctr_mount *m, struct rt_spec *spec, struct error *e)
{
    if (m->type == CTR_MOUNT_TMPFS) {
        struct rt_mount *out =
            rt_spec_add_mount(spec, m->target, "tmpfs", "tmpfs", "noexec,nosuid,nodev");

        if (m->options) {
            strv_split(&out->options, m->options, ",");
        }
        if (m->readonly) {
            strv_add(&out->options, "ro");
        }
        return 0;
    }
    struct rt_mount *out = rt_spec_add_mount(spec, m->target, "bind", m->source, "");

    if (bind_options(m, out, e) < 0) {
        return -1;
    }
    if (m->type == CTR_MOUNT_VOLUME && !m->nocopy) {
        strv_add(&out->options, "copyup");
    }
    if (m->readonly) {
        strv_add(&out->options, "ro");
    }
    strv_add(&out->options, m->propagation ? m->propagation : "rprivate");
    return 0;
}

static size_t depth(const char *path)
{
    size_t n = 0;

    for (; *path; path++) {
        n += *path == '/';
    }
    return n;
}

/* Parents before children, else in the order given. */
static int user_mounts(const struct ctr_config *c, struct rt_spec *spec, struct error *e)
{
    size_t done = 0;

    for (size_t level = 1; done < c->mounts_count; level++) {
        for (size_t i = 0; i < c->mounts_count; i++) {
            if (depth(c->mounts[i].target) == level) {
                done++;
                if (user_mount(&c->mounts[i], spec, e) < 0) {
                    return -1;
                }
            }
        }
    }
    return 0;
}

static void etc_mounts(const struct engine *eng, const struct container *c, struct rt_spec *spec)
{
    static const char *const names[] = {"resolv.conf", "hostname", "hosts"};
    cleanup_free char *dir = ctr_dir_path(eng, c);

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        cleanup_free char *target = xasprintf("/etc/%s", names[i]);
        cleanup_free char *source = path_join(dir, names[i]);

        if (!user_mounts_on(&c->config, target)) {
            (void) rt_spec_add_mount(spec, target, "bind", source,
                                     c->config.readonly_rootfs ? "rbind,ro,rprivate"
                                                               : "rbind,rprivate");
        }
    }
}

int spec_mounts(struct engine *eng, const struct container *c, struct rt_spec *spec,
                struct error *e)
{
    base_mounts(&c->config, spec);
    if (c->config.init) {
        cleanup_free char *init = proc_helper_path("hoy-init");

        if (!init) {
            return err_set(e, ERR_NOT_FOUND, "--init: the program hoy-init is not installed");
        }
        (void) rt_spec_add_mount(spec, SPEC_INIT_PATH, "bind", init, "bind,ro,rprivate");
    }
    if (user_mounts(&c->config, spec, e) < 0) {
        return -1;
    }
    etc_mounts(eng, c, spec);
    return 0;
}

/* ---- devices ---- */

static void add_rule(struct rt_spec *spec, char type, int64_t major, int64_t minor,
                     const char *access)
{
    struct rt_device_rule *r = rt_resources_add_device_rule(&spec->resources);

    r->allow = true;
    r->type = type;
    r->major = major;
    r->minor = minor;
    snprintf(r->access, sizeof(r->access), "%s", access);
}

/* Everything is denied first; nodes may be made, but only these opened. */
static void default_rules(struct rt_spec *spec)
{
    static const struct {
        int64_t major, minor;
    } nodes[] = {{1, 3}, {1, 5}, {1, 7}, {1, 8},    {1, 9},
                 {5, 0}, {5, 1}, {5, 2}, {10, 200}, {136, -1}};
    struct rt_device_rule *all = rt_resources_add_device_rule(&spec->resources);

    *all = (struct rt_device_rule){.type = 'a', .major = -1, .minor = -1, .access = "rwm"};
    add_rule(spec, 'c', -1, -1, "m");
    add_rule(spec, 'b', -1, -1, "m");
    for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
        add_rule(spec, 'c', nodes[i].major, nodes[i].minor, "rwm");
    }
}

static void add_node(struct rt_spec *spec, const char *path, const struct stat *st)
{
    struct rt_device *d = rt_spec_add_device(spec);

    d->path = xstrdup(path);
    d->type = S_ISBLK(st->st_mode) ? 'b' : 'c';
    d->major = major(st->st_rdev);
    d->minor = minor(st->st_rdev);
    d->mode = st->st_mode & 07777;
    d->uid = st->st_uid;
    d->gid = st->st_gid;
}

/* Every device node of the host below dir (--privileged), as Docker: not pts, shm, fd, mqueue. */
static void add_host_devices(struct rt_spec *spec, const char *dir, int level)
{
    static const char *const skipped[] = {
        ".", "..", "pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev", "console", "ptmx"};
    DIR *d = level < DEV_DEPTH_MAX ? opendir(dir) : NULL;
    struct dirent *entry;

    while (d && (entry = readdir(d))) {
        cleanup_free char *path = path_join(dir, entry->d_name);
        bool skip = false;
        struct stat st;

        for (size_t i = 0; i < ARRAY_SIZE(skipped); i++) {
            skip = skip || strcmp(entry->d_name, skipped[i]) == 0;
        }
        if (skip || lstat(path, &st) < 0) {
            continue;
        }
        if (S_ISDIR(st.st_mode)) {
            add_host_devices(spec, path, level + 1);
        } else if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) {
            add_node(spec, path, &st);
        }
    }
    if (d) {
        closedir(d);
    }
}

int spec_devices(const struct ctr_config *c, struct rt_spec *spec, struct error *e)
{
    if (c->privileged) {
        add_rule(spec, 'a', -1, -1, "rwm");
        add_host_devices(spec, "/dev", 0);
        return 0;
    }
    default_rules(spec);
    for (size_t i = 0; i < c->devices_count; i++) {
        const struct ctr_device *d = &c->devices[i];
        struct stat st;

        if (stat(d->host_path, &st) < 0) {
            return err_sys(e, errno,
                           "error gathering device information while adding custom "
                           "device \"%s\"",
                           d->host_path);
        }
        if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode)) {
            return err_set(e, ERR_INVALID,
                           "error gathering device information while adding custom device \"%s\": "
                           "not a device node",
                           d->host_path);
        }
        add_node(spec, d->path, &st);
        add_rule(spec, S_ISBLK(st.st_mode) ? 'b' : 'c', major(st.st_rdev), minor(st.st_rdev),
                 d->access);
    }
    return 0;
}
