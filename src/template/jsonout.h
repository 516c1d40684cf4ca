// SPDX-License-Identifier: Apache-2.0
#pragma once
/* JSON as Go's encoding/json writes it, byte for byte: escapes, numbers, indentation. */
#include "base/json.h"
#include "base/strbuf.h"

#include <stdbool.h>

/* A string with its quotes; html: also < > & become \u003c ..., as Go's Marshal does. */
void jsonout_string(struct strbuf *b, const char *s, size_t n, bool html);
void jsonout_float(struct strbuf *b, double d);

/* Keys in their order. indent: spaces a level, 0 for one line. prefix_levels: levels that the
 * document already stands in. */
void jsonout(struct strbuf *b, const json_t *j, int indent, int prefix_levels, bool html);
