// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Containers with a user namespace (user_namespaces(7)). Private to oci/.
 *
 *   parent                                      child
 *   trees_open()      trees of the host cloned
 *   clone3 ---------------------------------->  born in the new namespace, without ids
 *   userns_settle()   ids, limits, oom score    step_user_namespace waits
 *                       GO ON --------------->  becomes the namespace's root
 *
 * The child never has a privilege on the host, so the parent does what takes one: it clones the
 * trees that are bound into the container (the container's root may not reach their paths; the
 * clones are attached in the child), writes the maps, raises limits and sets the oom score. All
 * other namespaces are made in the same clone3 or later, so the user namespace owns them.
 */
#include "oci/child.h"

/*
 * Trees of the host that the parent clones before the child is there (rootfs_tree, mount_fds): all
 * that is bound when the child could not reach it (a user namespace, a mount namespace by path),
 * and those whose ids are mapped, which takes the host's privileges, too.
 */
bool trees_wanted(const struct rt_spec *spec);
int trees_open(struct child *c, struct error *e) MUST_CHECK;
void trees_close(struct child *c);

/* In the parent when the child waits. */
int userns_settle(const struct rt_spec *spec, const struct oci_process *p,
                  struct error *e) MUST_CHECK;
