// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The two halves of the overlay driver: overlay.c keeps the folders, overlay_mount.c mounts. */
#include "base/error.h"
#include "base/strv.h"

/* One overlay mount; all paths are relative to 'root'. */
struct overlay_mount {
    int root;
    const char *root_path; /* absolute path of root */
    struct strv lower;     /* topmost first, at least one, no folder twice; owned */
    const char *upper;     /* NULL: read-only */
    const char *work;
    bool is_volatile; /* see STORAGE_MOUNT_VOLATILE */
};

static inline void overlay_mount_done(struct overlay_mount *m)
{
    strv_done(&m->lower);
}
DEFINE_CLEANUP(overlay_mount, struct overlay_mount, overlay_mount_done);

/* Mounts it at the folder 'target'. ERR_NOT_FOUND names the layer that is missing. Long chains and
 * odd paths change the working folder within the call. */
int overlay_mount(const struct overlay_mount *m, const char *target, struct error *e) MUST_CHECK;
