// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * How a container's child and its parent talk until the program runs.
 *
 *   parent (create.c, exec.c)                     child (init.c, exec.c)
 *   -------------------------                     ----------------------
 *   cgroup made
 *   clone3 ------------------------------------>  cgroup joined, keyring, namespaces
 *                                 <-- NAMESPACES  (only when the parent wants to know)
 *   namespaces_ready(): network                   root, mounts, devices
 *   log_warn()                    <-- WARNING
 *   create_runtime(): hooks       <-- MOUNTED     (only when there are such hooks)
 *                          GO ON -->              pivot_root
 *   seccomp(): agent              <-- LISTENER    (only when the filter asks an agent)
 *                                                 identity, executable found
 *   oci_create returns            <-- READY       with the pty master beside it
 *                        START -->
 *                                 <-- EXEC        seccomp, execveat of the trampoline, which
 *   oci_start returns             <-- end of file executes the program
 *
 *   at any time                   <-- ERROR       then the child exits; the sentence is final
 *
 * With a start_socket the child closes the pair behind READY and waits for a connection; who
 * connects takes the parent's place from START on. A connection that ends without START is
 * forgotten and the next one awaited.
 *
 * One SEQPACKET pair, close-on-exec, open through execve. That gives the end its meaning:
 *   EXEC, then end of file    the program runs
 *   EXEC, then REFUSED        execve failed; only its errno is told, since by then the process
 *                             belongs to the container and its words are not ours
 *   EXEC, then UNFILTERED     the seccomp filter could not be loaded; only an errno as well
 *   end of file without EXEC  the child died; its wait status is the cause
 *   end of file in the child  the parent died: the child exits without a word
 *
 * One datagram is one struct sync_msg; without a sentence only its head travels. An ERROR whose
 * kind is zero cannot be sent and is not believed when received: zero is never an error.
 */
#include "base/error.h"

enum sync_kind {
    SYNC_NAMESPACES = 1, /* child: its namespaces exist */
    SYNC_MOUNTED,        /* child: all mounts are made; waits for GO_ON */
    SYNC_GO_ON,          /* parent: its hooks have run */
    SYNC_WARNING,        /* child: the start goes on, but the user must know */
    SYNC_READY,          /* child: waits for START */
    SYNC_EXEC,           /* child: execve comes next, of the path in the text */
    SYNC_REFUSED,        /* trampoline: execve failed with errnum */
    SYNC_UNFILTERED,     /* child: the filter that comes last could not be loaded, errnum */
    SYNC_LISTENER,       /* child: the descriptor beside it listens to its filter (listener.h) */
    SYNC_ERROR,          /* child: failed */
    SYNC_START,          /* parent: execute the program */
    SYNC_KIND_COUNT,
};

/* Why a program cannot be executed; decides between exit codes 126 and 127. */
enum sync_program {
    SYNC_PROGRAM_OK, /* not the program's fault */
    SYNC_PROGRAM_NOT_FOUND,
    SYNC_PROGRAM_DENIED,
    SYNC_PROGRAM_COUNT,
};

#define SYNC_HEAD_SIZE offsetof(struct sync_msg, error)

struct sync_msg {
    enum sync_kind kind;
    enum sync_program program; /* ERROR only */
    int errnum;                /* REFUSED and UNFILTERED only */
    struct error error;        /* ERROR; WARNING and EXEC use its text alone */
};

/* A message without a sentence; fd >= 0 travels with it. -errno (-EPIPE: the other side is gone).
 */
int sync_send(int sock, enum sync_kind kind, int fd);

/* ERROR; an *e that holds none is sent as an internal error. */
int sync_send_error(int sock, const struct error *e, enum sync_program program);

/* UNFILTERED. */
int sync_send_unfiltered(int sock, int errnum);

/* WARNING or EXEC with its text. */
int sync_send_text(int sock, enum sync_kind kind, const char *fmt, ...) PRINTF_LIKE(3, 4);
#define sync_send_warning(sock, ...) sync_send_text(sock, SYNC_WARNING, __VA_ARGS__)

/*
 * The next message: 1, 0 at end of file, -errno; -EPROTO for a message that is none of ours.
 * Waits. *ret_fd (may be NULL) is the descriptor that came with it or FD_NONE.
 */
int sync_recv(int sock, struct sync_msg *ret, int *ret_fd);
