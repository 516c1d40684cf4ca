// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Image names: distribution/reference's grammar. "busybox" means docker.io/library/busybox:latest.
 */
#include "base/error.h"

#include <stdbool.h>

struct image_ref {
    char *domain; /* "docker.io", "localhost:5000" */
    char *path;   /* "library/busybox" */
    char *tag;    /* NULL when there is none */
    char *digest; /* "sha256:..." or NULL */
};

void image_ref_done(struct image_ref *r);
DEFINE_CLEANUP(image_ref, struct image_ref, image_ref_done);

/* ERR_INVALID: "invalid reference format" and its variants, as Docker says them. No tag is added.
 * On failure *ret is empty. */
int image_ref_parse(const char *s, struct image_ref *ret, struct error *e) MUST_CHECK;

/* Adds tag "latest" when there is neither tag nor digest. */
void image_ref_default_tag(struct image_ref *r);

/* "docker.io/library/busybox:latest"; the caller frees it. */
char *image_ref_full(const struct image_ref *r);
/* "busybox:latest", as people write it; the caller frees it. */
char *image_ref_familiar(const struct image_ref *r);
/* "busybox" / "localhost:5000/x": without tag and digest, as people write it; caller frees. */
char *image_ref_familiar_name(const struct image_ref *r);

/* "sha256:" and 64 lower-case hex digits: the one algorithm the store keeps. */
bool image_digest_valid(const char *digest);
