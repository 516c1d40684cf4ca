// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The image store: a plain OCI image layout at <root>/images (oci-layout, index.json,
 * blobs/sha256/), which any OCI tool can read and write.
 *
 * An image is a manifest that index.json names. Its ID is the digest of its config blob, as
 * Docker's; a name is one descriptor in index.json with the annotation
 * org.opencontainers.image.ref.name = full reference ("docker.io/library/busybox:latest").
 * An image without a name (dangling) is one descriptor without that annotation.
 *
 * index.json changes under images/.lock, by rename, durably. Readers take no lock.
 */
#include "base/error.h"
#include "image/image.h"
#include "image/ref.h"

#include <stdint.h>

struct image_store {
    int dir;   /* <root>/images */
    int blobs; /* <root>/images/blobs/sha256 */
};

/* Opens; makes an empty layout when there is none. */
int image_store_open(int root_dirfd, struct image_store *ret, struct error *e) MUST_CHECK;
void image_store_done(struct image_store *s);
DEFINE_CLEANUP(image_store, struct image_store, image_store_done);

struct image {
    char *manifest_digest;     /* "sha256:<hex>" */
    char *id;                  /* "sha256:<hex>", digest of the config */
    struct strv names;         /* full references, sorted */
    struct strv layer_digests; /* blobs, lowest first */
    struct strv layer_types;   /* their media types */
    int64_t blob_bytes;        /* sum of the layers' compressed sizes */
    struct image_config config;
};

void image_done(struct image *i);
DEFINE_CLEANUP(image, struct image, image_done);

/*
 * Finds by name ("busybox", "busybox:1", with digest) or ID (full, with or without sha256:, or
 * unique prefix). ERR_NOT_FOUND "no such image: X"; ERR_INVALID for an ambiguous prefix or a
 * malformed name. For an index the entry of this machine's platform is taken.
 */
int image_find(const struct image_store *s, const char *name_or_id, struct image *ret,
               struct error *e) MUST_CHECK;

/* All images, newest first; *ret is an array of *ret_count the caller frees with image_list_free.
 */
int image_list(const struct image_store *s, struct image **ret, size_t *ret_count,
               struct error *e) MUST_CHECK;
void image_list_free(struct image *list, size_t count);

/* Gives the image a further name; the name moves when another image had it (that one becomes
 * dangling when it was its last). */
int image_tag(const struct image_store *s, const struct image *image, const struct image_ref *name,
              struct error *e) MUST_CHECK;

struct image_removed {
    struct strv untagged;      /* familiar names (and name@digest) in Docker's order */
    struct strv deleted;       /* image ID and layer ids */
    struct strv free_diff_ids; /* diff IDs that no image needs any more: the caller removes them */
};
void image_removed_done(struct image_removed *r);
DEFINE_CLEANUP(image_removed, struct image_removed, image_removed_done);

/*
 * Removes a name, or the whole image when it was the last name, or an ID was given. in_use() says
 * in words which container uses an image ID (NULL: none). Rules and sentences as 'docker rmi':
 * conflicts are ERR_IN_USE. Blobs no other image needs are deleted.
 */
struct image_use {
    void *ctx;
    /* Fills "running container 0123456789ab" / "stopped container ..." when used; -> bool */
    bool (*in_use)(void *ctx, const char *image_id, bool *running, char *container_id_12);
};
int image_remove(const struct image_store *s, const char *name_or_id, bool force,
                 const struct image_use *use, struct image_removed *ret,
                 struct error *e) MUST_CHECK;

/* A blob being written: hashed by its writer (transfer), committed under its digest. */
int image_blob_begin(const struct image_store *s, char *tmp_name, size_t size, int *ret_fd,
                     struct error *e) MUST_CHECK;
/* Syncs and renames; size and digest are the writer's. An existing blob is no error. */
int image_blob_commit(const struct image_store *s, const char *tmp_name, int fd, const char *digest,
                      struct error *e) MUST_CHECK;
void image_blob_abort(const struct image_store *s, const char *tmp_name);
/* Small documents (manifest, config) in one call. */
int image_blob_write(const struct image_store *s, const char *digest, const void *data, size_t n,
                     struct error *e) MUST_CHECK;

/* Adds a manifest descriptor {mediaType, digest, size, platform} under a name (NULL: dangling). */
int image_add(const struct image_store *s, const json_t *descriptor, const char *full_name,
              struct error *e) MUST_CHECK;
