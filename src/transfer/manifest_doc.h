// SPDX-License-Identifier: Apache-2.0
#pragma once
/* A manifest or an index as a registry gives it: hostile text, checked before it is used. */
#include "image/manifest.h"
#include "transfer/digest.h"
#include "transfer/image_doc.h"

#define MANIFEST_MAX                                                                               \
    (4u << 20) /* what registries accept: distribution's spec, "Pushing Manifests" */

struct manifest_doc {
    char *text; /* the very bytes */
    size_t size;
    char digest[DIGEST_SIZE]; /* of text */
    const char *media_type;   /* one of the four that we know; static */
    json_t *json;
    bool is_index;
    struct image_manifest manifest; /* when it is none */
    int64_t *layer_sizes;           /* one for each of its layers */
};

void manifest_doc_done(struct manifest_doc *d);
DEFINE_CLEANUP(manifest_doc, struct manifest_doc, manifest_doc_done);

/*
 * Takes text. media_type: what the registry called it, "" when it said nothing. wanted: the digest
 * it must have, or NULL. ERR_UNSUPPORTED for what is no manifest we know ("media type
 * 'text/html'"), and for artifacts; ERR_CORRUPT for a wrong digest and damaged documents.
 */
int manifest_doc_parse(char *text, size_t size, const char *media_type, const char *wanted,
                       struct manifest_doc *ret, struct error *e) MUST_CHECK;

/* The entry of an index that is for the platform; borrowed. ERR_NOT_FOUND in Docker's words. What
 * is no image (attestations have the platform unknown/unknown) never is. */
int manifest_doc_choose(const struct manifest_doc *index, const struct image_platform *platform,
                        const json_t **ret, struct error *e) MUST_CHECK;
