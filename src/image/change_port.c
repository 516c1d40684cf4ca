// SPDX-License-Identifier: Apache-2.0
/* EXPOSE: port specifications as docker/go-connections reads them (nat/nat.go). */
#include "image/change.h"

#include "base/parse.h"
#include "image/words.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct port_range {
    uint64_t first;
    uint64_t last;
};

static int parse_range(const char *s, size_t n, struct port_range *ret)
{
    cleanup_free char *text = xstrndup(s, n);
    char *dash = strchr(text, '-');

    if (dash) {
        *dash = '\0';
    }
    if (parse_u64(text, &ret->first) < 0 || ret->first > UINT16_MAX) {
        return -EINVAL;
    }
    ret->last = ret->first;
    if (dash && (parse_u64(dash + 1, &ret->last) < 0 || ret->last > UINT16_MAX)) {
        return -EINVAL;
    }
    return ret->last < ret->first ? -EINVAL : 0;
}

static bool is_address(const char *s, size_t n)
{
    cleanup_free char *text =
        n > 2 && s[0] == '[' && s[n - 1] == ']' ? xstrndup(s + 1, n - 2) : xstrndup(s, n);
    struct in6_addr ignored;

    return inet_pton(AF_INET, text, &ignored) == 1 || inet_pton(AF_INET6, text, &ignored) == 1;
}

/* The part before the container's port: "[address:]port" of the host. EXPOSE only checks it. */
static int check_host_part(const char *spec, size_t n, const struct port_range *container,
                           struct error *e)
{
    const char *colon = memrchr(spec, ':', n);
    size_t address = colon ? (size_t) (colon - spec) : 0;
    const char *port = colon ? colon + 1 : spec;
    size_t port_len = n - (size_t) (port - spec);
    struct port_range host;

    if (address > 0 && !is_address(spec, address)) {
        return err_set(e, ERR_INVALID, "Invalid ip address: %.*s", (int) address, spec);
    }
    if (port_len == 0) {
        return 0;
    }
    if (parse_range(port, port_len, &host) < 0) {
        return err_set(e, ERR_INVALID, "Invalid hostPort: %.*s", (int) port_len, port);
    }
    if (host.last - host.first != container->last - container->first &&
        container->last != container->first) {
        return err_set(e, ERR_INVALID,
                       "Invalid ranges specified for container and host Ports: %llu-%llu and %.*s",
                       (unsigned long long) container->first, (unsigned long long) container->last,
                       (int) port_len, port);
    }
    return 0;
}

/* tcp, udp or sctp in any case; tcp when there is none. */
static const char *protocol(const char *s)
{
    static const char *const names[] = {"tcp", "udp", "sctp"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcasecmp(s, names[i]) == 0) {
            return names[i];
        }
    }
    return *s ? NULL : names[0];
}

static int expose_one(json_t *ports, const char *spec, struct error *e)
{
    const char *colon = strrchr(spec, ':');
    const char *container = colon ? colon + 1 : spec;
    size_t n = strcspn(container, "/");
    const char *slash = container[n] ? container + n + 1 : "";
    const char *proto = protocol(slash);
    struct port_range range;

    if (n == 0) {
        return err_set(e, ERR_INVALID, "No port specified: %s<empty>", spec);
    }
    if (parse_range(container, n, &range) < 0) {
        return err_set(e, ERR_INVALID, "Invalid containerPort: %.*s", (int) n, container);
    }
    if (colon && check_host_part(spec, (size_t) (colon - spec), &range, e) < 0) {
        return -1;
    }
    if (!proto) {
        return err_set(e, ERR_INVALID, "Invalid proto: %s", slash);
    }
    for (uint64_t port = range.first; port <= range.last; port++) {
        char key[32];

        snprintf(key, sizeof(key), "%llu/%s", (unsigned long long) port, proto);
        json_put(ports, key, json_object());
    }
    return 0;
}

int change_expose(struct change *c, struct error *e)
{
    CLEANUP(strv) struct strv typed = STRV_INIT;
    CLEANUP(strv) struct strv specs = STRV_INIT;
    const char *s;

    strv_split(&typed, c->args, " \t\v\f\r");
    if (typed.count == 0) {
        return err_set(e, ERR_INVALID, "EXPOSE requires at least one argument");
    }
    strv_foreach (&typed, s) {
        if (dockerfile_expand_list(s, &c->env, &specs, e) < 0) {
            return -1;
        }
    }
    strv_foreach (&specs, s) {
        if (expose_one(change_object(c->run, "ExposedPorts"), s, e) < 0) {
            return -1;
        }
    }
    return 0;
}
