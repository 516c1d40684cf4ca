// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The programs docker-credential-NAME, which keep secrets in a key ring: started with get, store or
 * erase, they speak JSON on their standard streams (docker/docker-credential-helpers).
 */
#include "transfer/credentials.h"

/* None for that server is no error: *ret stays empty. */
int credential_helper_get(const char *name, const char *server, struct credentials *ret,
                          struct error *e) MUST_CHECK;
int credential_helper_store(const char *name, const char *server, const struct credentials *c,
                            struct error *e) MUST_CHECK;
/* Absent is no error. */
int credential_helper_erase(const char *name, const char *server, struct error *e) MUST_CHECK;
