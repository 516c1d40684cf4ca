// SPDX-License-Identifier: Apache-2.0
/* 'image inspect' and 'volume inspect'. */
#include "base/fs.h"
#include "base/json.h"
#include "engine/inspect.h"
#include "engine/list.h"
#include "engine/volume.h"

#include <stdio.h>
#include <string.h>

static void put_str(json_t *obj, const char *key, const char *value)
{
    json_put(obj, key, json_text(value ? value : ""));
}

/* Value of the image's own document, or what Docker shows when it is absent. */
static void copy_or(json_t *to, const json_t *from, const char *key, json_t *fallback)
{
    json_t *v = json_object_get(from, key);

    json_put(to, key, v ? json_incref(v) : fallback);
    if (v) {
        json_decref(fallback);
    }
}

static json_t *config_json(const struct image *image)
{
    static const char *const strings[] = {"Hostname", "Domainname", "User"};
    static const char *const flags[] = {"AttachStdin", "AttachStdout", "AttachStderr"};
    static const char *const more_flags[] = {"Tty", "OpenStdin", "StdinOnce"};
    const json_t *raw = json_object_get(image->config.raw, "config");
    json_t *j = json_object();

    for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
        copy_or(j, raw, strings[i], json_string(""));
    }
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        copy_or(j, raw, flags[i], json_false());
    }
    if (json_object_get(raw, "ExposedPorts")) {
        copy_or(j, raw, "ExposedPorts", json_null());
    }
    for (size_t i = 0; i < ARRAY_SIZE(more_flags); i++) {
        copy_or(j, raw, more_flags[i], json_false());
    }
    copy_or(j, raw, "Env", json_null());
    copy_or(j, raw, "Cmd", json_null());
    if (json_object_get(raw, "Healthcheck")) {
        copy_or(j, raw, "Healthcheck", json_null());
    }
    copy_or(j, raw, "Image", json_string(""));
    copy_or(j, raw, "Volumes", json_null());
    copy_or(j, raw, "WorkingDir", json_string(""));
    copy_or(j, raw, "Entrypoint", json_null());
    copy_or(j, raw, "OnBuild", json_null());
    copy_or(j, raw, "Labels", json_null());
    if (json_object_get(raw, "StopSignal")) {
        copy_or(j, raw, "StopSignal", json_null());
    }
    return j;
}

static json_t *names_json(const struct image *image, bool digests)
{
    json_t *list = json_array();
    char *name;

    strv_foreach (&image->names, name) {
        CLEANUP(image_ref) struct image_ref ref = {0};
        struct error ignored = {0};

        if (image_ref_parse(name, &ref, &ignored) < 0 || (ref.digest != NULL) != digests) {
            continue;
        }
        cleanup_free char *familiar = image_ref_familiar(&ref);

        json_push(list, json_text(familiar));
    }
    return list;
}

/* The last line of the history that says something about itself. */
static const char *comment_of(const struct image *image)
{
    json_t *history = json_object_get(image->config.raw, "history");
    size_t n = json_array_size(history);
    const char *comment = n ? json_str(json_array_get(history, n - 1), "comment") : "";

    return *comment ? comment : json_str(image->config.raw, "comment");
}

json_t *inspect_image(struct engine *eng, const struct image *image, struct error *e)
{
    const struct image_config *c = &image->config;
    const struct storage *s = engine_storage(eng, e);
    json_t *j = json_object();
    int64_t size = 0;

    if (!s || engine_image_size(eng, image, &size, e) < 0) {
        json_decref(j);
        return NULL;
    }
    put_str(j, "Id", image->id);
    json_put(j, "RepoTags", names_json(image, false));
    json_put(j, "RepoDigests", names_json(image, true));
    put_str(j, "Parent", "");
    put_str(j, "Comment", comment_of(image));
    put_str(j, "Created", c->created ? c->created : "0001-01-01T00:00:00Z");
    put_str(j, "DockerVersion", json_str(c->raw, "docker_version"));
    put_str(j, "Author", c->author);
    json_put(j, "Config", config_json(image));
    put_str(j, "Architecture", c->architecture);
    if (c->variant) {
        put_str(j, "Variant", c->variant);
    }
    put_str(j, "Os", c->os);
    json_put(j, "Size", json_integer(size));
    json_put(j, "VirtualSize", json_integer(size));
    json_put(j, "GraphDriver", json_pack("{s:{}, s:s}", "Data", "Name", storage_driver_name(s)));
    json_put(j, "RootFS",
             json_pack("{s:s, s:o}", "Type", "layers", "Layers", json_from_strv(&c->diff_ids)));
    json_put(j, "Metadata", json_pack("{s:s}", "LastTagTime", "0001-01-01T00:00:00Z"));
    json_put(j, "Descriptor", json_pack("{s:s}", "digest", image->manifest_digest));
    return j;
}

json_t *inspect_volume(struct engine *eng, const char *name, struct error *e)
{
    char path[300];

    if (volume_name_check(name, e) < 0) {
        return NULL;
    }
    snprintf(path, sizeof(path), "volumes/%s/volume.json", name);
    CLEANUP(json) json_t *info = json_parse_file(eng->root, path, "volume.json", e);

    if (!info) {
        if (e->kind == ERR_NOT_FOUND) {
            err_set(e, ERR_NOT_FOUND, "get %s: no such volume", name);
        }
        return NULL;
    }
    cleanup_free char *mountpoint = xasprintf("%s/volumes/%s/_data", eng->root_path, name);
    json_t *labels = json_object_get(info, "Labels");

    return json_pack("{s:s, s:s, s:o, s:s, s:s, s:{}, s:s}", "CreatedAt",
                     json_str(info, "CreatedAt"), "Driver", "local", "Labels",
                     labels ? json_incref(labels) : json_null(), "Mountpoint", mountpoint, "Name",
                     name, "Options", "Scope", "local");
}
