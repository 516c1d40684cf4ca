// SPDX-License-Identifier: Apache-2.0
/*
 * Limits that few containers have: per-device block I/O, huge pages, network tags, RDMA, real-time,
 * and v2 files by name. One table row or function for each, both versions side by side.
 */
#include "oci/cgroup_internal.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct rest {
    struct cgroup *cg;
    const struct rt_resources *r;
    bool fresh;
};

static const struct cgroup_dir *dir_of(const struct rest *s, enum cgroup_controller c)
{
    for (size_t i = 0; i < s->cg->count; i++) {
        if (s->cg->dirs[i].controllers & CGROUP_BIT(c)) {
            return &s->cg->dirs[i];
        }
    }
    return NULL;
}

/* Another file may do it: 1; a limit that nothing here can set is missing, and no failure. */
static int put(const struct cgroup_dir *d, const char *what, const char *file, const char *value,
               struct error *e)
{
    int r = cgroup_dir_write(d, file, value);

    if (r == 0) {
        return 0;
    }
    if (r == -ENOENT || r == -EOPNOTSUPP) {
        return 1;
    }
    err_sys(e, r, "set %s to '%s' in '%s/%s'", what, value, d->path, file);
    if (r == -EINVAL || r == -ERANGE || r == -ENODEV) {
        e->kind = ERR_INVALID;
    }
    return -1;
}

/* The first of the files (NULL: none) that exists gets the value. */
static int put_any(const struct rest *s, enum cgroup_controller c, const char *what,
                   const char *const files[2], const char *value, struct error *e)
{
    const struct cgroup_dir *d = dir_of(s, c);
    int r = 1;

    for (int i = 0; d && i < 2 && r == 1 && files[i]; i++) {
        r = put(d, what, files[i], value, e);
    }
    if (r == 1) {
        cgroup_missing_add(s->cg, what);
    }
    return r < 0 ? -1 : 0;
}

static bool is_v2(const struct rest *s, enum cgroup_controller c)
{
    const struct cgroup_dir *d = dir_of(s, c);

    return d && d->hier->ops->v2;
}

/* --- block I/O --- */

static int set_weights(const struct rest *s, struct error *e)
{
    static const char *const weight_v1[] = {"blkio.weight_device", "blkio.bfq.weight_device"};
    static const char *const weight_v2[] = {"io.bfq.weight", NULL};
    static const char *const weight_io[] = {"io.weight", NULL};
    static const char *const leaf[] = {"blkio.leaf_weight_device", NULL};
    char value[80];

    for (size_t i = 0; i < s->r->weight_devices_count; i++) {
        const struct rt_weight_device *d = &s->r->weight_devices[i];
        bool v2 = is_v2(s, CGROUP_IO);
        bool bfq =
            v2 && cgroup_dir_read(dir_of(s, CGROUP_IO), "io.bfq.weight", value, sizeof(value)) >= 0;
        int64_t weight = v2 && !bfq ? (int64_t) cgroup_io_weight(d->weight) : d->weight;

        snprintf(value, sizeof(value), "%" PRId64 ":%" PRId64 " %" PRId64, d->major, d->minor,
                 weight);
        if (d->weight != RT_UNSET && put_any(s, CGROUP_IO, "block I/O weight of a device",
                                             bfq  ? weight_v2
                                             : v2 ? weight_io
                                                  : weight_v1,
                                             value, e) < 0) {
            return -1;
        }
        snprintf(value, sizeof(value), "%" PRId64 ":%" PRId64 " %" PRId64, d->major, d->minor,
                 d->leaf_weight);
        if (d->leaf_weight != RT_UNSET &&
            put_any(s, CGROUP_IO, "block I/O leaf weight", leaf, value, e) < 0) {
            return -1;
        }
    }
    if (s->r->blkio_leaf_weight != RT_UNSET) {
        static const char *const file[] = {"blkio.leaf_weight", NULL};

        snprintf(value, sizeof(value), "%" PRId64, s->r->blkio_leaf_weight);
        return put_any(s, CGROUP_IO, "block I/O leaf weight", file, value, e);
    }
    return 0;
}

static int set_throttles(const struct rest *s, struct error *e)
{
    static const struct {
        const char *v1[2];
        const char *key;
    } kinds[RT_THROTTLE_COUNT] = {
        [RT_THROTTLE_READ_BPS] = {{"blkio.throttle.read_bps_device", NULL}, "rbps"},
        [RT_THROTTLE_WRITE_BPS] = {{"blkio.throttle.write_bps_device", NULL}, "wbps"},
        [RT_THROTTLE_READ_IOPS] = {{"blkio.throttle.read_iops_device", NULL}, "riops"},
        [RT_THROTTLE_WRITE_IOPS] = {{"blkio.throttle.write_iops_device", NULL}, "wiops"},
    };
    static const char *const v2_file[] = {"io.max", NULL};
    bool v2 = is_v2(s, CGROUP_IO);
    char rate[24];
    char value[100];

    for (int k = 0; k < RT_THROTTLE_COUNT; k++) {
        for (size_t i = 0; i < s->r->throttles[k].count; i++) {
            const struct rt_throttle *t = &s->r->throttles[k].items[i];

            snprintf(rate, sizeof(rate), "%" PRIu64, t->rate);
            snprintf(value, sizeof(value), "%" PRId64 ":%" PRId64 " %s%s%s", t->major, t->minor,
                     v2 ? kinds[k].key : "", v2 ? "=" : "", v2 && t->rate == 0 ? "max" : rate);
            if (put_any(s, CGROUP_IO, "block I/O rate", v2 ? v2_file : kinds[k].v1, value, e) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* --- huge pages --- */

/* Reservations where the kernel counts them (5.7), else what is used (config-linux.md). */
static int set_hugepages(const struct rest *s, struct error *e)
{
    for (size_t i = 0; i < s->r->hugepages_count; i++) {
        const struct rt_hugepage_limit *h = &s->r->hugepages[i];
        const struct cgroup_dir *d = dir_of(s, CGROUP_HUGETLB);
        const char *end = is_v2(s, CGROUP_HUGETLB) ? "max" : "limit_in_bytes";
        char names[2][64];
        char value[24];
        int r = 1;

        if (!d) {
            cgroup_missing_add(s->cg, "huge page limit");
            continue;
        }
        snprintf(names[0], sizeof(names[0]), "hugetlb.%.20s.rsvd.%s", h->page_size, end);
        snprintf(names[1], sizeof(names[1]), "hugetlb.%.20s.%s", h->page_size, end);
        snprintf(value, sizeof(value), "%" PRIu64, h->limit);
        for (int n = 0; n < 2 && r == 1; n++) {
            r = put(d, "huge page limit", names[n], value, e);
        }
        if (r == 1) {
            return err_set(e, ERR_INVALID,
                           "set huge page limit: this kernel has no pages of size '%s'",
                           h->page_size);
        }
        if (r < 0) {
            return -1;
        }
    }
    return 0;
}

/* --- network --- */

static int set_network(const struct rest *s, struct error *e)
{
    static const char *const class_id[] = {"net_cls.classid", NULL};
    static const char *const priority[] = {"net_prio.ifpriomap", NULL};
    char value[64];

    if (s->r->net_class_id != RT_UNSET) {
        snprintf(value, sizeof(value), "%" PRId64, s->r->net_class_id);
        if (put_any(s, CGROUP_NET_CLS, "network class", class_id, value, e) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < s->r->net_priorities_count; i++) {
        snprintf(value, sizeof(value), "%.16s %u", s->r->net_priorities[i].name,
                 s->r->net_priorities[i].priority);
        if (put_any(s, CGROUP_NET_PRIO, "network priority", priority, value, e) < 0) {
            return -1;
        }
    }
    return 0;
}

/* --- RDMA --- */

static int set_rdma(const struct rest *s, struct error *e)
{
    static const char *const file[] = {"rdma.max", NULL};

    for (size_t i = 0; i < s->r->rdma_count; i++) {
        const struct rt_rdma_limit *l = &s->r->rdma[i];
        char handles[40] = "";
        char objects[40] = "";

        if (l->hca_handles != RT_UNSET) {
            snprintf(handles, sizeof(handles), " hca_handle=%" PRId64, l->hca_handles);
        }
        if (l->hca_objects != RT_UNSET) {
            snprintf(objects, sizeof(objects), " hca_object=%" PRId64, l->hca_objects);
        }
        cleanup_free char *value = xasprintf("%s%s%s", l->device, handles, objects);

        if (put_any(s, CGROUP_RDMA, "RDMA limit", file, value, e) < 0) {
            return -1;
        }
    }
    return 0;
}

/* --- CPU --- */

static int set_cpu(const struct rest *s, struct error *e)
{
    static const char *const period[] = {"cpu.rt_period_us", NULL};
    static const char *const runtime[] = {"cpu.rt_runtime_us", NULL};
    static const char *const idle[] = {"cpu.idle", NULL};
    const struct {
        int64_t value;
        const char *what;
        const char *const *files;
    } limits[] = {
        {s->r->cpu_rt_period, "real-time period", period},
        {s->r->cpu_rt_runtime, "real-time runtime", runtime},
        {s->r->cpu_idle, "cpu idle", idle},
    };
    char value[24];

    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        /* What every new group has is not worth a missing file. */
        bool redundant = s->fresh && limits[i].value == 0;

        snprintf(value, sizeof(value), "%" PRId64, limits[i].value);
        if (limits[i].value != RT_UNSET && !redundant &&
            put_any(s, CGROUP_CPU, limits[i].what, limits[i].files, value, e) < 0) {
            return -1;
        }
    }
    return 0;
}

/* --- v2 files by name --- */

/* "memory" of "memory.high"; 0 for the files of every group and of controllers unknown to us. */
static unsigned controller_of(const char *file)
{
    char name[32];

    snprintf(name, sizeof(name), "%.*s", (int) MIN(strcspn(file, "."), sizeof(name) - 1), file);
    return cgroup_controllers_parse(name, ".");
}

static int set_unified(const struct rest *s, struct error *e)
{
    const struct cgroup_dir *d = NULL;

    for (size_t i = 0; i < s->cg->count && cgroup_host_mode() == CGROUP_MODE_V2; i++) {
        d = s->cg->dirs[i].hier->ops->v2 ? &s->cg->dirs[i] : d;
    }
    for (size_t i = 0; i < s->r->unified.count; i++) {
        const struct rt_pair *p = &s->r->unified.items[i];
        CLEANUP(strv) struct strv lines = STRV_INIT;

        if (!d) {
            return err_set(e, ERR_UNSUPPORTED, "set '%s': this host has no cgroup v2", p->key);
        }
        if (controller_of(p->key) & ~d->controllers) {
            return err_set(e, ERR_UNSUPPORTED, "set '%s': its controller is not available in '%s'",
                           p->key, d->path);
        }
        strv_split(&lines, p->value, "\n"); /* the kernel takes one line at a time */
        for (size_t n = 0; n < lines.count; n++) {
            int r = put(d, p->key, p->key, lines.items[n], e);

            if (r != 0) {
                return r < 0 ? -1
                             : err_set(e, ERR_UNSUPPORTED, "set '%s': no such file in '%s'", p->key,
                                       d->path);
            }
        }
    }
    return 0;
}

unsigned cgroup_rest_needed(const struct rt_resources *r)
{
    unsigned bits = 0;
    bool io = r->weight_devices_count || r->blkio_leaf_weight != RT_UNSET;

    for (int k = 0; k < RT_THROTTLE_COUNT; k++) {
        io = io || r->throttles[k].count;
    }
    bits |= io ? CGROUP_BIT(CGROUP_IO) : 0;
    bits |= r->hugepages_count ? CGROUP_BIT(CGROUP_HUGETLB) : 0;
    bits |= r->net_class_id != RT_UNSET ? CGROUP_BIT(CGROUP_NET_CLS) : 0;
    bits |= r->net_priorities_count ? CGROUP_BIT(CGROUP_NET_PRIO) : 0;
    bits |= r->rdma_count ? CGROUP_BIT(CGROUP_RDMA) : 0;
    bits |= r->cpu_rt_period != RT_UNSET || r->cpu_rt_runtime != RT_UNSET || r->cpu_idle != RT_UNSET
                ? CGROUP_BIT(CGROUP_CPU)
                : 0;
    for (size_t i = 0; i < r->unified.count; i++) {
        bits |= controller_of(r->unified.items[i].key);
    }
    return bits;
}

int cgroup_rest_set(struct cgroup *cg, const struct rt_resources *r, bool fresh, struct error *e)
{
    const struct rest s = {.cg = cg, .r = r, .fresh = fresh};

    if (!cgroup_rest_needed(r) && !r->unified.count) {
        return 0;
    }
    return set_weights(&s, e) < 0 || set_throttles(&s, e) < 0 || set_hugepages(&s, e) < 0 ||
                   set_network(&s, e) < 0 || set_rdma(&s, e) < 0 || set_cpu(&s, e) < 0
               ? -1
               : set_unified(&s, e); /* last: it has the last word */
}
