// SPDX-License-Identifier: Apache-2.0
#include "transfer/token.h"

#include "base/json.h"
#include "base/strbuf.h"
#include "transfer/http.h"

#include <stdio.h>
#include <string.h>

#define TOKEN_MAX (64u << 10)
#define URL_MAX   (8u << 10)

static size_t take_answer(char *data, size_t size, size_t n, void *ctx)
{
    struct strbuf *answer = ctx;

    strbuf_add(answer, data, size * n);
    return strbuf_ok(answer) ? size * n : 0;
}

static void add_parameter(struct strbuf *b, const char *name, const char *value, char first)
{
    char *escaped = value ? curl_easy_escape(NULL, value, 0) : NULL;

    if (escaped) {
        strbuf_addf(b, "%c%s=%s", first, name, escaped);
    }
    curl_free(escaped);
}

/* Several scopes come as one word each. */
static void add_scopes(struct strbuf *b, const char *scopes, char *first)
{
    CLEANUP(strv) struct strv list = STRV_INIT;
    const char *scope;

    strv_split(&list, scopes ? scopes : "", " ");
    strv_foreach (&list, scope) {
        add_parameter(b, "scope", scope, *first);
        *first = '&';
    }
}

/* The token server is where the registry says, but never less protected than the registry. */
static int check_realm(const struct registry_endpoint *ep, const char *realm, struct error *e)
{
    bool https = realm && strncmp(realm, "https://", 8) == 0;
    bool plain = realm && strncmp(realm, "http://", 7) == 0;

    if (!https && !plain) {
        return err_set(e, ERR_CORRUPT, "registry '%s': its token server is no web address",
                       ep->host);
    }
    if (plain && ep->verify) {
        return err_set(e, ERR_DENIED, "registry '%s': its token server does not use HTTPS",
                       ep->host);
    }
    return 0;
}

/* OAuth2, with an identity token: a form that is posted. Else a query with user and password. */
static void prepare(CURL *easy, const struct registry_endpoint *ep, const struct challenge *c,
                    struct strbuf *form)
{
    const struct credentials *who = &ep->credentials;
    char first = '&';

    if (who->identity_token) {
        strbuf_adds(form, "grant_type=refresh_token&client_id=hoy");
        add_parameter(form, "refresh_token", who->identity_token, first);
        add_parameter(form, "service", c->service, first);
        add_scopes(form, c->scope, &first);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, form->buf);
    } else if (who->username) {
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
        curl_easy_setopt(easy, CURLOPT_USERNAME, who->username);
        curl_easy_setopt(easy, CURLOPT_PASSWORD, who->password);
    }
}

static void token_url(const struct registry_endpoint *ep, const struct challenge *c,
                      struct strbuf *url)
{
    char first = strchr(c->realm, '?') ? '&' : '?';

    strbuf_adds(url, c->realm);
    if (ep->credentials.identity_token) {
        return;
    }
    if (c->service) {
        add_parameter(url, "service", c->service, first);
        first = '&';
    }
    add_scopes(url, c->scope, &first);
    if (ep->credentials.username) {
        add_parameter(url, "account", ep->credentials.username, first);
    }
}

/* Letters that may stand in a header: RFC 6750's b64token, and what registries add to it. */
static bool is_token(const char *s)
{
    for (const char *p = s; *p; p++) {
        if (*p <= ' ' || *p >= 127) {
            return false;
        }
    }
    return *s;
}

static int read_token(const struct registry_endpoint *ep, const struct strbuf *answer, long status,
                      char **ret, struct error *e)
{
    char message[300];

    if (status == 401 || status == 403) {
        http_error_message(answer->buf, answer->len, message, sizeof(message));
        err_set(e, ERR_DENIED, "registry '%s': the credentials were refused%s%s", ep->host,
                *message ? ": " : "", message);
        err_hint(e, "log in with 'hoy login %s'", ep->host);
        return -1;
    }
    if (status != 200) {
        return err_set(e, ERR_UNAVAILABLE, "registry '%s': its token server answered with %ld",
                       ep->host, status);
    }
    CLEANUP(json) json_t *j = json_parse(answer->buf, answer->len, "the token server's answer", e);

    if (!j) {
        e->kind = ERR_CORRUPT;
        return err_wrap(e, "registry '%s'", ep->host);
    }
    const char *token = json_str(j, "token");

    if (!*token) {
        token = json_str(j, "access_token");
    }
    if (!is_token(token)) {
        return err_set(e, ERR_CORRUPT, "registry '%s': its token server gave no token", ep->host);
    }
    *ret = xasprintf("Bearer %s", token);
    return 0;
}

static int ask(const struct registry *r, const struct registry_endpoint *ep,
               const struct challenge *c, char **ret, struct error *e)
{
    CLEANUP(strbuf) struct strbuf url = STRBUF_INIT(URL_MAX);
    CLEANUP(strbuf) struct strbuf form = STRBUF_INIT(TOKEN_MAX);
    CLEANUP(strbuf) struct strbuf answer = STRBUF_INIT(TOKEN_MAX);
    long status = 0;
    bool transient;

    token_url(ep, c, &url);
    if (!strbuf_ok(&url)) {
        return err_set(e, ERR_CORRUPT, "registry '%s': its token server's address is too long",
                       ep->host);
    }
    CURL *easy = http_new(r, ep, url.buf, e);

    if (!easy) {
        return -1;
    }
    prepare(easy, ep, c, &form);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long) r->timeout);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
    CURLcode code = curl_easy_perform(easy);
    int result = 0;

    if (!strbuf_ok(&answer)) {
        result = err_set(e, ERR_CORRUPT, "registry '%s': its token server sends over %u bytes",
                         ep->host, TOKEN_MAX);
    } else if (code != CURLE_OK) {
        (void) http_explain(easy, code, ep, r->timeout, &transient, e);
        result = err_wrap(e, "ask for a token");
    }
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(easy);
    return result < 0 ? -1 : read_token(ep, &answer, status, ret, e);
}

int token_get(const struct registry *r, const struct registry_endpoint *ep,
              const struct challenge *c, char **ret, struct error *e)
{
    if (c->scheme == CHALLENGE_BEARER) {
        return check_realm(ep, c->realm, e) < 0 ? -1 : ask(r, ep, c, ret, e);
    }
    if (c->scheme == CHALLENGE_BASIC && ep->credentials.username) {
        *ret = credentials_basic(&ep->credentials);
        return 0;
    }
    err_set(e, ERR_DENIED, "registry '%s': it wants a login", ep->host);
    err_hint(e, "log in with 'hoy login %s'", ep->host);
    return -1;
}
