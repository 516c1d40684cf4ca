// SPDX-License-Identifier: Apache-2.0
#pragma once
/* hoy-image push: an image of the store to a registry. */
#include "transfer/registry.h"

struct push_options {
    const char *root;
    const char *reference;
    bool all_tags;
    struct registry_options registry;
};

/*
 * Sends the blobs the registry has not (or lets it take them from another repository of ours), then
 * the manifest, byte for byte as the store has them. Reports "push", "layer" lines and a "pushed"
 * line for each tag. Errors are "push 'REFERENCE': cause".
 */
int push_run(const struct push_options *o, struct error *e) MUST_CHECK;
