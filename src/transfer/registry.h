// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Where a repository is fetched from: mirrors first, then the registry itself, each with how far
 * it is trusted and who we are to it. Made from the user's words and files alone, before anything
 * is asked of the network.
 */
#include "base/strv.h"
#include "image/ref.h"
#include "transfer/certs.h"
#include "transfer/credentials.h"

#include <stdint.h>

enum registry_tls {
    REGISTRY_TLS_DEFAULT, /* verified, unless the registry is listed as insecure or on loopback */
    REGISTRY_TLS_VERIFY,  /* always */
    REGISTRY_TLS_ANY,     /* certificates are not looked at; plain HTTP will do */
    REGISTRY_TLS_COUNT,
};

struct registry_options {
    struct strv mirrors;  /* "DOMAIN=URL" */
    struct strv insecure; /* "HOST[:PORT]" or a network, "10.0.0.0/8" */
    enum registry_tls tls;
    const char *authfile;    /* NULL: Docker's */
    const char *credentials; /* "USER:PASSWORD"; NULL: from the file */
    int64_t retries;         /* after a failure that may pass */
    int64_t timeout;         /* seconds without progress worth the name */
};

#define REGISTRY_RETRIES 5
#define REGISTRY_TIMEOUT 60

struct registry_endpoint {
    char *url;  /* "https://quay.io" or "http://127.0.0.1:5000/prefix": what stands before /v2/ */
    char *host; /* "quay.io", "127.0.0.1:5000" */
    bool verify;
    bool mirror; /* whatever it fails at is asked of the next endpoint */
    bool loopback;
    struct credentials credentials;
    struct certs certs;
};

struct registry {
    char *domain; /* as people write it: "docker.io" */
    char *path;   /* "library/alpine" */
    struct registry_endpoint *endpoints;
    size_t count;
    int64_t retries;
    int64_t timeout;
};

void registry_done(struct registry *r);
DEFINE_CLEANUP(registry, struct registry, registry_done);

/* path NULL: no repository, only the registry (login). */
int registry_init(const char *domain, const char *path, const struct registry_options *o,
                  struct registry *ret, struct error *e) MUST_CHECK;
