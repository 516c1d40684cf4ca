// SPDX-License-Identifier: Apache-2.0
/* A seccomp profile, as a user (later: an API client) hands it over, up to the BPF program. */
#include "base/alloc.h"
#include "oci/seccomp.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_free char *text = xstrndup((const char *) data, size);
    const struct seccomp_request request = {.profile = text};
    struct rt_seccomp filter = {0};
    struct error e = {0};

    if (seccomp_filter_get(&request, FD_NONE, &filter, &e) < 0) {
        if (e.kind == ERR_NONE || e.kind == ERR_INTERNAL || !e.text[0] || filter.filter) {
            abort();
        }
        return 0;
    }
    if (!filter.filter || filter.count == 0 || filter.count > 65535) {
        abort(); /* the kernel takes no more: BPF_MAXINSNS is lower still */
    }
    free(filter.filter);
    return 0;
}
