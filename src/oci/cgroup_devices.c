// SPDX-License-Identifier: Apache-2.0
/*
 * Which devices a container may open and make nodes of: v1's "devices" controller takes a list,
 * v2 a BPF program (cgroup_bpf.c) that is asked at each open and mknod.
 *
 * The OCI list is ordered, the last rule that fits decides, and it does so for each of read, write
 * and mknod alone: a process that opens for reading and writing needs both, maybe from two rules.
 */
#include "oci/cgroup_internal.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/log.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#define RULES_LABEL "device rules"
#define LIST_MAX    (1u << 20)

/* --- rules --- */

unsigned cgroup_device_access(const char *access)
{
    unsigned bits = 0;

    for (size_t i = 0; i < 4 && access[i]; i++) {
        switch (access[i]) {
        case 'r':
            bits |= BPF_DEVCG_ACC_READ;
            break;
        case 'w':
            bits |= BPF_DEVCG_ACC_WRITE;
            break;
        case 'm':
            bits |= BPF_DEVCG_ACC_MKNOD;
            break;
        default:
            return 0;
        }
    }
    return bits;
}

static bool rule_is_sound(const struct rt_device_rule *d)
{
    return (d->type == 'a' || d->type == 'b' || d->type == 'c') &&
           cgroup_device_access(d->access) != 0 && d->major >= -1 && d->major <= INT32_MAX &&
           d->minor >= -1 && d->minor <= INT32_MAX;
}

static void rule_format(const struct rt_device_rule *d, char *buf, size_t size)
{
    char major[24] = "*";
    char minor[24] = "*";

    if (d->major >= 0) {
        snprintf(major, sizeof(major), "%lld", (long long) d->major);
    }
    if (d->minor >= 0) {
        snprintf(minor, sizeof(minor), "%lld", (long long) d->minor);
    }
    snprintf(buf, size, "%c %s:%s %.4s", d->type, major, minor, d->access);
}

int cgroup_devices_init(struct cgroup_devices *p, const struct rt_resources *r, struct error *e)
{
    *p = (struct cgroup_devices){.allow_others = true};
    p->rules = r->devices_count ? xcalloc(r->devices_count, 2 * sizeof(p->rules[0])) : NULL;
    for (size_t i = 0; i < r->devices_count; i++) {
        const struct rt_device_rule *d = &r->devices[i];
        bool all = d->type == 'a' && d->major < 0 && d->minor < 0 &&
                   cgroup_device_access(d->access) == CGROUP_ACCESS_ALL;
        char text[80];

        if (!rule_is_sound(d)) {
            rule_format(d, text, sizeof(text));
            cgroup_devices_done(p);
            return err_set(e, ERR_INVALID, "use device rule '%s': malformed", text);
        }
        if (all) { /* whatever stood before cannot matter any more */
            p->allow_others = d->allow;
            p->count = 0;
            continue;
        }
        p->rules[p->count] = *d;
        if (d->type == 'a') {
            p->rules[p->count++].type = 'b';
            p->rules[p->count] = *d;
            p->rules[p->count].type = 'c';
        }
        p->count++;
    }
    return 0;
}

void cgroup_devices_done(struct cgroup_devices *p)
{
    free(p->rules);
    p->rules = NULL;
    p->count = 0;
}

/* --- v1: a list --- */

/* "c 1:3 rwm" taken apart; the access letters end up as bits. */
struct v1_line {
    size_t device_len; /* "c 1:3" */
    unsigned access;
};

static bool v1_line_parse(const char *line, struct v1_line *ret)
{
    const char *space = strrchr(line, ' ');

    if (!space || space == line) {
        return false;
    }
    ret->device_len = (size_t) (space - line);
    ret->access = cgroup_device_access(space + 1);
    return ret->access != 0;
}

static const char *v1_access(unsigned bits)
{
    static const char *const text[] = {"", "m", "r", "rm", "w", "wm", "rw", "rwm"};

    return text[bits & CGROUP_ACCESS_ALL];
}

/* Index of the line for the same device, or list->count. */
static size_t v1_find(const struct strv *list, const char *line, size_t device_len)
{
    size_t i = 0;

    for (; i < list->count; i++) {
        if (strncmp(list->items[i], line, device_len + 1) == 0) {
            break;
        }
    }
    return i;
}

static void v1_put(struct strv *list, const char *line, size_t device_len, unsigned access)
{
    size_t i = v1_find(list, line, device_len);

    if (i < list->count) {
        strv_remove(list, i);
    }
    if (access) {
        strv_addf(list, "%.*s %s", (int) device_len, line, v1_access(access));
    }
}

/* Adds accesses to the rule's line (the line is made) or takes them away (it goes when empty). */
static void v1_change(struct strv *list, const struct rt_device_rule *d, unsigned add,
                      unsigned take)
{
    struct v1_line line = {0};
    struct v1_line have = {0};
    char text[80];

    rule_format(d, text, sizeof(text));
    (void) v1_line_parse(text, &line);
    size_t at = v1_find(list, text, line.device_len);

    if (at < list->count) {
        (void) v1_line_parse(list->items[at], &have);
    }
    v1_put(list, text, line.device_len, (have.access | add) & ~take);
}

static bool overlaps(int64_t x, int64_t y)
{
    return x < 0 || y < 0 || x == y;
}

static bool covers(int64_t wide, int64_t narrow)
{
    return wide < 0 || wide == narrow;
}

/* Takes rule 'at' from all that was allowed before it. -1: it would leave a hole in one of them. */
static int v1_deny(const struct cgroup_devices *p, size_t at, struct strv *list)
{
    const struct rt_device_rule *d = &p->rules[at];
    unsigned access = cgroup_device_access(d->access);

    for (size_t i = 0; i < at; i++) {
        const struct rt_device_rule *a = &p->rules[i];

        if (!a->allow || a->type != d->type || !(cgroup_device_access(a->access) & access) ||
            !overlaps(a->major, d->major) || !overlaps(a->minor, d->minor)) {
            continue;
        }
        if (!covers(d->major, a->major) || !covers(d->minor, a->minor)) {
            return -1;
        }
        v1_change(list, a, 0, access);
    }
    return 0;
}

int cgroup_devices_v1_list(const struct cgroup_devices *p, struct strv *ret, struct error *e)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct rt_device_rule *d = &p->rules[i];
        char text[80];

        if (d->allow) {
            v1_change(ret, d, cgroup_device_access(d->access), 0);
        } else if (v1_deny(p, i, ret) < 0) {
            rule_format(d, text, sizeof(text));
            return err_set(e, ERR_UNSUPPORTED,
                           "deny devices '%s': cgroup v1 cannot deny a part of what is allowed",
                           text);
        }
    }
    return 0;
}

/* Appends to ret what a has and b has not. */
static void v1_minus(const struct strv *a, const struct strv *b, struct strv *ret)
{
    for (size_t i = 0; i < a->count; i++) {
        struct v1_line line;
        struct v1_line other = {0};

        if (!v1_line_parse(a->items[i], &line)) {
            continue;
        }
        size_t at = v1_find(b, a->items[i], line.device_len);

        if (at < b->count) {
            (void) v1_line_parse(b->items[at], &other);
        }
        v1_put(ret, a->items[i], line.device_len, line.access & ~other.access);
    }
}

void cgroup_devices_v1_diff(const struct strv *have, const struct strv *want, struct strv *allow,
                            struct strv *deny)
{
    v1_minus(want, have, allow);
    v1_minus(have, want, deny);
}

/* One rule a write; the file is opened once. What our own group may not do cannot be given on
 * (EPERM): returns 1 then. */
static int v1_write_lines(const struct cgroup_dir *d, const char *file, const struct strv *lines,
                          struct error *e)
{
    cleanup_close int fd = lines->count ? cgroup_dir_open(d, file, O_WRONLY) : FD_NONE;
    int result = 0;

    for (size_t i = 0; i < lines->count; i++) {
        int r = fd < 0 ? fd : fd_write_all(fd, lines->items[i], strlen(lines->items[i]));

        if (fd >= 0 && r == -EPERM) {
            log_debug("write '%s' to '%s/%s': not ours to give", lines->items[i], d->path, file);
            result = 1;
        } else if (r < 0) {
            return err_sys(e, r, "write '%s' to '%s/%s'", lines->items[i], d->path, file);
        }
    }
    return result;
}

/* Allow all but: starts from "all", then takes away. 1 as v1_write_lines. */
static int v1_set_open(const struct cgroup_dir *d, const struct cgroup_devices *p, struct error *e)
{
    CLEANUP(strv) struct strv all = STRV_INIT;

    strv_add(&all, "a");
    int result = v1_write_lines(d, "devices.allow", &all, e);

    for (size_t i = 0; i < p->count && result >= 0; i++) {
        CLEANUP(strv) struct strv one = STRV_INIT;
        char text[80];

        rule_format(&p->rules[i], text, sizeof(text));
        strv_add(&one, text);
        int r = v1_write_lines(d, p->rules[i].allow ? "devices.allow" : "devices.deny", &one, e);

        result = r < 0 ? r : MAX(result, r);
    }
    return result;
}

/* Deny all but. */
static int v1_set_closed(const struct cgroup_dir *d, const struct cgroup_devices *p, bool fresh,
                         struct error *e)
{
    CLEANUP(strv) struct strv have = STRV_INIT;
    CLEANUP(strv) struct strv want = STRV_INIT;
    CLEANUP(strv) struct strv allow = STRV_INIT;
    CLEANUP(strv) struct strv deny = STRV_INIT;
    cleanup_free char *text = NULL;

    if (cgroup_devices_v1_list(p, &want, e) < 0) {
        return -1;
    }
    if (!fresh) {
        cleanup_close int fd = cgroup_dir_open(d, "devices.list", O_RDONLY);
        int r = fd < 0 ? fd : fd_read_all(fd, LIST_MAX, &text, NULL);

        if (r < 0) {
            return err_sys(e, r, "read '%s/devices.list'", d->path);
        }
        strv_split(&have, text, "\n");
    }
    if (fresh || (have.count && have.items[0][0] == 'a')) { /* it is "allow all but" now */
        strv_add(&deny, "a");
        if (v1_write_lines(d, "devices.deny", &deny, e) < 0) {
            return -1;
        }
        return v1_write_lines(d, "devices.allow", &want, e);
    }
    cgroup_devices_v1_diff(&have, &want, &allow, &deny);
    int result = v1_write_lines(d, "devices.allow", &allow, e);

    return result < 0 || v1_write_lines(d, "devices.deny", &deny, e) < 0 ? -1 : result;
}

/* --- both --- */

static const struct cgroup_dir *devices_dir(const struct cgroup *cg)
{
    const struct cgroup_dir *v2 = NULL;

    for (size_t i = 0; i < cg->count; i++) {
        if (cg->dirs[i].hier->ops->v2) {
            v2 = &cg->dirs[i];
        } else if (cg->dirs[i].controllers & CGROUP_BIT(CGROUP_DEVICES)) {
            return &cg->dirs[i];
        }
    }
    return v2;
}

/* Below another user namespace nobody can make device nodes, so the rules are not all that
 * stands between a container and the host's disks. */
static bool in_user_namespace(void)
{
    cleanup_free char *map = NULL;
    unsigned inside;
    unsigned outside;
    unsigned count;

    return file_read(AT_FDCWD, "/proc/self/uid_map", 4096, &map, NULL) == 0 &&
           (sscanf(map, "%u %u %u", &inside, &outside, &count) != 3 || count != UINT32_MAX);
}

static int no_rules(struct cgroup *cg, int errnum, struct error *e)
{
    if (in_user_namespace()) {
        cgroup_missing_add(cg, RULES_LABEL);
        return 0;
    }
    if (errnum) {
        err_sys(e, errnum, "restrict the devices of cgroup '%s'", cg->path);
    } else {
        err_set(e, ERR_UNSUPPORTED,
                "restrict the devices of cgroup '%s': no cgroup hierarchy that can be written "
                "controls devices on this host",
                cg->path);
    }
    return err_hint(e, "a privileged container has no device rules and does without");
}

int cgroup_devices_set(struct cgroup *cg, const struct rt_resources *r, bool fresh, struct error *e)
{
    CLEANUP(cgroup_devices) struct cgroup_devices p = {0};
    const struct cgroup_dir *d = devices_dir(cg);

    if (!r->devices_count) {
        return 0;
    }
    if (cgroup_devices_init(&p, r, e) < 0) {
        return -1;
    }
    bool unrestricted = p.allow_others && !p.count;

    if (!d) {
        return unrestricted ? 0 : no_rules(cg, 0, e);
    }
    if (!d->hier->ops->v2) {
        int result = p.allow_others ? v1_set_open(d, &p, e) : v1_set_closed(d, &p, fresh, e);

        if (result > 0) {
            cgroup_missing_add(cg, "device access that this host's own group does not have");
        }
        return result < 0 ? err_wrap(e, "restrict the devices of cgroup '%s'", cg->path) : 0;
    }
    int n = cgroup_bpf_set(d, &p, fresh);

    return n < 0 ? no_rules(cg, n, e) : 0;
}
