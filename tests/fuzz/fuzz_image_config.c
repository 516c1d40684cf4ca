// SPDX-License-Identifier: Apache-2.0
/* An image's configuration, then (behind a NUL) Dockerfile instructions that change it. */
#include "base/alloc.h"
#include "image/image.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = memchr(data, 0, size);
    size_t n = nul ? (size_t) (nul - data) : size;
    CLEANUP(image_config) struct image_config c = {0};
    struct error e;

    if (image_config_parse((const char *) data, n, &c, &e) < 0) {
        if (!e.text[0] || c.raw) {
            abort();
        }
        return 0;
    }
    if (c.diff_ids.count > IMAGE_MAX_LAYERS) {
        abort();
    }
    if (nul) {
        cleanup_free char *text = xstrndup((const char *) nul + 1, size - n - 1);
        CLEANUP(image_config) struct image_config changed = {0};
        CLEANUP(json) json_t *doc = json_deep_copy(c.raw);

        if (image_config_change(doc, text, &e) == 0) {
            cleanup_free char *out = json_dump(doc);

            /* What we write we must be able to read. */
            if (image_config_parse(out, strlen(out), &changed, &e) < 0) {
                abort();
            }
        }
    }
    return 0;
}
