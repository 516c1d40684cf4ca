// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Maps of ids: of a user namespace, and of a mount (mount_setattr(2), "ID-mapped mounts", Linux
 * 5.12). Both are lines "inside outside count". Private to oci/.
 */
#include "base/error.h"
#include "spec/runtime.h"

#include <stdbool.h>

/* Writes uid_map and gid_map of a process that is alone in its new user namespace. */
int idmap_write(pid_t pid, const struct rt_id_mappings *uids, const struct rt_id_mappings *gids,
                struct error *e) MUST_CHECK;

/* The host's id of one in the container; UINT32_MAX: it has none. */
uint32_t idmap_to_host(const struct rt_id_mappings *m, uint32_t id);

/*
 * A descriptor of a user namespace with these maps, in which nobody lives. Single-threaded callers
 * only; -1 and *e.
 */
int idmap_open(const struct rt_id_mappings *uids, const struct rt_id_mappings *gids,
               struct error *e) MUST_CHECK;

/* Maps a detached tree by that namespace: an id of the disk is an inside one. -errno. */
int idmap_apply(int tree, int userns, bool recursive);
