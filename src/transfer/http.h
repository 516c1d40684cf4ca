// SPDX-License-Identifier: Apache-2.0
#pragma once
/* libcurl as we want it: only HTTP, bounded in time and redirects, with a registry's certificates
 * and the environment's proxies; and curl's failures in our words. */
#include "transfer/registry.h"

#include <curl/curl.h>

/* Slower than this for the registry's timeout is a connection that leads nowhere. */
#define HTTP_SLOW_BYTES 512

/* Once per program, before handles are made: takes proxies as Go's programs read them. */
int http_init(struct error *e) MUST_CHECK;

/* A handle for requests to an endpoint; the caller cleans it up. NULL: out of memory. url: of the
 * request. */
CURL *http_new(const struct registry *r, const struct registry_endpoint *ep, const char *url,
               struct error *e);

/* What went wrong, "registry 'HOST': cause". *ret_transient: it may go better the next time. */
int http_explain(CURL *easy, CURLcode code, const struct registry_endpoint *ep, int64_t timeout,
                 bool *ret_transient, struct error *e);

/* What a registry's JSON says about a failure ({"errors":[{"code","message"}]}), bounded; "" when
 * it says nothing we understand. */
const char *http_error_message(const char *body, size_t n, char *buf, size_t size);
