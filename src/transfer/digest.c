// SPDX-License-Identifier: Apache-2.0
#include "transfer/digest.h"

#include <stdio.h>

void digest_init(struct digest *d)
{
    d->ctx = EVP_MD_CTX_new();
    if (d->ctx && EVP_DigestInit_ex(d->ctx, EVP_sha256(), NULL) != 1) {
        digest_done(d);
    }
}

void digest_done(struct digest *d)
{
    EVP_MD_CTX_free(d->ctx);
    d->ctx = NULL;
}

void digest_update(struct digest *d, const void *data, size_t n)
{
    if (d->ctx && EVP_DigestUpdate(d->ctx, data, n) != 1) {
        digest_done(d);
    }
}

int digest_final(struct digest *d, char ret[DIGEST_SIZE], struct error *e)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    int pos = snprintf(ret, DIGEST_SIZE, "sha256:");

    if (!d->ctx || EVP_DigestFinal_ex(d->ctx, sum, &n) != 1 || n != 32) {
        digest_done(d);
        return err_set(e, ERR_INTERNAL, "compute SHA-256: the crypto library refused");
    }
    digest_done(d);
    for (unsigned i = 0; i < n; i++) {
        pos += snprintf(ret + pos, DIGEST_SIZE - (size_t) pos, "%02x", sum[i]);
    }
    return 0;
}

int digest_of(const void *data, size_t n, char ret[DIGEST_SIZE], struct error *e)
{
    CLEANUP(digest) struct digest d;

    digest_init(&d);
    digest_update(&d, data, n);
    return digest_final(&d, ret, e);
}
