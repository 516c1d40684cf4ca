// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Columns and numbers as Docker prints them. */
#include "base/strbuf.h"

#include <stdint.h>

/*
 * Go's text/tabwriter with padding of spaces: cells of text[0..n) end with a tab (or the line, for
 * the last one); each run of lines that have a cell in a column makes it as wide as its widest
 * cell plus 'padding', at least 'min_width'. Widths count characters.
 */
void table_format(struct strbuf *out, const char *text, size_t n, int min_width, int padding);

/* docker/go-units HumanSizeWithPrecision(size, 3): "1.99MB", powers of 1000. */
const char *human_size(int64_t bytes, char *buf, size_t size);
/* HumanSize, four digits: "1.986MB". */
const char *human_size_long(int64_t bytes, char *buf, size_t size);
/* BytesSize: "23.54GiB", powers of 1024. */
const char *human_bytes(int64_t bytes, char *buf, size_t size);

/* Of a moment (ns since 1970): "5 minutes ago"; "2026-11-22 10:09:24 +0000 UTC", local time. */
const char *human_ago(int64_t t, int64_t now, char *buf, size_t size);
const char *human_moment(int64_t t, char *buf, size_t size);

/* Cut to 'max' columns, the last of them "…" when something is missing. Caller frees. */
char *text_ellipsis(const char *s, size_t max);
