// SPDX-License-Identifier: Apache-2.0
#include "oci/cgroup_internal.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/strbuf.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#define DEFAULT_ROOT  "/sys/fs/cgroup"
#define MOUNTINFO_MAX (64u << 20)

/* Names in mount options (v1) and in cgroup.controllers (v2). */
static const struct {
    const char *name;
    enum cgroup_controller controller;
} controller_names[] = {
    {"cpu", CGROUP_CPU},           {"cpuacct", CGROUP_CPUACCT}, {"cpuset", CGROUP_CPUSET},
    {"memory", CGROUP_MEMORY},     {"devices", CGROUP_DEVICES}, {"freezer", CGROUP_FREEZER},
    {"blkio", CGROUP_IO},          {"io", CGROUP_IO},           {"pids", CGROUP_PIDS},
    {"hugetlb", CGROUP_HUGETLB},   {"rdma", CGROUP_RDMA},       {"net_cls", CGROUP_NET_CLS},
    {"net_prio", CGROUP_NET_PRIO},
};

static unsigned controller_bit(const char *name, size_t len)
{
    for (size_t i = 0; i < ARRAY_SIZE(controller_names); i++) {
        if (strncmp(controller_names[i].name, name, len) == 0 && !controller_names[i].name[len]) {
            return CGROUP_BIT(controller_names[i].controller);
        }
    }
    return 0;
}

unsigned cgroup_controllers_parse(const char *text, const char *seps)
{
    unsigned bits = 0;

    for (;;) {
        text += strspn(text, seps);
        size_t len = strcspn(text, seps);

        if (!len) {
            return bits;
        }
        bits |= controller_bit(text, len);
        text += len;
    }
}

const char *cgroup_hier_name(const struct cgroup_hier *h)
{
    const char *slash = strrchr(h->mount, '/');

    return slash ? slash + 1 : h->mount;
}

/* The kernel writes blank, tab, newline and backslash as \ooo (fs/proc_namespace.c). */
static void unescape(char *s)
{
    char *to = s;

    while (*s) {
        if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
            s[3] >= '0' && s[3] <= '7') {
            *to++ = (char) ((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
            s += 4;
        } else {
            *to++ = *s++;
        }
    }
    *to = '\0';
}

static bool has_option(const char *options, const char *name)
{
    size_t len = strlen(name);

    for (const char *p = options; *p;) {
        size_t n = strcspn(p, ",");

        if (n == len && strncmp(p, name, n) == 0) {
            return true;
        }
        p += n + (p[n] == ',');
    }
    return false;
}

/*
 * The words that name a v1 hierarchy, as mount(2) wants them: its controllers (all of them, also
 * those that we do not use, or a mount in the container fails with EBUSY), or "name=systemd".
 */
static char *hierarchy_options(const char *super)
{
    static const char *const others[] = {"net_cls", "net_prio", "perf_event", "hugetlb",
                                         "rdma",    "misc",     "debug",      "dmem"};
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(PATH_MAX);

    for (const char *p = super; *p;) {
        size_t n = strcspn(p, ",");
        bool take = controller_bit(p, n) != 0 || (n > 5 && strncmp(p, "name=", 5) == 0);

        for (size_t i = 0; !take && i < ARRAY_SIZE(others); i++) {
            take = strlen(others[i]) == n && strncmp(others[i], p, n) == 0;
        }
        if (take) {
            strbuf_adds(&b, b.len ? "," : "");
            strbuf_add(&b, p, n);
        }
        p += n + (p[n] == ',');
    }
    return strbuf_take(&b);
}

/* A line's fields; pointers into the line (proc(5), /proc/[pid]/mountinfo). */
struct mount_line {
    unsigned major;
    unsigned minor;
    char *root;
    char *mount;
    char *options;
    char *type;
    char *super;
};

static bool line_split(char *line, struct mount_line *ret)
{
    char *field[6];
    char *save = NULL;
    char *tail = strstr(line, " - ");
    int end = 0;

    if (!tail) {
        return false;
    }
    *tail = '\0';
    for (size_t i = 0; i < ARRAY_SIZE(field); i++) {
        field[i] = strtok_r(i ? NULL : line, " ", &save);
        if (!field[i]) {
            return false;
        }
    }
    ret->type = strtok_r(tail + 3, " ", &save);
    if (!ret->type || !strtok_r(NULL, " ", &save)) { /* the source, which says nothing */
        return false;
    }
    ret->super = strtok_r(NULL, " ", &save);
    if (!ret->super || sscanf(field[2], "%u:%u%n", &ret->major, &ret->minor, &end) != 2 ||
        field[2][end]) {
        return false;
    }
    ret->root = field[3];
    ret->mount = field[4];
    ret->options = field[5];
    unescape(ret->root);
    unescape(ret->mount);
    return ret->mount[0] == '/';
}

/*
 * One hierarchy may be mounted many times (containers' rootfs, bind mounts). Best is one that can
 * be written, then one at the usual place, then one that shows the hierarchy from its root.
 */
static unsigned line_score(const struct mount_line *m)
{
    size_t n = strlen(DEFAULT_ROOT);
    bool usual = strncmp(m->mount, DEFAULT_ROOT, n) == 0 && (!m->mount[n] || m->mount[n] == '/');
    bool writable = !has_option(m->options, "ro") && !has_option(m->super, "ro");

    return (writable ? 4u : 0) + (usual ? 2u : 0) + (strcmp(m->root, "/") == 0 ? 1u : 0);
}

/* False when the line is no hierarchy that we use. The strings are new. */
static bool line_hier(const struct mount_line *m, struct cgroup_hier *ret)
{
    *ret = (struct cgroup_hier){.dev = makedev(m->major, m->minor), .score = line_score(m)};
    ret->readonly = has_option(m->options, "ro") || has_option(m->super, "ro");
    if (strcmp(m->type, "cgroup2") == 0) {
        ret->ops = &cgroup_v2_ops;
    } else if (strcmp(m->type, "cgroup") == 0) {
        ret->ops = &cgroup_v1_ops;
        ret->controllers = cgroup_controllers_parse(m->super, ",");
        ret->controllers_known = true;
        /* "noprefix" (the old cpuset file system) has other file names; nobody limits with it. */
        if (has_option(m->super, "noprefix") ||
            (!ret->controllers && !has_option(m->super, "name=systemd"))) {
            return false;
        }
        ret->options = hierarchy_options(m->super);
    } else {
        return false;
    }
    ret->mount = xstrdup(m->mount);
    return true;
}

static void hier_done(struct cgroup_hier *h)
{
    free(h->mount);
    free(h->options);
    *h = (struct cgroup_hier){0};
}

static bool same_hierarchy(const struct cgroup_hier *a, const struct cgroup_hier *b)
{
    if (a->ops != b->ops) {
        return false;
    }
    return a->ops->v2 || a->controllers & b->controllers || a->controllers == b->controllers;
}

static void layout_add(struct cgroup_layout *l, struct cgroup_hier *h,
                       bool (*usable)(const struct cgroup_hier *h))
{
    struct cgroup_hier *place = NULL;

    for (size_t i = 0; i < l->count && !place; i++) {
        if (same_hierarchy(&l->hiers[i], h)) {
            place = &l->hiers[i];
        }
    }
    if (!place && l->count < ARRAY_SIZE(l->hiers)) {
        place = &l->hiers[l->count];
    }
    if (!place || (place->mount && place->score >= h->score) || (usable && !usable(h))) {
        hier_done(h);
        return;
    }
    l->count += !place->mount;
    hier_done(place);
    *place = *h;
}

static void layout_drop(struct cgroup_layout *l, size_t i)
{
    hier_done(&l->hiers[i]);
    l->count--;
    memmove(&l->hiers[i], &l->hiers[i + 1], (l->count - i) * sizeof(l->hiers[0]));
}

/* v2 when no controller is on v1, whatever named hierarchies there are beside it. */
static void layout_mode(struct cgroup_layout *l)
{
    struct cgroup_hier *v2 = NULL;
    unsigned v1 = 0;

    for (size_t i = 0; i < l->count; i++) {
        if (l->hiers[i].ops->v2) {
            v2 = &l->hiers[i];
        } else {
            v1 |= l->hiers[i].controllers;
        }
    }
    /* The usual hybrid: v1 has all there is, so nobody needs to ask the v2 tree. */
    if (v2 && (v1 & CGROUP_V2_WANTED) == CGROUP_V2_WANTED) {
        v2->controllers = CGROUP_V2_ALWAYS;
        v2->controllers_known = true;
    }
    if (!l->count) {
        l->mode = CGROUP_MODE_NONE;
    } else if (!v2) {
        l->mode = CGROUP_MODE_V1;
    } else {
        l->mode = v1 ? CGROUP_MODE_HYBRID : CGROUP_MODE_V2;
    }
    for (size_t i = l->count; l->mode == CGROUP_MODE_V2 && i-- > 0;) {
        if (!l->hiers[i].ops->v2) {
            layout_drop(l, i);
        }
    }
}

void cgroup_layout_parse(const char *mountinfo, bool (*usable)(const struct cgroup_hier *h),
                         struct cgroup_layout *ret)
{
    cleanup_free char *text = xstrdup(mountinfo);
    char *save = NULL;

    *ret = (struct cgroup_layout){0};
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        struct mount_line m;
        struct cgroup_hier h;

        /* Most lines of a busy host are other mounts: a cheap look first. */
        if (strstr(line, " - cgroup") && line_split(line, &m) && line_hier(&m, &h)) {
            layout_add(ret, &h, usable);
        }
    }
    layout_mode(ret);
}

void cgroup_layout_done(struct cgroup_layout *l)
{
    for (size_t i = 0; i < l->count; i++) {
        hier_done(&l->hiers[i]);
    }
    l->count = 0;
}

/* Another file system may be mounted over it: then the folder is on another device. */
static bool hier_visible(const struct cgroup_hier *h)
{
    struct stat st;

    return stat(h->mount, &st) == 0 && S_ISDIR(st.st_mode) && st.st_dev == h->dev;
}

/* Pure v2 at the usual place needs no mountinfo, which takes milliseconds on a host with
 * thousands of mounts. */
static bool layout_v2_quick(struct cgroup_layout *l)
{
    struct statfs st;

    if (statfs(DEFAULT_ROOT, &st) < 0 || st.f_type != CGROUP2_SUPER_MAGIC ||
        st.f_flags & ST_RDONLY) {
        return false;
    }
    l->mode = CGROUP_MODE_V2;
    l->count = 1;
    l->hiers[0] = (struct cgroup_hier){.ops = &cgroup_v2_ops, .mount = xstrdup(DEFAULT_ROOT)};
    return true;
}

static struct cgroup_layout layout;
static bool layout_known;

struct cgroup_layout *cgroup_layout_get(void)
{
    cleanup_free char *text = NULL;

    if (layout_known) {
        return &layout;
    }
    layout_known = true;
    if (layout_v2_quick(&layout)) {
        return &layout;
    }
    if (file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text, NULL) == 0) {
        cgroup_layout_parse(text, hier_visible, &layout);
    }
    return &layout;
}

void cgroup_layout_forget(void)
{
    cgroup_layout_done(&layout);
    layout_known = false;
}
