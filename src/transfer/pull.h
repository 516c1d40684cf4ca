// SPDX-License-Identifier: Apache-2.0
#pragma once
/* hoy-image pull: an image from a registry into the store. */
#include "transfer/registry.h"

struct pull_options {
    const char *root;      /* the data folder */
    const char *reference; /* as the user typed it */
    const char *platform;  /* NULL: this machine's */
    bool all_tags;
    struct registry_options registry;
};

/*
 * Reports "pull" (what begins), "layer" lines and the result (docs/design/registry.md). Errors are
 * "pull 'REFERENCE': cause"; what has arrived of layers stays for the next time when the connection
 * broke or a stop was requested, else nothing is left.
 */
int pull_run(const struct pull_options *o, struct error *e) MUST_CHECK;
