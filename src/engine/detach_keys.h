// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The keys that detach from a container: "ctrl-p,ctrl-q" and the like, and finding them in what the
 * user types. Keys that may be the start of the sequence are held back until the next key decides.
 */
#include "base/error.h"

#include <stdbool.h>

#define DETACH_KEYS_MAX     32
#define DETACH_KEYS_DEFAULT "ctrl-p,ctrl-q"

struct detach_keys {
    unsigned char keys[DETACH_KEYS_MAX];
    size_t count; /* 0: cannot detach */
    size_t held;  /* keys[0, held) were typed and not passed on yet */
};

/*
 * Comma-separated: a single character, ctrl-a to ctrl-z, ctrl-@ ctrl-[ ctrl-\ ctrl-] ctrl-^ ctrl-_,
 * DEL. Empty: the default. ERR_INVALID "Invalid escape keys (X) provided", as Docker.
 */
int detach_keys_parse(const char *text, struct detach_keys *ret, struct error *e) MUST_CHECK;

/*
 * Passes on what may go to the container: of n bytes of 'in' into 'out' (at least
 * n + DETACH_KEYS_MAX bytes); *ret_n of them. True when the sequence is complete; nothing after
 * it is passed on.
 */
bool detach_keys_filter(struct detach_keys *k, const char *in, size_t n, char *out, size_t *ret_n);
