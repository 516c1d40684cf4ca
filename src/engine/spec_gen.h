// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * From what the user asked for to an OCI runtime specification: the mounts, devices, masked paths,
 * capabilities and limits that Docker gives a container.
 */
#include "engine/container.h"
#include "spec/runtime.h"

/*
 * Fills spec (already initialised). Users and groups are left for spec_complete(), which needs the
 * image's files. Names in config were checked by create; what depends on the host (devices,
 * limits) is checked here.
 */
int spec_generate(struct engine *eng, const struct container *c, struct rt_spec *spec,
                  struct error *e) MUST_CHECK;

/* In the child, rootfd being the container's root folder: user, groups, HOME, working folder. */
int spec_complete(const struct ctr_config *c, int rootfd, struct rt_spec *spec,
                  struct error *e) MUST_CHECK;

/* Capability masks for a user's wishes, as Docker computes them; also for exec. */
int spec_capabilities(const struct ctr_config *c, uint64_t *ret, struct error *e) MUST_CHECK;

/* The seccomp filter for a container or an exec in it; from the cache. */
int spec_seccomp(struct engine *eng, const struct ctr_config *c, uint64_t caps, bool privileged,
                 struct rt_seccomp *ret, struct error *e) MUST_CHECK;

/* The environment before HOME: defaults, then the container's. */
void spec_environment(const struct ctr_config *c, bool tty, struct strv *ret);
