// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The clients' side of a container's monitor: what run, start -a, attach and wait do with the
 * SEQPACKET socket that speaks base/attach_proto.h.
 *
 *   sock = start_result.attach_sock;                      (from before the start), or
 *   sock = ctr_attach(...);                               (later)
 *   attach_hello(sock, want or 0, &hello, e);             first frames
 *   attach_pump(&(struct attach_options){...}, &result, e);
 *   attach_wait(sock, &end, e);                           or just wait
 */
#include "base/attach_proto.h"
#include "base/error.h"
#include "engine/detach_keys.h"

/*
 * Asks for streams (ATTACH_WANT_*; 0: just the exit) and takes the answer. 'asked': the monitor
 * knows already what we want (the client from before the start), so only the answer is awaited.
 */
int attach_hello(int sock, uint32_t want, bool asked, struct attach_hello *ret,
                 struct error *e) MUST_CHECK;

struct attach_options {
    int sock;
    int stdin_fd;  /* negative: no input is taken; never made non-blocking */
    int stdout_fd; /* negative: that output is thrown away */
    int stderr_fd;
    bool tty;    /* the container has a terminal: raw mode if stdin is one, sizes, detaching */
    bool redraw; /* attaching to a running one: makes it draw its screen again, as Docker does */
    const struct detach_keys *detach; /* with tty; NULL: cannot detach */
    /*
     * Without tty: signals sent to us (Ctrl-C too) go here instead, for the container. Not those
     * of job control (SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT), SIGCHLD, SIGPIPE, SIGURG, SIGWINCH, nor
     * faults. NULL: they have their default effect on us.
     */
    void (*signal)(void *context, int sig);
    void *context;
};

struct attach_result {
    bool detached;          /* by keys; the container goes on */
    bool ended;             /* 'end' is set */
    struct attach_exit end; /* how the container ended */
};

/*
 * Copies until the container ends and its clean-up is done, or the user detaches. The terminal is
 * restored in any case. -1: the monitor died or refused us ("attach: ..."), or output could not be
 * written ("write to stdout: no space left on device"; then 'ended' may be set too: the rest was
 * thrown away and the end awaited). A closed pipe (EPIPE with SIGPIPE ignored) is no error: what
 * would go there vanishes. Single-threaded callers only (signal mask).
 */
int attach_pump(const struct attach_options *o, struct attach_result *ret,
                struct error *e) MUST_CHECK;

/* Waits for EXIT, throwing output away; not for the clean-up. */
int attach_wait(int sock, struct attach_exit *ret, struct error *e) MUST_CHECK;

/* Waits for end of file: the clean-up is done. Whatever comes before it is thrown away. */
void attach_wait_closed(int sock);
