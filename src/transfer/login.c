// SPDX-License-Identifier: Apache-2.0
#include "transfer/login.h"

#include "base/alloc.h"
#include "transfer/docker_config.h"
#include "transfer/fetch.h"
#include "transfer/report.h"

#include <string.h>

/* "https://index.docker.io/v1/" and "index.docker.io" are docker.io; else the host. Caller frees.
 */
static char *domain_of(const char *server)
{
    const char *s = server && *server ? server : "docker.io";
    const char *scheme = strstr(s, "://");

    s = scheme ? scheme + 3 : s;
    char *host = xstrndup(s, strcspn(s, "/"));

    if (strcmp(host, "index.docker.io") == 0 || strcmp(host, "registry-1.docker.io") == 0) {
        xstrset(&host, "docker.io");
    }
    return host;
}

/* As in a reference; it becomes a part of addresses. */
static int check_domain(const char *domain, struct error *e)
{
    cleanup_free char *name = xasprintf("%s/x", domain);
    CLEANUP(image_ref) struct image_ref ref = {0};
    struct error ignored = {0};

    if (image_ref_parse(name, &ref, &ignored) < 0 || strcmp(ref.domain, domain) != 0) {
        return err_set(e, ERR_INVALID, "expected HOST[:PORT]");
    }
    return 0;
}

/* Does the registry take them? */
static int try_credentials(const char *domain, const struct registry_options *o, struct error *e)
{
    CLEANUP(registry) struct registry registry = {0};
    CLEANUP(fetch) struct fetch fetch = FETCH_INIT;
    cleanup_free char *text = NULL;
    struct fetch_reply reply;
    struct registry_options only = *o;
    size_t n;

    only.mirrors = (struct strv) STRV_INIT; /* the registry itself is meant */
    if (registry_init(domain, NULL, &only, &registry, e) < 0 ||
        fetch_start(&fetch, &registry, e) < 0) {
        return -1;
    }
    return fetch_document(&fetch, FETCH_PING, "", 1u << 20, &text, &n, &reply, e);
}

int login_run(const struct login_options *o, struct error *e)
{
    cleanup_free char *domain = domain_of(o->server);
    CLEANUP(credentials) struct credentials who = {0};
    struct credentials_place place = {0};

    if (!o->registry.credentials) {
        return err_set(e, ERR_INVALID, "login '%s': no credentials", domain);
    }
    if (check_domain(domain, e) < 0 || credentials_parse(o->registry.credentials, &who, e) < 0 ||
        try_credentials(domain, &o->registry, e) < 0 ||
        docker_config_store(o->registry.authfile, domain, &who, &place, e) < 0) {
        e->hint[0] = '\0'; /* "log in" is no advice here */
        return err_wrap(e, "login '%s'", domain);
    }
    json_t *j = json_object();

    json_put(j, "server", json_text(domain));
    if (place.helper) {
        json_put(j, "helper", json_text(place.helper));
    }
    json_put(j, "file", json_text(place.file));
    report_line("result", j);
    free(place.file);
    free(place.helper);
    return 0;
}

int logout_run(const struct login_options *o, struct error *e)
{
    cleanup_free char *domain = domain_of(o->server);
    bool found;

    if (docker_config_erase(o->registry.authfile, domain, &found, e) < 0) {
        return err_wrap(e, "logout '%s'", domain);
    }
    json_t *j = json_object();

    json_put(j, "server", json_text(strcmp(domain, "docker.io") == 0 ? CREDENTIALS_HUB : domain));
    json_put(j, "found", json_boolean(found));
    report_line("result", j);
    return 0;
}
