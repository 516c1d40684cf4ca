// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The parser of templates, in two files: pipeline.c has what stands between {{ and }},
 * operands, commands, pipelines; parse.c what they make of the text around them: if,
 * range, with, define, template. Inside those only.
 *
 * Functions that give a node give NULL after an error, those that give an int -1; the sentence is
 * then in p->e. Nodes live as long as the template.
 */
#include "template/internal.h"

struct parser {
    struct template *t;
    struct token_list tokens;
    size_t next;       /* index of the token to read next */
    const char **vars; /* names in scope */
    size_t vars_count;
    size_t vars_alloc;
    unsigned depth;
    unsigned ranges;      /* loops around the current action */
    uint32_t action_line; /* where the current action began; 0: none */
    struct error *e;
};

/* ---- pipeline.c ---- */

/* The next token that is no space, left where it is or taken. The last one (end of the text, or an
 * error) repeats for ever. */
const struct token *parser_peek(struct parser *p);
const struct token *parser_next(struct parser *p);

/* Go's sentences: "template: :LINE: ...", and "unexpected TOKEN in CONTEXT". */
int parser_fail(struct parser *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
int parser_unexpected(struct parser *p, const struct token *t, const char *context);

struct node *parser_node(struct parser *p, enum node_type type, uint32_t pos);
/* A variable comes into scope; it leaves when vars_count goes back. */
int parser_declare(struct parser *p, const char *name);

/* A quoted token as a node. */
struct node *parser_string(struct parser *p, const struct token *t);
/* All up to and with the token that ends it. context: the word for sentences. */
struct node *parser_pipeline(struct parser *p, const char *context, enum token_type end);
