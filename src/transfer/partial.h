// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A blob that is being fetched: images/.partial-<hex>, named by the digest it is to have, so that a
 * later run goes on where a broken connection, a kill or a power cut stopped this one. Whoever
 * writes it holds an flock on it. Its bytes are worth nothing until their digest was computed.
 */
#include "image/store.h"

struct partial {
    int fd;       /* FD_NONE: none */
    int64_t have; /* bytes that were there when it was opened */
    char name[100];
};

/* Opens or makes it; waits for another process that fetches the same blob (ERR_CANCELLED when asked
 * to stop): look then whether the blob is there. */
int partial_open(const struct image_store *s, const char *digest, struct partial *ret,
                 struct error *e) MUST_CHECK;
/* Nothing of it can be used. */
int partial_restart(struct partial *p, struct error *e) MUST_CHECK;
/* Makes it the blob; as image_blob_commit(). */
int partial_commit(const struct image_store *s, struct partial *p, const char *digest,
                   struct error *e) MUST_CHECK;
/* Stays for a later run, when there is anything in it. */
void partial_keep(const struct image_store *s, struct partial *p);
void partial_drop(const struct image_store *s, struct partial *p);

/* Removes those that nobody went on with for a week. */
void partial_sweep(const struct image_store *s);
