// SPDX-License-Identifier: Apache-2.0
#pragma once
/* SHA-256 as image digests spell it ("sha256:<64 hex>"), on libcrypto (which uses SHA-NI). */
#include "base/error.h"

#include <openssl/evp.h>

#define DIGEST_SIZE 72 /* "sha256:" + 64 + NUL */

struct digest {
    EVP_MD_CTX *ctx; /* NULL when libcrypto refused it: every call then says so */
};

void digest_init(struct digest *d);
void digest_done(struct digest *d);
DEFINE_CLEANUP(digest, struct digest, digest_done);

void digest_update(struct digest *d, const void *data, size_t n);
/* ERR_INTERNAL when libcrypto failed at any step. Ends the hashing. */
int digest_final(struct digest *d, char ret[DIGEST_SIZE], struct error *e) MUST_CHECK;

/* Of n bytes in one call. */
int digest_of(const void *data, size_t n, char ret[DIGEST_SIZE], struct error *e) MUST_CHECK;
