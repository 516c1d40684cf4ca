// SPDX-License-Identifier: Apache-2.0
/* config.md, but for "Process" and the platform's part */
#include "spec/runtime_json.h"

#include "base/fd.h"
#include "base/path.h"
#include "spec/runtime_json_internal.h"

#include <string.h>

/* "1.2.0", "1.0.2-dev": one number decides (config.md, "Specification version"). */
static int version(const json_t *root, struct rt_spec *s, struct error *e)
{
    if (field_required(root, "", "ociVersion", "the specification's version, like 1.2.0", e) < 0 ||
        json_get_string(root, "", "ociVersion", &s->oci_version, e) < 0) {
        return -1;
    }
    const char *p = s->oci_version;

    for (int part = 0; part < 3; part++) {
        size_t digits = strspn(p, "0123456789");

        p += digits;
        if (!digits || (part < 2 && *p++ != '.')) {
            return field_error(e, "", "ociVersion", "'%.40s' is no version; use one like 1.2.0",
                               s->oci_version);
        }
    }
    if (*p && *p != '-' && *p != '+') {
        return field_error(e, "", "ociVersion", "'%.40s' is no version; use one like 1.2.0",
                           s->oci_version);
    }
    if (strncmp(s->oci_version, "1.", 2) != 0) {
        return err_set(e, ERR_UNSUPPORTED, "ociVersion: %.40s is not supported; use 1.x",
                       s->oci_version);
    }
    return 0;
}

static int root_fs(const json_t *root, struct rt_spec *s, struct error *e)
{
    json_t *obj = NULL;

    if (field_required(root, "", "root", "an object with the 'path' of the root file system", e) <
            0 ||
        json_get_object(root, "", "root", &obj, e) < 0 ||
        field_required(obj, "root", "path", "the path of the root file system", e) < 0 ||
        field_text(obj, "root", "path", &s->rootfs, e) < 0 ||
        json_get_bool(obj, "root", "readonly", &s->rootfs_readonly, e) < 0) {
        return -1;
    }
    return s->rootfs
               ? 0
               : field_error(e, "root", "path", "empty; give the path of the root file system");
}

static int mount_point(void *ctx, const json_t *entry, const char *at, struct error *e)
{
    struct rt_mount *m = rt_spec_add_mount(ctx, NULL, NULL, NULL, "");

    if (field_required(entry, at, "destination", "a path in the container", e) < 0 ||
        json_get_string(entry, at, "destination", &m->destination, e) < 0 ||
        field_text(entry, at, "type", &m->type, e) < 0 ||
        field_text(entry, at, "source", &m->source, e) < 0 ||
        json_get_strv(entry, at, "options", &m->options, e) < 0 ||
        field_id_mappings(entry, at, "uidMappings", &m->uid_mappings, e) < 0 ||
        field_id_mappings(entry, at, "gidMappings", &m->gid_mappings, e) < 0) {
        return -1;
    }
    if (!*m->destination) {
        return field_error(e, at, "destination", "empty; give a path in the container");
    }
    if (!m->uid_mappings.count != !m->gid_mappings.count) {
        return field_error(e, at, m->uid_mappings.count ? "gidMappings" : "uidMappings",
                           "missing; uidMappings and gidMappings go together");
    }
    if (!path_is_absolute(m->destination)) { /* deprecated: relative to "/" */
        char *absolute = path_join("/", m->destination);

        free(m->destination);
        m->destination = absolute;
    }
    return 0;
}

static int hook(void *ctx, const json_t *entry, const char *at, struct error *e)
{
    struct rt_hooks *list = ctx;
    struct rt_hook *h = rt_list_append(&list->items, &list->count, sizeof(*h));

    h->timeout = RT_UNSET;
    if (field_required(entry, at, "path", "the absolute path of a program", e) < 0 ||
        field_path(entry, at, "path", &h->path, e) < 0 ||
        json_get_strv(entry, at, "args", &h->args, e) < 0 ||
        json_get_strv(entry, at, "env", &h->env, e) < 0) {
        return -1;
    }
    if (!h->path) {
        return field_error(e, at, "path", "empty; give the absolute path of a program");
    }
    return field_int(entry, at, "timeout", 1, INT32_MAX, &h->timeout, e);
}

static int hooks(const json_t *root, struct rt_spec *s, struct error *e)
{
    json_t *obj = NULL;

    if (json_get_object(root, "", "hooks", &obj, e) < 0) {
        return -1;
    }
    for (int k = 0; obj && k < RT_HOOK_COUNT; k++) {
        if (field_each(obj, "hooks", rt_hook_name((enum rt_hook_kind) k), hook, &s->hooks[k], e) <
            0) {
            return -1;
        }
    }
    return 0;
}

static int process(const json_t *root, struct rt_spec *s, struct error *e)
{
    json_t *obj = NULL;

    if (json_get_object(root, "", "process", &obj, e) < 0) {
        return -1;
    }
    s->has_process = obj != NULL;
    return obj ? rt_json_process(obj, "process", &s->process, e) : 0;
}

static int spec_object(const json_t *root, struct rt_spec *s, struct error *e)
{
    json_t *linux_obj = NULL;

    if (version(root, s, e) < 0 || process(root, s, e) < 0 || root_fs(root, s, e) < 0 ||
        field_text(root, "", "hostname", &s->hostname, e) < 0 ||
        field_text(root, "", "domainname", &s->domainname, e) < 0 ||
        field_each(root, "", "mounts", mount_point, s, e) < 0 || hooks(root, s, e) < 0 ||
        field_pairs(root, "", "annotations", &s->annotations, e) < 0 ||
        json_get_object(root, "", "linux", &linux_obj, e) < 0) {
        return -1;
    }
    return linux_obj ? rt_json_linux(linux_obj, s, e) : 0;
}

static json_t *parse_object(const char *text, size_t n, const char *what, struct error *e)
{
    if (n > RT_JSON_MAX) {
        err_set(e, ERR_INVALID, "%s: larger than %u bytes", what, RT_JSON_MAX);
        return NULL;
    }
    json_t *root = json_parse_wide(text, n, what, e);

    if (root && !json_is_object(root)) {
        json_decref(root);
        err_set(e, ERR_INVALID, "%s: expected an object", what);
        return NULL;
    }
    return root;
}

int rt_spec_parse(const char *text, size_t n, const char *what, struct rt_spec *ret,
                  struct error *e)
{
    CLEANUP(json) json_t *root = parse_object(text, n, what, e);

    return !root ? -1 : spec_object(root, ret, e) < 0 ? err_wrap(e, "%s", what) : 0;
}

int rt_process_parse(const char *text, size_t n, const char *what, struct rt_process *ret,
                     struct error *e)
{
    CLEANUP(json) json_t *root = parse_object(text, n, what, e);

    return !root ? -1 : rt_json_process(root, "", ret, e) < 0 ? err_wrap(e, "%s", what) : 0;
}

int rt_resources_parse(const char *text, size_t n, const char *what, struct rt_resources *ret,
                       struct error *e)
{
    CLEANUP(json) json_t *root = parse_object(text, n, what, e);

    return !root ? -1 : rt_json_resources(root, "", ret, e) < 0 ? err_wrap(e, "%s", what) : 0;
}

static char *read_text(int dirfd, const char *path, size_t *ret_n, struct error *e)
{
    char *text = NULL;
    int r = file_read(dirfd, path, RT_JSON_MAX, &text, ret_n);

    if (r < 0) {
        err_sys(e, r, "read '%s'", path);
        return NULL;
    }
    return text;
}

int rt_spec_read(int dirfd, const char *path, struct rt_spec *ret, struct error *e)
{
    size_t n;
    cleanup_free char *text = read_text(dirfd, path, &n, e);

    return text ? rt_spec_parse(text, n, path_base(path), ret, e) : -1;
}

int rt_process_read(int dirfd, const char *path, struct rt_process *ret, struct error *e)
{
    size_t n;
    cleanup_free char *text = read_text(dirfd, path, &n, e);

    return text ? rt_process_parse(text, n, path, ret, e) : -1;
}

int rt_resources_read(int dirfd, const char *path, struct rt_resources *ret, struct error *e)
{
    size_t n;
    cleanup_free char *text = read_text(dirfd, path, &n, e);

    return text ? rt_resources_parse(text, n, path, ret, e) : -1;
}

static void make_absolute(char **path, const char *bundle)
{
    if (*path && !path_is_absolute(*path)) {
        char *absolute = path_join(bundle, *path);

        free(*path);
        *path = absolute;
    }
}

void rt_spec_set_bundle(struct rt_spec *s, const char *bundle)
{
    make_absolute(&s->rootfs, bundle);
    for (size_t i = 0; i < s->mounts_count; i++) {
        struct rt_mount *m = &s->mounts[i];

        if (strv_contains(&m->options, "bind") || strv_contains(&m->options, "rbind") ||
            (m->type && strcmp(m->type, "bind") == 0)) {
            make_absolute(&m->source, bundle);
        }
    }
}
