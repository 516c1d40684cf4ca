// SPDX-License-Identifier: Apache-2.0
#pragma once
/* From what a user typed to an entry of index.json, and from there to a struct image. */
#include "image/index.h"

/* Which entry; errors as image_find(). *ret_id is that image's ID, the caller frees it. */
int image_index_find(const struct image_store *s, const struct image_index *x,
                     const char *name_or_id, size_t *ret_entry, char **ret_id,
                     struct error *e) MUST_CHECK;

/* ID of an entry: its annotation, else its config's digest, else (damaged) its own digest. Caller
 * frees; NULL for an entry we do not understand. */
char *image_entry_id(const struct image_store *s, const struct index_entry *entry);

/* Everything but the names. ERR_CORRUPT, ERR_UNSUPPORTED as image_find(). */
int image_load(const struct image_store *s, const json_t *descriptor, struct image *ret,
               struct error *e) MUST_CHECK;
