// SPDX-License-Identifier: Apache-2.0
#include "engine/mountspec.h"

#include "base/fd.h"
#include "base/parse.h"
#include "base/path.h"
#include "engine/volume.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define PROFILE_MAX (4u << 20)

static bool is_propagation(const char *s)
{
    static const char *const words[] = {"shared",  "slave",  "private",
                                        "rshared", "rslave", "rprivate"};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (strcmp(words[i], s) == 0) {
            return true;
        }
    }
    return false;
}

/* The third part of -v: words between commas. */
static int parse_volume_mode(struct ctr_mount *m, const char *mode, struct error *e)
{
    static const char *const known[] = {"rw", "z", "Z", "cached", "delegated", "consistent"};
    CLEANUP(strv) struct strv words = STRV_INIT;
    char *word;
    bool access_seen = false;

    strv_split(&words, mode, ",");
    strv_foreach (&words, word) {
        bool good = false;

        for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
            good = good || strcmp(known[i], word) == 0;
        }
        if (strcmp(word, "ro") == 0 || strcmp(word, "rw") == 0) {
            good = !access_seen;
            access_seen = true;
            m->readonly = word[1] == 'o';
        } else if (is_propagation(word)) {
            good = m->type == CTR_MOUNT_BIND && !m->propagation;
            xstrset(&m->propagation, word);
        } else if (strcmp(word, "nocopy") == 0) {
            good = m->type == CTR_MOUNT_VOLUME;
            m->nocopy = true;
        }
        if (!good) {
            return err_set(e, ERR_INVALID, "invalid mode: %s", mode);
        }
    }
    if (words.count == 0) {
        return err_set(e, ERR_INVALID, "invalid mode: %s", mode);
    }
    xstrset(&m->mode, mode);
    return 0;
}

static int set_target(struct ctr_mount *m, const char *spec, const char *target, struct error *e)
{
    if (!path_is_absolute(target)) {
        return err_set(e, ERR_INVALID,
                       "invalid volume specification: '%s': invalid mount config for type \"%s\": "
                       "invalid mount path: '%s' mount path must be absolute",
                       spec, ctr_mount_type_to_string(m->type), target);
    }
    m->target = path_clean(target);
    if (strcmp(m->target, "/") == 0) {
        return err_set(e, ERR_INVALID,
                       "invalid volume specification: '%s': invalid mount config for type \"%s\": "
                       "invalid specification: destination can't be '/'",
                       spec, ctr_mount_type_to_string(m->type));
    }
    return 0;
}

/* One mount point, one mount. */
static int check_duplicate(const struct ctr_config *c, const struct ctr_mount *m, struct error *e)
{
    for (size_t i = 0; i < c->mounts_count; i++) {
        if (&c->mounts[i] != m && c->mounts[i].target &&
            strcmp(c->mounts[i].target, m->target) == 0) {
            return err_set(e, ERR_INVALID, "Duplicate mount point: %s", m->target);
        }
    }
    return 0;
}

static int set_volume_source(struct ctr_mount *m, const char *source, struct error *e)
{
    if (path_is_absolute(source) || source[0] == '.') {
        m->type = CTR_MOUNT_BIND;
        m->source = path_absolute(source);
        return m->source ? 0 : err_sys(e, errno, "find the working directory");
    }
    m->type = CTR_MOUNT_VOLUME;
    m->name = xstrdup(source);
    return volume_name_check(source, e);
}

int ctr_config_parse_volume(struct ctr_config *c, const char *spec, struct error *e)
{
    char *parts[4] = {NULL};
    cleanup_free char *copy = xstrdup(spec);
    size_t n = 0;

    if (!*spec) {
        return err_set(e, ERR_INVALID, "invalid empty volume spec");
    }
    for (char *p = copy; p && n < ARRAY_SIZE(parts); n++) {
        parts[n] = p;
        p = strchr(p, ':');
        if (p) {
            *p++ = '\0';
        }
        if (n == 3) {
            return err_set(e, ERR_INVALID, "invalid volume specification: '%s'", spec);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (!*parts[i]) {
            return err_set(e, ERR_INVALID, "invalid spec: %s: empty section between colons", spec);
        }
    }
    struct ctr_mount *m = ctr_config_add_mount(c);

    if (n == 1) {
        m->type = CTR_MOUNT_VOLUME;
        m->anonymous = true;
        /* "-v data" means the folder /data, as Docker's client takes it. */
        cleanup_free char *target =
            path_is_absolute(parts[0]) ? xstrdup(parts[0]) : xasprintf("/%s", parts[0]);

        return set_target(m, spec, target, e) < 0 ? -1 : check_duplicate(c, m, e);
    }
    if (!parts[0] || !parts[1] || set_volume_source(m, parts[0], e) < 0) {
        return -1;
    }
    if (set_target(m, spec, parts[1], e) < 0) {
        return -1;
    }
    if (n == 3 && parse_volume_mode(m, parts[2], e) < 0) {
        return -1;
    }
    return check_duplicate(c, m, e);
}

/* Boolean word of --mount: "readonly" alone is true. */
static int mount_bool(const char *key, const char *value, bool *ret, struct error *e)
{
    if (!value) {
        *ret = true;
        return 0;
    }
    if (parse_bool(value, ret) < 0) {
        return err_set(e, ERR_INVALID, "invalid value for %s: %s", key, value);
    }
    return 0;
}

static void add_option(struct ctr_mount *m, const char *key, const char *value)
{
    char *joined =
        xasprintf("%s%s%s=%s", m->options ? m->options : "", m->options ? "," : "", key, value);

    free(m->options);
    m->options = joined;
}

/* One key of --mount; source is kept apart until the type is known. */
static int mount_key(struct ctr_mount *m, char **source, const char *key, const char *value,
                     struct error *e)
{
    if (strcmp(key, "readonly") == 0 || strcmp(key, "ro") == 0) {
        return mount_bool(key, value, &m->readonly, e);
    }
    if (strcmp(key, "volume-nocopy") == 0) {
        return mount_bool(key, value, &m->nocopy, e);
    }
    if (!value) {
        return err_set(e, ERR_INVALID, "invalid field '%s' must be a key=value pair", key);
    }
    if (strcmp(key, "type") == 0) {
        if (ctr_mount_type_from_string(value, &m->type) < 0) {
            return err_set(e, ERR_INVALID, "mount type '%s' is not bind, volume or tmpfs", value);
        }
    } else if (strcmp(key, "source") == 0 || strcmp(key, "src") == 0) {
        xstrset(source, value);
    } else if (strcmp(key, "target") == 0 || strcmp(key, "destination") == 0 ||
               strcmp(key, "dst") == 0) {
        xstrset(&m->target, value);
    } else if (strcmp(key, "bind-propagation") == 0) {
        if (!is_propagation(value)) {
            return err_set(e, ERR_INVALID, "invalid propagation mode: %s", value);
        }
        xstrset(&m->propagation, value);
    } else if (strcmp(key, "tmpfs-size") == 0) {
        int64_t size;

        if (parse_size(value, &size) < 0) {
            return err_set(e, ERR_INVALID, "invalid value for %s: %s", key, value);
        }
        cleanup_free char *bytes = xasprintf("%lld", (long long) size);

        add_option(m, "size", bytes);
    } else if (strcmp(key, "tmpfs-mode") == 0) {
        uint32_t mode;

        if (parse_mode(value, &mode) < 0) {
            return err_set(e, ERR_INVALID, "invalid value for %s: %s", key, value);
        }
        add_option(m, "mode", value);
    } else {
        return err_set(e, ERR_INVALID, "unexpected key '%s' in '%s=%s'", key, key, value);
    }
    return 0;
}

static int mount_check(struct ctr_mount *m, const char *spec, const char *source, struct error *e)
{
    if (!m->target) {
        return err_set(e, ERR_INVALID,
                       "invalid mount config for type \"%s\": field Target must "
                       "not be empty",
                       ctr_mount_type_to_string(m->type));
    }
    cleanup_free char *target = take_ptr(&m->target);

    if (set_target(m, spec, target, e) < 0) {
        return -1;
    }
    switch (m->type) {
    case CTR_MOUNT_BIND:
        if (!source) {
            return err_set(e, ERR_INVALID,
                           "invalid mount config for type \"bind\": field Source "
                           "must not be empty");
        }
        m->source = path_absolute(source);
        m->must_exist = true;
        return 0;
    case CTR_MOUNT_VOLUME:
        m->anonymous = !source;
        xstrset(&m->name, source);
        return source ? volume_name_check(source, e) : 0;
    case CTR_MOUNT_TMPFS:
        if (source) {
            return err_set(e, ERR_INVALID,
                           "invalid mount config for type \"tmpfs\": field Source "
                           "must not be specified");
        }
        return 0;
    case CTR_MOUNT_TYPE_COUNT:
        break;
    }
    return err_set(e, ERR_INTERNAL, "mount '%s': unknown type", spec);
}

int ctr_config_parse_mount(struct ctr_config *c, const char *spec, struct error *e)
{
    CLEANUP(strv) struct strv fields = STRV_INIT;
    cleanup_free char *source = NULL;
    struct ctr_mount *m = ctr_config_add_mount(c);
    char *field;

    m->type = CTR_MOUNT_VOLUME;
    strv_split(&fields, spec, ",");
    strv_foreach (&fields, field) {
        char *value = strchr(field, '=');

        if (value) {
            *value++ = '\0';
        }
        if (mount_key(m, &source, field, value, e) < 0) {
            return -1;
        }
    }
    if (mount_check(m, spec, source, e) < 0) {
        return -1;
    }
    return check_duplicate(c, m, e);
}

static bool is_tmpfs_option(const char *word)
{
    static const char *const flags[] = {
        "exec",       "noexec",      "suid",        "nosuid",
        "dev",        "nodev",       "rw",          "ro",
        "sync",       "async",       "dirsync",     "remount",
        "mand",       "nomand",      "atime",       "noatime",
        "diratime",   "nodiratime",  "bind",        "rbind",
        "unbindable", "runbindable", "private",     "rprivate",
        "shared",     "rshared",     "slave",       "rslave",
        "relatime",   "norelatime",  "strictatime", "nostrictatime",
        "defaults",
    };
    static const char *const keys[] = {
        "size=", "mode=", "uid=", "gid=", "nr_inodes=", "nr_blocks=", "mpol="};

    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        if (strcmp(flags[i], word) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (strncmp(keys[i], word, strlen(keys[i])) == 0) {
            return true;
        }
    }
    return false;
}

int ctr_config_parse_tmpfs(struct ctr_config *c, const char *spec, struct error *e)
{
    CLEANUP(strv) struct strv words = STRV_INIT;
    const char *colon = strchr(spec, ':');
    cleanup_free char *target = colon ? xstrndup(spec, (size_t) (colon - spec)) : xstrdup(spec);
    struct ctr_mount *m = ctr_config_add_mount(c);
    char *word;

    m->type = CTR_MOUNT_TMPFS;
    if (!path_is_absolute(target)) {
        return err_set(e, ERR_INVALID, "invalid mount path: '%s' mount path must be absolute",
                       target);
    }
    m->target = path_clean(target);
    if (strcmp(m->target, "/") == 0) {
        return err_set(e, ERR_INVALID, "invalid specification: destination can't be '/'");
    }
    if (colon) {
        strv_split(&words, colon + 1, ",");
        strv_foreach (&words, word) {
            if (!is_tmpfs_option(word)) {
                return err_set(e, ERR_INVALID, "invalid tmpfs option [\"%s\"]", word);
            }
        }
        m->options = xstrdup(colon + 1);
    }
    return check_duplicate(c, m, e);
}

static const struct {
    const char *name;
    int resource;
} ulimit_names[] = {
    {"core", RLIMIT_CORE},         {"cpu", RLIMIT_CPU},
    {"data", RLIMIT_DATA},         {"fsize", RLIMIT_FSIZE},
    {"locks", RLIMIT_LOCKS},       {"memlock", RLIMIT_MEMLOCK},
    {"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE},
    {"nofile", RLIMIT_NOFILE},     {"nproc", RLIMIT_NPROC},
    {"rss", RLIMIT_RSS},           {"rtprio", RLIMIT_RTPRIO},
    {"rttime", RLIMIT_RTTIME},     {"sigpending", RLIMIT_SIGPENDING},
    {"stack", RLIMIT_STACK},
};

int ctr_ulimit_resource(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(ulimit_names); i++) {
        if (strcmp(ulimit_names[i].name, name) == 0) {
            return ulimit_names[i].resource;
        }
    }
    return -EINVAL;
}

int ctr_config_parse_ulimit(struct ctr_config *c, const char *spec, struct error *e)
{
    const char *eq = strchr(spec, '=');

    if (!eq || eq == spec) {
        return err_set(e, ERR_INVALID, "invalid ulimit argument: %s", spec);
    }
    cleanup_free char *name = xstrndup(spec, (size_t) (eq - spec));
    cleanup_free char *soft = xstrndup(eq + 1, strcspn(eq + 1, ":"));
    const char *colon = strchr(eq, ':');
    int64_t s, h;

    if (ctr_ulimit_resource(name) < 0) {
        return err_set(e, ERR_INVALID, "invalid ulimit type: %s", name);
    }
    if (colon && strchr(colon + 1, ':')) {
        return err_set(e, ERR_INVALID,
                       "too many limit value arguments - %s, can only have up to two, "
                       "`soft[:hard]`",
                       eq + 1);
    }
    if (parse_i64(soft, &s) < 0 || (colon && parse_i64(colon + 1, &h) < 0)) {
        return err_set(e, ERR_INVALID, "strconv.ParseInt: parsing \"%s\": invalid syntax",
                       parse_i64(soft, &s) < 0 ? soft : colon + 1);
    }
    if (!colon) {
        h = s;
    }
    if (h != -1 && (s == -1 || s > h)) {
        return err_set(e, ERR_INVALID,
                       "ulimit soft limit must be less than or equal to hard limit: %lld > %lld",
                       (long long) s, (long long) h);
    }
    struct ctr_ulimit *u = NULL;

    for (size_t i = 0; i < c->ulimits_count; i++) {
        u = strcmp(c->ulimits[i].name, name) == 0 ? &c->ulimits[i] : u;
    }
    if (!u) {
        u = ctr_config_add_ulimit(c);
        u->name = take_ptr(&name);
    }
    u->soft = s; /* of two for one resource the last counts */
    u->hard = h;
    return 0;
}

int ctr_config_parse_device(struct ctr_config *c, const char *spec, struct error *e)
{
    CLEANUP(strv) struct strv parts = STRV_INIT;
    struct ctr_device *d = ctr_config_add_device(c);
    const char *access = "rwm";

    strv_split(&parts, spec, ":");
    if (parts.count < 1 || parts.count > 3) {
        return err_set(e, ERR_INVALID, "invalid device specification: %s", spec);
    }
    d->host_path = xstrdup(parts.items[0]);
    if (parts.count == 3) {
        access = parts.items[2];
        d->path = xstrdup(parts.items[1]);
    } else if (parts.count == 2 && parts.items[1][0] != '/') {
        access = parts.items[1];
    } else if (parts.count == 2) {
        d->path = xstrdup(parts.items[1]);
    }
    if (!d->path) {
        d->path = xstrdup(d->host_path);
    }
    if (!*access || strspn(access, "rwm") != strlen(access) || strlen(access) > 3) {
        return err_set(e, ERR_INVALID, "invalid device mode: %s", access);
    }
    d->access = xstrdup(access);
    if (!path_is_absolute(d->host_path) || !path_is_absolute(d->path)) {
        return err_set(e, ERR_INVALID, "%s is not an absolute path",
                       path_is_absolute(d->host_path) ? d->path : d->host_path);
    }
    return 0;
}

static int read_profile(struct ctr_config *c, const char *path, struct error *e)
{
    cleanup_free char *text = NULL;
    char cause[100];
    struct error parse = {0};
    size_t n;

    if (strcmp(path, "unconfined") == 0 || strcmp(path, "builtin") == 0) {
        xstrset(&c->seccomp, *path == 'u' ? path : NULL);
        return 0;
    }
    int r = file_read(AT_FDCWD, path, PROFILE_MAX, &text, &n);

    if (r < 0) {
        return err_set(e, ERR_NOT_FOUND, "opening seccomp profile (%s) failed: open %s: %s", path,
                       path, err_cause(r, cause, sizeof(cause)));
    }
    json_t *j = json_parse(text, n, path, &parse);

    if (!j) {
        return err_set(e, ERR_INVALID, "compacting json for seccomp profile (%s) failed: %s", path,
                       parse.text);
    }
    free(c->seccomp);
    c->seccomp = json_dump(j);
    json_decref(j);
    return 0;
}

int ctr_config_parse_security_opt(struct ctr_config *c, const char *spec, struct error *e)
{
    size_t n = strcspn(spec, "=:");
    cleanup_free char *key = xstrndup(spec, n);
    const char *value = spec[n] ? spec + n + 1 : NULL;

    strv_add(&c->security_opt, spec);
    if (strcmp(key, "no-new-privileges") == 0) {
        c->no_new_privileges = true;
        if (value && parse_bool(value, &c->no_new_privileges) < 0) {
            return err_set(e, ERR_INVALID, "invalid --security-opt 2: \"%s\"", spec);
        }
        return 0;
    }
    if (!value) {
        return err_set(e, ERR_INVALID, "Invalid --security-opt: \"%s\"", spec);
    }
    if (strcmp(key, "seccomp") == 0) {
        return read_profile(c, value, e);
    }
    if ((strcmp(key, "apparmor") == 0 && strcmp(value, "unconfined") == 0) ||
        (strcmp(key, "label") == 0 && strcmp(value, "disable") == 0)) {
        return 0; /* what hoy does anyway until it loads profiles and labels */
    }
    if (strcmp(key, "apparmor") == 0 || strcmp(key, "label") == 0) {
        return err_set(e, ERR_UNSUPPORTED, "--security-opt %s: not built into this hoy", spec);
    }
    return err_set(e, ERR_INVALID, "invalid --security-opt 2: \"%s\"", spec);
}
