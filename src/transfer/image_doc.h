// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The JSON documents of a new image: its config and manifest (OCI image-spec), and their digests.
 */
#include "image/image.h"
#include "transfer/digest.h"

#define IMAGE_MEDIA_CONFIG   "application/vnd.oci.image.config.v1+json"
#define IMAGE_MEDIA_MANIFEST "application/vnd.oci.image.manifest.v1+json"

struct image_platform {
    char os[32];
    char architecture[32];
    char variant[32]; /* "" when there is none */
};

/*
 * "linux/arm64", "linux/arm/v7", "arm64", "linux"; NULL or "": this machine's. Names of
 * architectures as uname says them are understood. ERR_INVALID in Docker's words.
 */
int image_platform_parse(const char *s, struct image_platform *ret, struct error *e) MUST_CHECK;

/*
 * A config without layers: platform, created (now, or SOURCE_DATE_EPOCH), and one history entry
 * with the comment. New reference.
 */
json_t *image_doc_config(const struct image_platform *platform, const char *comment,
                         struct error *e);
/* Sets rootfs to the one layer. */
void image_doc_set_layer(json_t *config, const char *diff_id);

struct image_layer_blob {
    const char *media_type;
    const char *digest;
    int64_t size;
};

/* A document as it is stored. */
struct image_doc {
    char *text; /* the caller frees it */
    size_t size;
    char digest[DIGEST_SIZE];
};
void image_doc_done(struct image_doc *d);
DEFINE_CLEANUP(image_doc, struct image_doc, image_doc_done);

int image_doc_seal(const json_t *j, struct image_doc *ret, struct error *e) MUST_CHECK;
json_t *image_doc_manifest(const struct image_doc *config, const struct image_layer_blob *layer);
/* What index.json says about a manifest. */
json_t *image_doc_descriptor(const struct image_doc *manifest,
                             const struct image_platform *platform);
