// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Docker's ~/.docker/config.json (auths, credHelpers, credsStore), shared with Docker, Podman and
 * skopeo.
 */
#include "transfer/credentials.h"

/* What the file calls docker.io. */
#define CREDENTIALS_HUB "https://index.docker.io/v1/"

/*
 * Those for a registry ("docker.io", "localhost:5000"); none is no error. authfile NULL:
 * $DOCKER_CONFIG/config.json, else ~/.docker/config.json; a file that was named must be there.
 */
int docker_config_find(const char *authfile, const char *domain, struct credentials *ret,
                       struct error *e) MUST_CHECK;

/* Where 'login' put them, for people. */
struct credentials_place {
    char *file;   /* the configuration; the caller frees it */
    char *helper; /* the helper program's NAME that keeps them, or NULL: the file does, in base64 */
};

/* Stores them as 'docker login' does: by the helper that the file names, else in the file itself,
 * 0600, replaced by rename. */
int docker_config_store(const char *authfile, const char *domain, const struct credentials *c,
                        struct credentials_place *ret, struct error *e) MUST_CHECK;

/* Forgets them; *ret_found: there were some. */
int docker_config_erase(const char *authfile, const char *domain, bool *ret_found,
                        struct error *e) MUST_CHECK;
