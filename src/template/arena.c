// SPDX-License-Identifier: Apache-2.0
#include "template/arena.h"

#include "base/alloc.h"

#include <string.h>

#define CHUNK_SIZE 8192
#define ALIGNMENT  16

struct arena_chunk {
    struct arena_chunk *next;
    char data[] __attribute__((aligned(ALIGNMENT)));
};

void *arena_alloc(struct arena *a, size_t n)
{
    n = n < ALIGNMENT ? ALIGNMENT : n;
    if (n > a->max || a->total > a->max - n) {
        return NULL;
    }
    n = (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    a->total += n;
    if (n > a->size - a->used) {
        size_t size = MAX(n, (size_t) CHUNK_SIZE);
        struct arena_chunk *c = xcalloc(1, sizeof(*c) + size);

        c->next = a->chunks;
        a->chunks = c;
        a->size = size;
        a->used = 0;
    }
    void *p = a->chunks->data + a->used;

    a->used += n;
    return p;
}

char *arena_copy(struct arena *a, const char *s, size_t n)
{
    char *p = n < SIZE_MAX ? arena_alloc(a, n + 1) : NULL;

    if (p) {
        memcpy(p, s, n);
        p[n] = '\0';
    }
    return p;
}

void arena_done(struct arena *a)
{
    while (a->chunks) {
        struct arena_chunk *next = a->chunks->next;

        free(a->chunks);
        a->chunks = next;
    }
    *a = (struct arena) ARENA_INIT(a->max);
}
