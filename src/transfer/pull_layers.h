// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * All layers of an image: several are fetched and unpacked at once; then made visible together.
 * Layers and blobs that are in the store already are not fetched.
 */
#include "base/strv.h"
#include "transfer/fetch.h"
#include "transfer/store_open.h"

struct pull_layer;

struct pull_layers {
    const struct opened_store *store; /* borrowed, as all inputs */
    struct fetch *fetch;
    const struct strv *digests; /* of the blobs, lowest first */
    const struct strv *diff_ids;
    const int64_t *sizes; /* of the blobs */

    struct pull_layer *items; /* one for each that differs */
    size_t count;
    int wake_fd;
    int64_t fetched; /* how many were not there */
    bool failed;
    enum err_kind failure;
};

void pull_layers_init(struct pull_layers *p);
/* What was not committed is dropped; what has arrived stays for the next time, where that helps. */
void pull_layers_done(struct pull_layers *p);
DEFINE_CLEANUP(pull_layers, struct pull_layers, pull_layers_done);

/* Reports each (report.h, "layer"). "layer 'sha256:...': cause" */
int pull_layers_run(struct pull_layers *p, struct error *e) MUST_CHECK;

/* With the store's lock: makes them visible. 1: one that was there is gone, all begins again. */
int pull_layers_commit(struct pull_layers *p, struct error *e) MUST_CHECK;
/* With the lock: takes back what a commit made, when what follows it failed. Is the store clean? */
bool pull_layers_take_back(struct pull_layers *p);
