// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What to put into the header Authorization, once a registry said what it wants (distribution's
 * spec: auth/token, auth/oauth). Runs in the fetcher; waits for the token server.
 */
#include "transfer/challenge.h"
#include "transfer/registry.h"

/*
 * *ret: "Basic ..." or "Bearer ...", the caller frees it. ERR_DENIED when the registry wants
 * credentials and there are none, or the token server refuses them.
 */
int token_get(const struct registry *r, const struct registry_endpoint *ep,
              const struct challenge *c, char **ret, struct error *e) MUST_CHECK;
