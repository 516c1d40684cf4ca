// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * One layer that is fetched: the fetcher writes its blob into a partial file, and a thread reads
 * behind it, hashing and unpacking what has arrived.
 */
#include "transfer/layer_ingest.h"
#include "transfer/partial.h"
#include "transfer/store_open.h"

#include <pthread.h>

struct pull_layer {
    /* inputs */
    const char *digest;  /* of the blob, borrowed */
    const char *diff_id; /* borrowed */
    int64_t size;        /* of the blob, as the manifest says */
    bool lowest;
    bool want_layer; /* it is not unpacked */
    bool want_blob;  /* it is not in the store */
    int wake_fd;     /* eventfd, written to when the thread ends */

    struct partial partial;
    int blob_fd; /* the store's own blob, when it is there and only the layer is missing */
    struct storage_draft draft;

    /* what has arrived; shared with the thread */
    pthread_mutex_t mutex;
    pthread_cond_t grown;
    int64_t arrived;
    bool all;             /* no more is to come */
    struct error trouble; /* there will be no more, because */

    /* the thread */
    pthread_t thread;
    bool running;
    _Atomic bool ended;
    bool finished; /* and joined, with success */
    struct error error;

    /* the fetch */
    int fetch_id; /* 0: not asked */
    bool fetching;
    bool resumed; /* the partial had something in it */
    bool told;    /* the fetch's end */
    int64_t told_at;
};

void pull_layer_init(struct pull_layer *l);
/* keep: what has arrived is worth going on with. */
void pull_layer_done(struct pull_layer *l, const struct opened_store *s, bool keep);

/* Opens what it needs in the store. May wait for another process that fetches the same. */
int pull_layer_open(struct pull_layer *l, const struct opened_store *s, const struct strv *chain,
                    struct error *e) MUST_CHECK;

int pull_layer_start(struct pull_layer *l, struct error *e) MUST_CHECK;
/* More bytes, or (all) the last. */
void pull_layer_grow(struct pull_layer *l, int64_t arrived, bool all);
/* No more bytes will come; the thread ends with this error. */
void pull_layer_fail(struct pull_layer *l, const struct error *cause);
/* Waits for the thread; its result. */
int pull_layer_join(struct pull_layer *l, struct error *e) MUST_CHECK;
