// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Errors, in two tiers.
 *
 * Low: helpers that know no name the user typed return -errno and never speak.
 * High: everything else takes a 'struct error *e' as its last argument and returns 0 or -1.
 * The caller owns the struct; it holds no heap, so it needs no free, works in a child after
 * clone and when memory is out, and travels as one datagram.
 *
 * Sentences: lower case, no full stop, "verb 'name': cause". Each named step puts itself in
 * front with err_wrap(); when the text grows too long its front is cut, the cause stays.
 * Only cli/ and api/ print. To ignore an error on purpose: f(x, &(struct error){0}).
 */
#include "base/defs.h"

enum err_kind {
    ERR_NONE = 0,
    ERR_INVALID,     /* the request makes no sense: bad flag, name, size, JSON */
    ERR_NOT_FOUND,   /* no such container, image, file */
    ERR_EXISTS,      /* the name is taken */
    ERR_IN_USE,      /* busy: running container, image with containers, wrong state */
    ERR_DENIED,      /* permission */
    ERR_UNAVAILABLE, /* the other side does not answer, no space, out of resources */
    ERR_UNSUPPORTED, /* this kernel, file system or build cannot do it */
    ERR_TIMEOUT,
    ERR_CORRUPT,   /* stored or received data is not what its digest or format says */
    ERR_CANCELLED, /* a signal or the user ended it */
    ERR_INTERNAL,  /* a bug, or the system failed in a way we do not know */
    ERR_KIND_COUNT,
};

struct error {
    enum err_kind kind; /* ERR_NONE: no error */
    int errnum;         /* errno of the cause, 0 when there is none */
    char text[1000];
    char hint[200]; /* what to do about it, when we know; may be empty */
};

/* Each sets *e and returns -1, so that 'return err_set(...)' reads well. */
int err_set(struct error *e, enum err_kind kind, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Adds ": cause" for errnum (its sign does not matter) and picks the kind from it. */
int err_sys(struct error *e, int errnum, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Puts "step: " in front of an error already set. */
int err_wrap(struct error *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Adds a hint to an error already set; the first hint stays. */
int err_hint(struct error *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Forgets the error. */
void err_clear(struct error *e);

/* "invalid", "not_found", ...; used in logs, JSON between our programs, and tests. */
const char *err_kind_to_string(enum err_kind kind);

/* ERR_INTERNAL for a name that is not known. */
enum err_kind err_kind_from_string(const char *name);

/* Lower-case cause for an errno, as used after the colon: "no such file or directory". */
const char *err_cause(int errnum, char *buf, size_t size);
