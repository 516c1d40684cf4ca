// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Running the program hoy-image, which moves the bytes of images (docs/design/transfer.md). */
#include "base/json.h"
#include "engine/engine.h"

/* Told each line that hoy-image says while it works, by its type: "layer", "progress", "result"...
 * What the lines hold comes from images and registries. */
struct image_progress {
    void (*line)(void *ctx, const char *type, const json_t *line);
    void *ctx;
};

/* What it said in the end. */
struct image_answer {
    char *id; /* the result's */
    struct strv chain_ids;
    struct error failure;
};
void image_answer_done(struct image_answer *a);
DEFINE_CLEANUP(image_answer, struct image_answer, image_answer_done);

/* Runs it with these arguments (behind --root); our stdin is its stdin. Its error becomes ours.
 * progress may be NULL. */
int image_helper_run(struct engine *eng, const struct strv *args, struct image_answer *ret,
                     const struct image_progress *progress, struct error *e) MUST_CHECK;
