// SPDX-License-Identifier: Apache-2.0
/* Control files, and limits by name. */
#include "oci/cgroup_internal.h"

#include "base/fd.h"
#include "base/parse.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

int cgroup_dir_open(const struct cgroup_dir *d, const char *file, int flags)
{
    char path[PATH_MAX];
    int fd;

    if (d->fd >= 0) {
        fd = openat(d->fd, file, flags | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
    }
    if ((size_t) snprintf(path, sizeof(path), "%s/%s", d->path, file) >= sizeof(path)) {
        return -ENAMETOOLONG;
    }
    fd = open(path, flags | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int cgroup_dir_write(const struct cgroup_dir *d, const char *file, const char *value)
{
    cleanup_close int fd = cgroup_dir_open(d, file, O_WRONLY);

    return fd < 0 ? fd : fd_write_all(fd, value, strlen(value));
}

/* One read is enough: the kernel shows such a file as one record, whole when there is room. */
ssize_t cgroup_dir_read(const struct cgroup_dir *d, const char *file, char *buf, size_t size)
{
    cleanup_close int fd = cgroup_dir_open(d, file, O_RDONLY);
    ssize_t n;

    do {
        n = fd < 0 ? fd : read(fd, buf, size - 1);
    } while (fd >= 0 && n < 0 && errno == EINTR);
    if (fd >= 0 && n < 0) {
        n = -errno;
    }
    buf[n < 0 ? 0 : n] = '\0';
    return n;
}

int cgroup_dir_read_i64(const struct cgroup_dir *d, const char *file, int64_t *ret)
{
    char buf[64];
    ssize_t n = cgroup_dir_read(d, file, buf, sizeof(buf));

    if (n < 0) {
        return (int) n;
    }
    buf[strcspn(buf, "\n")] = '\0';
    if (strcmp(buf, "max") == 0) {
        *ret = INT64_MAX;
        return 0;
    }
    int r = parse_i64(buf, ret);

    if (r == -ERANGE) {
        *ret = INT64_MAX;
        return 0;
    }
    return r;
}

bool cgroup_keyed(const char *text, const char *key, int64_t *ret)
{
    size_t len = strlen(key);
    char number[32];

    for (const char *p = text; p && *p; p = strchr(p, '\n')) {
        p += *p == '\n';
        if (strncmp(p, key, len) == 0 && p[len] == ' ') {
            snprintf(number, sizeof(number), "%.*s", (int) strcspn(p + len + 1, "\n"), p + len + 1);
            return parse_i64(number, ret) == 0;
        }
    }
    return false;
}

static const struct {
    const char *name;
    enum cgroup_controller controller;
} limits[LIMIT_COUNT] = {
    [LIMIT_CPU_SHARES] = {"cpu shares", CGROUP_CPU},
    [LIMIT_CPU_QUOTA] = {"cpu quota", CGROUP_CPU},
    [LIMIT_CPU_PERIOD] = {"cpu period", CGROUP_CPU},
    [LIMIT_CPU_BURST] = {"cpu burst", CGROUP_CPU},
    [LIMIT_CPUSET_CPUS] = {"cpuset cpus", CGROUP_CPUSET},
    [LIMIT_CPUSET_MEMS] = {"cpuset mems", CGROUP_CPUSET},
    [LIMIT_MEMORY] = {"memory limit", CGROUP_MEMORY},
    [LIMIT_MEMORY_RESERVATION] = {"memory reservation", CGROUP_MEMORY},
    [LIMIT_MEMORY_SWAP] = {"memory swap limit", CGROUP_MEMORY},
    [LIMIT_MEMORY_SWAPPINESS] = {"memory swappiness", CGROUP_MEMORY},
    [LIMIT_OOM_KILLER] = {"OOM killer switch", CGROUP_MEMORY},
    [LIMIT_PIDS] = {"pids limit", CGROUP_PIDS},
    [LIMIT_IO_WEIGHT] = {"block I/O weight", CGROUP_IO},
};

const char *cgroup_limit_name(enum cgroup_limit l)
{
    return limits[l].name;
}

enum cgroup_controller cgroup_limit_controller(enum cgroup_limit l)
{
    return limits[l].controller;
}

bool cgroup_limit_is_set(const struct rt_resources *r, enum cgroup_limit l)
{
    switch (l) {
    case LIMIT_CPU_SHARES:
        return r->cpu_shares != RT_UNSET && r->cpu_shares != 0;
    case LIMIT_CPU_QUOTA:
        return r->cpu_quota != RT_UNSET && r->cpu_quota != 0;
    case LIMIT_CPU_PERIOD:
        return r->cpu_period != RT_UNSET && r->cpu_period != 0;
    case LIMIT_CPU_BURST:
        return r->cpu_burst != RT_UNSET;
    case LIMIT_CPUSET_CPUS:
        return r->cpuset_cpus && *r->cpuset_cpus;
    case LIMIT_CPUSET_MEMS:
        return r->cpuset_mems && *r->cpuset_mems;
    case LIMIT_MEMORY:
        return r->memory_limit != RT_UNSET && r->memory_limit != 0;
    case LIMIT_MEMORY_RESERVATION:
        return r->memory_reservation != RT_UNSET && r->memory_reservation != 0;
    case LIMIT_MEMORY_SWAP:
        return r->memory_swap != RT_UNSET && r->memory_swap != 0;
    case LIMIT_MEMORY_SWAPPINESS:
        return r->memory_swappiness != RT_UNSET && r->memory_swappiness != -1;
    case LIMIT_OOM_KILLER:
        return r->memory_disable_oom_killer;
    case LIMIT_PIDS:
        return r->pids_limit != RT_UNSET;
    case LIMIT_IO_WEIGHT:
        return r->blkio_weight != RT_UNSET && r->blkio_weight != 0;
    case LIMIT_COUNT:
        break;
    }
    return false;
}

void cgroup_missing_add(struct cgroup *cg, const char *name)
{
    if (!strv_contains(&cg->missing, name)) {
        strv_add(&cg->missing, name);
    }
}

int cgroup_limit_fail(const struct cgroup_set *s, enum cgroup_limit l, const char *file,
                      const char *value, int errnum, struct error *e)
{
    /* No such file, or there but switched off (swap accounting before 5.8): the host lacks it. */
    if (errnum == -ENOENT || errnum == -EOPNOTSUPP) {
        cgroup_missing_add(s->cg, limits[l].name);
        return 0;
    }
    err_sys(e, errnum, "set %s to '%s' in '%s/%s'", limits[l].name, value, s->dir->path, file);
    if (errnum == -EINVAL || errnum == -ERANGE) {
        e->kind = ERR_INVALID;
    }
    return -1;
}

int cgroup_limit_write(const struct cgroup_set *s, enum cgroup_limit l, const char *file,
                       const char *value, struct error *e)
{
    int r = cgroup_dir_write(s->dir, file, value);

    return r < 0 ? cgroup_limit_fail(s, l, file, value, r, e) : 0;
}

int cgroup_limit_write_i64(const struct cgroup_set *s, enum cgroup_limit l, const char *file,
                           int64_t value, struct error *e)
{
    char text[32];

    snprintf(text, sizeof(text), "%" PRId64, value);
    return cgroup_limit_write(s, l, file, text, e);
}
