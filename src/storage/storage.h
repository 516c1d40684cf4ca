// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Layers and writable snapshots on disk. Knows no images: a layer is named by strings (diff IDs).
 *
 * A chain is a list of diff IDs, lowest first: "sha256:<64 hex>". A layer's life:
 *
 *   storage_layer_begin(s, chain, &draft)   an empty folder to unpack into (draft.dirfd)
 *   ... entries are written ...             whiteouts in the form that draft.whiteouts says
 *   storage_layer_commit(s, &draft)         synced, then visible by one rename
 *   storage_layer_abort(s, &draft)          or gone
 *
 * A snapshot's life (key: the container's id):
 *
 *   storage_snapshot_prepare(s, key, chain)
 *   storage_snapshot_mount(s, key, chain, target, flags)   in the mount namespace of the caller;
 *                                           the kernel unmounts it with the last process in there
 *   storage_snapshot_remove(s, key)
 *
 * Drivers are const ops tables (overlay.c, later btrfs.c, copy.c), chosen by probe.c; all pass the
 * suite in tests/conform/storage. Files of the layout are drawn in docs/design/storage.md.
 */
#include "base/error.h"
#include "base/strv.h"

#include <stdbool.h>
#include <stdint.h>

struct storage_ops;

struct storage {
    const struct storage_ops *ops;
    int root; /* data folder (/var/lib/hoy), open O_DIRECTORY */
    char *root_path;
    char *reason; /* why this driver: for hoy info */
};

enum storage_whiteouts {
    STORAGE_WHITEOUTS_OVERLAY, /* character device 0:0, xattr trusted.overlay.opaque=y */
    STORAGE_WHITEOUTS_APPLY,   /* the draft holds the parent's files: delete them */
};

struct storage_draft {
    int dirfd; /* the folder to fill; owned by the draft */
    enum storage_whiteouts whiteouts;
    bool exists;    /* the layer is there already: nothing to do (dirfd is FD_NONE) */
    char name[100]; /* temporary name */
    char diff_id[80];
};

enum storage_mount_flags {
    STORAGE_MOUNT_READONLY = 1u << 0,
};

/*
 * Opens the store below the folder and picks a driver: the named one, or NULL for the best that
 * works there. ERR_UNSUPPORTED says which file system or kernel lacks what.
 */
int storage_open(const char *root_path, const char *driver, struct storage *ret,
                 struct error *e) MUST_CHECK;
void storage_done(struct storage *s);
DEFINE_CLEANUP(storage, struct storage, storage_done);

const char *storage_driver_name(const struct storage *s);

bool storage_layer_exists(const struct storage *s, const struct strv *chain);
/* Makes the draft for the topmost layer of the chain; those below must exist where the driver
 * needs them (storage_needs_parents). */
int storage_layer_begin(const struct storage *s, const struct strv *chain,
                        struct storage_draft *ret, struct error *e) MUST_CHECK;
/* diff_id may be set (or corrected) in the draft until commit, for layers whose digest is known
 * only at their end (import). A layer that meanwhile exists is no error: the draft is dropped. */
int storage_layer_commit(const struct storage *s, struct storage_draft *d,
                         struct error *e) MUST_CHECK;
void storage_layer_abort(const struct storage *s, struct storage_draft *d);
int storage_layer_remove(const struct storage *s, const char *diff_id, struct error *e) MUST_CHECK;
/* diff IDs of all layers; appended. */
int storage_layer_list(const struct storage *s, struct strv *ret, struct error *e) MUST_CHECK;
/* Bytes on disk; may be cached beside the layer. */
int storage_layer_usage(const struct storage *s, const char *diff_id, int64_t *ret,
                        struct error *e) MUST_CHECK;

int storage_snapshot_prepare(const struct storage *s, const char *key, const struct strv *chain,
                             struct error *e) MUST_CHECK;
int storage_snapshot_mount(const struct storage *s, const char *key, const struct strv *chain,
                           const char *target, unsigned flags, struct error *e) MUST_CHECK;
int storage_snapshot_remove(const struct storage *s, const char *key, struct error *e) MUST_CHECK;
/* Bytes in the writable part. */
int storage_snapshot_usage(const struct storage *s, const char *key, int64_t *ret,
                           struct error *e) MUST_CHECK;
/* Where the writable part and the layers lie, for inspect's GraphDriver: UpperDir... as JSON text
 * is the engine's affair; here plain strings the caller frees (NULL where the driver has none). */
struct storage_paths {
    char *lower; /* "a:b:c", topmost first */
    char *upper;
    char *work;
};
void storage_snapshot_paths(const struct storage *s, const char *key, const struct strv *chain,
                            struct storage_paths *ret);

/* Removes drafts and snapshots that no process and no container owns any more (after a crash);
 * keep() says whether a snapshot's key is still known. */
int storage_sweep(const struct storage *s, bool (*keep)(void *ctx, const char *key), void *ctx,
                  struct error *e) MUST_CHECK;
