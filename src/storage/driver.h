// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a storage driver implements. Inside src/storage/ only; everybody else uses storage.h, whose
 * functions check names and chains before they call these, so a driver may put them into paths.
 */
#include "storage/storage.h"

#define STORAGE_HEX        64  /* digits of a diff ID */
#define STORAGE_MAX_LAYERS 500 /* OVL_MAX_STACK in fs/overlayfs/params.h */

struct storage_ops {
    const char *name;
    enum storage_whiteouts whiteouts;
    bool needs_parents;

    /* Tries the driver below the folder; called in a child process with a mount namespace of its
     * own. 'scratch' is an empty folder there that the caller removes. */
    int (*probe)(int scratch, const char *scratch_path, struct error *e);

    bool (*layer_exists)(const struct storage *s, const struct strv *chain);
    int (*layer_begin)(const struct storage *s, const struct strv *chain, struct storage_draft *ret,
                       struct error *e);
    int (*layer_commit)(const struct storage *s, struct storage_draft *d, struct error *e);
    void (*layer_abort)(const struct storage *s, struct storage_draft *d);
    int (*layer_remove)(const struct storage *s, const char *diff_id, struct error *e);
    int (*layer_list)(const struct storage *s, struct strv *ret, struct error *e);
    int (*layer_usage)(const struct storage *s, const char *diff_id, int64_t *ret, struct error *e);

    int (*snapshot_prepare)(const struct storage *s, const char *key, const struct strv *chain,
                            struct error *e);
    int (*snapshot_mount)(const struct storage *s, const char *key, const struct strv *chain,
                          const char *target, unsigned flags, struct error *e);
    int (*snapshot_remove)(const struct storage *s, const char *key, struct error *e);
    int (*snapshot_usage)(const struct storage *s, const char *key, int64_t *ret, struct error *e);
    void (*snapshot_paths)(const struct storage *s, const char *key, const struct strv *chain,
                           struct storage_paths *ret);
    int (*sweep)(const struct storage *s, bool (*keep)(void *ctx, const char *key), void *ctx,
                 struct error *e);
};

extern const struct storage_ops storage_overlay;

/* probe.c: picks the driver for s->root and fills s->ops and s->reason. */
int storage_pick(struct storage *s, const char *driver, struct error *e) MUST_CHECK;

/* "sha256:" and 64 lower-case hex digits. */
bool storage_diff_id_valid(const char *diff_id);
/* The part behind "sha256:" of a valid one. */
const char *storage_diff_id_hex(const char *diff_id);

/* usage.c: sum of the sizes of all files below the folder, once per inode; folders count nothing.
 * What vanishes meanwhile is not counted. dirfd stays the caller's. -errno. */
int storage_tree_size(int dirfd, int64_t *ret);
