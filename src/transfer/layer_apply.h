// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The entries of a layer, placed below a folder with everything they carry: owner, mode (with
 * setuid), times to the nanosecond, extended attributes and file capabilities, hard links,
 * devices, holes, whiteouts.
 *
 * The archive is hostile. Names are cleaned as text (a name that climbs above the root is
 * refused), then resolved inside the folder by base/rootfd; the last component is never followed.
 * Rules and limits: docs/design/transfer.md.
 */
#include "transfer/layer_state.h"
#include "transfer/tar_read.h"

extern const struct layer_limits layer_limits_default;

void layer_apply_init(struct layer_apply *la, int root, enum storage_whiteouts whiteouts,
                      bool lowest);
void layer_apply_done(struct layer_apply *la);
DEFINE_CLEANUP(layer_apply, struct layer_apply, layer_apply_done);

/* Places one entry; its content is read from t. "unpack 'NAME': cause". */
int layer_apply_entry(struct layer_apply *la, struct tar_reader *t, struct archive_entry *entry,
                      struct error *e) MUST_CHECK;

/* After the last entry: the folders' times, which every file placed in them had changed. */
int layer_apply_finish(struct layer_apply *la, struct error *e) MUST_CHECK;
