// SPDX-License-Identifier: Apache-2.0
#include "transfer/docker_config.h"

#include "base/fs.h"
#include "base/json.h"
#include "base/path.h"
#include "transfer/credential_helper.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>

/* NULL: there is no home to look in. Caller frees. */
static char *config_path(const char *authfile)
{
    const char *folder = getenv("DOCKER_CONFIG");
    const char *home = getenv("HOME");

    if (authfile) {
        return xstrdup(authfile);
    }
    if (folder && *folder) {
        return path_join(folder, "config.json");
    }
    return home && *home ? xasprintf("%s/.docker/config.json", home) : NULL;
}

/* A new, empty document where there is no file; NULL and *e when it cannot be read. */
static json_t *config_read(const char *path, bool required, struct error *e)
{
    json_t *j = path ? json_parse_file(AT_FDCWD, path, "Docker configuration", e) : NULL;

    if (!j && (!path || (e->kind == ERR_NOT_FOUND && !required))) {
        err_clear(e);
        return json_object();
    }
    if (!j) {
        err_wrap(e, "credentials in '%s'", path);
    } else if (!json_is_object(j)) {
        json_decref(j);
        err_set(e, ERR_INVALID, "credentials in '%s': expected a JSON object", path);
        return NULL;
    }
    return j;
}

/* "https://quay.io/v1/" and "quay.io" mean the same registry. */
static char *host_of(const char *key)
{
    const char *s = key;

    if (strncmp(s, "https://", 8) == 0) {
        s += 8;
    } else if (strncmp(s, "http://", 7) == 0) {
        s += 7;
    }
    return xstrndup(s, strcspn(s, "/"));
}

static bool is_hub(const char *domain)
{
    return strcmp(domain, "docker.io") == 0 || strcmp(domain, "index.docker.io") == 0 ||
           strcmp(domain, "registry-1.docker.io") == 0;
}

/* What the file calls a registry. */
static const char *server_name(const char *domain)
{
    return is_hub(domain) ? CREDENTIALS_HUB : domain;
}

static bool same_registry(const char *key, const char *domain)
{
    cleanup_free char *host = host_of(key);

    return strcmp(host, domain) == 0 || (is_hub(domain) && is_hub(host));
}

/* The registry's key in an object of the file: as 'login' writes it, else in another form. */
static const char *find_key(const json_t *object, const char *domain)
{
    const char *key;
    json_t *value;

    if (json_object_get(object, server_name(domain))) {
        return server_name(domain);
    }
    json_object_foreach ((json_t *) (uintptr_t) object, key, value) {
        if (same_registry(key, domain)) {
            return key;
        }
    }
    return NULL;
}

/* NAME of the helper program for a registry, or NULL; borrowed. */
static const char *helper_name(const json_t *config, const char *domain)
{
    const json_t *helpers = json_object_get(config, "credHelpers");
    const char *key = find_key(helpers, domain);
    const char *name = key ? json_str(helpers, key) : "";

    if (!*name) {
        name = json_str(config, "credsStore");
    }
    return *name ? name : NULL;
}

static int from_auths(const json_t *config, const char *domain, struct credentials *ret,
                      struct error *e)
{
    const json_t *auths = json_object_get(config, "auths");
    const char *key = find_key(auths, domain);
    const json_t *auth = key ? json_object_get(auths, key) : NULL;

    if (!auth) {
        return 0;
    }
    if (*json_str(auth, "auth") && credentials_decode(json_str(auth, "auth"), ret) < 0) {
        return err_set(e, ERR_INVALID, "auths['%.200s'].auth: expected base64 of USER:PASSWORD",
                       key);
    }
    if (!ret->username && *json_str(auth, "username")) {
        ret->username = xstrdup(json_str(auth, "username"));
        ret->password = xstrdup(json_str(auth, "password"));
    }
    if (*json_str(auth, "identitytoken")) {
        ret->identity_token = xstrdup(json_str(auth, "identitytoken"));
    }
    return 0;
}

int docker_config_find(const char *authfile, const char *domain, struct credentials *ret,
                       struct error *e)
{
    cleanup_free char *path = config_path(authfile);
    CLEANUP(json) json_t *config = config_read(path, authfile != NULL, e);

    credentials_done(ret);
    if (!config) {
        return -1;
    }
    const char *helper = helper_name(config, domain);

    if (helper && credential_helper_get(helper, server_name(domain), ret, e) < 0) {
        return -1;
    }
    if (!helper || credentials_empty(ret)) {
        if (from_auths(config, domain, ret, e) < 0) {
            return err_wrap(e, "credentials in '%s'", path);
        }
    }
    return 0;
}

/* A file that is a link stays one (people keep such files elsewhere); what it leads to changes. */
static int config_write(const char *name, const json_t *config, struct error *e)
{
    cleanup_free char *real = realpath(name, NULL);
    const char *path = real ? real : name;
    cleanup_free char *folder = path_dir(path);
    char *text = json_dumps(config, JSON_INDENT(4) | JSON_PRESERVE_ORDER);
    int r = fs_mkdirs(AT_FDCWD, folder, 0700);
    int dirfd = r < 0 ? r : fs_opendir(AT_FDCWD, folder);

    if (dirfd >= 0) {
        r = fs_write_atomic(dirfd, path_base(path), text, strlen(text), 0600, FS_DURABLE);
        close(dirfd);
    } else {
        r = dirfd;
    }
    OPENSSL_cleanse(text, strlen(text));
    free(text);
    return r < 0 ? err_sys(e, r, "write '%s'", path) : 0;
}

/* The object "auths", made when it is not there. Borrowed. */
static json_t *auths_of(json_t *config)
{
    json_t *auths = json_object_get(config, "auths");

    if (!json_is_object(auths)) {
        auths = json_object();
        json_put(config, "auths", auths);
    }
    return auths;
}

int docker_config_store(const char *authfile, const char *domain, const struct credentials *c,
                        struct credentials_place *ret, struct error *e)
{
    cleanup_free char *path = config_path(authfile);
    CLEANUP(json) json_t *config = config_read(path, false, e);
    json_t *entry = json_object();

    *ret = (struct credentials_place){0};
    if (!config || !path) {
        json_decref(entry);
        return config ? err_set(e, ERR_NOT_FOUND, "store credentials: HOME is not set") : -1;
    }
    const char *helper = helper_name(config, domain);

    if (helper) {
        if (credential_helper_store(helper, server_name(domain), c, e) < 0) {
            json_decref(entry);
            return -1;
        }
        ret->helper = xstrdup(helper);
    } else {
        cleanup_free char *auth = credentials_encode(c);

        json_put(entry, "auth", json_string(auth));
        if (c->identity_token) {
            json_put(entry, "identitytoken", json_text(c->identity_token));
        }
    }
    json_t *auths = auths_of(config);
    const char *key = find_key(auths, domain);

    json_put(auths, key ? key : server_name(domain), entry);
    ret->file = xstrdup(path);
    return config_write(path, config, e);
}

int docker_config_erase(const char *authfile, const char *domain, bool *ret_found, struct error *e)
{
    cleanup_free char *path = config_path(authfile);
    CLEANUP(json) json_t *config = config_read(path, false, e);

    *ret_found = false;
    if (!config) {
        return -1;
    }
    json_t *auths = json_object_get(config, "auths");
    const char *helper = helper_name(config, domain);
    const char *key = find_key(auths, domain);

    *ret_found = key != NULL;
    if (helper && credential_helper_erase(helper, server_name(domain), e) < 0) {
        return -1;
    }
    if (!key) {
        return 0;
    }
    while ((key = find_key(auths, domain))) {
        cleanup_free char *name = xstrdup(key);

        json_object_del(auths, name);
    }
    return config_write(path, config, e);
}
