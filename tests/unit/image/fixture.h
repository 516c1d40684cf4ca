// SPDX-License-Identifier: Apache-2.0
#pragma once
/* An image store in a folder of its own, and images in it that need no bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image/store.h"

extern struct image_store store;
extern int store_root; /* the folder that holds images/ */
extern struct error last_error;

#define OK(call)                                                                                   \
    do {                                                                                           \
        if ((call) < 0) {                                                                          \
            fail_msg("%s: %s", #call, last_error.text);                                            \
        }                                                                                          \
    } while (0)

#define FAILS(call, error_kind, sentence)                                                          \
    do {                                                                                           \
        assert_int_equal((call), -1);                                                              \
        assert_string_equal(last_error.text, sentence);                                            \
        assert_int_equal(last_error.kind, error_kind);                                             \
    } while (0)

int store_setup(void **state);
int store_teardown(void **state);

/* "sha256:" and the number in hex at the end, so that tests read well. Valid for a few calls. */
const char *digest(unsigned n);

/* Writes a document as a blob; -> its descriptor (new reference). */
json_t *put_blob(const char *blob_digest, const char *type, json_t *content);

/*
 * An image with manifest digest(n), ID digest(0x1000 + n), layers digest(0x10000 + from..to) with
 * diff IDs digest(0x100000 + from..to), created n seconds after 1970. -> its descriptor (new
 * reference).
 */
json_t *put_image(unsigned n, unsigned from, unsigned to);

/* put_image() and image_add(). */
void add_image(unsigned n, unsigned from, unsigned to, const char *name);

bool has_blob(unsigned n);
size_t count_blobs(void);
/* images/index.json; new reference. */
json_t *read_index(void);
/* Replaces images/index.json. */
void write_index(const char *text);
