// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a container's monitor and its clients (run, attach, start -a, wait) say to each other over
 * the SEQPACKET socket attach.sock in the container's run folder, or over one end of a socketpair
 * for the client that was there before the start. Both sides are of one machine and one
 * installation: native byte order, one datagram per frame, a 4-byte head and then the payload.
 *
 *   client                               monitor
 *     | -- ATTACH version, flags ---------> |   later clients only; the first one's flags are
 *     | <--------- HELLO version, flags --- |   in monitor_config, it just gets its HELLO
 *     | <------------- STDOUT / STDERR ---- |   as asked for by the flags; on a terminal all
 *     | -- STDIN bytes -------------------> |   output is STDOUT
 *     | -- RESIZE rows, columns ----------> |
 *     | -- STDIN_EOF ---------------------> |   closes the container's stdin if stdin_once
 *     | <----------------------- EXIT ----- |   after all output
 *     | <----------- end of file ---------- |   after the clean-up (run --rm returns only then)
 *
 * Detaching is closing. ERROR carries one sentence and is the last frame before end of file. End
 * of file without EXIT or ERROR means that the monitor was killed: the state says what is known.
 * A client that asks for no stream just waits for EXIT.
 */
#include <stdint.h>

#define ATTACH_PROTO_VERSION 2
#define ATTACH_SOCKET_NAME   "attach.sock"
#define ATTACH_FRAME_MAX     32768 /* head and payload */
#define ATTACH_PAYLOAD_MAX   (ATTACH_FRAME_MAX - (int) sizeof(struct attach_head))

enum attach_type {
    ATTACH_TYPE_NONE = 0,
    /* monitor to client */
    ATTACH_HELLO,  /* struct attach_hello */
    ATTACH_STDOUT, /* bytes */
    ATTACH_STDERR, /* bytes */
    ATTACH_EXIT,   /* struct attach_exit */
    ATTACH_ERROR,  /* sentence, no NUL */
    /* client to monitor */
    ATTACH_ATTACH,    /* struct attach_request */
    ATTACH_STDIN,     /* bytes */
    ATTACH_STDIN_EOF, /* nothing */
    ATTACH_RESIZE,    /* struct attach_resize */
    ATTACH_TYPE_COUNT,
};

/* What a client wants; 0: only the exit. */
#define ATTACH_WANT_STDIN  (1u << 0)
#define ATTACH_WANT_STDOUT (1u << 1)
#define ATTACH_WANT_STDERR (1u << 2)
#define ATTACH_WANT_ALL    (ATTACH_WANT_STDIN | ATTACH_WANT_STDOUT | ATTACH_WANT_STDERR)

/* What the container has (flags of HELLO). */
#define ATTACH_HAS_TTY   (1u << 0)
#define ATTACH_HAS_STDIN (1u << 1) /* it was made with an open stdin (-i) */

struct attach_head {
    uint8_t type; /* enum attach_type */
    uint8_t reserved[3];
};

struct attach_hello {
    uint32_t version;
    uint32_t flags; /* ATTACH_HAS_* */
};

struct attach_request {
    uint32_t version;
    uint32_t flags; /* ATTACH_WANT_* */
};

struct attach_resize {
    uint16_t rows;
    uint16_t columns;
};

struct attach_exit {
    int32_t code;        /* as a shell sees it: 0-255, 128 + signal */
    int32_t signal;      /* 0: it exited by itself */
    int64_t finished_at; /* nanoseconds since 1970 */
};
