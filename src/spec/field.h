// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Fields of config.json beyond what base/json.h reads: numbers within bounds, words out of a
 * list, things that must be there. Every complaint starts with the field's path in the document
 * ("process.rlimits[2].type: ...") and says what would be right. Private to spec/.
 *
 * Each function leaves *ret alone when the field is absent or null.
 */
#include "base/json.h"
#include "spec/runtime.h"

#define FIELD_PATH_MAX 160

/* Joins "where.key[index]" in 'at', cut when it is too long; returns at. */
const char *field_item(char at[FIELD_PATH_MAX], const char *where, const char *key, size_t index);
/* The same for the entry of an object that is used as a map: "where.key['name']". */
const char *field_entry(char at[FIELD_PATH_MAX], const char *where, const char *key,
                        const char *name);

/* ERR_INVALID "where.key: <sentence>". */
int field_error(struct error *e, const char *where, const char *key, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* The field exists; 'what' says what belongs there ("an absolute path"). */
int field_required(const json_t *obj, const char *where, const char *key, const char *what,
                   struct error *e) MUST_CHECK;

/* A whole number from min to max. */
int field_int(const json_t *obj, const char *where, const char *key, int64_t min, int64_t max,
              int64_t *ret, struct error *e) MUST_CHECK;
int field_u32(const json_t *obj, const char *where, const char *key, uint32_t *ret,
              struct error *e) MUST_CHECK;

struct field_word {
    const char *name;
    int64_t value;
};

/* One of the words; 'what' names them in the singular ("scheduling policy"). */
int field_word(const json_t *obj, const char *where, const char *key,
               const struct field_word *words, size_t count, const char *what, int64_t *ret,
               struct error *e) MUST_CHECK;
/* A list of them, or-ed together. */
int field_flags(const json_t *obj, const char *where, const char *key,
                const struct field_word *words, size_t count, const char *what, uint64_t *ret,
                struct error *e) MUST_CHECK;

/* An absolute path; empty counts as absent. */
int field_path(const json_t *obj, const char *where, const char *key, char **ret,
               struct error *e) MUST_CHECK;
int field_paths(const json_t *obj, const char *where, const char *key, struct strv *ret,
                struct error *e) MUST_CHECK;

/* A string, NULL when it is absent or empty: what Go's omitempty makes the same. */
int field_text(const json_t *obj, const char *where, const char *key, char **ret,
               struct error *e) MUST_CHECK;

/* An object whose values are strings. */
int field_pairs(const json_t *obj, const char *where, const char *key, struct rt_pairs *ret,
                struct error *e) MUST_CHECK;

/* A list of CPUs or memory nodes: "0-3,7". */
int field_cpulist(const json_t *obj, const char *where, const char *key, char **ret,
                  struct error *e) MUST_CHECK;

/* uidMappings, gidMappings */
int field_id_mappings(const json_t *obj, const char *where, const char *key,
                      struct rt_id_mappings *ret, struct error *e) MUST_CHECK;

/* Calls fn for every entry of a list of objects, with its path. */
typedef int field_fn(void *ctx, const json_t *entry, const char *at, struct error *e);
int field_each(const json_t *obj, const char *where, const char *key, field_fn *fn, void *ctx,
               struct error *e) MUST_CHECK;
