// SPDX-License-Identifier: Apache-2.0
/* The little languages of run's options; the first byte chooses which. */
#include "base/alloc.h"
#include "engine/mountspec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef int parser(struct ctr_config *c, const char *spec, struct error *e);

/* --security-opt is left out: it opens the file that it names. */
static parser *const parsers[] = {
    ctr_config_parse_volume, ctr_config_parse_mount,  ctr_config_parse_tmpfs,
    ctr_config_parse_ulimit, ctr_config_parse_device,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(ctr_config) struct ctr_config c;
    struct error e = {0};

    ctr_config_init(&c);
    if (size == 0) {
        return 0;
    }
    cleanup_free char *spec = xstrndup((const char *) data + 1, size - 1);

    if (parsers[data[0] % ARRAY_SIZE(parsers)](&c, spec, &e) < 0) {
        if (e.kind == ERR_NONE || !e.text[0]) {
            abort();
        }
    }
    return 0;
}
