// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * JSON from outside (images, registries, users) and of our own, on jansson.
 *
 * Reading is bounded in size and depth, and typed: a reader remembers where in the document it is,
 * so that every complaint names the field by its path ("config.Env[2]: expected a string").
 */
#include "base/error.h"
#include "base/strv.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define JSON_MAX_BYTES (16u << 20) /* no document of ours or of a registry comes near it */
#define JSON_MAX_DEPTH 128

static inline void json_decref_p(json_t *j)
{
    json_decref(j);
}
DEFINE_CLEANUP_PTR(json, json_t, json_decref_p);

/*
 * Parses n bytes: one document, duplicate keys refused, depth and size bounded; NULL and *e
 * (invalid) with line and column. 'what' names the document in the sentence. New reference.
 */
json_t *json_parse(const char *data, size_t n, const char *what, struct error *e);

/*
 * The same for documents whose numbers may be of 64 bits without sign, which jansson has not:
 * those above INT64_MAX arrive as something that json_get_u64() alone understands.
 */
json_t *json_parse_wide(const char *data, size_t n, const char *what, struct error *e);

/* json_parse() from dirfd/path; ERR_NOT_FOUND when it is absent. */
json_t *json_parse_file(int dirfd, const char *path, const char *what, struct error *e);

/*
 * Typed fields of an object. Each returns 0 and leaves *ret alone when the field is absent or
 * null, sets *ret when it is there, and fails with "WHERE.KEY: expected ..." otherwise.
 * Strings are copies (freed before they are replaced); lists are appended.
 */
int json_get_string(const json_t *obj, const char *where, const char *key, char **ret,
                    struct error *e);
int json_get_bool(const json_t *obj, const char *where, const char *key, bool *ret,
                  struct error *e);
int json_get_i64(const json_t *obj, const char *where, const char *key, int64_t *ret,
                 struct error *e);
int json_get_u64(const json_t *obj, const char *where, const char *key, uint64_t *ret,
                 struct error *e);
int json_get_strv(const json_t *obj, const char *where, const char *key, struct strv *ret,
                  struct error *e);
/* Borrowed; NULL in *ret when absent. */
int json_get_object(const json_t *obj, const char *where, const char *key, json_t **ret,
                    struct error *e);
int json_get_array(const json_t *obj, const char *where, const char *key, json_t **ret,
                   struct error *e);

/* String field or "" when absent or of another type; borrowed. For documents we wrote. */
const char *json_str(const json_t *obj, const char *key);
int64_t json_int(const json_t *obj, const char *key);
bool json_bool(const json_t *obj, const char *key);

/* New array of strings. */
json_t *json_from_strv(const struct strv *v);
/* New string; invalid UTF-8 is replaced by U+FFFD so that it never fails. */
json_t *json_text(const char *s);
/* json_object_set_new that cannot fail silently (aborts when out of memory). */
void json_put(json_t *obj, const char *key, json_t *value);
void json_push(json_t *array, json_t *value);

/* Compact text, keys in the order in which they were set; the caller frees it. */
char *json_dump(const json_t *j);
