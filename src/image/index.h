// SPDX-License-Identifier: Apache-2.0
#pragma once
/* index.json in memory. Inside src/image/ only. */
#include "image/store.h"

#define ANNOTATION_NAME       "org.opencontainers.image.ref.name"
#define ANNOTATION_CONTAINERD "io.containerd.image.name"
#define ANNOTATION_ID         "hoy.image.id"

struct index_entry {
    json_t *descriptor; /* owned */
    const char *digest; /* borrowed; NULL for what we do not understand, and keep as it is */
    const char *id;     /* borrowed: what the annotation says, or NULL */
    char *name;         /* full reference, or NULL */
};

struct image_index {
    json_t *doc;
    struct index_entry *entries;
    size_t count;
};

void image_index_done(struct image_index *x);
DEFINE_CLEANUP(image_index, struct image_index, image_index_done);

/* index.json as text (NULL-terminated, caller frees); an absent file is an empty index. */
int image_index_text(const struct image_store *s, char **ret, size_t *ret_len,
                     struct error *e) MUST_CHECK;
int image_index_parse(const char *data, size_t n, struct image_index *ret,
                      struct error *e) MUST_CHECK;
/* Both. */
int image_index_read(const struct image_store *s, struct image_index *ret,
                     struct error *e) MUST_CHECK;

/* Which entries a lookup needs: those whose text holds one of the words, or lacks 'unless'. */
struct index_filter {
    const char *words[2]; /* NULL: none */
    const char *unless;   /* NULL: no such condition */
};

/* Parses only the entries that the filter selects (and maybe others). Such an index cannot be
 * written. A document that is no index is refused as by image_index_parse(), if it is noticed. */
int image_index_select(const char *data, size_t n, const struct index_filter *filter,
                       struct image_index *ret, struct error *e) MUST_CHECK;

/* Calls each() with the text of each selected entry. -EINVAL: not understood, parse it all. */
int image_index_scan(const char *data, size_t n, const struct index_filter *filter,
                     int (*each)(void *ctx, const char *text, size_t n), void *ctx);

/* Durably; the store's lock is held. */
int image_index_write(const struct image_store *s, struct image_index *x,
                      struct error *e) MUST_CHECK;

/* Appends a copy of the descriptor under the name (NULL: none) and with the ID. */
void image_index_add(struct image_index *x, const json_t *descriptor, const char *name,
                     const char *id);
void image_index_remove(struct image_index *x, size_t i);
/* Takes the name off an entry that stays. */
void image_index_unname(struct image_index *x, size_t i);
