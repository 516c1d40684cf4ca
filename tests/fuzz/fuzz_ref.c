// SPDX-License-Identifier: Apache-2.0
/* Image names: the full form of what is accepted must be accepted again, unchanged. */
#include "base/alloc.h"
#include "image/ref.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_free char *text = xstrndup((const char *) data, size);
    CLEANUP(image_ref) struct image_ref ref = {0};
    CLEANUP(image_ref) struct image_ref again = {0};
    struct error e;

    if (image_ref_parse(text, &ref, &e) < 0) {
        return e.text[0] ? 0 : -1;
    }
    image_ref_default_tag(&ref);
    cleanup_free char *full = image_ref_full(&ref);
    cleanup_free char *familiar = image_ref_familiar(&ref);

    if (image_ref_parse(full, &again, &e) < 0 || !*familiar) {
        abort();
    }
    cleanup_free char *full_again = image_ref_full(&again);

    if (strcmp(full, full_again) != 0) {
        abort();
    }
    return 0;
}
