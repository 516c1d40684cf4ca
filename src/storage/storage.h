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
    int dirfd; /* the folder to fill, flocked; owned by the draft. Children that write inherit it */
    enum storage_whiteouts whiteouts;
    bool exists;        /* the layer is there already: nothing to do (dirfd is FD_NONE) */
    bool implicit_root; /* set by the writer when the archive has no entry for "/" itself */
    int64_t size;       /* sum of the files' sizes, set by the writer; -1: commit counts them */
    char name[100];     /* temporary name */
    char diff_id[80];
};

enum storage_mount_flags {
    STORAGE_MOUNT_READONLY = 1u << 0,
    /* The snapshot need not outlive a power cut (--rm): no sync of it, not even at unmount. */
    STORAGE_MOUNT_VOLATILE = 1u << 1,
};

/*
 * Opens the store below the folder (made, 0711, when it is missing) and picks a driver: the named
 * one, or NULL for the one that was used last or the best that works there. ERR_UNSUPPORTED says
 * which file system or kernel lacks what; ERR_INVALID: no driver of that name. The first call on a
 * file system tries the driver in a child process; later ones read storage.json.
 */
int storage_open(const char *root_path, const char *driver, struct storage *ret,
                 struct error *e) MUST_CHECK;
void storage_done(struct storage *s);
DEFINE_CLEANUP(storage, struct storage, storage_done);

const char *storage_driver_name(const struct storage *s);

/* True when a draft can only be filled once the layers below it exist. */
bool storage_needs_parents(const struct storage *s);

/* True when the topmost layer of the chain is there, whole. */
bool storage_layer_exists(const struct storage *s, const struct strv *chain);
/*
 * Makes the draft for the topmost layer of the chain; those below must exist where the driver
 * needs them (storage_needs_parents). The topmost diff ID may be "" when it is not known yet. An
 * existing layer is no error: see draft.exists. ERR_INVALID for what is no sha256 diff ID.
 */
int storage_layer_begin(const struct storage *s, const struct strv *chain,
                        struct storage_draft *ret, struct error *e) MUST_CHECK;
/* diff_id may be set (or corrected) in the draft until commit, for layers whose digest is known
 * only at their end (import). A layer that meanwhile exists is no error: the draft is dropped.
 * When it returns 0 the layer is on disk and the draft is empty; otherwise the draft is still
 * there, for storage_layer_abort. */
int storage_layer_commit(const struct storage *s, struct storage_draft *d,
                         struct error *e) MUST_CHECK;
/* Also fine after commit, and for a draft that is all zero but dirfd = FD_NONE. */
void storage_layer_abort(const struct storage *s, struct storage_draft *d);
/* Absent is no error. That nobody needs the layer is the caller's knowledge. */
int storage_layer_remove(const struct storage *s, const char *diff_id, struct error *e) MUST_CHECK;
/* diff IDs of all layers; appended. */
int storage_layer_list(const struct storage *s, struct strv *ret, struct error *e) MUST_CHECK;
/* Sum of the sizes of its files, once per inode; what 'images' shows. Counted once, remembered with
 * the layer. */
int storage_layer_usage(const struct storage *s, const char *diff_id, int64_t *ret,
                        struct error *e) MUST_CHECK;

/* Makes the writable part; the chain may be empty. ERR_EXISTS when it is there already,
 * ERR_NOT_FOUND names a layer that is missing, ERR_UNSUPPORTED more than 500 layers. */
int storage_snapshot_prepare(const struct storage *s, const char *key, const struct strv *chain,
                             struct error *e) MUST_CHECK;
/*
 * Mounts it at the folder target. With STORAGE_MOUNT_READONLY nothing is written, and a snapshot
 * that was never prepared shows the bare chain (key may then be NULL). Single-threaded callers
 * only: for long chains the working folder changes within the call.
 */
int storage_snapshot_mount(const struct storage *s, const char *key, const struct strv *chain,
                           const char *target, unsigned flags, struct error *e) MUST_CHECK;
/* Absent is no error. The folder of the key goes too when nothing else is in it. */
int storage_snapshot_remove(const struct storage *s, const char *key, struct error *e) MUST_CHECK;
/* Sum of the sizes of the files in the writable part, once per inode (Docker's SIZE column). */
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

/*
 * Removes drafts that no process holds any more and snapshots that no container owns (after a
 * crash). keep() says whether a snapshot's key is known: whoever prepares one makes its key known
 * before. Goes on after failures and reports the first.
 */
int storage_sweep(const struct storage *s, bool (*keep)(void *ctx, const char *key), void *ctx,
                  struct error *e) MUST_CHECK;
