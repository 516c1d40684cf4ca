// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Reading a container's log: <id>-json.log and its rotated forms, as the monitor (or Docker) wrote
 * them. Reads only, takes no lock, runs beside a monitor that writes and rotates. Lines that are
 * damaged (power cut, other programs) are passed over; what follows them is read.
 */
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum log_stream {
    LOG_STREAM_STDOUT,
    LOG_STREAM_STDERR,
};

struct logs_options {
    int64_t tail;    /* last entries only (before since and until count); negative: all */
    int64_t since;   /* nanoseconds since 1970, that moment included; 0: from the start */
    int64_t until;   /* that moment included; 0: to the end */
    bool timestamps; /* each entry begins with its time, nine digits of fraction, and a space */
    bool details;    /* then its attributes "k=v,k=v" (none from our monitor) and a space */
    bool follow;     /* goes on until end_fd is readable (or hung up) and all is read */
    int end_fd;      /* attach socket that got its HELLO and asked for nothing, or a pidfd;
                        negative: the container does not run, so there is nothing to follow */
};

struct logs_sink {
    /* One entry as it is to be printed, usually a line with its newline. Negative ends reading. */
    int (*entry)(void *context, enum log_stream stream, const char *data, size_t n);
    void *context;
};

/*
 * 0 also when there is no log yet. ERR_* of reading; a negative value of the sink is passed
 * through as it is, without an error.
 */
int logs_read(int log_dir_fd, const char *id, const struct logs_options *o,
              const struct logs_sink *sink, struct error *e) MUST_CHECK;
