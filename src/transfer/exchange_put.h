// SPDX-License-Identifier: Apache-2.0
#pragma once
/* The steps of sending something to a registry (distribution's spec, "Push"). */
#include "transfer/exchange_state.h"

/*
 * The address of the next step, and what the attempt is made with (method, body). The caller frees
 * it; NULL and *e: the registry said something that leads nowhere.
 */
char *exchange_put_url(struct exchange *x, const struct registry_endpoint *ep, struct error *e);
void exchange_put_prepare(struct exchange *x);

/* After an answer that was no failure of the kinds that all requests have. 1: done, 0: the next
 * step is to be made, -1: refused, with the answer's status. */
int exchange_put_next(struct exchange *x);
