// SPDX-License-Identifier: Apache-2.0
#include "template/gotext.h"
#include "template/internal.h"

#include <stdarg.h>
#include <string.h>

/* How a list of nodes ended. */
enum walk {
    WALK_FAILED = -1,
    WALK_ON,
    WALK_BREAK,
    WALK_CONTINUE,
};

static enum walk walk_list(struct exec *x, const struct value *dot, const struct node *n);
static int eval_pipeline(struct exec *x, const struct value *dot, const struct node *pipe,
                         struct value *ret);
static int eval_arg(struct exec *x, const struct value *dot, char type, const struct node *n,
                    struct value *ret);

/* ---- bounds and sentences ---- */

int exec_error(struct exec *x, const char *fmt, ...)
{
    CLEANUP(strbuf) struct strbuf context = STRBUF_INIT(TEMPLATE_MAX_BYTES * 2);
    uint32_t line = 1;
    uint32_t column = x->at->pos;
    va_list ap;

    va_start(ap, fmt);
    cleanup_free char *text = xvasprintf(fmt, ap);
    va_end(ap);
    for (uint32_t i = 0; i < x->at->pos; i++) {
        if (x->t->text[i] == '\n') {
            line++;
            column = x->at->pos - i - 1;
        }
    }
    node_print(x->at, &context);
    err_set(x->e, ERR_INVALID, "template: :%u:%u: executing \"%s\" at <%.300s>: %s", line, column,
            x->name, context.buf, text);
    return -1;
}

int exec_step(struct exec *x)
{
    if (++x->steps > TEMPLATE_MAX_STEPS) {
        return exec_error(x, "runs for more than %d steps", TEMPLATE_MAX_STEPS);
    }
    if (!strbuf_ok(x->out)) {
        return exec_error(x, "prints more than %d bytes", TEMPLATE_MAX_OUTPUT);
    }
    return 0;
}

int exec_keep(struct exec *x, struct strbuf *b, struct value *ret)
{
    char *s = strbuf_ok(b) ? arena_copy(&x->arena, b->buf, b->len) : NULL;

    if (!s) {
        return exec_error(x, "needs more than %d bytes of memory", TEMPLATE_MAX_MEMORY);
    }
    *ret = value_string(s, b->len);
    return 0;
}

/* ---- variables ---- */

static void push_variable(struct exec *x, const char *name, const struct value *v)
{
    if (x->vars_count == x->vars_alloc) {
        x->vars_alloc = x->vars_alloc ? x->vars_alloc * 2 : 8;
        x->vars = xrealloc_array(x->vars, x->vars_alloc, sizeof(*x->vars));
    }
    x->vars[x->vars_count++] = (struct variable){name, *v};
}

/* The innermost of that name. None: it was only assigned to, or declared where the run was not. */
static struct value *find_variable(struct exec *x, const char *name)
{
    for (size_t i = x->vars_count; i > x->vars_base; i--) {
        if (strcmp(x->vars[i - 1].name, name) == 0) {
            return &x->vars[i - 1].value;
        }
    }
    exec_error(x, "undefined variable: %s", name);
    return NULL;
}

static int set_variable(struct exec *x, const char *name, const struct value *v)
{
    struct value *variable = find_variable(x, name);

    if (!variable) {
        return -1;
    }
    *variable = *v;
    return 0;
}

/* ---- fields ---- */

/* What stands behind a field or function name, and what a pipe brings in. */
struct arguments {
    const struct value *dot;
    const struct node *nodes;  /* first operand behind the name */
    const struct value *piped; /* NULL: nothing */
};

static const struct arguments no_arguments;

static size_t arguments_count(const struct arguments *a)
{
    size_t n = a->piped ? 1 : 0;

    for (const struct node *o = a->nodes; o; o = o->next) {
        n++;
    }
    return n;
}

static const char *type_name(char type)
{
    return type == 's' ? "string" : type == 'l' ? "[]string" : "int";
}

/* Go: an argument must have the parameter's type. */
static int check_type(struct exec *x, char type, struct value *v)
{
    enum value_kind wanted = type == 's' ? VALUE_STRING : type == 'l' ? VALUE_LIST : VALUE_INT;
    const char *name = type_name(type);

    if (type == 'a' || v->kind == wanted || (type == 'l' && x->data->header)) {
        return 0;
    }
    if (v->kind <= VALUE_NIL && v->kind != VALUE_NULL) {
        return exec_error(x, "invalid value; expected %s", name);
    }
    return exec_error(x, "wrong type for value; expected %s; got %s", name, value_type_name(x, v));
}

static int call_method(struct exec *x, const struct template_method *m, const struct arguments *a,
                       struct value *ret)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(TEMPLATE_MAX_OUTPUT);
    size_t n = arguments_count(a);
    struct value arg = {0};

    if (n != 1) {
        return exec_error(x, "wrong number of args for %s: want 1 got %zu", m->name, n);
    }
    if (a->piped) {
        arg = *a->piped;
        if (check_type(x, 's', &arg) < 0) {
            return -1;
        }
    } else if (eval_arg(x, a->dot, 's', a->nodes, &arg) < 0) {
        return -1;
    }
    cleanup_free char *key = xstrndup(arg.text, arg.len);
    cleanup_free char *text = m->call(x->data->methods_ctx, key);

    strbuf_adds(&b, text ? text : "");
    return exec_keep(x, &b, ret);
}

static const struct template_method *find_method(const struct exec *x, const struct value *v,
                                                 const char *name)
{
    if (v->json != x->data->root || !x->data->methods) {
        return NULL;
    }
    for (const struct template_method *m = x->data->methods; m->name; m++) {
        if (strcmp(m->name, name) == 0) {
            return m;
        }
    }
    return NULL;
}

/* A field that the object does not have. */
static int missing_field(struct exec *x, const struct value *v, const char *name, struct value *ret)
{
    const char *path = value_subpath(x, v->path, name);
    const struct template_type *type = value_type_at(x, path);

    if (v->kind == VALUE_MAP) {
        *ret = (struct value){0};
        return v->path ? 0 : exec_error(x, "map has no entry for key \"%s\"", name);
    }
    if (type && type->kind == TEMPLATE_ALIAS && json_object_get(v->json, type->field)) {
        *ret = value_member(x, v, type->field);
        return 0;
    }
    if (value_absent(x, type, ret)) {
        return 0;
    }
    return exec_error(x, "can't evaluate field %s in type %s", name, value_type_name(x, v));
}

static int eval_field(struct exec *x, const struct value *receiver, const char *name,
                      const struct arguments *a, struct value *ret)
{
    const struct template_method *m = find_method(x, receiver, name);

    if (receiver->kind == VALUE_NONE) {
        *ret = *receiver;
        return x->data->type_name ? 0 : exec_error(x, "nil data; no entry for key \"%s\"", name);
    }
    if (receiver->kind <= VALUE_NIL) {
        return exec_error(x, "nil pointer evaluating interface {}.%s", name);
    }
    if (m) {
        return call_method(x, m, a, ret);
    }
    if (receiver->kind != VALUE_MAP && receiver->kind != VALUE_STRUCT) {
        return exec_error(x, "can't evaluate field %s in type %s", name,
                          receiver->boxed ? "interface {}" : value_type_name(x, receiver));
    }
    if (arguments_count(a) && receiver->kind == VALUE_MAP) {
        return exec_error(x, "%s is not a method but has arguments", name);
    }
    if (receiver->json && json_object_get(receiver->json, name)) {
        if (arguments_count(a)) {
            return exec_error(x, "%s has arguments but cannot be invoked as function", name);
        }
        *ret = value_member(x, receiver, name);
        return 0;
    }
    return missing_field(x, receiver, name, ret);
}

/* .A.B.C; only the last may have arguments. */
static int eval_fields(struct exec *x, struct value receiver, const char *const *names, size_t n,
                       const struct arguments *a, struct value *ret)
{
    *ret = receiver;
    for (size_t i = 0; i < n; i++) {
        struct value v = *ret;

        if (eval_field(x, &v, names[i], i + 1 < n ? &no_arguments : a, ret) < 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- functions ---- */

static int eval_and_or(struct exec *x, const struct node *name, const struct arguments *a,
                       struct value *ret)
{
    bool is_or = name->text[0] == 'o';

    for (const struct node *n = a->nodes; n; n = n->next) {
        if (eval_arg(x, a->dot, 'a', n, ret) < 0) {
            return -1;
        }
        if (value_is_true(ret) == is_or) {
            return 0;
        }
    }
    if (a->piped) {
        *ret = *a->piped;
    }
    return 0;
}

/* The type of parameter i: "sa*" is one string, then any number of anything. */
static char param_type(const char *params, size_t i)
{
    size_t fixed = strcspn(params, "*");

    return i < fixed ? params[i] : 'a';
}

static int eval_args(struct exec *x, const struct node *name, const struct arguments *a,
                     struct value *args, size_t *ret_n)
{
    const char *params = name->function->params;
    size_t fixed = strcspn(params, "*");
    size_t n = arguments_count(a);
    size_t i = 0;

    if (params[fixed] && n < fixed) {
        return exec_error(x, "wrong number of args for %s: want at least %zu got %zu", name->text,
                          fixed, n - (a->piped ? 1 : 0));
    }
    if (!params[fixed] && n != fixed) {
        return exec_error(x, "wrong number of args for %s: want %zu got %zu", name->text, fixed, n);
    }
    if (n > FUNCTION_ARGS_MAX) {
        return exec_error(x, "more than %d args for %s", FUNCTION_ARGS_MAX, name->text);
    }
    for (const struct node *o = a->nodes; o; o = o->next, i++) {
        if (!name->function->call) {
            break; /* and, or: only as many as they need */
        }
        if (eval_arg(x, a->dot, param_type(params, i), o, &args[i]) < 0) {
            return -1;
        }
    }
    if (a->piped && name->function->call) {
        args[i] = *a->piped;
        if (check_type(x, param_type(params, i), &args[i]) < 0) {
            return -1;
        }
    }
    *ret_n = n;
    return 0;
}

/* whole: what a failing call is shown as. */
static int eval_function(struct exec *x, const struct node *name, const struct node *whole,
                         const struct arguments *a, struct value *ret)
{
    struct value args[FUNCTION_ARGS_MAX] = {0};
    struct error *e = x->e;
    struct error cause = {0};
    size_t n = 0;

    x->at = name;
    if (eval_args(x, name, a, args, &n) < 0) {
        return -1;
    }
    if (!name->function->call) {
        return eval_and_or(x, name, a, ret);
    }
    x->e = &cause;
    int r = name->function->call(x, args, n, ret);

    x->e = e;
    if (r == 0) {
        return 0;
    }
    if (strncmp(cause.text, "template: ", 10) == 0) { /* a bound was reached: it says where */
        *e = cause;
        return -1;
    }
    x->at = whole;
    return exec_error(x, "error calling %s: %s", name->text, cause.text);
}

/* ---- operands ---- */

static struct value eval_number(const struct node *n)
{
    if (n->is_float) {
        return (struct value){.kind = VALUE_FLOAT, .real = n->real};
    }
    return value_int(n->integer);
}

/* An operand that can have arguments, as the head of a command or alone. */
static int eval_head(struct exec *x, const struct node *n, const struct node *whole,
                     const struct arguments *a, struct value *ret)
{
    const struct value *variable;
    struct value v = {0};

    x->at = n;
    switch ((int) n->type) {
    case NODE_FIELD:
        return eval_fields(x, *a->dot, n->names, n->names_count, a, ret);
    case NODE_VARIABLE:
        variable = find_variable(x, n->names[0]);
        if (!variable) {
            return -1;
        }
        v = *variable;
        if (n->names_count == 1) {
            *ret = v;
            return arguments_count(a)
                       ? exec_error(x, "can't give argument to non-function %s", n->names[0])
                       : 0;
        }
        return eval_fields(x, v, n->names + 1, n->names_count - 1, a, ret);
    case NODE_CHAIN:
        if (eval_arg(x, a->dot, 'a', n->child, &v) < 0) {
            return -1;
        }
        return eval_fields(x, v, n->names, n->names_count, a, ret);
    default:
        return eval_function(x, n, whole, a, ret);
    }
}

/* One operand where a value of the type is needed. */
static int eval_arg(struct exec *x, const struct value *dot, char type, const struct node *n,
                    struct value *ret)
{
    const struct arguments alone = {.dot = dot};
    CLEANUP(strbuf) struct strbuf text = STRBUF_INIT(TEMPLATE_MAX_BYTES * 2);

    x->at = n;
    if (exec_step(x) < 0) {
        return -1;
    }
    switch ((int) n->type) {
    case NODE_DOT:
        *ret = *dot;
        return check_type(x, type, ret);
    case NODE_NIL:
        *ret = (struct value){.kind = VALUE_NULL};
        return type == 'a' ? 0 : exec_error(x, "cannot assign nil to %s", type_name(type));
    case NODE_PIPE:
        return eval_pipeline(x, dot, n, ret) < 0 ? -1 : check_type(x, type, ret);
    case NODE_FIELD:
    case NODE_VARIABLE:
    case NODE_CHAIN:
    case NODE_FUNCTION:
        return eval_head(x, n, n, &alone, ret) < 0 ? -1 : check_type(x, type, ret);
    case NODE_BOOL:
        *ret = value_bool(n->truth);
        break;
    case NODE_NUMBER:
        *ret = type == 'i' && n->is_int ? value_int(n->integer) : eval_number(n);
        break;
    default:
        *ret = value_string(n->text, n->len);
        break;
    }
    if (type == 'a' || (type == 's' && ret->kind == VALUE_STRING) ||
        (type == 'i' && ret->kind == VALUE_INT)) {
        return 0;
    }
    node_print(n, &text);
    if (type == 'l') {
        return exec_error(x, "can't handle %.200s for arg of type []string", text.buf);
    }
    return exec_error(x, "expected %s; found %.200s", type == 's' ? "string" : "integer", text.buf);
}

/* piped: result of the command before, or NULL. */
static int eval_command(struct exec *x, const struct value *dot, const struct node *cmd,
                        const struct value *piped, struct value *ret)
{
    const struct node *first = cmd->child;
    const struct arguments a = {.dot = dot, .nodes = first->next, .piped = piped};

    if (first->type != NODE_PIPE) { /* as Go: the whole pipeline is named then */
        x->at = first;
    }
    if (exec_step(x) < 0) {
        return -1;
    }
    switch ((int) first->type) {
    case NODE_FIELD:
    case NODE_VARIABLE:
    case NODE_CHAIN:
        return eval_head(x, first, first, &a, ret);
    case NODE_FUNCTION:
        return eval_head(x, first, cmd, &a, ret);
    default:
        break;
    }
    if (first->next || piped) {
        CLEANUP(strbuf) struct strbuf text = STRBUF_INIT(TEMPLATE_MAX_BYTES * 2);

        node_print(first, &text);
        return exec_error(x, "can't give argument to non-function %.200s", text.buf);
    }
    switch ((int) first->type) {
    case NODE_PIPE:
        return eval_pipeline(x, dot, first, ret);
    case NODE_DOT:
        *ret = *dot;
        return 0;
    case NODE_NIL:
        return exec_error(x, "nil is not a command");
    case NODE_BOOL:
        *ret = value_bool(first->truth);
        return 0;
    case NODE_NUMBER:
        *ret = eval_number(first);
        return 0;
    default:
        *ret = value_string(first->text, first->len);
        return 0;
    }
}

static int eval_pipeline(struct exec *x, const struct value *dot, const struct node *pipe,
                         struct value *ret)
{
    struct value before = {0};
    bool piped = false;

    x->at = pipe;
    for (const struct node *c = pipe->child; c; c = c->next) {
        if (eval_command(x, dot, c, piped ? &before : NULL, ret) < 0) {
            return -1;
        }
        if (ret->kind == VALUE_NULL) {
            *ret = (struct value){0};
        }
        ret->boxed = false;
        before = *ret;
        piped = true;
    }
    for (size_t i = 0; i < pipe->names_count; i++) {
        if (pipe->assign) {
            if (set_variable(x, pipe->names[i], ret) < 0) {
                return -1;
            }
        } else {
            push_variable(x, pipe->names[i], ret);
        }
    }
    return 0;
}

/* ---- actions ---- */

static enum walk walk_if_with(struct exec *x, const struct value *dot, const struct node *n)
{
    size_t scope = x->vars_count;
    struct value v = {0};
    enum walk r = WALK_ON;

    if (eval_pipeline(x, dot, n->child, &v) < 0) {
        return WALK_FAILED;
    }
    if (value_is_true(&v)) {
        r = walk_list(x, n->type == NODE_WITH ? &v : dot, n->body);
    } else if (n->has_else) {
        r = walk_list(x, dot, n->otherwise);
    }
    x->vars_count = scope;
    return r;
}

/* One turn of a loop, with $index and $element set. */
static enum walk walk_turn(struct exec *x, const struct node *n, const struct value *index,
                           const struct value *element)
{
    const struct node *pipe = n->child;
    size_t scope = x->vars_count;
    enum walk r;

    if (pipe->names_count > 0 && set_variable(x, pipe->names[pipe->names_count - 1], element) < 0) {
        return WALK_FAILED;
    }
    if (pipe->names_count > 1 && set_variable(x, pipe->names[0], index) < 0) {
        return WALK_FAILED;
    }
    x->at = n;
    if (exec_step(x) < 0) {
        return WALK_FAILED;
    }
    r = walk_list(x, element, n->body);
    x->vars_count = scope;
    return r == WALK_CONTINUE ? WALK_ON : r;
}

static enum walk walk_elements(struct exec *x, const struct node *n, const struct value *v)
{
    cleanup_free const char **keys = v->kind == VALUE_MAP ? value_keys(v) : NULL;
    size_t count = value_length(v);
    enum walk r = WALK_ON;

    for (size_t i = 0; i < count && r == WALK_ON; i++) {
        struct value index = keys ? value_string(keys[i], strlen(keys[i])) : value_int((int64_t) i);
        struct value element = keys ? value_member(x, v, keys[i]) : value_element(x, v, i);

        r = walk_turn(x, n, &index, &element);
    }
    return r == WALK_BREAK ? WALK_ON : r;
}

static enum walk walk_range(struct exec *x, const struct value *dot, const struct node *n)
{
    size_t scope = x->vars_count;
    struct value v = {0};
    enum walk r = WALK_ON;

    x->at = n;
    if (eval_pipeline(x, dot, n->child, &v) < 0) {
        return WALK_FAILED;
    }
    if (v.kind != VALUE_LIST && v.kind != VALUE_MAP && v.kind > VALUE_NIL) {
        CLEANUP(strbuf) struct strbuf text = STRBUF_INIT(TEMPLATE_MAX_OUTPUT);

        value_print(x, &text, &v);
        return exec_error(x, "range can't iterate over %.300s", text.buf);
    }
    if (value_length(&v) > 0) {
        r = walk_elements(x, n, &v);
    } else if (n->has_else) {
        r = walk_list(x, dot, n->otherwise);
    }
    x->vars_count = scope;
    return r;
}

static enum walk walk_template(struct exec *x, const struct value *dot, const struct node *n)
{
    const struct definition *d = template_find(x->t, n->text);
    struct exec outer = *x;
    struct value v = {0};
    enum walk r;

    x->at = n;
    if (!d) {
        return exec_error(x, "template \"%s\" not defined", n->text);
    }
    if (x->calls >= TEMPLATE_MAX_CALLS) {
        return exec_error(x, "exceeded maximum template depth (%d)", TEMPLATE_MAX_CALLS);
    }
    if (exec_step(x) < 0 || (n->child && eval_pipeline(x, dot, n->child, &v) < 0)) {
        return WALK_FAILED;
    }
    /* It sees no variables but its own $. */
    size_t scope = x->vars_count;

    x->vars_base = scope;
    x->name = d->name;
    x->calls++;
    push_variable(x, "$", &v);
    r = walk_list(x, &v, d->body);
    x->vars_count = scope;
    x->vars_base = outer.vars_base;
    if (r != WALK_FAILED) {
        x->name = outer.name;
    }
    x->calls--;
    return r == WALK_FAILED ? r : WALK_ON;
}

static enum walk walk_action(struct exec *x, const struct value *dot, const struct node *n)
{
    struct value v = {0};

    x->at = n;
    if (eval_pipeline(x, dot, n->child, &v) < 0) {
        return WALK_FAILED;
    }
    if (n->child->names_count) {
        return WALK_ON;
    }
    if (v.kind == VALUE_NONE) {
        strbuf_adds(x->out, "<no value>");
    } else {
        value_print(x, x->out, &v);
    }
    x->at = n;
    return exec_step(x) < 0 ? WALK_FAILED : WALK_ON;
}

static enum walk walk_list(struct exec *x, const struct value *dot, const struct node *n)
{
    enum walk r = WALK_ON;

    for (; n && r == WALK_ON; n = n->next) {
        switch ((int) n->type) {
        case NODE_TEXT:
            strbuf_add(x->out, n->text, n->len);
            break;
        case NODE_IF:
        case NODE_WITH:
            r = walk_if_with(x, dot, n);
            break;
        case NODE_RANGE:
            r = walk_range(x, dot, n);
            break;
        case NODE_TEMPLATE:
            r = walk_template(x, dot, n);
            break;
        case NODE_BREAK:
            return WALK_BREAK;
        case NODE_CONTINUE:
            return WALK_CONTINUE;
        default:
            r = walk_action(x, dot, n);
            break;
        }
    }
    return r;
}

int template_execute(const struct template *t, const struct template_data *data, struct strbuf *out,
                     struct error *e)
{
    static const struct node nowhere = {.type = NODE_TEXT, .text = ""};
    struct exec x = {.t = t, .data = data, .out = out, .e = e, .at = &nowhere, .name = ""};
    struct value dot;
    enum walk r;

    x.arena = (struct arena) ARENA_INIT(TEMPLATE_MAX_MEMORY);
    dot = value_from_json(&x, data->root, data->type_name ? "" : NULL);
    push_variable(&x, "$", &dot);
    r = walk_list(&x, &dot, t->root);
    if (r != WALK_FAILED && !strbuf_ok(out)) {
        r = (enum walk) exec_error(&x, "prints more than %d bytes", TEMPLATE_MAX_OUTPUT);
    }
    free(x.vars);
    json_decref(x.made);
    arena_done(&x.arena);
    return r == WALK_FAILED ? -1 : 0;
}
