// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Whiteouts: how a layer says that a file of a layer below is gone (OCI image-spec layer.md).
 *
 *   dir/.wh.NAME         NAME of the layers below is gone
 *   dir/.wh..wh..opq     everything in dir of the layers below is gone
 *   .wh..wh.*            aufs' own bookkeeping, which old Docker layers carry: nothing
 *
 * They speak of the layers below only: what the same layer brings stays, before or after them.
 */
#include "transfer/layer_state.h"

/* 1 when the clean path is a whiteout or bookkeeping, and was dealt with; 0 when it is neither. */
int layer_whiteout(struct layer_apply *la, const char *path, struct error *e) MUST_CHECK;

/* True when dirfd/name is the mark of a whiteout that this layer made (overlay form). */
bool layer_is_mark(const struct layer_apply *la, int dirfd, const char *name);
/* Hides what the layers below have in an open folder, in overlay's form. */
int layer_set_opaque(int fd, struct error *e) MUST_CHECK;

/* Set of inodes that this layer made: the rest of an APPLY draft is from below. */
void layer_inodes_add(struct layer_apply *la, int dirfd, const char *name);
void layer_inodes_free(struct layer_apply *la);
