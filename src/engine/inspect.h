// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Docker's JSON views of our objects. All return a new reference, or NULL and *e. */
#include "engine/container.h"

/* size: with SizeRw and SizeRootFs. */
json_t *inspect_container(struct engine *eng, const struct container *c, bool size,
                          struct error *e);
json_t *inspect_image(struct engine *eng, const struct image *image, struct error *e);
json_t *inspect_volume(struct engine *eng, const char *name, struct error *e);

/* 'info' and 'version' (Client and Server parts, as Docker's --format json). */
json_t *engine_info(struct engine *eng, struct error *e);
json_t *engine_version(void);
