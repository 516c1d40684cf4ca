// SPDX-License-Identifier: Apache-2.0
#pragma once
/* What comes back: headers that count, and the body, bounded, into the descriptor. */
struct exchange;

/* Sets curl's callbacks for an attempt and forgets the answer before. */
void exchange_answer_begin(struct exchange *x);
