// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The three files that every container gets from us: /etc/hostname, /etc/hosts, /etc/resolv.conf.
 * They lie in the container's folder and are bound into it, so that they can change while it runs.
 */
#include "engine/container.h"

int etcfiles_write(struct container *c, struct error *e) MUST_CHECK;

/* Host path of the folder in which they lie; the caller frees it. */
char *ctr_dir_path(const struct engine *eng, const struct container *c);
