// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The little languages of run's options, as Docker's client and daemon read them: -v, --mount,
 * --tmpfs, --ulimit, --device, --security-opt. Each appends to the configuration or fails with
 * Docker's sentence. Paths are only text here; nothing is looked up.
 */
#include "engine/container.h"

/* "/host:/ctr[:mode]", "name:/ctr[:mode]", "/ctr"; ./relative host paths are made absolute. */
int ctr_config_parse_volume(struct ctr_config *c, const char *spec, struct error *e) MUST_CHECK;

/* "type=bind|volume|tmpfs,source=...,target=...,readonly,..." (CSV). */
int ctr_config_parse_mount(struct ctr_config *c, const char *spec, struct error *e) MUST_CHECK;

/* "/path[:options]". */
int ctr_config_parse_tmpfs(struct ctr_config *c, const char *spec, struct error *e) MUST_CHECK;

/* "nofile=1024:2048". */
int ctr_config_parse_ulimit(struct ctr_config *c, const char *spec, struct error *e) MUST_CHECK;

/* RLIMIT_* of a name as in --ulimit; -EINVAL. */
int ctr_ulimit_resource(const char *name);

/* "/dev/host[:/dev/ctr][:rwm]". */
int ctr_config_parse_device(struct ctr_config *c, const char *spec, struct error *e) MUST_CHECK;

/* "no-new-privileges[:bool]", "seccomp=unconfined|FILE" (read now), "apparmor=...", "label=..." */
int ctr_config_parse_security_opt(struct ctr_config *c, const char *spec,
                                  struct error *e) MUST_CHECK;
