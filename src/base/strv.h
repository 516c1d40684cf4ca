// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A list of strings it owns; items is NULL-terminated whenever it is not NULL, so it can be given
 * to execve. STRV_INIT is all zero.
 */
#include "base/alloc.h"

#include <stdbool.h>

struct strv {
    char **items;
    size_t count;
    size_t alloc;
};

#define STRV_INIT                                                                                  \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

void strv_done(struct strv *v);
DEFINE_CLEANUP(strv, struct strv, strv_done);

/* Appends a copy of s. */
void strv_add(struct strv *v, const char *s);
/* Appends s itself, which v then owns. */
void strv_take(struct strv *v, char *s);
void strv_addf(struct strv *v, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Appends copies of all items of from. */
void strv_extend(struct strv *v, const struct strv *from);
/* Removes item i (in range) and keeps the order. */
void strv_remove(struct strv *v, size_t i);
/* How many of the first strings of both are the same. */
size_t strv_common(const struct strv *a, const struct strv *b);
bool strv_contains(const struct strv *v, const char *s);
void strv_sort(struct strv *v);

/* Appends the pieces of s between any of the characters of seps; empty pieces are dropped. */
void strv_split(struct strv *v, const char *s, const char *seps);

/* The items with sep between them; the caller frees it. */
char *strv_join(const struct strv *v, const char *sep);

/* NULL-terminated array, never NULL itself; valid until v changes. */
char **strv_argv(struct strv *v);

#define strv_foreach(v, var)                                                                       \
    for (size_t var##_i = 0; var##_i < (v)->count && ((var) = (v)->items[var##_i], 1); var##_i++)

/* Sets KEY=VALUE in a list of environment entries: replaces an entry of the same key. */
void env_set(struct strv *env, const char *entry);
/* Value of key in the list, or NULL; borrowed from it. */
const char *env_get(const struct strv *env, const char *key);
void env_unset(struct strv *env, const char *key);
