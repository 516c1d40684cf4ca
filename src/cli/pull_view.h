// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a pull shows while it runs, as Docker's client: on a terminal a line for each layer with a
 * bar, redrawn in place; else a line for each step.
 */
#include "engine/image_helper.h"

#include <stdio.h>

struct pull_view {
    FILE *out;
    bool terminal;
    struct strv ids;                /* layers in the order of their lines */
    struct image_progress progress; /* to be given to the engine */
};

/* out: standard output for 'pull', standard error for what 'run' fetches. */
void pull_view_init(struct pull_view *v, FILE *out);
void pull_view_done(struct pull_view *v);
DEFINE_CLEANUP(pull_view, struct pull_view, pull_view_done);
