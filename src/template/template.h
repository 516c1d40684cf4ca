// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Go's text/template over JSON documents, for --format: all of its actions and functions but call,
 * and Docker's json, split, join, title, lower, upper, pad, truncate (docs/design/template.md).
 *
 *   struct template *t = template_parse(text, &e);
 *   template_execute(t, &data, &out, &e);
 *   template_free(t);
 *
 * Sentences are those of Go: "template: :1: unclosed action".
 *
 * A template comes from the user or a script, a document partly from images and containers, so
 * everything is bounded: the template's length and depth, memory and steps of one run, output.
 */
#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"

#include <stdbool.h>

#define TEMPLATE_MAX_BYTES  (128 * 1024)
#define TEMPLATE_MAX_DEPTH  100
#define TEMPLATE_MAX_CALLS  100 /* {{template}} within {{template}} */
#define TEMPLATE_MAX_STEPS  (4 * 1000 * 1000)
#define TEMPLATE_MAX_MEMORY (64 * 1024 * 1024)
#define TEMPLATE_MAX_OUTPUT (64 * 1024 * 1024)

struct template;

/* ERR_INVALID with Go's sentence. */
struct template *template_parse(const char *text, struct error *e);
void template_free(struct template *t);
DEFINE_CLEANUP_PTR(template, struct template, template_free);

/*
 * Docker's client reads documents into Go structs, whose types show through in templates: an
 * unknown field of a struct is an error, of a map it is "<no value>"; a null list prints "[]". JSON
 * alone does not tell; what differs from "objects are structs" is said here, by path.
 */
enum template_type_kind {
    TEMPLATE_MAP,      /* of strings; null or absent prints map[] */
    TEMPLATE_MAP_REFS, /* of objects */
    TEMPLATE_LIST,     /* null or absent prints [] */
    TEMPLATE_REF,      /* null or absent is nil: false in 'if' */
    TEMPLATE_STRING,   /* absent is "" */
    TEMPLATE_ALIAS,    /* other name of the field 'field' beside it */
};

struct template_type {
    const char *path; /* "Config.Labels"; elements of lists and maps: "Mounts.*.Type" */
    enum template_type_kind kind;
    const char *field; /* TEMPLATE_ALIAS */
};

/* A method of the document's root that takes a string: {{.Label "key"}}. The caller frees. */
struct template_method {
    const char *name;
    char *(*call)(void *ctx, const char *arg);
};

struct template_data {
    const json_t *root; /* borrowed */
    /* Name of the root's Go type for sentences. NULL: plain JSON, where every object is a map and
     * a missing key is an error, as in the second try of 'docker inspect'. */
    const char *type_name;
    const struct template_type *types;     /* ends with path NULL; may be NULL */
    const struct template_method *methods; /* ends with name NULL; may be NULL */
    void *methods_ctx;
    bool header;    /* a table's header: json, upper, ... give their first argument back */
    bool html_root; /* json of the root escapes < > &, as Go's Marshal does */
};

/* Appends to out; what was printed before a failure stays in it. ERR_INVALID with Go's sentence. */
int template_execute(const struct template *t, const struct template_data *data, struct strbuf *out,
                     struct error *e) MUST_CHECK;
