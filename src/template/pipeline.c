// SPDX-License-Identifier: Apache-2.0
/* Tokens to operands, commands, pipelines: what stands between {{ and }}. */
#include "base/parse.h"
#include "template/gotext.h"
#include "template/parser.h"

#include <string.h>

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

const struct token *parser_peek(struct parser *p)
{
    while (peek(p)->type == TOKEN_SPACE) {
        p->next++;
    }
    return peek(p);
}

const struct token *parser_next(struct parser *p)
{
    parser_peek(p);
    return next(p);
}

/* ---- sentences ---- */

int parser_fail(struct parser *p, const char *fmt, ...)
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

int parser_unexpected(struct parser *p, const struct token *t, const char *context)
{
    if (t->type == TOKEN_ERROR) {
        bool other_line = p->action_line && p->action_line != t->line;
        bool is_action = t->len > 7 && strcmp(t->text + t->len - 7, " action") == 0;

        if (!other_line) {
            return parser_fail(p, "%s", t->text);
        }
        return parser_fail(p, "%s%s started at :%u", t->text, is_action ? "" : " in action",
                           p->action_line);
    }
    cleanup_free char *text = token_text(t);

    return parser_fail(p, "unexpected %s in %s", text, context);
}

/* ---- nodes ---- */

struct node *parser_node(struct parser *p, enum node_type type, uint32_t pos)
{
    struct node *n = arena_alloc(&p->t->arena, sizeof(*n));

    if (!n) {
        parser_fail(p, "template is too large");
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
        return parser_fail(p, "template is too large");
    }
    if (n->names_count) {
        memcpy(names, n->names, n->names_count * sizeof(*names));
    }
    names[n->names_count++] = name;
    n->names = names;
    return 0;
}

int parser_declare(struct parser *p, const char *name)
{
    if (p->vars_count == p->vars_alloc) {
        p->vars_alloc = p->vars_alloc ? p->vars_alloc * 2 : 8;
        p->vars = xrealloc_array(p->vars, p->vars_alloc, sizeof(*p->vars));
    }
    p->vars[p->vars_count++] = name;
    return 0;
}

/* ---- operands ---- */

struct node *parser_string(struct parser *p, const struct token *t)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(TEMPLATE_MAX_BYTES);
    struct node *n = parser_node(p, NODE_STRING, t->pos);

    if (!n) {
        return NULL;
    }
    if (go_unquote(t->text, t->len, &b) < 0) {
        parser_fail(p, "invalid syntax");
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
        return parser_fail(p, "malformed character constant: %s", n->source);
    }
    if (ret < 0) {
        return parser_fail(p, "invalid syntax");
    }
    utf8_decode(b.buf, b.len, &r);
    n->is_int = true;
    n->integer = (int64_t) r;
    n->real = (double) r;
    return 0;
}

static struct node *parse_number(struct parser *p, const struct token *t)
{
    struct node *n = parser_node(p, NODE_NUMBER, t->pos);
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
        parser_fail(p, "integer overflow: \"%s\"", n->source);
        return NULL;
    }
    n->is_int = r == 0;
    n->real = n->is_int ? (double) n->integer : strtod(n->source, &end);
    if (!n->is_int) {
        bool hex = strpbrk(n->source, "xX") != NULL;

        if (end == n->source || *end || (hex && !strpbrk(n->source, "pP"))) {
            parser_fail(p, "illegal number syntax: \"%s\"", n->source);
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
    struct node *n = parser_node(p, NODE_VARIABLE, t->pos);

    if (!n || add_name(p, n, t->text, t->len) < 0) {
        return NULL;
    }
    for (size_t i = 0; i < p->vars_count; i++) {
        if (strcmp(p->vars[i], n->names[0]) == 0) {
            return n;
        }
    }
    parser_fail(p, "undefined variable \"%s\"", n->names[0]);
    return NULL;
}

static struct node *parse_function(struct parser *p, const struct token *t)
{
    struct node *n = parser_node(p, NODE_FUNCTION, t->pos);

    if (!n) {
        return NULL;
    }
    n->function = function_find(t->text, t->len);
    if (!n->function) {
        CLEANUP(strbuf) struct strbuf q = STRBUF_INIT(TEMPLATE_MAX_BYTES * 8);

        go_quote(&q, t->text, t->len);
        parser_fail(p, "function %s not defined", q.buf);
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
        return parser_string(p, t);
    case TOKEN_LEFT_PAREN:
        return parser_pipeline(p, "parenthesized pipeline", TOKEN_RIGHT_PAREN);
    case TOKEN_FIELD:
        n = parser_node(p, NODE_FIELD, t->pos);
        return n && add_name(p, n, t->text + 1, t->len - 1) == 0 ? n : NULL;
    case TOKEN_BOOL:
        n = parser_node(p, NODE_BOOL, t->pos);
        if (n) {
            n->truth = t->text[0] == 't';
        }
        return n;
    case TOKEN_DOT:
        return parser_node(p, NODE_DOT, t->pos);
    default:
        return parser_node(p, NODE_NIL, t->pos);
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
        n = parser_node(p, NODE_CHAIN, pos);
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
        parser_fail(p, "unexpected . after term %s", q.buf);
        return NULL;
    }
    return n;
}

/* Operands up to a pipe, which is eaten, or the end of the pipeline, which is not. */
static struct node *parse_command(struct parser *p)
{
    struct node *n = parser_node(p, NODE_COMMAND, parser_peek(p)->pos);
    struct node **last = n ? &n->child : NULL;

    while (n) {
        if (is_operand(parser_peek(p))) {
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
            parser_unexpected(p, t, "operand");
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

    while (parser_peek(p)->type == TOKEN_VARIABLE) {
        size_t back = p->next;
        const struct token *v = next(p);
        const struct token *t = parser_peek(p);
        bool comma = t->type == TOKEN_OTHER && t->text[0] == ',';

        if (t->type != TOKEN_ASSIGN && t->type != TOKEN_DECLARE && !comma) {
            p->next = back;
            return 0;
        }
        p->next++;
        pipe->assign = t->type == TOKEN_ASSIGN;
        if (add_name(p, pipe, v->text, v->len) < 0 ||
            parser_declare(p, pipe->names[pipe->names_count - 1]) < 0) {
            return -1;
        }
        if (!comma) {
            return 0;
        }
        if (!is_range || pipe->names_count > 1) {
            return parser_fail(p, "too many declarations in %s", context);
        }
        t = parser_peek(p);
        if (t->type != TOKEN_VARIABLE && t->type != TOKEN_RIGHT && t->type != TOKEN_RIGHT_PAREN) {
            return parser_fail(p, "range can only initialize variables");
        }
    }
    return 0;
}

static int check_pipeline(struct parser *p, const struct node *pipe, const char *context)
{
    int stage = 1;

    if (!pipe->child) {
        return parser_fail(p, "missing value for %s", context);
    }
    for (const struct node *c = pipe->child; c; c = c->next, stage++) {
        enum node_type first = c->child ? c->child->type : NODE_TEXT;

        if (!c->child) {
            return parser_fail(p, "empty command");
        }
        if (stage > 1 && (first == NODE_BOOL || first == NODE_DOT || first == NODE_NIL ||
                          first == NODE_NUMBER || first == NODE_STRING)) {
            return parser_fail(p, "non executable command in pipeline stage %d", stage);
        }
    }
    return 0;
}

struct node *parser_pipeline(struct parser *p, const char *context, enum token_type end)
{
    struct node *pipe = parser_node(p, NODE_PIPE, parser_peek(p)->pos);
    struct node **last = pipe ? &pipe->child : NULL;

    if (!pipe || parse_declarations(p, pipe, context) < 0) {
        return NULL;
    }
    if (++p->depth > TEMPLATE_MAX_DEPTH) {
        parser_fail(p, "nested too deeply");
        return NULL;
    }
    while (is_operand(parser_peek(p))) {
        *last = parse_command(p);
        if (!*last) {
            return NULL;
        }
        last = &(*last)->next;
    }
    const struct token *t = parser_next(p);

    if (t->type != end) {
        parser_unexpected(p, t, context);
        return NULL;
    }
    p->depth--;
    return check_pipeline(p, pipe, context) < 0 ? NULL : pipe;
}
