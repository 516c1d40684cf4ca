// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The image store: a plain OCI image layout at <root>/images (oci-layout, index.json,
 * blobs/sha256/), which any OCI tool can read and write. docs/design/image.md has the whole
 * picture.
 *
 * An image is a manifest that index.json names. Its ID is the digest of its config blob, as
 * Docker's; a name is one descriptor in index.json with the annotation
 * org.opencontainers.image.ref.name = full reference ("docker.io/library/busybox:latest", or with
 * "@sha256:..."). An image without a name (dangling) is one descriptor without that annotation.
 *
 * index.json changes under images/.lock, by rename, durably. Readers take no lock.
 */
#include "base/error.h"
#include "image/image.h"
#include "image/ref.h"

#include <stdbool.h>
#include <stdint.h>

struct image_lock;

struct image_store {
    int dir;   /* <root>/images */
    int blobs; /* <root>/images/blobs/sha256 */
    struct image_lock *lock;
};

/* Opens; makes an empty layout when there is none. */
int image_store_open(int root_dirfd, struct image_store *ret, struct error *e) MUST_CHECK;
void image_store_done(struct image_store *s);
DEFINE_CLEANUP(image_store, struct image_store, image_store_done);

/*
 * The store's lock, over several calls that must be one step (nests within a process): what makes
 * an image holds it from the commit of its layers and blobs to image_add(); what removes one, from
 * image_remove() to the removal of the layers that became free. Never while bytes come from a
 * network. One thread.
 */
int image_store_lock(const struct image_store *s, struct error *e) MUST_CHECK;
void image_store_unlock(const struct image_store *s);

/*
 * A mark that stands while what belongs together is half done: a new image's layer and blobs are
 * there and its name is not, or a removed one's name is gone and they are not. A crash leaves it,
 * and with it the reason to sweep. Both with the lock.
 *
 * image_change_begin(): 0, or 1 when a dead one's mark is there (then it is not ours to end).
 * image_change_end(): everything is done, or all was swept: blobs and layers.
 */
int image_change_begin(const struct image_store *s, struct error *e) MUST_CHECK;
void image_change_end(const struct image_store *s);

struct image {
    char *manifest_digest;     /* "sha256:<hex>" */
    char *id;                  /* "sha256:<hex>", digest of the config */
    struct strv names;         /* full references, sorted; with tags and with digests */
    struct strv layer_digests; /* blobs, lowest first */
    struct strv layer_types;   /* their media types */
    int64_t blob_bytes;        /* sum of the layers' compressed sizes */
    int64_t created;           /* ns since 1970, 0 unknown */
    struct image_config config;
    /* Only from image_list(): why this one cannot be used (damaged, an artifact, other machines'
     * only); then just ID and names count, and the ID may be the manifest's digest. NULL: fine. */
    char *problem;
};

void image_done(struct image *i);
DEFINE_CLEANUP(image, struct image, image_done);

/*
 * Finds by name ("busybox", "busybox:1", with digest) or ID (full, with or without sha256:, or
 * unique prefix); a name wins over an ID. ERR_NOT_FOUND "No such image: busybox:latest";
 * ERR_INVALID for an ambiguous prefix or a malformed name; ERR_CORRUPT when its documents are
 * damaged, ERR_UNSUPPORTED when it is no image or has nothing for this machine. For an index the
 * entry of this machine's platform is taken.
 */
int image_find(const struct image_store *s, const char *name_or_id, struct image *ret,
               struct error *e) MUST_CHECK;

/* Is the image with this whole ID ("sha256:...") in the store? One system call: it only looks for
 * its configuration, which goes when the last name of the last manifest went. */
bool image_exists(const struct image_store *s, const char *id);

/* All images, newest first; *ret is an array of *ret_count the caller frees with image_list_free.
 */
int image_list(const struct image_store *s, struct image **ret, size_t *ret_count,
               struct error *e) MUST_CHECK;
void image_list_free(struct image *list, size_t count);

/* Gives the image a further name; the name moves when another image had it (that one becomes
 * dangling when it was its last). ERR_INVALID "refusing to create a tag with a digest reference".
 */
int image_tag(const struct image_store *s, const struct image *image, const struct image_ref *name,
              struct error *e) MUST_CHECK;

struct image_removed {
    struct strv untagged; /* familiar names (and name@digest) in Docker's order */
    struct strv deleted;  /* the image's ID, when it is gone */
    struct strv diff_ids; /* then its layers, lowest first; none when it was damaged */
    size_t shared;        /* so many of the lowest are another image's lowest, too */
};
void image_removed_done(struct image_removed *r);
DEFINE_CLEANUP(image_removed, struct image_removed, image_removed_done);

/*
 * Removes a name, or the whole image when it was the last name, or an ID was given. Rules and
 * sentences as 'docker rmi': conflicts are ERR_IN_USE. Blobs no other image needs are deleted.
 * With an image (ret->deleted) a change has begun, which the caller ends once its layers are gone.
 */
struct image_use {
    void *ctx;
    /* True when a container uses the image; fills its short ID (12 digits and NUL), a running one's
     * before a stopped one's. */
    bool (*in_use)(void *ctx, const char *image_id, bool *running, char *container_id_12);
};
int image_remove(const struct image_store *s, const char *name_or_id, bool force,
                 const struct image_use *use, struct image_removed *ret,
                 struct error *e) MUST_CHECK;

/*
 * Did a crash leave something here: the mark of a change, or files of writers that died? Looks at
 * a handful of names. Without the lock it may be somebody at work.
 */
bool image_store_interrupted(const struct image_store *s);
/* Deletes blobs that no image needs and files of writers that died. A tool that knows nothing of
 * our lock may just be writing some: so only after a crash. The mark stays; layers come first. */
int image_store_sweep(const struct image_store *s, struct error *e) MUST_CHECK;

/*
 * A blob being written: hashed by its writer (transfer), committed under its digest. tmp_name needs
 * 32 bytes. The descriptor is flocked; programs that write through it inherit the lock.
 */
int image_blob_begin(const struct image_store *s, char *tmp_name, size_t size, int *ret_fd,
                     struct error *e) MUST_CHECK;
/* Syncs the file and renames it, over an existing one (which may be damaged). Closing fd is the
 * caller's. Durable with the image_add() that follows; hold image_store_lock() until then. */
int image_blob_commit(const struct image_store *s, const char *tmp_name, int fd, const char *digest,
                      struct error *e) MUST_CHECK;
void image_blob_abort(const struct image_store *s, const char *tmp_name);
/* Small documents (manifest, config) in one call. */
int image_blob_write(const struct image_store *s, const char *digest, const void *data, size_t n,
                     struct error *e) MUST_CHECK;

/* The whole of a small document; ERR_CORRUPT when it is not there or not of that size (-1: any). */
int image_blob_read(const struct image_store *s, const char *digest, int64_t size, char **ret,
                    size_t *ret_len, struct error *e) MUST_CHECK;
/* Opens a blob for reading; descriptor, or -1 (ERR_CORRUPT when it is missing). */
int image_blob_open(const struct image_store *s, const char *digest, struct error *e) MUST_CHECK;

/*
 * Adds a manifest descriptor {mediaType, digest, size, platform} under a name (NULL: dangling). The
 * name moves as with image_tag(). The manifest and its config must be in the store: ERR_CORRUPT.
 */
int image_add(const struct image_store *s, const json_t *descriptor, const char *full_name,
              struct error *e) MUST_CHECK;
