// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The mounts and devices of a container; parts of spec_generate(). */
#include "engine/container.h"
#include "spec/runtime.h"

/* Where --init's small init program appears in the container, as Docker's. */
#define SPEC_INIT_PATH "/sbin/docker-init"

int spec_mounts(struct engine *eng, const struct container *c, struct rt_spec *spec,
                struct error *e) MUST_CHECK;
int spec_devices(const struct ctr_config *c, struct rt_spec *spec, struct error *e) MUST_CHECK;

/* Masked and read-only paths; none for --privileged. */
void spec_paths(const struct ctr_config *c, struct rt_spec *spec);

/* --cgroupns, or Docker's default: private on cgroup v2, the host's on v1. */
bool spec_cgroupns_is_host(const struct ctr_config *c);
