// SPDX-License-Identifier: Apache-2.0
#include "engine/userdb.h"

#include "base/fd.h"
#include "base/parse.h"
#include "base/rootfd.h"

#include <fcntl.h>
#include <string.h>

#define FILE_MAX    (4u << 20)
#define ID_MAX_USER 2147483647u
#define GROUPS_MAX  65536 /* NGROUPS_MAX of the kernel */

struct lookup {
    const char *name; /* what the user typed */
    uint32_t id;
    bool numeric;
    bool found;
};

/* The file's text, or an empty string when the image has none (distroless, scratch). */
static int read_db(int rootfd, const char *path, char **ret, struct error *e)
{
    cleanup_close int fd = rootfd_open(rootfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    int r = fd < 0 ? fd : fd_read_all(fd, FILE_MAX, ret, NULL);

    if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP) {
        *ret = xstrdup("");
        return 0;
    }
    return r < 0 ? err_sys(e, r, "read %s of the image", path) : 0;
}

/* Splits a line in place at ':'; returns how many fields there are (at most max). */
static size_t split_line(char *line, char **fields, size_t max)
{
    size_t n = 0;

    for (char *p = line; p && n < max; n++) {
        fields[n] = p;
        p = strchr(p, ':');
        if (p) {
            *p++ = '\0';
        }
    }
    return n;
}

static int parse_lookup(const char *s, struct lookup *l, struct error *e)
{
    int64_t v;

    *l = (struct lookup){.name = s};
    int r = parse_i64(s, &v);

    if (r == -ERANGE || (r == 0 && (v < 0 || v > ID_MAX_USER))) {
        return err_set(e, ERR_INVALID, "uids and gids must be in range 0-2147483647");
    }
    l->numeric = r == 0;
    l->id = r == 0 ? (uint32_t) v : 0;
    return 0;
}

static bool matches(const struct lookup *l, const char *name, uint32_t id)
{
    return strcmp(l->name, name) == 0 || (l->numeric && l->id == id);
}

struct passwd_entry {
    char *name; /* borrowed from the text */
    char *home;
};

/* First matching line of passwd decides. */
static void find_user(char *text, struct lookup *l, struct rt_user *ret, struct passwd_entry *entry)
{
    char *save = NULL;

    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *f[7] = {NULL};
        uint32_t uid, gid;

        if (split_line(line, f, ARRAY_SIZE(f)) < 4 || parse_id(f[2], &uid) < 0 ||
            parse_id(f[3], &gid) < 0 || !matches(l, f[0], uid)) {
            continue;
        }
        l->found = true;
        ret->uid = uid;
        ret->gid = gid;
        entry->name = f[0];
        entry->home = f[5];
        return;
    }
}

static void add_group(struct rt_user *u, gid_t gid)
{
    for (size_t i = 0; i < u->additional_gids_count; i++) {
        if (u->additional_gids[i] == gid) {
            return;
        }
    }
    if (u->additional_gids_count < GROUPS_MAX) {
        u->additional_gids = xrealloc_array(u->additional_gids, u->additional_gids_count + 1,
                                            sizeof(*u->additional_gids));
        u->additional_gids[u->additional_gids_count++] = gid;
    }
}

/*
 * The user's own group leads the list: without it, what a file denies to that group could be had
 * by a set-group-id program that leaves it (CVE-2022-36109).
 */
static void add_own_group(struct rt_user *u)
{
    size_t count = u->additional_gids_count;

    add_group(u, u->gid);
    if (u->additional_gids_count > count) {
        memmove(u->additional_gids + 1, u->additional_gids, count * sizeof(*u->additional_gids));
        u->additional_gids[0] = u->gid;
    }
}

static bool list_contains(const char *list, const char *name)
{
    size_t len = strlen(name);

    while (list && *list) {
        size_t n = strcspn(list, ",");

        if (n == len && strncmp(list, name, n) == 0) {
            return true;
        }
        list += n + (list[n] != '\0');
    }
    return false;
}

/*
 * Walks group once: the wanted group (l, may be NULL), the groups that list the user, and those
 * of extra, all in file order.
 */
static void find_groups(char *text, struct lookup *l, const char *user, struct lookup *extra,
                        size_t extra_count, struct rt_user *ret)
{
    char *save = NULL;

    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *f[4] = {NULL};
        uint32_t gid;

        if (split_line(line, f, ARRAY_SIZE(f)) < 3 || parse_id(f[2], &gid) < 0) {
            continue;
        }
        if (l && !l->found && matches(l, f[0], gid)) {
            l->found = true;
            ret->gid = gid;
        }
        if (!l && user && list_contains(f[3], user)) {
            add_group(ret, gid);
        }
        for (size_t i = 0; i < extra_count; i++) {
            if (!extra[i].found && matches(&extra[i], f[0], gid)) {
                extra[i].found = true;
                extra[i].id = gid;
            }
        }
    }
}

static int finish_groups(struct lookup *group, const struct lookup *extra, size_t extra_count,
                         struct rt_user *ret, struct error *e)
{
    if (group && !group->found) {
        if (!group->numeric) {
            return err_set(e, ERR_NOT_FOUND,
                           "unable to find group %s: no matching entries in group file",
                           group->name);
        }
        ret->gid = group->id;
    }
    for (size_t i = 0; i < extra_count; i++) {
        if (!extra[i].found && !extra[i].numeric) {
            return err_set(e, ERR_NOT_FOUND,
                           "Unable to find group %s: no matching entries in group file",
                           extra[i].name);
        }
        add_group(ret, extra[i].id);
    }
    return 0;
}

int user_resolve(int rootfd, const char *spec, const struct strv *group_add, struct rt_user *ret,
                 char **ret_home, struct error *e)
{
    cleanup_free char *passwd = NULL;
    cleanup_free char *groups = NULL;
    const char *colon = spec ? strchr(spec, ':') : NULL;
    cleanup_free char *user_name =
        colon ? xstrndup(spec, (size_t) (colon - spec)) : xstrdup(spec && *spec ? spec : "0");
    const char *group_name = colon && colon[1] ? colon + 1 : NULL;
    cleanup_free struct lookup *extra = xcalloc(group_add->count, sizeof(*extra));
    struct passwd_entry entry = {NULL, NULL};
    struct lookup user, group;

    if (!*user_name) {
        xstrset(&user_name, "0");
    }
    if (parse_lookup(user_name, &user, e) < 0 ||
        (group_name && parse_lookup(group_name, &group, e) < 0) ||
        read_db(rootfd, "/etc/passwd", &passwd, e) < 0 ||
        read_db(rootfd, "/etc/group", &groups, e) < 0) {
        return -1;
    }
    for (size_t i = 0; i < group_add->count; i++) {
        if (parse_lookup(group_add->items[i], &extra[i], e) < 0) {
            return -1;
        }
    }
    find_user(passwd, &user, ret, &entry);
    if (!user.found) {
        if (!user.numeric) {
            return err_set(e, ERR_NOT_FOUND,
                           "unable to find user %s: no matching entries in passwd file", user_name);
        }
        ret->uid = user.id;
        ret->gid = 0;
    }
    find_groups(groups, group_name ? &group : NULL, entry.name, extra, group_add->count, ret);
    if (finish_groups(group_name ? &group : NULL, extra, group_add->count, ret, e) < 0) {
        return -1;
    }
    add_own_group(ret);
    if (ret_home) {
        *ret_home = xstrdup(entry.home && *entry.home ? entry.home : "/");
    }
    return 0;
}
