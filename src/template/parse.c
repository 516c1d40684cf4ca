// SPDX-License-Identifier: Apache-2.0
/* Actions and the text between them: lists of nodes, control structures, definitions. */
#include "template/parser.h"

#include <string.h>

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
    const struct token *t = parser_peek(p);
    enum list_end end = LIST_EOF;

    n->has_else = true;
    if ((n->type == NODE_IF && t->type == TOKEN_IF) ||
        (n->type == NODE_WITH && t->type == TOKEN_WITH)) {
        p->next++;
        /* the inner one takes the only {{end}} that there is */
        n->otherwise = parse_control(p, n->type, n->type == NODE_IF ? "if" : "with", t->pos);
        return n->otherwise ? 0 : -1;
    }
    t = parser_next(p);
    if (t->type != TOKEN_RIGHT) {
        return parser_unexpected(p, t, "else");
    }
    if (parse_list(p, &n->otherwise, &end) < 0) {
        return -1;
    }
    if (end == LIST_ELSE) {
        return parser_fail(p, "expected end; found {{else}}");
    }
    return 0;
}

static struct node *parse_control(struct parser *p, enum node_type type, const char *context,
                                  uint32_t pos)
{
    struct node *n = parser_node(p, type, pos);
    size_t scope = p->vars_count;
    enum list_end end = LIST_EOF;

    if (!n) {
        return NULL;
    }
    if (++p->depth > TEMPLATE_MAX_DEPTH) {
        parser_fail(p, "nested too deeply");
        return NULL;
    }
    n->child = parser_pipeline(p, context, TOKEN_RIGHT);
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
    const struct token *t = parser_next(p);

    if (t->type != TOKEN_RIGHT) {
        parser_unexpected(p, t, word);
        return NULL;
    }
    if (!p->ranges) {
        parser_fail(p, "%s outside {{range}}", word);
        return NULL;
    }
    return parser_node(p, type, pos);
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
    const struct token *t = parser_next(p);
    struct node *s;

    if (t->type != TOKEN_STRING && t->type != TOKEN_RAW_STRING) {
        parser_unexpected(p, t, context);
        return NULL;
    }
    s = parser_string(p, t);
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
        return parser_fail(p, d ? "nested too deeply" : "template is too large");
    }
    p->vars = NULL;
    p->vars_count = p->vars_alloc = 0;
    p->ranges = 0;
    parser_declare(p, "$");
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
        return parser_fail(p, "unexpected {{else}} in %s", context);
    }
    const struct definition *old = template_find(p->t, name);

    if (old && !is_empty(old->body)) {
        return is_empty(body)
                   ? 0
                   : parser_fail(p, "template: multiple definition of template \"%s\"", name);
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
    t = parser_next(p);
    if (t->type != TOKEN_RIGHT) {
        return parser_unexpected(p, t, "define clause");
    }
    return parse_definition_body(p, name, "define clause");
}

/* Behind "{{template" or "{{block". */
static struct node *parse_template_call(struct parser *p, bool block)
{
    const char *context = block ? "block clause" : "template clause";
    struct node *n = parser_node(p, NODE_TEMPLATE, parser_peek(p)->pos);

    if (!n || !(n->text = parse_name(p, context))) {
        return NULL;
    }
    if (!block && parser_peek(p)->type == TOKEN_RIGHT) {
        p->next++;
        return n;
    }
    n->child = parser_pipeline(p, context, TOKEN_RIGHT);
    if (!n->child || (block && parse_definition_body(p, n->text, context) < 0)) {
        return NULL;
    }
    return n;
}

/* Behind "{{", unless it is an {{end}} or {{else}}. */
static struct node *parse_action(struct parser *p)
{
    const struct token *t = parser_peek(p);
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
    n = parser_node(p, NODE_ACTION, t->pos);
    if (!n) {
        return NULL;
    }
    n->child = parser_pipeline(p, "command", TOKEN_RIGHT);
    return n->child ? n : NULL;
}

/* Nodes up to {{end}}, {{else}} or the end of the text. */
static int parse_list(struct parser *p, struct node **ret, enum list_end *ret_end)
{
    struct node **last = ret;

    for (;;) {
        const struct token *t = parser_next(p);

        if (t->type == TOKEN_EOF) {
            *ret_end = LIST_EOF;
            return p->depth ? parser_fail(p, "unexpected EOF") : 0;
        }
        if (t->type == TOKEN_TEXT) {
            struct node *n = parser_node(p, NODE_TEXT, t->pos);

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
            return parser_unexpected(p, t, "input");
        }
        p->action_line = t->line;
        t = parser_peek(p);
        if (t->type == TOKEN_END || t->type == TOKEN_ELSE) {
            p->next++;
            *ret_end = t->type == TOKEN_END ? LIST_END : LIST_ELSE;
            if (t->type == TOKEN_END && (t = parser_next(p))->type != TOKEN_RIGHT) {
                return parser_unexpected(p, t, "end");
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
    parser_declare(&p, "$");
    r = parse_list(&p, &t->root, &end);
    if (r == 0 && end != LIST_EOF) {
        const struct token *token = end == LIST_ELSE ? parser_next(&p) : NULL;

        r = token && token->type != TOKEN_RIGHT && token->type != TOKEN_IF
                ? parser_unexpected(&p, token, "else")
                : parser_fail(&p, "unexpected {{%s}}", end == LIST_END ? "end" : "else");
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
