// SPDX-License-Identifier: Apache-2.0
/* What a registry says: challenges, manifests, texts of errors. The first byte chooses which. */
#include "base/alloc.h"
#include "transfer/challenge.h"
#include "transfer/credentials.h"
#include "transfer/http.h"
#include "transfer/manifest_doc.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_manifest(const char *text, size_t n, const char *type)
{
    static const struct image_platform platform = {.os = "linux", .architecture = "arm"};
    CLEANUP(manifest_doc) struct manifest_doc d = {0};
    struct error e = {0};
    const json_t *entry;

    if (manifest_doc_parse(xstrndup(text, n), n, type, NULL, &d, &e) == 0 && d.is_index &&
        manifest_doc_choose(&d, &platform, &entry, &e) == 0 &&
        !image_digest_valid(json_str(entry, "digest"))) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char buf[100];

    if (size == 0) {
        return 0;
    }
    const char *text = (const char *) data + 1;
    cleanup_free char *string = xstrndup(text, size - 1);
    CLEANUP(challenge) struct challenge challenge = {0};
    CLEANUP(credentials) struct credentials credentials = {0};

    switch (data[0] % 5) {
    case 0:
        challenge_parse(string, &challenge);
        challenge_parse(string, &challenge);
        break;
    case 1:
        (void) credentials_decode(string, &credentials);
        break;
    case 2:
        if (strlen(http_error_message(text, size - 1, buf, sizeof(buf))) >= sizeof(buf)) {
            abort();
        }
        break;
    case 3:
        try_manifest(string, strlen(string), "");
        break;
    default:
        try_manifest(string, strlen(string), "application/vnd.oci.image.index.v1+json");
        break;
    }
    return 0;
}
