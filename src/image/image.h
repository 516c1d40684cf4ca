// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * An image's configuration (OCI image-spec config.md), read from its blob: what containers made
 * from it start with. Hostile input: sizes and types are checked, unknown fields kept in 'raw'.
 */
#include "base/json.h"
#include "base/strv.h"

#include <stdbool.h>
#include <stdint.h>

#define IMAGE_ID_HEX     64
#define IMAGE_MAX_LAYERS 500 /* the kernel's limit of overlay lower layers */

struct image_config {
    json_t *raw; /* the whole document */
    char *architecture;
    char *os;
    char *variant;
    char *author;
    char *created; /* RFC 3339, may be NULL */
    char *user;
    char *working_dir;
    char *stop_signal;
    struct strv env;
    struct strv entrypoint;
    struct strv cmd;
    bool has_entrypoint; /* the key was there, even when empty */
    bool has_cmd;
    json_t *labels;        /* object of strings or NULL; borrowed from raw */
    json_t *volumes;       /* object whose keys are paths, or NULL; borrowed */
    json_t *exposed_ports; /* object whose keys are "80/tcp", or NULL; borrowed */
    json_t *healthcheck;   /* borrowed or NULL */
    struct strv diff_ids;  /* "sha256:...", lowest layer first */
};

void image_config_done(struct image_config *c);
DEFINE_CLEANUP(image_config, struct image_config, image_config_done);

/* Parses a config blob. ERR_INVALID names the field; *ret is left alone then. */
int image_config_parse(const char *data, size_t n, struct image_config *ret,
                       struct error *e) MUST_CHECK;

/*
 * Applies 'import --change' / 'commit --change' instructions to a raw config document: CMD,
 * ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR, one a
 * line with a Dockerfile's comments and continuations. Give several --change in one text, joined by
 * newlines, as Docker does: an ENTRYPOINT drops the image's CMD, but not one that the same text
 * set. ERR_INVALID, with Docker's sentences; the document may then be half changed.
 */
int image_config_change(json_t *config, const char *text, struct error *e) MUST_CHECK;
