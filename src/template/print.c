// SPDX-License-Identifier: Apache-2.0
/* Nodes as template source again, for sentences. */
#include "template/gotext.h"
#include "template/internal.h"

#include <string.h>

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
