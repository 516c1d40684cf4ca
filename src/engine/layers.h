// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Unpacked layers between the images and containers that need them. */
#include "engine/container.h"

/*
 * Lock that keeps images from being removed while a container is made from one (shared), or for
 * removing (exclusive). Descriptor or -1; closing it releases.
 */
int engine_images_lock(struct engine *eng, bool exclusive, struct error *e) MUST_CHECK;

/*
 * Removes all layers but those that images and containers need, leftovers of crashes included.
 * With both locks: the images' (exclusive) and the store's.
 */
int engine_layers_sweep(struct engine *eng, struct error *e) MUST_CHECK;

/*
 * Mends what an import or rmi left that was killed half-way: layers and blobs that no image needs
 * go. One system call when there is nothing.
 */
int engine_images_mend(struct engine *eng, struct error *e) MUST_CHECK;

/*
 * After a container was removed: when its image went before it ('rmi -f'), removes those of its
 * layers that no image and no other container needs. Cheap when the image is there.
 */
int engine_layers_release(struct engine *eng, const struct ctr_config *gone,
                          struct error *e) MUST_CHECK;
