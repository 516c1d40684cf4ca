// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Side effects that must vanish when a later step fails. Each successful step pushes how it is
 * taken back; leaving the scope runs them last in, first out, unless undo_disarm() came first.
 *
 *   CLEANUP(undo) struct undo undo = UNDO_INIT;
 *   if (snapshot_prepare(...) < 0) { return -1; }
 *   undo_push(&undo, "remove snapshot", remove_snapshot, ctx);
 *   ...
 *   undo_disarm(&undo);
 *
 * A step that cannot be taken back does not stop the others; it is logged at debug level.
 */
#include "base/error.h"

#define UNDO_MAX 32

typedef int undo_fn(void *arg, struct error *e);

struct undo {
    struct {
        const char *name;
        undo_fn *fn;
        void *arg;
    } steps[UNDO_MAX];
    size_t count;
};

#define UNDO_INIT                                                                                  \
    {                                                                                              \
        .count = 0                                                                                 \
    }

/* arg must live as long as the undo; more than UNDO_MAX steps is a bug and aborts. */
void undo_push(struct undo *u, const char *name, undo_fn *fn, void *arg);
void undo_disarm(struct undo *u);
void undo_run(struct undo *u);
DEFINE_CLEANUP(undo, struct undo, undo_run);
