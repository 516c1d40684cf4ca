// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Small pieces of Go's strconv, fmt and unicode/utf8 packages. What Docker prints comes from
 * them, so sentences and --format output can only match when quoting and numbers follow them.
 */
#include "base/strbuf.h"

#include <stdint.h>

#define RUNE_ERROR 0xfffdu

/*
 * Decodes one UTF-8 character at the front of s[0..n), n > 0. Returns its length; a byte that is
 * no UTF-8 gives RUNE_ERROR with length 1, as Go's utf8.DecodeRune.
 */
size_t utf8_decode(const char *s, size_t n, uint32_t *ret);
/* Appends a code point; what is none (surrogates, > 0x10ffff) becomes RUNE_ERROR. */
void utf8_append(struct strbuf *b, uint32_t rune);
/* Number of characters (runes) in s[0..n). */
size_t utf8_count(const char *s, size_t n);

/* strconv.Quote: "a\tb", with the quotes. */
void go_quote(struct strbuf *b, const char *s, size_t n);
/* The same as a new string, for error sentences. */
char *go_quoted(const char *s);
/* strconv.QuoteRune: 'x', with the quotes. */
void go_quote_rune(struct strbuf *b, uint32_t rune);
/* fmt's %#U: U+0029 ')'. */
void go_unicode(struct strbuf *b, uint32_t rune);

/*
 * strconv.Unquote for "...", `...` and '...' literals, quotes included. -EINVAL when it is none,
 * -ERANGE when '...' does not hold one character.
 */
int go_unquote(const char *s, size_t n, struct strbuf *ret);

/*
 * strconv.ParseInt(s, 0, 64): sign, 0x 0o 0b or 0 prefix, underscores between digits.
 * -EINVAL ("invalid syntax") or -ERANGE ("value out of range").
 */
int go_parse_int(const char *s, int64_t *ret);

/* fmt's %v of a float64: the fewest digits that read back the same, exponent below 1e-4, from 1e6
 */
void go_format_float(struct strbuf *b, double d);

/* unicode.IsPrint, without its tables: ASCII is exact. */
bool go_is_print(uint32_t rune);

/* Letters and digits as identifiers may hold them; of non-ASCII, all but symbols. */
bool go_is_alnum(uint32_t rune);
