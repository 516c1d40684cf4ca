// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Manifests and indexes (OCI image-spec manifest.md, image-index.md; Docker's schema 2 and manifest
 * lists are the same but for their media types). Inside src/image/ only.
 */
#include "image/digestset.h"
#include "image/store.h"

struct image_manifest {
    char *digest;
    char *config_digest;
    char *config_type;
    int64_t config_size;
    struct strv layer_digests;
    struct strv layer_types;
    int64_t blob_bytes;
};

void image_manifest_done(struct image_manifest *m);
DEFINE_CLEANUP(image_manifest, struct image_manifest, image_manifest_done);

/*
 * Loads what a descriptor names; through indexes, the manifest for this machine. ERR_CORRUPT
 * (errnum ENOENT when a blob is missing), ERR_UNSUPPORTED when there is none for this machine, or
 * it is no image. Other kinds: the disk failed.
 */
int image_manifest_load(const struct image_store *s, const json_t *descriptor,
                        struct image_manifest *ret, struct error *e) MUST_CHECK;

/* Parses a manifest document; for fuzzing. *is_index: it is an index, and *ret stays empty. */
int image_manifest_parse(const char *data, size_t n, struct image_manifest *ret, bool *is_index,
                         struct error *e) MUST_CHECK;

/* Adds the digests of all blobs that a descriptor reaches, itself and other machines' manifests
 * included; new ones are also appended to ret (may be NULL). Missing and damaged documents reach
 * nothing; other errors are errors. */
int image_manifest_reach(const struct image_store *s, const json_t *descriptor,
                         struct digest_set *seen, struct strv *ret, struct error *e) MUST_CHECK;
