// SPDX-License-Identifier: Apache-2.0
#include "base/parse.h"
#include "cli/gotext.h"
#include "cli/template_internal.h"

#include <string.h>

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

/* ---- tokens ---- */

/* The last token (end or error) repeats for ever. */
static const struct token *peek(const struct parser *p)
{
    return &p->tokens.items[MIN(p->next, p->tokens.count - 1)];
}

static const struct token *next(struct parser *p)
{
    const struct token *t = peek(p);

    p->next++;
    return t;
}

static const struct token *peek_dense(struct parser *p)
{
    while (peek(p)->type == TOKEN_SPACE) {
        p->next++;
    }
    return peek(p);
}

static const struct token *next_dense(struct parser *p)
{
    peek_dense(p);
    return next(p);
}

/* ---- sentences ---- */

static int fail(struct parser *p, const char *fmt, ...) PRINTF_LIKE(2, 3);

static int fail(struct parser *p, const char *fmt, ...)
{
    size_t read = p->next ? p->next - 1 : 0;
    const struct token *t = &p->tokens.items[MIN(read, p->tokens.count - 1)];
    va_list ap;

    va_start(ap, fmt);
    cleanup_free char *text = xvasprintf(fmt, ap);
    va_end(ap);
    return err_set(p->e, ERR_INVALID, "template: :%u: %s", t->line, text);
}

/* A token as sentences name it. */
static char *token_text(const struct token *t)
{
    struct strbuf b = STRBUF_INIT(TEMPLATE_MAX_BYTES * 8);

    if (t->type == TOKEN_EOF) {
        strbuf_adds(&b, "EOF");
    } else if (t->type >= TOKEN_BREAK || t->type == TOKEN_NIL || t->type == TOKEN_DOT) {
        strbuf_addf(&b, "<%.*s>", (int) t->len, t->text);
    } else if (utf8_count(t->text, t->len) > 10) {
        size_t n = 0;
        uint32_t r;

        for (int i = 0; i < 10; i++) {
            n += utf8_decode(t->text + n, t->len - n, &r);
        }
        go_quote(&b, t->text, n);
        strbuf_adds(&b, "...");
    } else {
        go_quote(&b, t->text, t->len);
    }
    return strbuf_take(&b);
}

static int unexpected(struct parser *p, const struct token *t, const char *context)
{
    if (t->type == TOKEN_ERROR) {
        bool other_line = p->action_line && p->action_line != t->line;
        bool is_action = t->len > 7 && strcmp(t->text + t->len - 7, " action") == 0;

        if (!other_line) {
            return fail(p, "%s", t->text);
        }
        return fail(p, "%s%s started at :%u", t->text, is_action ? "" : " in action",
                    p->action_line);
    }
    cleanup_free char *text = token_text(t);

    return fail(p, "unexpected %s in %s", text, context);
}

/* ---- nodes ---- */

static struct node *node_new(struct parser *p, enum node_type type, uint32_t pos)
{
    struct node *n = arena_alloc(&p->t->arena, sizeof(*n));

    if (!n) {
        fail(p, "template is too large");
        return NULL;
    }
    n->type = type;
    n->pos = pos;
    return n;
}

static int add_name(struct parser *p, struct node *n, const char *s, size_t len)
{
    const char **names = arena_alloc(&p->t->arena, (n->names_count + 1) * sizeof(*names));
    char *name = arena_copy(&p->t->arena, s, len);

    if (!names || !name) {
        return fail(p, "template is too large");
    }
    if (n->names_count) {
        memcpy(names, n->names, n->names_count * sizeof(*names));
    }
    names[n->names_count++] = name;
    n->names = names;
    return 0;
}

static int push_var(struct parser *p, const char *name)
{
    if (p->vars_count == p->vars_alloc) {
        p->vars_alloc = p->vars_alloc ? p->vars_alloc * 2 : 8;
        p->vars = xrealloc_array(p->vars, p->vars_alloc, sizeof(*p->vars));
    }
    p->vars[p->vars_count++] = name;
    return 0;
}

/* ---- operands ---- */

static struct node *parse_pipeline(struct parser *p, const char *context, enum token_type end);

static struct node *parse_string(struct parser *p, const struct token *t)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(TEMPLATE_MAX_BYTES);
    struct node *n = node_new(p, NODE_STRING, t->pos);

    if (!n) {
        return NULL;
    }
    if (go_unquote(t->text, t->len, &b) < 0) {
        fail(p, "invalid syntax");
        return NULL;
    }
    n->text = arena_copy(&p->t->arena, b.buf, b.len);
    n->len = b.len;
    n->source = arena_copy(&p->t->arena, t->text, t->len);
    return n->text && n->source ? n : NULL;
}

/* 'x': an integer, the character's number. */
static int parse_char(struct parser *p, struct node *n, const struct token *t)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(TEMPLATE_MAX_BYTES);
    uint32_t r;

    int ret = go_unquote(t->text, t->len, &b);

    if (ret == -ERANGE && b.len) {
        return fail(p, "malformed character constant: %s", n->source);
    }
    if (ret < 0) {
        return fail(p, "invalid syntax");
    }
    utf8_decode(b.buf, b.len, &r);
    n->is_int = true;
    n->integer = (int64_t) r;
    n->real = (double) r;
    return 0;
}

static struct node *parse_number(struct parser *p, const struct token *t)
{
    struct node *n = node_new(p, NODE_NUMBER, t->pos);
    char *end;
    int r;

    if (!n) {
        return NULL;
    }
    n->source = arena_copy(&p->t->arena, t->text, t->len);
    if (!n->source) {
        return NULL;
    }
    if (t->type == TOKEN_CHAR) {
        return parse_char(p, n, t) < 0 ? NULL : n;
    }
    r = go_parse_int(n->source, &n->integer);
    if (r == -ERANGE) {
        fail(p, "integer overflow: \"%s\"", n->source);
        return NULL;
    }
    n->is_int = r == 0;
    n->real = n->is_int ? (double) n->integer : strtod(n->source, &end);
    if (!n->is_int) {
        bool hex = strpbrk(n->source, "xX") != NULL;

        if (end == n->source || *end || (hex && !strpbrk(n->source, "pP"))) {
            fail(p, "illegal number syntax: \"%s\"", n->source);
            return NULL;
        }
        n->is_float = true;
        /* 1.0 may stand where an int is needed */
        if (n->real >= -9007199254740992.0 && n->real <= 9007199254740992.0 &&
            (double) (int64_t) n->real == n->real) {
            n->is_int = true;
            n->integer = (int64_t) n->real;
        }
    }
    return n;
}

static struct node *parse_variable(struct parser *p, const struct token *t)
{
    struct node *n = node_new(p, NODE_VARIABLE, t->pos);

    if (!n || add_name(p, n, t->text, t->len) < 0) {
        return NULL;
    }
    for (size_t i = 0; i < p->vars_count; i++) {
        if (strcmp(p->vars[i], n->names[0]) == 0) {
            return n;
        }
    }
    fail(p, "undefined variable \"%s\"", n->names[0]);
    return NULL;
}

static struct node *parse_function(struct parser *p, const struct token *t)
{
    struct node *n = node_new(p, NODE_FUNCTION, t->pos);

    if (!n) {
        return NULL;
    }
    n->function = function_find(t->text, t->len);
    if (!n->function) {
        CLEANUP(strbuf) struct strbuf q = STRBUF_INIT(TEMPLATE_MAX_BYTES * 8);

        go_quote(&q, t->text, t->len);
        fail(p, "function %s not defined", q.buf);
        return NULL;
    }
    n->text = n->function->name;
    return n;
}

/* Is the token the start of an operand? */
static bool is_operand(const struct token *t)
{
    switch ((int) t->type) {
    case TOKEN_IDENTIFIER:
    case TOKEN_DOT:
    case TOKEN_NIL:
    case TOKEN_VARIABLE:
    case TOKEN_FIELD:
    case TOKEN_BOOL:
    case TOKEN_CHAR:
    case TOKEN_NUMBER:
    case TOKEN_STRING:
    case TOKEN_RAW_STRING:
    case TOKEN_LEFT_PAREN:
        return true;
    default:
        return false;
    }
}

static struct node *parse_term(struct parser *p)
{
    const struct token *t = next(p);
    struct node *n;

    switch ((int) t->type) {
    case TOKEN_IDENTIFIER:
        return parse_function(p, t);
    case TOKEN_VARIABLE:
        return parse_variable(p, t);
    case TOKEN_CHAR:
    case TOKEN_NUMBER:
        return parse_number(p, t);
    case TOKEN_STRING:
    case TOKEN_RAW_STRING:
        return parse_string(p, t);
    case TOKEN_LEFT_PAREN:
        return parse_pipeline(p, "parenthesized pipeline", TOKEN_RIGHT_PAREN);
    case TOKEN_FIELD:
        n = node_new(p, NODE_FIELD, t->pos);
        return n && add_name(p, n, t->text + 1, t->len - 1) == 0 ? n : NULL;
    case TOKEN_BOOL:
        n = node_new(p, NODE_BOOL, t->pos);
        if (n) {
            n->truth = t->text[0] == 't';
        }
        return n;
    case TOKEN_DOT:
        return node_new(p, NODE_DOT, t->pos);
    default:
        return node_new(p, NODE_NIL, t->pos);
    }
}

/* A term and the fields right behind it. */
static struct node *parse_operand(struct parser *p)
{
    struct node *term = parse_term(p);
    struct node *n = term;
    uint32_t pos = peek(p)->pos;

    if (!term || peek(p)->type != TOKEN_FIELD) {
        return term;
    }
    if (term->type == NODE_FIELD || term->type == NODE_VARIABLE) {
        term->pos = pos;
    } else if (term->type == NODE_PIPE || term->type == NODE_FUNCTION) {
        n = node_new(p, NODE_CHAIN, pos);
        if (!n) {
            return NULL;
        }
        n->child = term;
    }
    while (peek(p)->type == TOKEN_FIELD) {
        const struct token *t = next(p);

        if (n != term || term->type == NODE_FIELD || term->type == NODE_VARIABLE) {
            if (add_name(p, n, t->text + 1, t->len - 1) < 0) {
                return NULL;
            }
        }
    }
    if (n == term && term->type != NODE_FIELD && term->type != NODE_VARIABLE) {
        CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(TEMPLATE_MAX_BYTES);
        CLEANUP(strbuf) struct strbuf q = STRBUF_INIT(TEMPLATE_MAX_BYTES * 8);

        node_print(term, &b);
        go_quote(&q, b.buf, b.len);
        fail(p, "unexpected . after term %s", q.buf);
        return NULL;
    }
    return n;
}

/* Operands up to a pipe, which is eaten, or the end of the pipeline, which is not. */
static struct node *parse_command(struct parser *p)
{
    struct node *n = node_new(p, NODE_COMMAND, peek_dense(p)->pos);
    struct node **last = n ? &n->child : NULL;

    while (n) {
        if (is_operand(peek_dense(p))) {
            *last = parse_operand(p);
            if (!*last) {
                return NULL;
            }
            last = &(*last)->next;
        }
        const struct token *t = next(p);

        if (t->type == TOKEN_SPACE) {
            continue;
        }
        if (t->type == TOKEN_RIGHT || t->type == TOKEN_RIGHT_PAREN) {
            p->next--;
        } else if (t->type != TOKEN_PIPE) {
            unexpected(p, t, "operand");
            return NULL;
        }
        break;
    }
    return n;
}

/* "$x :=", "$x =", in a range also "$i, $x :=". */
static int parse_declarations(struct parser *p, struct node *pipe, const char *context)
{
    bool is_range = strcmp(context, "range") == 0;

    while (peek_dense(p)->type == TOKEN_VARIABLE) {
        size_t back = p->next;
        const struct token *v = next(p);
        const struct token *t = peek_dense(p);
        bool comma = t->type == TOKEN_OTHER && t->text[0] == ',';

        if (t->type != TOKEN_ASSIGN && t->type != TOKEN_DECLARE && !comma) {
            p->next = back;
            return 0;
        }
        p->next++;
        pipe->assign = t->type == TOKEN_ASSIGN;
        if (add_name(p, pipe, v->text, v->len) < 0 ||
            push_var(p, pipe->names[pipe->names_count - 1]) < 0) {
            return -1;
        }
        if (!comma) {
            return 0;
        }
        if (!is_range || pipe->names_count > 1) {
            return fail(p, "too many declarations in %s", context);
        }
        t = peek_dense(p);
        if (t->type != TOKEN_VARIABLE && t->type != TOKEN_RIGHT && t->type != TOKEN_RIGHT_PAREN) {
            return fail(p, "range can only initialize variables");
        }
    }
    return 0;
}

static int check_pipeline(struct parser *p, const struct node *pipe, const char *context)
{
    int stage = 1;

    if (!pipe->child) {
        return fail(p, "missing value for %s", context);
    }
    for (const struct node *c = pipe->child; c; c = c->next, stage++) {
        enum node_type first = c->child ? c->child->type : NODE_TEXT;

        if (!c->child) {
            return fail(p, "empty command");
        }
        if (stage > 1 && (first == NODE_BOOL || first == NODE_DOT || first == NODE_NIL ||
                          first == NODE_NUMBER || first == NODE_STRING)) {
            return fail(p, "non executable command in pipeline stage %d", stage);
        }
    }
    return 0;
}

static struct node *parse_pipeline(struct parser *p, const char *context, enum token_type end)
{
    struct node *pipe = node_new(p, NODE_PIPE, peek_dense(p)->pos);
    struct node **last = pipe ? &pipe->child : NULL;

    if (!pipe || parse_declarations(p, pipe, context) < 0) {
        return NULL;
    }
    if (++p->depth > TEMPLATE_MAX_DEPTH) {
        fail(p, "nested too deeply");
        return NULL;
    }
    while (is_operand(peek_dense(p))) {
        *last = parse_command(p);
        if (!*last) {
            return NULL;
        }
        last = &(*last)->next;
    }
    const struct token *t = next_dense(p);

    if (t->type != end) {
        unexpected(p, t, context);
        return NULL;
    }
    p->depth--;
    return check_pipeline(p, pipe, context) < 0 ? NULL : pipe;
}

/* ---- actions ---- */

/* What ended a list of nodes. */
enum list_end {
    LIST_EOF,
    LIST_END,
    LIST_ELSE, /* its words are not read yet behind "else" */
};

static int parse_list(struct parser *p, struct node **ret, enum list_end *ret_end);
static struct node *parse_control(struct parser *p, enum node_type type, const char *context,
                                  uint32_t pos);

/* Behind "{{else": an "if" (or "with" in a with), or the other branch and its {{end}}. */
static int parse_else(struct parser *p, struct node *n)
{
    const struct token *t = peek_dense(p);
    enum list_end end = LIST_EOF;

    n->has_else = true;
    if ((n->type == NODE_IF && t->type == TOKEN_IF) ||
        (n->type == NODE_WITH && t->type == TOKEN_WITH)) {
        p->next++;
        /* the inner one takes the only {{end}} that there is */
        n->otherwise = parse_control(p, n->type, n->type == NODE_IF ? "if" : "with", t->pos);
        return n->otherwise ? 0 : -1;
    }
    t = next_dense(p);
    if (t->type != TOKEN_RIGHT) {
        return unexpected(p, t, "else");
    }
    if (parse_list(p, &n->otherwise, &end) < 0) {
        return -1;
    }
    if (end == LIST_ELSE) {
        return fail(p, "expected end; found {{else}}");
    }
    return 0;
}

static struct node *parse_control(struct parser *p, enum node_type type, const char *context,
                                  uint32_t pos)
{
    struct node *n = node_new(p, type, pos);
    size_t scope = p->vars_count;
    enum list_end end = LIST_EOF;

    if (!n) {
        return NULL;
    }
    if (++p->depth > TEMPLATE_MAX_DEPTH) {
        fail(p, "nested too deeply");
        return NULL;
    }
    n->child = parse_pipeline(p, context, TOKEN_RIGHT);
    if (!n->child) {
        return NULL;
    }
    n->pos = n->child->pos;
    p->ranges += type == NODE_RANGE;
    if (parse_list(p, &n->body, &end) < 0) {
        return NULL;
    }
    p->ranges -= type == NODE_RANGE;
    if (end == LIST_ELSE && parse_else(p, n) < 0) {
        return NULL;
    }
    p->vars_count = scope;
    p->depth--;
    return n;
}

static struct node *parse_jump(struct parser *p, enum node_type type, const char *word,
                               uint32_t pos)
{
    const struct token *t = next_dense(p);

    if (t->type != TOKEN_RIGHT) {
        unexpected(p, t, word);
        return NULL;
    }
    if (!p->ranges) {
        fail(p, "%s outside {{range}}", word);
        return NULL;
    }
    return node_new(p, type, pos);
}

/* ---- definitions ---- */

const struct definition *template_find(const struct template *t, const char *name)
{
    for (const struct definition *d = t->definitions; d; d = d->next) {
        if (strcmp(d->name, name) == 0) {
            return d;
        }
    }
    return NULL;
}

/* Go: nothing but space and comments. */
static bool is_empty(const struct node *n)
{
    for (; n; n = n->next) {
        if (n->type != NODE_TEXT || strspn(n->text, " \t\r\n") < n->len) {
            return false;
        }
    }
    return true;
}

static const char *parse_name(struct parser *p, const char *context)
{
    const struct token *t = next_dense(p);
    struct node *s;

    if (t->type != TOKEN_STRING && t->type != TOKEN_RAW_STRING) {
        unexpected(p, t, context);
        return NULL;
    }
    s = parse_string(p, t);
    return s ? s->text : NULL;
}

/* The nodes up to {{end}}, kept under the name. Sees no variables but its own $. */
static int parse_definition_body(struct parser *p, const char *name, const char *context)
{
    struct definition *d = arena_alloc(&p->t->arena, sizeof(*d));
    size_t scope = p->vars_count;
    unsigned ranges = p->ranges;
    const char **vars = p->vars;
    struct node *body = NULL;
    enum list_end end = LIST_EOF;

    if (!d || ++p->depth > TEMPLATE_MAX_DEPTH) {
        return fail(p, d ? "nested too deeply" : "template is too large");
    }
    p->vars = NULL;
    p->vars_count = p->vars_alloc = 0;
    p->ranges = 0;
    push_var(p, "$");
    int r = parse_list(p, &body, &end);

    free(p->vars);
    p->vars = vars;
    p->vars_count = p->vars_alloc = scope;
    p->ranges = ranges;
    p->depth--;
    if (r < 0) {
        return -1;
    }
    if (end == LIST_ELSE) {
        return fail(p, "unexpected {{else}} in %s", context);
    }
    const struct definition *old = template_find(p->t, name);

    if (old && !is_empty(old->body)) {
        return is_empty(body) ? 0
                              : fail(p, "template: multiple definition of template \"%s\"", name);
    }
    *d = (struct definition){p->t->definitions, name, body};
    p->t->definitions = d;
    return 0;
}

/* Behind "{{define". */
static int parse_define(struct parser *p)
{
    const char *name = parse_name(p, "define clause");
    const struct token *t;

    if (!name) {
        return -1;
    }
    t = next_dense(p);
    if (t->type != TOKEN_RIGHT) {
        return unexpected(p, t, "define clause");
    }
    return parse_definition_body(p, name, "define clause");
}

/* Behind "{{template" or "{{block". */
static struct node *parse_template_call(struct parser *p, bool block)
{
    const char *context = block ? "block clause" : "template clause";
    struct node *n = node_new(p, NODE_TEMPLATE, peek_dense(p)->pos);

    if (!n || !(n->text = parse_name(p, context))) {
        return NULL;
    }
    if (!block && peek_dense(p)->type == TOKEN_RIGHT) {
        p->next++;
        return n;
    }
    n->child = parse_pipeline(p, context, TOKEN_RIGHT);
    if (!n->child || (block && parse_definition_body(p, n->text, context) < 0)) {
        return NULL;
    }
    return n;
}

/* Behind "{{", unless it is an {{end}} or {{else}}. */
static struct node *parse_action(struct parser *p)
{
    const struct token *t = peek_dense(p);
    struct node *n;

    switch ((int) t->type) {
    case TOKEN_IF:
        p->next++;
        return parse_control(p, NODE_IF, "if", t->pos);
    case TOKEN_WITH:
        p->next++;
        return parse_control(p, NODE_WITH, "with", t->pos);
    case TOKEN_RANGE:
        p->next++;
        return parse_control(p, NODE_RANGE, "range", t->pos);
    case TOKEN_BLOCK:
    case TOKEN_TEMPLATE:
        p->next++;
        return parse_template_call(p, t->type == TOKEN_BLOCK);
    case TOKEN_BREAK:
        p->next++;
        return parse_jump(p, NODE_BREAK, "{{break}}", t->pos);
    case TOKEN_CONTINUE:
        p->next++;
        return parse_jump(p, NODE_CONTINUE, "{{continue}}", t->pos);
    default:
        break;
    }
    n = node_new(p, NODE_ACTION, t->pos);
    if (!n) {
        return NULL;
    }
    n->child = parse_pipeline(p, "command", TOKEN_RIGHT);
    return n->child ? n : NULL;
}

/* Nodes up to {{end}}, {{else}} or the end of the text. */
static int parse_list(struct parser *p, struct node **ret, enum list_end *ret_end)
{
    struct node **last = ret;

    for (;;) {
        const struct token *t = next_dense(p);

        if (t->type == TOKEN_EOF) {
            *ret_end = LIST_EOF;
            return p->depth ? fail(p, "unexpected EOF") : 0;
        }
        if (t->type == TOKEN_TEXT) {
            struct node *n = node_new(p, NODE_TEXT, t->pos);

            if (!n) {
                return -1;
            }
            n->text = t->text;
            n->len = t->len;
            *last = n;
            last = &n->next;
            continue;
        }
        if (t->type != TOKEN_LEFT) {
            return unexpected(p, t, "input");
        }
        p->action_line = t->line;
        t = peek_dense(p);
        if (t->type == TOKEN_END || t->type == TOKEN_ELSE) {
            p->next++;
            *ret_end = t->type == TOKEN_END ? LIST_END : LIST_ELSE;
            if (t->type == TOKEN_END && (t = next_dense(p))->type != TOKEN_RIGHT) {
                return unexpected(p, t, "end");
            }
            p->action_line = 0;
            return 0;
        }
        if (t->type == TOKEN_DEFINE && p->depth == 0) {
            p->next++;
            if (parse_define(p) < 0) {
                return -1;
            }
            p->action_line = 0;
            continue;
        }
        *last = parse_action(p);
        if (!*last) {
            return -1;
        }
        p->action_line = 0;
        last = &(*last)->next;
    }
}

struct template *template_parse(const char *text, struct error *e)
{
    struct template *t = xcalloc(1, sizeof(*t));
    struct parser p = {.t = t, .e = e};
    enum list_end end = LIST_EOF;
    int r;

    t->arena = (struct arena) ARENA_INIT(TEMPLATE_MAX_MEMORY);
    if (strlen(text) > TEMPLATE_MAX_BYTES) {
        err_set(e, ERR_INVALID, "template: : longer than %d bytes", TEMPLATE_MAX_BYTES);
        template_free(t);
        return NULL;
    }
    t->text = xstrdup(text);
    template_lex(t->text, &t->arena, &p.tokens);
    push_var(&p, "$");
    r = parse_list(&p, &t->root, &end);
    if (r == 0 && end != LIST_EOF) {
        const struct token *token = end == LIST_ELSE ? next_dense(&p) : NULL;

        r = token && token->type != TOKEN_RIGHT && token->type != TOKEN_IF
                ? unexpected(&p, token, "else")
                : fail(&p, "unexpected {{%s}}", end == LIST_END ? "end" : "else");
    }
    free(p.vars);
    free(p.tokens.items);
    if (r < 0) {
        if (!e->kind) {
            err_set(e, ERR_INVALID, "template: : template is too large");
        }
        template_free(t);
        return NULL;
    }
    return t;
}

void template_free(struct template *t)
{
    if (t) {
        arena_done(&t->arena);
        free(t->text);
        free(t);
    }
}

/* ---- nodes as text ---- */

static void print_list(const struct node *n, const char *between, struct strbuf *b)
{
    for (; n; n = n->next) {
        bool parens = n->type == NODE_PIPE;

        strbuf_adds(b, parens ? "(" : "");
        node_print(n, b);
        strbuf_adds(b, parens ? ")" : "");
        strbuf_adds(b, n->next ? between : "");
    }
}

static void print_names(const struct node *n, const char *before_first, struct strbuf *b)
{
    for (size_t i = 0; i < n->names_count; i++) {
        strbuf_adds(b, i ? "." : before_first);
        strbuf_adds(b, n->names[i]);
    }
}

static void print_pipe(const struct node *n, struct strbuf *b)
{
    for (size_t i = 0; i < n->names_count; i++) {
        strbuf_addf(b, "%s%s", i ? ", " : "", n->names[i]);
    }
    if (n->names_count) {
        strbuf_adds(b, n->assign ? " = " : " := ");
    }
    print_list(n->child, " | ", b);
}

static void print_control(const struct node *n, const char *word, struct strbuf *b)
{
    strbuf_addf(b, "{{%s ", word);
    node_print(n->child, b);
    strbuf_adds(b, "}}");
    print_list(n->body, "", b);
    if (n->has_else) {
        strbuf_adds(b, "{{else}}");
        print_list(n->otherwise, "", b);
    }
    strbuf_adds(b, "{{end}}");
}

void node_print(const struct node *n, struct strbuf *b)
{
    switch (n->type) {
    case NODE_TEXT:
        strbuf_add(b, n->text, n->len);
        break;
    case NODE_ACTION:
        strbuf_adds(b, "{{");
        node_print(n->child, b);
        strbuf_adds(b, "}}");
        break;
    case NODE_IF:
        print_control(n, "if", b);
        break;
    case NODE_WITH:
        print_control(n, "with", b);
        break;
    case NODE_RANGE:
        print_control(n, "range", b);
        break;
    case NODE_BREAK:
        strbuf_adds(b, "{{break}}");
        break;
    case NODE_CONTINUE:
        strbuf_adds(b, "{{continue}}");
        break;
    case NODE_TEMPLATE:
        strbuf_adds(b, "{{template ");
        go_quote(b, n->text, strlen(n->text));
        if (n->child) {
            strbuf_addc(b, ' ');
            node_print(n->child, b);
        }
        strbuf_adds(b, "}}");
        break;
    case NODE_PIPE:
        print_pipe(n, b);
        break;
    case NODE_COMMAND:
        print_list(n->child, " ", b);
        break;
    case NODE_FIELD:
        print_names(n, ".", b);
        break;
    case NODE_CHAIN:
        print_list(n->child, "", b);
        print_names(n, ".", b);
        break;
    case NODE_VARIABLE:
        print_names(n, "", b);
        break;
    case NODE_FUNCTION:
        strbuf_adds(b, n->text);
        break;
    case NODE_DOT:
        strbuf_adds(b, ".");
        break;
    case NODE_NIL:
        strbuf_adds(b, "nil");
        break;
    case NODE_BOOL:
        strbuf_adds(b, n->truth ? "true" : "false");
        break;
    case NODE_NUMBER:
    case NODE_STRING:
        strbuf_adds(b, n->source);
        break;
    }
}
