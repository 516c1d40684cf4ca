// SPDX-License-Identifier: Apache-2.0
#include "transfer/registry.h"

#include "base/alloc.h"
#include "base/parse.h"
#include "transfer/docker_config.h"

#include <arpa/inet.h>
#include <string.h>

#define HUB_HOST "registry-1.docker.io"

void registry_done(struct registry *r)
{
    for (size_t i = 0; i < r->count; i++) {
        struct registry_endpoint *ep = &r->endpoints[i];

        free(ep->url);
        free(ep->host);
        credentials_done(&ep->credentials);
        certs_done(&ep->certs);
    }
    free(r->endpoints);
    free(r->domain);
    free(r->path);
    *r = (struct registry){0};
}

/* ---- which hosts need not prove who they are ---- */

/* "[::1]:5000" -> "::1", "host:80" -> "host"; the caller frees it. */
static char *without_port(const char *host)
{
    const char *end = strchr(host, ']');

    if (host[0] == '[' && end) {
        return xstrndup(host + 1, (size_t) (end - host - 1));
    }
    return xstrndup(host, strcspn(host, ":"));
}

/* 127.0.0.0/8, ::1 and localhost, as Docker has them. */
static bool is_loopback(const char *host)
{
    cleanup_free char *name = without_port(host);
    struct in_addr v4;

    return strcmp(name, "localhost") == 0 || strcmp(name, "::1") == 0 ||
           (inet_pton(AF_INET, name, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

/* Is the address 'name' in the network "10.0.0.0/8"? */
static bool in_network(const char *name, const char *network)
{
    const char *slash = strchr(network, '/');
    uint8_t a[16], b[16];
    int64_t bits;

    if (!slash || parse_i64(slash + 1, &bits) < 0) {
        return false;
    }
    cleanup_free char *base = xstrndup(network, (size_t) (slash - network));
    int family = strchr(base, ':') ? AF_INET6 : AF_INET;

    if (bits < 0 || bits > (family == AF_INET ? 32 : 128) || inet_pton(family, base, a) != 1 ||
        inet_pton(family, name, b) != 1) {
        return false;
    }
    for (int i = 0; i < bits; i++) {
        if ((a[i / 8] ^ b[i / 8]) & (0x80 >> i % 8)) {
            return false;
        }
    }
    return true;
}

static bool is_insecure(const struct registry_options *o, const char *host)
{
    cleanup_free char *name = without_port(host);
    const char *entry;

    if (o->tls != REGISTRY_TLS_DEFAULT) {
        return o->tls == REGISTRY_TLS_ANY;
    }
    strv_foreach (&o->insecure, entry) {
        if (strcmp(entry, host) == 0 || strcmp(entry, name) == 0 || in_network(name, entry)) {
            return true;
        }
    }
    return is_loopback(host);
}

/* ---- endpoints ---- */

static struct registry_endpoint *add_endpoint(struct registry *r, char *url, const char *host)
{
    r->endpoints = xrealloc_array(r->endpoints, r->count + 1, sizeof(*r->endpoints));
    struct registry_endpoint *ep = &r->endpoints[r->count++];

    *ep = (struct registry_endpoint){.url = url, .host = xstrdup(host), .verify = true};
    ep->loopback = is_loopback(host);
    return ep;
}

/* What belongs to a host: certificates and credentials. */
static int equip(struct registry_endpoint *ep, const char *domain, const struct registry_options *o,
                 struct error *e)
{
    if (strncmp(ep->url, "https:", 6) == 0 && certs_read(ep->host, NULL, &ep->certs, e) < 0) {
        return -1;
    }
    if (o->credentials && !ep->mirror) {
        return credentials_parse(o->credentials, &ep->credentials, e);
    }
    return docker_config_find(o->authfile, domain, &ep->credentials, e);
}

static int add_mirror(struct registry *r, const char *url, const struct registry_options *o,
                      struct error *e)
{
    const char *host = strstr(url, "://");
    bool plain = strncmp(url, "http://", 7) == 0;

    if (!host || (!plain && strncmp(url, "https://", 8) != 0) || strlen(host) < 4) {
        return err_set(e, ERR_INVALID, "registry mirror '%s': expected http://HOST or https://HOST",
                       url);
    }
    cleanup_free char *name = xstrndup(host + 3, strcspn(host + 3, "/"));
    size_t n = strlen(url);

    while (n && url[n - 1] == '/') {
        n--;
    }
    if (strpbrk(url, "@?# \t\r\n")) {
        return err_set(e, ERR_INVALID, "registry mirror '%s': only host, port and path are allowed",
                       url);
    }
    struct registry_endpoint *ep = add_endpoint(r, xstrndup(url, n), name);

    ep->mirror = true;
    ep->verify = !plain && !is_insecure(o, name);
    return equip(ep, name, o, e);
}

static int add_mirrors(struct registry *r, const struct registry_options *o, struct error *e)
{
    size_t n = strlen(r->domain);
    const char *entry;

    strv_foreach (&o->mirrors, entry) {
        if (strncmp(entry, r->domain, n) == 0 && entry[n] == '=' &&
            add_mirror(r, entry + n + 1, o, e) < 0) {
            return -1;
        }
    }
    return 0;
}

int registry_init(const char *domain, const char *path, const struct registry_options *o,
                  struct registry *ret, struct error *e)
{
    bool hub = strcmp(domain, "docker.io") == 0 || strcmp(domain, "index.docker.io") == 0;
    const char *host = hub ? HUB_HOST : domain;

    *ret = (struct registry){.domain = xstrdup(hub ? "docker.io" : domain),
                             .path = xstrdup(path),
                             .retries = o->retries,
                             .timeout = o->timeout};
    if (add_mirrors(ret, o, e) < 0) {
        registry_done(ret);
        return -1;
    }
    struct registry_endpoint *ep = add_endpoint(ret, xasprintf("https://%s", host), host);
    int r = equip(ep, ret->domain, o, e);

    if (r == 0 && is_insecure(o, host)) {
        ep->verify = false;
        ep = add_endpoint(ret, xasprintf("http://%s", host), host);
        ep->verify = false;
        r = equip(ep, ret->domain, o, e);
    }
    if (r < 0) {
        registry_done(ret);
    }
    return r;
}
