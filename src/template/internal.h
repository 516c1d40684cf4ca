// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Inside of the template engine: lex.c -> tokens -> parse.c -> nodes ->
 * exec.c, which calls func.c; value.c prints.
 */
#include "template/arena.h"
#include "template/template.h"

#include <stdint.h>

/* ---- tokens ---- */

enum token_type {
    TOKEN_ERROR, /* text: the sentence */
    TOKEN_EOF,
    TOKEN_TEXT, /* between actions */
    TOKEN_LEFT, /* "{{" */
    TOKEN_RIGHT,
    TOKEN_SPACE,
    TOKEN_ASSIGN,  /* = */
    TOKEN_DECLARE, /* := */
    TOKEN_PIPE,
    TOKEN_LEFT_PAREN,
    TOKEN_RIGHT_PAREN,
    TOKEN_OTHER,      /* a lone printable character, such as the comma */
    TOKEN_IDENTIFIER, /* function name */
    TOKEN_FIELD,      /* .Name */
    TOKEN_VARIABLE,   /* $ or $name */
    TOKEN_DOT,
    TOKEN_BOOL,
    TOKEN_NIL,
    TOKEN_NUMBER,
    TOKEN_CHAR, /* 'x' */
    TOKEN_STRING,
    TOKEN_RAW_STRING,
    /* keywords from here on */
    TOKEN_BREAK,
    TOKEN_BLOCK,
    TOKEN_CONTINUE,
    TOKEN_DEFINE,
    TOKEN_ELSE,
    TOKEN_END,
    TOKEN_IF,
    TOKEN_RANGE,
    TOKEN_TEMPLATE,
    TOKEN_WITH,
};

struct token {
    enum token_type type;
    uint32_t line;
    uint32_t pos; /* offset in the template */
    uint32_t len;
    const char *text;
};

struct token_list {
    struct token *items; /* the last one is TOKEN_EOF or TOKEN_ERROR */
    size_t count;
    size_t alloc;
};

/* text must outlive the tokens; sentences are kept in the arena. The caller frees items. */
void template_lex(const char *text, struct arena *arena, struct token_list *ret);

/* ---- nodes ---- */

enum node_type {
    NODE_TEXT,
    NODE_ACTION, /* child: pipeline */
    NODE_IF,     /* child: pipeline, body, otherwise */
    NODE_WITH,
    NODE_RANGE,
    NODE_BREAK,
    NODE_CONTINUE,
    NODE_TEMPLATE, /* text: name; child: pipeline or NULL */
    NODE_PIPE,     /* names: declared variables; child: commands */
    NODE_COMMAND,  /* child: operands */
    NODE_FIELD,    /* names: A, B of .A.B */
    NODE_CHAIN,    /* child: the operand; names: fields behind it */
    NODE_VARIABLE, /* names: $x, then fields */
    NODE_FUNCTION,
    NODE_DOT,
    NODE_NIL,
    NODE_BOOL,
    NODE_NUMBER,
    NODE_STRING,
};

struct function;

struct node {
    enum node_type type;
    uint32_t pos;
    struct node *next; /* sibling */
    struct node *child;
    struct node *body;
    struct node *otherwise;
    bool has_else;
    bool assign;   /* NODE_PIPE: "=" and not ":=" */
    bool truth;    /* NODE_BOOL */
    bool is_int;   /* NODE_NUMBER: can stand for an int */
    bool is_float; /* NODE_NUMBER: written as one */
    int64_t integer;
    double real;
    const char *text; /* text, string (unquoted), function name */
    size_t len;
    const char *source; /* number, string: as written; NUL-terminated */
    const char **names;
    size_t names_count;
    const struct function *function;
};

/* {{define "name"}} */
struct definition {
    struct definition *next;
    const char *name;
    const struct node *body; /* first of the list */
};

struct template
{
    struct arena arena;
    char *text;
    struct node *root; /* first of the list */
    struct definition *definitions;
};

const struct definition *template_find(const struct template *t, const char *name);

/* The node as template source again, for sentences. */
void node_print(const struct node *n, struct strbuf *b);

/* ---- values ---- */

enum value_kind {
    VALUE_NONE, /* a missing key: prints <no value> */
    VALUE_NULL, /* a JSON null of no known type: the same, but has no fields */
    VALUE_NIL,  /* a null reference: prints <nil> */
    VALUE_BOOL,
    VALUE_INT,
    VALUE_FLOAT,
    VALUE_STRING,
    VALUE_LIST,
    VALUE_MAP,
    VALUE_STRUCT,
};

struct value {
    enum value_kind kind;
    bool truth;
    bool boxed; /* straight out of plain JSON: Go has it as an interface {} there */
    int64_t integer;
    double real;
    const char *text;
    size_t len;
    const json_t *json; /* LIST, MAP, STRUCT; NULL is an empty one */
    const char *path;   /* of the same, in the document; NULL: plain JSON */
};

struct variable {
    const char *name;
    struct value value;
};

struct exec {
    const struct template *t;
    const struct template_data *data;
    struct strbuf *out;
    struct error *e;
    struct arena arena;
    const struct node *at; /* what is being evaluated, for sentences */
    const char *name;      /* of the definition that runs, "" at the top */
    unsigned calls;        /* depth of {{template}} */
    struct variable *vars;
    size_t vars_count;
    size_t vars_alloc;
    size_t vars_base; /* where those of the definition that runs begin */
    size_t steps;
    struct json_t *made; /* list that owns what functions made */
};

struct value value_string(const char *s, size_t n);
struct value value_int(int64_t i);
struct value value_bool(bool b);
/* path: of j in the document, or NULL. */
struct value value_from_json(struct exec *x, const json_t *j, const char *path);
/* What the table of types says about a path; NULL: nothing. */
const struct template_type *value_type_at(const struct exec *x, const char *path);
/* path + "." + name in the arena; NULL stays NULL. */
const char *value_subpath(struct exec *x, const char *path, const char *name);
/* A field that the JSON does not have, but the type does: its zero value. */
bool value_absent(struct exec *x, const struct template_type *type, struct value *ret);
size_t value_length(const struct value *v);
/* Go's name of its type. */
const char *value_type_name(const struct exec *x, const struct value *v);
bool value_is_true(const struct value *v);
/* Keys of a MAP, sorted, of a STRUCT in order; the caller frees the array, which ends with NULL. */
const char **value_keys(const struct value *v);
struct value value_member(struct exec *x, const struct value *v, const char *key);
struct value value_element(struct exec *x, const struct value *v, size_t i);

/* fmt's %v. */
void value_print(struct exec *x, struct strbuf *b, const struct value *v);
/* encoding/json without HTML escapes. */
void value_json(struct exec *x, struct strbuf *b, const struct value *v);

/* ---- functions ---- */

#define FUNCTION_ARGS_MAX 64

struct function {
    const char *name;
    /* One letter per parameter: a any, s string, i int, l list; behind '*' any number of the last
     * kind. */
    const char *params;
    /* ERR: the sentence behind "error calling NAME: ". NULL: and, or, which exec knows itself. */
    int (*call)(struct exec *x, const struct value *args, size_t n, struct value *ret);
};

/* Go's print: operands beside each other, a space between two that are no strings. */
void function_print(struct exec *x, const struct value *args, size_t n, struct strbuf *b);
/* html, js, urlquery: escape.c. */
int function_html(struct exec *x, const struct value *args, size_t n, struct value *ret);
int function_js(struct exec *x, const struct value *args, size_t n, struct value *ret);
int function_urlquery(struct exec *x, const struct value *args, size_t n, struct value *ret);

const struct function *function_find(const char *name, size_t n);

/* printf and its kin, printf.c. */
int template_printf(struct exec *x, struct strbuf *b, const struct value *args, size_t n);

/* Sets x->e to the sentence with its place; -1. */
int exec_error(struct exec *x, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Counts a step; -1 when there were too many. */
int exec_step(struct exec *x);
/* A copy of the buffer's text that lives as long as the run; -1 when memory or output is over. */
int exec_keep(struct exec *x, struct strbuf *b, struct value *ret);
