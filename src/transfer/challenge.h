// SPDX-License-Identifier: Apache-2.0
#pragma once
/* WWW-Authenticate (RFC 9110 section 11.6.1): what a registry wants to see first. Hostile text. */
#include "base/defs.h"

enum challenge_scheme {
    CHALLENGE_NONE, /* nothing we know */
    CHALLENGE_BASIC,
    CHALLENGE_BEARER,
    CHALLENGE_SCHEME_COUNT,
};

struct challenge {
    enum challenge_scheme scheme;
    char *realm; /* URL of the token server; each may be NULL */
    char *service;
    char *scope;
};

void challenge_done(struct challenge *c);
DEFINE_CLEANUP(challenge, struct challenge, challenge_done);

/*
 * Adds one header's value to what is known: the first Bearer challenge counts, else Basic. *c is
 * all zero before the first. Text that is no challenge changes nothing.
 */
void challenge_parse(const char *value, struct challenge *c);
