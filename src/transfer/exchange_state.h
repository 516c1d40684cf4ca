// SPDX-License-Identifier: Apache-2.0
#pragma once
/* A request of the other half while the fetcher works on it: exchange.c decides, exchange_answer.c
 * takes what comes back. */
#include "base/strbuf.h"
#include "transfer/fetch_message.h"
#include "transfer/http.h"

#include <stdbool.h>

/* What the fetcher learns about an endpoint while it works. */
struct endpoint_state {
    bool answered;       /* it spoke HTTP to us */
    bool dead;           /* it never did: not asked again while there are others */
    char *authorization; /* header's value that it accepts, or NULL */
};

enum exchange_result {
    EXCHANGE_DONE,
    EXCHANGE_AGAIN,
    EXCHANGE_FAILED, /* x->error */
    EXCHANGE_RESULT_COUNT,
};

struct exchange {
    struct fetch_request request;
    const struct registry *registry;
    struct endpoint_state *states; /* one for each endpoint */
    int fd;                        /* owned: where the bytes go */
    void (*tell)(void *ctx, struct exchange *x);
    void *ctx;

    CURL *easy; /* while an attempt runs */
    struct curl_slist *headers;
    size_t endpoint;
    int64_t attempts;
    int64_t not_before; /* monotonic ns */
    int64_t position;   /* bytes in fd */
    int64_t began_at;   /* position when the attempt began */
    int64_t told;       /* position of the last report */
    int64_t told_at;
    char *authorization; /* what this attempt sent; NULL: nothing */
    int logins;          /* refused ones in a row */
    enum fetch_put step; /* of putting a blob: is it there, begin (or mount), send */

    /* the answer */
    int status;
    int64_t skip;    /* bytes to pass over: the server does not know ranges */
    bool body_began; /* of an answer that is taken */
    bool no_ranges;
    char media_type[130];
    char digest[80];
    char range[80];
    char *location;        /* where an upload goes on */
    char *challenges;      /* values of WWW-Authenticate, one a line */
    struct strbuf refusal; /* the text of a failure, as far as it is kept */
    int64_t refused_bytes;
    struct error error;
};

/* Is the descriptor read from, not written to? */
static inline bool exchange_is_put(const struct exchange *x)
{
    return x->request.op == FETCH_PUT_BLOB || x->request.op == FETCH_PUT_MANIFEST;
}
