// SPDX-License-Identifier: Apache-2.0
#pragma once
/* A set of sha256 digests ("sha256:<hex>", valid ones only). All zero is the empty set. */
#include "base/defs.h"

#include <stdbool.h>

struct digest_set {
    unsigned char (*slots)[33]; /* 32 bytes and whether it is taken */
    size_t size;                /* a power of two */
    size_t used;
};

void digest_set_done(struct digest_set *s);
DEFINE_CLEANUP(digest_set, struct digest_set, digest_set_done);
/* True when it was not in there. */
bool digest_set_add(struct digest_set *s, const char *digest);
bool digest_set_has(const struct digest_set *s, const char *digest);
