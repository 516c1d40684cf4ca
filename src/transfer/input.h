// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The bytes of an archive as they come: a file, a pipe, a socket. Buffered, so that the first
 * bytes can be looked at; interruptible, so that a silent pipe does not outlive a Ctrl-C.
 */
#include "base/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define INPUT_BUFFER (256u << 10)

struct input {
    int fd;      /* borrowed */
    int stop_fd; /* readable once input_stop() was called */
    bool may_block;
    /* For a file that somebody else still writes: asked at its end, with how much was read. 1: look
     * again (it waits a moment itself), 0: that is all, -1: there will be no more. NULL: none. */
    int (*more)(void *ctx, int64_t have, struct error *e);
    void *more_ctx;
    bool ended;
    uint8_t *buf;
    size_t pos, len;
    int64_t size;          /* of a regular file, else -1: what progress is measured against */
    _Atomic int64_t taken; /* bytes read from fd so far; read by the progress report */
};

/* fd stays the caller's. */
void input_init(struct input *in, int fd);
/* From another thread: whoever waits in here gets ERR_CANCELLED. */
void input_stop(struct input *in);
void input_done(struct input *in);
DEFINE_CLEANUP(input, struct input, input_done);

/*
 * Makes at least 'want' bytes (at most INPUT_BUFFER) available at buf + pos unless the end comes
 * first. Returns how many are there; 0 is the end.
 */
ssize_t input_fill(struct input *in, size_t want, struct error *e);

/* Up to n bytes to dst, without the detour over the buffer where it is empty; 0 is the end. */
ssize_t input_read(struct input *in, uint8_t *dst, size_t n, struct error *e);

static inline const uint8_t *input_data(const struct input *in)
{
    return in->buf + in->pos;
}

static inline void input_consume(struct input *in, size_t n)
{
    in->pos += n;
}
