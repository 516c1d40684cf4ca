// SPDX-License-Identifier: Apache-2.0
#include "transfer/ring.h"

#include "base/alloc.h"

#include <string.h>

void ring_init(struct ring *r, unsigned readers)
{
    *r = (struct ring){.readers = readers};
    r->memory = xmalloc((size_t) RING_CHUNK * RING_CHUNKS);
    pthread_mutex_init(&r->mutex, NULL);
    pthread_cond_init(&r->room, NULL);
    pthread_cond_init(&r->data, NULL);
}

void ring_done(struct ring *r)
{
    if (!r->memory) {
        return;
    }
    pthread_cond_destroy(&r->data);
    pthread_cond_destroy(&r->room);
    pthread_mutex_destroy(&r->mutex);
    free(take_ptr(&r->memory));
}

/* Chunks that the slowest reader has not released; with the mutex held. */
static uint64_t in_use(const struct ring *r)
{
    uint64_t slowest = r->head;

    for (unsigned i = 0; i < r->readers; i++) {
        if (!r->left[i]) {
            slowest = MIN(slowest, r->tail[i]);
        }
    }
    return r->head - slowest;
}

uint8_t *ring_reserve(struct ring *r, size_t *ret_room)
{
    uint8_t *chunk = NULL;

    pthread_mutex_lock(&r->mutex);
    while (!r->failed && in_use(r) == RING_CHUNKS) {
        pthread_cond_wait(&r->room, &r->mutex);
    }
    if (!r->failed) {
        chunk = r->memory + (size_t) (r->head % RING_CHUNKS) * RING_CHUNK;
        *ret_room = RING_CHUNK;
    }
    pthread_mutex_unlock(&r->mutex);
    return chunk;
}

void ring_publish(struct ring *r, size_t n)
{
    if (n == 0) {
        return;
    }
    pthread_mutex_lock(&r->mutex);
    r->length[r->head % RING_CHUNKS] = n;
    r->head++;
    pthread_cond_broadcast(&r->data);
    pthread_mutex_unlock(&r->mutex);
}

void ring_end(struct ring *r)
{
    pthread_mutex_lock(&r->mutex);
    r->ended = true;
    pthread_cond_broadcast(&r->data);
    pthread_mutex_unlock(&r->mutex);
}

/* Gives the reader's current chunk back; with the mutex held. */
static void release(struct ring *r, unsigned reader)
{
    if (r->holds[reader]) {
        r->holds[reader] = false;
        r->tail[reader]++;
        pthread_cond_signal(&r->room);
    }
}

ssize_t ring_next(struct ring *r, unsigned reader, const uint8_t **ret)
{
    ssize_t n = 0;

    pthread_mutex_lock(&r->mutex);
    release(r, reader);
    while (!r->failed && !r->ended && r->tail[reader] == r->head) {
        pthread_cond_wait(&r->data, &r->mutex);
    }
    if (r->failed) {
        n = -1;
    } else if (r->tail[reader] != r->head) {
        size_t slot = (size_t) (r->tail[reader] % RING_CHUNKS);

        *ret = r->memory + slot * RING_CHUNK;
        n = (ssize_t) r->length[slot];
        r->holds[reader] = true;
    }
    pthread_mutex_unlock(&r->mutex);
    return n;
}

void ring_leave(struct ring *r, unsigned reader)
{
    pthread_mutex_lock(&r->mutex);
    r->holds[reader] = false;
    r->left[reader] = true;
    pthread_cond_signal(&r->room);
    pthread_mutex_unlock(&r->mutex);
}

void ring_fail(struct ring *r, const struct error *cause)
{
    pthread_mutex_lock(&r->mutex);
    if (!r->failed) {
        r->failed = true;
        r->cause = *cause;
    }
    pthread_cond_broadcast(&r->data);
    pthread_cond_broadcast(&r->room);
    pthread_mutex_unlock(&r->mutex);
}

bool ring_failed(struct ring *r)
{
    pthread_mutex_lock(&r->mutex);
    bool failed = r->failed;

    pthread_mutex_unlock(&r->mutex);
    return failed;
}

int ring_error(struct ring *r, struct error *e)
{
    int ret = 0;

    pthread_mutex_lock(&r->mutex);
    if (r->failed) {
        *e = r->cause;
        ret = -1;
    }
    pthread_mutex_unlock(&r->mutex);
    return ret;
}
