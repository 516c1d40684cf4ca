// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Images from registries: what hoy-image needs to know of the configuration, and its commands. */
#include "engine/image_helper.h"

struct registry_access {
    bool tls_any;         /* certificates are not verified, plain HTTP will do */
    const char *authfile; /* NULL: ~/.docker/config.json */
    const char *creds;    /* "USER:PASSWORD" or NULL */
    int64_t retry;        /* attempts after a failure; < 0: the configuration's */
};

struct image_pull_options {
    const char *reference;
    const char *platform; /* NULL: this machine's */
    bool all_tags;
    struct registry_access access;
};

/*
 * Fetches an image: progress lines "pull" {reference, path}, "layer" {id, status, bytes, total},
 * "tag" and "result" {digest, name, familiar, fetched}, as docs/design/registry.md lists them.
 * Errors are hoy-image's: "pull 'REFERENCE': cause".
 */
int engine_image_pull(struct engine *eng, const struct image_pull_options *o,
                      const struct image_progress *progress, struct error *e) MUST_CHECK;

struct image_push_options {
    const char *reference;
    bool all_tags;
    struct registry_access access;
};

/* Sends an image: lines "push" {repository}, "layer" as above, "pushed" {tag, digest, size}. */
int engine_image_push(struct engine *eng, const struct image_push_options *o,
                      const struct image_progress *progress, struct error *e) MUST_CHECK;

/*
 * Tries access->creds at the registry and keeps them as Docker does; server NULL: docker.io. The
 * line "result" {server, file, helper} says where ("helper" only when a program keeps them).
 */
int engine_registry_login(struct engine *eng, const char *server,
                          const struct registry_access *access,
                          const struct image_progress *progress, struct error *e) MUST_CHECK;
/* Forgets them: line "result" {server, found}. */
int engine_registry_logout(struct engine *eng, const char *server,
                           const struct registry_access *access,
                           const struct image_progress *progress, struct error *e) MUST_CHECK;
