// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Images as commands use them; bytes are moved by the program hoy-image, started from here. */
#include "engine/image_helper.h"
#include "engine/layers.h"
#include "engine/lifecycle.h"

/*
 * Finds an image for a new container and sees that all its layers are unpacked. With PULL_MISSING
 * an absent one is fetched, with PULL_ALWAYS each is; ERR_NOT_FOUND "No such image: X:tag".
 * progress (may be NULL) also gets the line "missing" {name} before an absent one is fetched.
 */
int engine_image_ensure(struct engine *eng, const char *name, enum pull_policy pull,
                        const struct image_progress *progress, struct image *ret,
                        struct error *e) MUST_CHECK;

/* With the lock: are all layers of it still there? */
int engine_image_verify(struct engine *eng, const struct image *image, struct error *e) MUST_CHECK;

struct import_options {
    const char *source;    /* file, folder, or "-" for standard input */
    const char *reference; /* NULL: no name */
    const char *message;
    const char *platform;
    struct strv changes;
};
/* *ret_id: "sha256:...", the caller frees it. */
int engine_image_import(struct engine *eng, const struct import_options *o, char **ret_id,
                        struct error *e) MUST_CHECK;

/* rmi: rules and sentences of image_remove(), with our containers as users; removes the layers
 * that are no longer needed, and says them as Docker does, by chain ID, in ret->deleted. */
int engine_image_remove(struct engine *eng, const char *name_or_id, bool force,
                        struct image_removed *ret, struct error *e) MUST_CHECK;

int engine_image_tag(struct engine *eng, const char *source, const char *target,
                     struct error *e) MUST_CHECK;
