// SPDX-License-Identifier: Apache-2.0
#pragma once
/* hoy-image login, logout: credentials are tried at the registry, then kept where Docker keeps
 * them. */
#include "transfer/registry.h"

struct login_options {
    const char *server; /* "HOST[:PORT]", an address as Docker takes it, or NULL: docker.io */
    struct registry_options registry; /* with credentials for login */
};

/* Reports the result: "server", and "file" or "helper" that keeps them. "login 'SERVER': cause" */
int login_run(const struct login_options *o, struct error *e) MUST_CHECK;
/* Reports the result: "server", "found". */
int logout_run(const struct login_options *o, struct error *e) MUST_CHECK;
