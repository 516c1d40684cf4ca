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
    /* What is read from the descriptor instead of written: */
    FETCH_PUT_BLOB, /* reference: digest; from: repository that may have it; size: of the whole */
    FETCH_PUT_MANIFEST, /* reference: tag; media_type; size */
    FETCH_OP_COUNT,
};

struct fetch_request {
    int id; /* chosen by the asker, repeated in replies */
    enum fetch_op op;
    int64_t offset;
    int64_t size;
    char reference[300];
    char from[300];
    char media_type[130];
};

/* How a blob got to the registry: the last thing that was done for it. */
enum fetch_put {
    FETCH_PUT_ASKED,   /* it was there already */
    FETCH_PUT_MOUNTED, /* the registry took it from another repository */
    FETCH_PUT_SENT,
    FETCH_PUT_COUNT,
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
    enum fetch_put put;   /* of a blob that was put */
    int status;           /* HTTP's, of a failure; 0: there was no answer */
    char media_type[130]; /* Content-Type without its parameters */
    char digest[80];      /* Docker-Content-Digest, or "" */
    struct error error;
};
