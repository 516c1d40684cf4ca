// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Options of all commands that talk to registries (Podman's names; Docker has them in its daemon).
 */
#include "cli/options.h"
#include "engine/registry.h"

struct registry_cmd_options {
    char *authfile;
    char *creds;
    int64_t retry;
    bool tls_verify;
};

#define REGISTRY_OPTIONS_DEFAULT                                                                   \
    {                                                                                              \
        .retry = -1, .tls_verify = true                                                            \
    }

/* Rows of an option table. */
#define REGISTRY_OPTIONS(struct_, member_)                                                         \
    OPTION(STRING, 0, "authfile", struct_, member_.authfile,                                       \
           "File with credentials instead of ~/.docker/config.json", .value_name = "file"),        \
        OPTION(STRING, 0, "creds", struct_, member_.creds,                                         \
               "Credentials for this registry, instead of stored ones",                            \
               .value_name = "user:password"),                                                     \
        OPTION(INT, 0, "retry", struct_, member_.retry,                                            \
               "How often to try again after a failure that may pass", .value_name = "number",     \
               .default_text = "4"),                                                               \
        OPTION(BOOL, 0, "tls-verify", struct_, member_.tls_verify,                                 \
               "Verify the registry's certificate; if not, plain HTTP will do too",                \
               .default_text = "true")

/* Borrows the strings. */
static inline void registry_options_access(const struct registry_cmd_options *o,
                                           struct registry_access *ret)
{
    *ret = (struct registry_access){
        .tls_any = !o->tls_verify, .authfile = o->authfile, .creds = o->creds, .retry = o->retry};
}
