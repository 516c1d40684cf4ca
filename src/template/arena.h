// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Memory that is freed all at once: for one parsed template, one run of it. It has a maximum; once
 * that is reached every further arena_alloc gives NULL.
 */
#include "base/defs.h"

#include <stdbool.h>
#include <stdint.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks;
    size_t used; /* of the newest chunk */
    size_t size; /* of the newest chunk */
    size_t total;
    size_t max;
};

#define ARENA_INIT(max_bytes)                                                                      \
    {                                                                                              \
        .max = (max_bytes)                                                                         \
    }

/* n zeroed bytes, aligned for any type; NULL: over the maximum. */
void *arena_alloc(struct arena *a, size_t n);
/* A NUL-terminated copy of s[0..n), or NULL. */
char *arena_copy(struct arena *a, const char *s, size_t n);
void arena_done(struct arena *a);
DEFINE_CLEANUP(arena, struct arena, arena_done);
