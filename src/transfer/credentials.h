// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Who we are to a registry. */
#include "base/error.h"

#include <stdbool.h>

struct credentials {
    char *username;
    char *password;
    char *identity_token; /* instead of a password: exchanged for tokens */
};

void credentials_done(struct credentials *c);
DEFINE_CLEANUP(credentials, struct credentials, credentials_done);

static inline bool credentials_empty(const struct credentials *c)
{
    return !c->username && !c->identity_token;
}

/* "USER:PASSWORD"; ERR_INVALID without a colon. */
int credentials_parse(const char *text, struct credentials *ret, struct error *e) MUST_CHECK;

/* "Basic <base64>", the caller frees it. */
char *credentials_basic(const struct credentials *c);

/* base64 of "USER:PASSWORD", as Docker's files have it: -EINVAL. */
int credentials_decode(const char *text, struct credentials *ret);
/* The other way; the caller frees it. */
char *credentials_encode(const struct credentials *c);
