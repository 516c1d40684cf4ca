// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Being in front of a container: our terminal or streams joined to it, until it ends. */
#include "cli/cli.h"
#include "engine/attach.h"
#include "engine/container.h"

struct session {
    struct engine *eng;
    struct container *c;
    unsigned want;           /* ATTACH_WANT_* */
    struct detach_keys keys; /* count 0: none */
    bool sig_proxy;          /* signals to us go to the container, unless it has a terminal */
    bool redraw;             /* attached late: let it draw its screen again */
    bool detach_is_failure;  /* attach: 1 after the detach keys, as Docker's */
};

/*
 * ERR_INVALID "the input device is not a TTY" when a container with a terminal is to get our
 * input, and that is none.
 */
int session_check_tty(bool tty, bool want_stdin, struct error *e) MUST_CHECK;

/* --detach-keys (NULL: the default). */
int session_keys(struct session *s, const char *text, struct error *e) MUST_CHECK;

/* ATTACH_WANT_* for three flags. */
unsigned session_want(bool in, bool out, bool err);

/* Says that keys have detached us from an attach or an exec; their exit code. */
int session_detached(void);

/*
 * Runs a connection, as ctr_start() and ctr_attach() give it, to its end and closes it. Returns the
 * exit code to give back: the container's, or 0 after detaching; failures are printed.
 */
int session_run(const struct cli *cli, struct session *s, int sock);
