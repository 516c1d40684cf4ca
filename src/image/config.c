// SPDX-License-Identifier: Apache-2.0
/* Image configuration: OCI image-spec config.md, and Docker's older forms of it. */
#include "image/image.h"

#include "base/alloc.h"
#include "image/ref.h"

#include <string.h>

void image_config_done(struct image_config *c)
{
    json_decref(c->raw);
    free(c->architecture);
    free(c->os);
    free(c->variant);
    free(c->author);
    free(c->created);
    free(c->user);
    free(c->working_dir);
    free(c->stop_signal);
    strv_done(&c->env);
    strv_done(&c->entrypoint);
    strv_done(&c->cmd);
    strv_done(&c->diff_ids);
    *c = (struct image_config){0};
}

/* A list, or a lone string meaning a list of one (moby's strslice). */
static int get_command(const json_t *obj, const char *key, struct strv *ret, bool *ret_has,
                       struct error *e)
{
    const json_t *j = json_object_get(obj, key);

    *ret_has = j && !json_is_null(j);
    if (json_is_string(j)) {
        char *one = NULL;

        if (json_get_string(obj, "config", key, &one, e) < 0) {
            return -1;
        }
        strv_take(ret, one);
        return 0;
    }
    return json_get_strv(obj, "config", key, ret, e);
}

static int get_labels(const json_t *obj, json_t **ret, struct error *e)
{
    const char *key;
    json_t *value;

    if (json_get_object(obj, "config", "Labels", ret, e) < 0) {
        return -1;
    }
    json_object_foreach (*ret, key, value) {
        if (!json_is_string(value) ||
            strlen(json_string_value(value)) != json_string_length(value)) {
            return err_set(e, ERR_INVALID, "config.Labels.%.100s: expected a string", key);
        }
    }
    return 0;
}

static int get_run_config(struct image_config *c, struct error *e)
{
    json_t *run;

    if (json_get_object(c->raw, "", "config", &run, e) < 0) {
        return -1;
    }
    if (!run) {
        return 0;
    }
    if (json_get_string(run, "config", "User", &c->user, e) < 0 ||
        json_get_string(run, "config", "WorkingDir", &c->working_dir, e) < 0 ||
        json_get_string(run, "config", "StopSignal", &c->stop_signal, e) < 0 ||
        json_get_strv(run, "config", "Env", &c->env, e) < 0 ||
        get_command(run, "Entrypoint", &c->entrypoint, &c->has_entrypoint, e) < 0 ||
        get_command(run, "Cmd", &c->cmd, &c->has_cmd, e) < 0 ||
        get_labels(run, &c->labels, e) < 0 ||
        json_get_object(run, "config", "Volumes", &c->volumes, e) < 0 ||
        json_get_object(run, "config", "ExposedPorts", &c->exposed_ports, e) < 0 ||
        json_get_object(run, "config", "Healthcheck", &c->healthcheck, e) < 0) {
        return -1;
    }
    return 0;
}

static int get_diff_ids(struct image_config *c, struct error *e)
{
    json_t *rootfs;

    if (json_get_object(c->raw, "", "rootfs", &rootfs, e) < 0) {
        return -1;
    }
    if (json_get_strv(rootfs, "rootfs", "diff_ids", &c->diff_ids, e) < 0) {
        return -1;
    }
    if (c->diff_ids.count > IMAGE_MAX_LAYERS) {
        return err_set(e, ERR_INVALID, "rootfs.diff_ids: %zu layers are over the limit of %d",
                       c->diff_ids.count, IMAGE_MAX_LAYERS);
    }
    for (size_t i = 0; i < c->diff_ids.count; i++) {
        if (!image_digest_valid(c->diff_ids.items[i])) {
            return err_set(e, ERR_INVALID, "rootfs.diff_ids[%zu]: expected a sha256 digest", i);
        }
    }
    return 0;
}

int image_config_parse(const char *data, size_t n, struct image_config *ret, struct error *e)
{
    struct image_config c = {.raw = json_parse(data, n, "image configuration", e)};

    if (!c.raw) {
        return -1;
    }
    if (!json_is_object(c.raw)) {
        err_set(e, ERR_INVALID, "read image configuration: expected an object");
    } else if (json_get_string(c.raw, "", "architecture", &c.architecture, e) < 0 ||
               json_get_string(c.raw, "", "os", &c.os, e) < 0 ||
               json_get_string(c.raw, "", "variant", &c.variant, e) < 0 ||
               json_get_string(c.raw, "", "author", &c.author, e) < 0 ||
               json_get_string(c.raw, "", "created", &c.created, e) < 0 ||
               get_run_config(&c, e) < 0 || get_diff_ids(&c, e) < 0) {
        err_wrap(e, "read image configuration");
    } else {
        *ret = c;
        return 0;
    }
    image_config_done(&c);
    return -1;
}
