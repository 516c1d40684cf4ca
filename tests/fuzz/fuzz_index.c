// SPDX-License-Identifier: Apache-2.0
/* index.json and manifests, as any tool or registry may have written them. */
#include "image/index.h"
#include "image/manifest.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The shortcut must see what the whole parse sees. */
static void check_scan(const char *data, size_t size, const struct image_index *whole)
{
    CLEANUP(image_index) struct image_index x = {0};
    const struct index_filter everything = {.words = {""}};
    struct error e;

    if (image_index_select(data, size, &everything, &x, &e) < 0 || x.count != whole->count) {
        abort();
    }
    for (size_t i = 0; i < x.count; i++) {
        if (!json_equal(x.entries[i].descriptor, whole->entries[i].descriptor)) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(image_index) struct image_index x = {0};
    CLEANUP(image_manifest) struct image_manifest m = {0};
    struct error e;
    bool is_index;

    if (image_index_parse((const char *) data, size, &x, &e) == 0) {
        check_scan((const char *) data, size, &x);
        for (size_t i = 0; i < x.count; i++) {
            if (x.entries[i].digest && !image_digest_valid(x.entries[i].digest)) {
                abort();
            }
            if (x.entries[i].name) {
                image_index_unname(&x, i);
            }
        }
    }
    if (image_manifest_parse((const char *) data, size, &m, &is_index, &e) == 0 && !is_index &&
        (!image_digest_valid(m.config_digest) || m.layer_digests.count > IMAGE_MAX_LAYERS)) {
        abort();
    }
    return 0;
}
