// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * One byte stream handed from one thread to several, in chunks, with bounded memory.
 *
 *   producer                        reader i (each sees every byte)
 *   p = ring_reserve(r, &room)      n = ring_next(r, i, &data)   releases the chunk before
 *   ... fills p ...                 ... uses data[0..n) ...
 *   ring_publish(r, n)              0: end, -1: the stream failed
 *   ring_end(r)
 *
 * The first ring_fail() of any thread ends the stream for all of them; ring_error() has its cause.
 * A reader that wants no more calls ring_leave(), so that it holds nobody up.
 */
#include "base/error.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define RING_CHUNK   (256u << 10) /* two of them fit in a usual L2 cache */
#define RING_CHUNKS  16u
#define RING_READERS 2

struct ring {
    pthread_mutex_t mutex;
    pthread_cond_t room; /* a reader moved on */
    pthread_cond_t data; /* the producer moved on */
    uint8_t *memory;
    size_t length[RING_CHUNKS];
    uint64_t head;               /* chunks published */
    uint64_t tail[RING_READERS]; /* chunks released by each reader */
    bool holds[RING_READERS];    /* the reader still uses chunk 'tail' */
    bool left[RING_READERS];
    unsigned readers;
    bool ended;
    bool failed;
    struct error cause;
};

/* readers: 1 to RING_READERS. */
void ring_init(struct ring *r, unsigned readers);
void ring_done(struct ring *r);
DEFINE_CLEANUP(ring, struct ring, ring_done);

/* Waits for a free chunk; NULL when the stream has failed. *ret_room is RING_CHUNK. */
uint8_t *ring_reserve(struct ring *r, size_t *ret_room);
/* n may be 0 (nothing is published). */
void ring_publish(struct ring *r, size_t n);
void ring_end(struct ring *r);

ssize_t ring_next(struct ring *r, unsigned reader, const uint8_t **ret);
void ring_leave(struct ring *r, unsigned reader);

void ring_fail(struct ring *r, const struct error *cause);
bool ring_failed(struct ring *r);
/* Copies the first failure to *e; returns -1, or 0 when there was none. */
int ring_error(struct ring *r, struct error *e);
