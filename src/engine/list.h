// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Containers and images by filter; what ps and images print. */
#include "engine/container.h"

/*
 * One parsed --filter set: key -> values. Values of one key are alternatives, keys are all needed.
 * For containers: id name label status ancestor before since exited volume network publish expose
 * is-task health. Images: dangling label before since reference until.
 */
struct list_filter {
    struct strv keys; /* parallel lists */
    struct strv values;
};

void list_filter_done(struct list_filter *f);
DEFINE_CLEANUP(list_filter, struct list_filter, list_filter_done);

/* Adds one "key=value". ERR_INVALID "bad format of filter (expected name=value)". */
int list_filter_add(struct list_filter *f, const char *expr, struct error *e) MUST_CHECK;

struct list_options {
    bool all;                         /* also those that do not run */
    int64_t last;                     /* the n newest, running or not; <= 0: no limit */
    const struct list_filter *filter; /* may be NULL */
};

/* Newest first; free with ctr_list_free. ERR_INVALID "Invalid filter 'x'". */
int ctr_list(struct engine *eng, const struct list_options *o, struct container **ret,
             size_t *ret_count, struct error *e) MUST_CHECK;
void ctr_list_free(struct container *list, size_t count);

/* Bytes in the writable layer, and with all layers of its image. */
int ctr_size(struct engine *eng, const struct container *c, int64_t *ret_rw, int64_t *ret_root,
             struct error *e) MUST_CHECK;

/* Images that pass the filter, newest first; free with image_list_free. all: intermediate too. */
int engine_image_list(struct engine *eng, const struct list_filter *f, struct image **ret,
                      size_t *ret_count, struct error *e) MUST_CHECK;

/* Unpacked size of an image: the sum of its layers. */
int engine_image_size(struct engine *eng, const struct image *image, int64_t *ret,
                      struct error *e) MUST_CHECK;
