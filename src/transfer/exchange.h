// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * One request of the other half, over all its attempts: authentication, retries with back-off,
 * ranges after a broken connection, the next endpoint. Inside the fetcher.
 *
 *   exchange_begin(x)  -> an easy handle for the multi handle
 *   ... curl runs ...
 *   exchange_end(x, code)  EXCHANGE_AGAIN: begin once more at x->not_before
 */
#include "transfer/exchange_state.h"

struct exchange *exchange_new(const struct fetch_request *request, int fd,
                              const struct registry *registry, struct endpoint_state *states);
void exchange_free(struct exchange *x);

/* Prepares an attempt; x->easy. */
int exchange_begin(struct exchange *x, struct error *e) MUST_CHECK;
/* After curl ended with 'code'. x->easy is cleaned up. */
enum exchange_result exchange_end(struct exchange *x, CURLcode code);
