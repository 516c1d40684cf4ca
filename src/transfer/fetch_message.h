// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What the two halves of hoy-image say to each other, one typed datagram at a time (they are two
 * copies of the same program):
 *
 *   the half with the store            the fetcher (fetcher.h)
 *   fetch_request + descriptor  ---->
 *                               <----  FETCH_PROGRESS ...
 *                               <----  FETCH_DONE | FETCH_FAILED
 *
 * The fetcher writes what it gets into the descriptor, at the offset it was told. Nothing it says
 * or writes is trusted: digests are computed by the other side.
 */
#include "base/error.h"

#include <stdint.h>

enum fetch_op {
    FETCH_PING,     /* is this a registry, and does it know us? */
    FETCH_MANIFEST, /* reference: tag or digest; size: the most that is taken */
    FETCH_BLOB,     /* reference: digest; offset: bytes there already; size: of the whole */
    FETCH_TAGS,     /* reference: "" or the last tag of the page before; size: as above */
    FETCH_OP_COUNT,
};

struct fetch_request {
    int id; /* chosen by the asker, repeated in replies */
    enum fetch_op op;
    int64_t offset;
    int64_t size;
    char reference[300];
};

enum fetch_reply_type {
    FETCH_PROGRESS, /* bytes: how many are in the descriptor, from its beginning */
    FETCH_DONE,
    FETCH_FAILED,
    FETCH_REPLY_TYPE_COUNT,
};

struct fetch_reply {
    int id;
    enum fetch_reply_type type;
    int64_t bytes;
    int status;           /* HTTP's, of a failure; 0: there was no answer */
    char media_type[130]; /* Content-Type without its parameters */
    char digest[80];      /* Docker-Content-Digest, or "" */
    struct error error;
};
