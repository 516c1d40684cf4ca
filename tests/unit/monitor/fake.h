// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A fake container for the monitor's tests: a shell as init, on pipes or a terminal, with a forked
 * launcher beside it that runs the loop and may become the real hoy-monitor. The test is client 0
 * and can connect more.
 */
#include "base/attach_proto.h"
#include "base/defs.h"
#include "base/strbuf.h"
#include "monitor/monitor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define FAKE_ID  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define FAKE_MAX (64u << 20) /* bytes of output that a test keeps */

enum fake_way {
    FAKE_IN_PROCESS, /* the launcher runs the loop to the end */
    FAKE_HANDOVER,   /* it becomes hoy-monitor at once */
    FAKE_WAY_COUNT,
};

struct fake_options {
    const char *script; /* for sh -c, in the run folder */
    const char *fifo;   /* a named pipe in the run folder that the script may wait on */
    enum fake_way way;
    bool tty;
    bool no_client;   /* nobody is attached from the start */
    uint32_t flags;   /* MONITOR_* */
    uint32_t want;    /* of client 0; 0: everything */
    int64_t max_size; /* 0: the default */
    uint32_t files;   /* 0: the default */
    bool no_log;
    const char *log_dir; /* NULL: the run folder */
    const char *monitor; /* NULL: build/hoy-monitor */
    int64_t deadline;    /* nanoseconds from now for the in-process part before a handover */
};

struct fake {
    char dir[64]; /* run folder and log folder */
    int dir_fd;
    int log_dir_fd;
    int client; /* our end of client 0's socket */
    pid_t launcher;
    int init; /* pidfd of the container's init */
    int fifo_fd;
};

/* Makes folders and processes; everything that fails fails the test. */
void fake_start(struct fake *f, const struct fake_options *o);

/* Waits for the launcher's end and removes the folder. Returns its wait status. */
int fake_stop(struct fake *f);

/* Writes text to the script's named pipe, once it reads there. */
void fake_fifo(struct fake *f, const char *name, const char *text);

/* Polls for a condition; fails the test when it does not come true for 30 s. */
void wait_until(bool (*condition)(void *context), void *context);
void wait_for_file(int dir_fd, const char *name);

/* Until the launcher has become hoy-monitor. */
void wait_for_program(const struct fake *f);

/* Connects and attaches; waits for HELLO. */
int fake_connect(struct fake *f, uint32_t want);

void frame_send(int fd, enum attach_type type, const void *data, size_t n);

/* Next frame's type, its payload in buf (ATTACH_FRAME_MAX) and *ret_n; ATTACH_TYPE_NONE at end of
 * file. Fails the test when nothing comes for 30 s. */
enum attach_type frame_recv(int fd, char *buf, size_t *ret_n);

struct output {
    struct strbuf out;
    struct strbuf err;
    struct attach_exit end;
    bool ended; /* EXIT came */
};
#define OUTPUT_INIT                                                                                \
    {                                                                                              \
        .out = STRBUF_INIT(FAKE_MAX), .err = STRBUF_INIT(FAKE_MAX)                                 \
    }
void output_done(struct output *o);
DEFINE_CLEANUP(output, struct output, output_done);

/* Collects frames until EXIT, or until out holds 'until' (when not NULL). */
void output_collect(struct output *o, int fd, const char *until);

/* Content of dir_fd/name; NULL when absent. The caller frees it. */
char *slurp(int dir_fd, const char *name, size_t *ret_n);

/* The live log, or number n of the rotated ones. */
char *slurp_log(const struct fake *f, unsigned n);
