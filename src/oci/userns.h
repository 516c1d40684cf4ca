// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Containers with a user namespace (user_namespaces(7)). Private to oci/.
 *
 *   parent                                      child
 *   userns_prepare()  trees of the host cloned
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

/* In the parent before clone. userns_done() undoes it. */
int userns_prepare(struct child *c, struct error *e) MUST_CHECK;
void userns_done(struct child *c);

/* In the parent when the child waits. */
int userns_settle(const struct rt_spec *spec, const struct oci_process *p,
                  struct error *e) MUST_CHECK;
