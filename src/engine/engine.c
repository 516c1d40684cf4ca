// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.h"

#include "base/fd.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/path.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_CONFIG HOY_SYSCONFDIR "/hoy/hoy.json"
#define DEFAULT_ROOT   "/var/lib/hoy"
#define DEFAULT_STATE  "/run/hoy"

static void config_defaults(struct engine_config *c)
{
    c->log_driver = xstrdup("json-file");
    c->log_max_size = 10 << 20;
    c->log_max_file = 3;
    c->cgroup_parent = xstrdup("/hoy");
    c->shm_size = 64 << 20;
    c->stop_timeout = 10;
    c->download_attempts = 5;
    c->registry_timeout = 60;
}

static void config_done(struct engine_config *c)
{
    free(c->data_root);
    free(c->exec_root);
    free(c->log_level);
    free(c->log_driver);
    free(c->storage_driver);
    free(c->seccomp_profile);
    free(c->cgroup_parent);
    strv_done(&c->registry_mirrors);
    strv_done(&c->insecure_registries);
    memset(c, 0, sizeof(*c));
}

/* A size that Docker's file may give as a string ("64M") or as a number of bytes. */
static int get_size(const json_t *obj, const char *where, const char *key, int64_t *ret,
                    struct error *e)
{
    json_t *v = json_object_get(obj, key);

    if (!json_is_string(v)) {
        return json_get_i64(obj, where, key, ret, e);
    }
    if (parse_size(json_string_value(v), ret) < 0) {
        return err_set(e, ERR_INVALID, "%s%s%s: invalid size: '%s'", where, *where ? "." : "", key,
                       json_string_value(v));
    }
    return 0;
}

static int read_log_opts(const json_t *j, struct engine_config *c, struct error *e)
{
    json_t *opts;

    if (json_get_object(j, "", "log-opts", &opts, e) < 0) {
        return -1;
    }
    if (!opts) {
        return 0;
    }
    if (get_size(opts, "log-opts", "max-size", &c->log_max_size, e) < 0) {
        return -1;
    }
    const char *files = json_string_value(json_object_get(opts, "max-file"));

    if (!files) {
        return json_get_i64(opts, "log-opts", "max-file", &c->log_max_file, e);
    }
    if (parse_i64(files, &c->log_max_file) < 0 || c->log_max_file < 1) {
        return err_set(e, ERR_INVALID, "log-opts.max-file: invalid number: '%s'", files);
    }
    return 0;
}

static int add_mirrors(const json_t *list, const char *domain, struct engine_config *c,
                       struct error *e)
{
    const json_t *url;
    size_t i;

    json_array_foreach (list, i, url) {
        if (!json_is_string(url)) {
            return err_set(e, ERR_INVALID, "registry-mirrors: expected a list of addresses");
        }
        strv_addf(&c->registry_mirrors, "%s=%s", domain, json_string_value(url));
    }
    return 0;
}

/* Docker's form is a list, and means docker.io. */
static int read_registries(const json_t *j, struct engine_config *c, struct error *e)
{
    json_t *mirrors = json_object_get(j, "registry-mirrors");
    const char *domain;
    json_t *list;

    if (mirrors && !json_is_object(mirrors) && !json_is_array(mirrors)) {
        return err_set(e, ERR_INVALID, "registry-mirrors: expected a list, or an object of lists");
    }
    if (add_mirrors(mirrors, "docker.io", c, e) < 0) {
        return -1;
    }
    json_object_foreach (mirrors, domain, list) {
        if (!json_is_array(list) || add_mirrors(list, domain, c, e) < 0) {
            return err_set(e, ERR_INVALID, "registry-mirrors.%.100s: expected a list of addresses",
                           domain);
        }
    }
    if (json_get_strv(j, "", "insecure-registries", &c->insecure_registries, e) < 0 ||
        json_get_i64(j, "", "max-download-attempts", &c->download_attempts, e) < 0 ||
        json_get_i64(j, "", "registry-timeout", &c->registry_timeout, e) < 0) {
        return -1;
    }
    if (c->download_attempts < 1 || c->registry_timeout < 1) {
        return err_set(e, ERR_INVALID, "%s: expected a positive number",
                       c->download_attempts < 1 ? "max-download-attempts" : "registry-timeout");
    }
    return 0;
}

static int config_apply(const json_t *j, struct engine_config *c, struct error *e)
{
    if (!json_is_object(j)) {
        return err_set(e, ERR_INVALID, "expected a JSON object");
    }
    if (json_get_string(j, "", "data-root", &c->data_root, e) < 0 ||
        json_get_string(j, "", "exec-root", &c->exec_root, e) < 0 ||
        json_get_string(j, "", "log-level", &c->log_level, e) < 0 ||
        json_get_string(j, "", "log-driver", &c->log_driver, e) < 0 ||
        json_get_string(j, "", "storage-driver", &c->storage_driver, e) < 0 ||
        json_get_string(j, "", "seccomp-profile", &c->seccomp_profile, e) < 0 ||
        json_get_string(j, "", "cgroup-parent", &c->cgroup_parent, e) < 0 ||
        get_size(j, "", "default-shm-size", &c->shm_size, e) < 0 ||
        json_get_i64(j, "", "default-stop-timeout", &c->stop_timeout, e) < 0 ||
        json_get_bool(j, "", "init", &c->init, e) < 0 ||
        json_get_bool(j, "", "no-new-privileges", &c->no_new_privileges, e) < 0 ||
        read_log_opts(j, c, e) < 0 || read_registries(j, c, e) < 0) {
        return -1;
    }
    if (strcmp(c->log_driver, "json-file") != 0 && strcmp(c->log_driver, "none") != 0) {
        return err_set(e, ERR_INVALID, "log-driver: '%s' is neither json-file nor none",
                       c->log_driver);
    }
    return 0;
}

static int config_read(const char *path, bool required, struct engine_config *c, struct error *e)
{
    /* Most machines have no file: one failed open is all that it costs. */
    if (!required && access(path, F_OK) < 0) {
        return 0;
    }
    CLEANUP(json) json_t *j = json_parse_file(AT_FDCWD, path, "configuration", e);

    if (!j || config_apply(j, c, e) < 0) {
        return err_wrap(e, "configuration '%s'", path);
    }
    return 0;
}

/* First of the flag, the variable, the file's value, and the default; absolute. */
static char *choose_path(const char *flag, const char *variable, const char *config,
                         const char *fallback)
{
    const char *env = getenv(variable);

    return path_absolute(flag ? flag : env && *env ? env : config ? config : fallback);
}

static int open_folder(const char *path, mode_t mode, int *ret, struct error *e)
{
    *ret = fs_opendir_make(AT_FDCWD, path, mode);
    return *ret < 0 ? err_sys(e, *ret, "open '%s'", path) : 0;
}

static int open_state(struct engine *eng, struct error *e)
{
    eng->state = fs_opendir(AT_FDCWD, eng->state_path);
    if (eng->state == -ENOENT) {
        cleanup_free char *parent = path_dir(eng->state_path);
        int r = fs_mkdirs(AT_FDCWD, parent, 0755);

        if (r == 0) {
            r = fs_list_dir(eng->root, "containers", &eng->before_boot);
        }
        if (r < 0 && r != -ENOENT) {
            return err_sys(e, r, "open '%s'", eng->state_path);
        }
        eng->new_boot = mkdir(eng->state_path, 0755) == 0;
        eng->state = fs_opendir(AT_FDCWD, eng->state_path);
    }
    return eng->state < 0 ? err_sys(e, eng->state, "open '%s'", eng->state_path) : 0;
}

static int open_parts(const struct engine_options *o, struct engine *ret, struct error *e)
{
    memset(ret, 0, sizeof(*ret));
    ret->root = ret->state = FD_NONE;
    config_defaults(&ret->config);
    if (config_read(o->config ? o->config : DEFAULT_CONFIG, o->config != NULL, &ret->config, e) <
        0) {
        return -1;
    }
    ret->root_path = choose_path(o->root, "HOY_ROOT", ret->config.data_root, DEFAULT_ROOT);
    ret->state_path = choose_path(o->state, "HOY_STATE", ret->config.exec_root, DEFAULT_STATE);
    if (!ret->root_path || !ret->state_path) {
        return err_sys(e, errno, "find the working directory");
    }
    if (open_folder(ret->root_path, 0711, &ret->root, e) < 0) {
        return -1;
    }
    return open_state(ret, e);
}

int engine_open(const struct engine_options *o, struct engine *ret, struct error *e)
{
    if (open_parts(o, ret, e) < 0) {
        engine_close(ret);
        return -1;
    }
    return 0;
}

void engine_close(struct engine *eng)
{
    if (eng->images_open) {
        image_store_done(&eng->images_);
    }
    if (eng->storage_open) {
        storage_done(&eng->storage_);
    }
    close_fd(&eng->root);
    close_fd(&eng->state);
    free(eng->root_path);
    free(eng->state_path);
    strv_done(&eng->before_boot);
    config_done(&eng->config);
    memset(eng, 0, sizeof(*eng));
    eng->root = eng->state = FD_NONE;
}

const struct image_store *engine_images(struct engine *eng, struct error *e)
{
    if (!eng->images_open) {
        if (image_store_open(eng->root, &eng->images_, e) < 0) {
            return NULL;
        }
        eng->images_open = true;
    }
    return &eng->images_;
}

const struct storage *engine_storage(struct engine *eng, struct error *e)
{
    if (!eng->storage_open) {
        if (storage_open(eng->root_path, eng->config.storage_driver, &eng->storage_, e) < 0) {
            return NULL;
        }
        eng->storage_open = true;
    }
    return &eng->storage_;
}
