// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The streams of a program that exec started: what goes between our terminal and it.
 *
 * Without a terminal of its own a program gets our files and pipes as they are; where ours is a
 * terminal it gets a pipe and we copy, so that it does not take a terminal for granted that was
 * not asked for (no -t), as with Docker.
 */
#include "base/error.h"
#include "engine/detach_keys.h"

#include <sys/types.h>

struct relay {
    int child[3]; /* to give to the program; close with relay_started() */
    int ours[3];  /* other ends, FD_NONE where the program has our own file */
    bool tty;
    struct detach_keys *keys; /* with tty; NULL: cannot detach */
    bool detached;            /* the user typed the keys */
};

/* want_stdin: -i; without it the program reads /dev/null. */
int relay_open(struct relay *r, bool tty, bool want_stdin, struct error *e) MUST_CHECK;

/* The program runs: closes its ends here. console: its terminal (r->tty), then owned by r. */
void relay_started(struct relay *r, int console);

/* Copies until the program ends (pidfd), or detaching. */
int relay_run(struct relay *r, int pidfd, struct error *e) MUST_CHECK;

void relay_close(struct relay *r);
DEFINE_CLEANUP(relay, struct relay, relay_close);
