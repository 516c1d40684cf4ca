// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The data folder, opened for writing: images and layers. What dead programs left half-made is
 * swept away first.
 */
#include "image/store.h"
#include "storage/storage.h"

struct opened_store {
    struct storage storage;
    struct image_store images;
    bool has_storage, has_images;
};

#define OPENED_STORE_INIT                                                                          \
    {                                                                                              \
        .has_storage = false                                                                       \
    }

int opened_store_open(struct opened_store *s, const char *root, struct error *e) MUST_CHECK;
void opened_store_done(struct opened_store *s);
DEFINE_CLEANUP(opened_store, struct opened_store, opened_store_done);
