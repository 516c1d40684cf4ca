// SPDX-License-Identifier: Apache-2.0
#include "transfer/http.h"

#include "base/json.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define CONNECT_TIMEOUT 30
#define REDIRECTS_MAX   10
#define RECEIVE_BUFFER  (256l << 10)

int http_init(struct error *e)
{
    const char *proxy = getenv("HTTP_PROXY");

    /* curl leaves HTTP_PROXY alone because of CGI, which we are not. */
    if (proxy && !getenv("http_proxy")) {
        setenv("http_proxy", proxy, 1);
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return err_set(e, ERR_INTERNAL, "start libcurl: it refused");
    }
    return 0;
}

static void set_blob(CURL *easy, CURLoption option, char *pem)
{
    if (pem) {
        struct curl_blob blob = {.data = pem, .len = strlen(pem), .flags = CURL_BLOB_NOCOPY};

        curl_easy_setopt(easy, option, &blob);
    }
}

static void set_tls(CURL *easy, const struct registry_endpoint *ep)
{
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, ep->verify ? 1l : 0l);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, ep->verify ? 2l : 0l);
    set_blob(easy, CURLOPT_CAINFO_BLOB, ep->certs.authorities);
    set_blob(easy, CURLOPT_SSLCERT_BLOB, ep->certs.certificate);
    set_blob(easy, CURLOPT_SSLKEY_BLOB, ep->certs.key);
}

CURL *http_new(const struct registry *r, const struct registry_endpoint *ep, const char *url,
               struct error *e)
{
    CURL *easy = curl_easy_init();

    if (!easy || curl_easy_setopt(easy, CURLOPT_URL, url) != CURLE_OK) {
        curl_easy_cleanup(easy);
        err_set(e, ERR_INTERNAL, "registry '%s': libcurl refused the request", ep->host);
        return NULL;
    }
    /* A redirect leads from HTTPS to HTTPS only, and never to a file. */
    const char *protocols = ep->verify ? "https" : "http,https";

    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR,
                     strncmp(ep->url, "https:", 6) == 0 ? protocols : "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1l);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long) REDIRECTS_MAX);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1l);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "hoy/" HOY_VERSION);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long) MIN(r->timeout, CONNECT_TIMEOUT));
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long) HTTP_SLOW_BYTES);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long) r->timeout);
    /* One connection for each layer: streams of one connection share what it carries. */
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
    if (ep->loopback) {
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
    }
    set_tls(easy, ep);
    return easy;
}

static bool is_certificate(CURLcode code)
{
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
           code == CURLE_SSL_ISSUER_ERROR || code == CURLE_SSL_CERTPROBLEM;
}

static int explain_certificate(const struct registry_endpoint *ep, struct error *e)
{
    err_set(e, ERR_DENIED, "registry '%s': its certificate is not trusted", ep->host);
    err_hint(e, "put its authority's certificate into /etc/hoy/certs.d/%s/ca.crt", ep->host);
    return -1;
}

int http_explain(CURL *easy, CURLcode code, const struct registry_endpoint *ep, int64_t timeout,
                 bool *ret_transient, struct error *e)
{
    long os = 0;

    *ret_transient = false;
    if (is_certificate(code)) {
        return explain_certificate(ep, e);
    }
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os);
    if (code == CURLE_COULDNT_RESOLVE_HOST) {
        return err_set(e, ERR_UNAVAILABLE, "registry '%s': no such host", ep->host);
    }
    if (code == CURLE_COULDNT_RESOLVE_PROXY) {
        return err_set(e, ERR_UNAVAILABLE, "registry '%s': no such proxy", ep->host);
    }
    if (code == CURLE_UNSUPPORTED_PROTOCOL) {
        return err_set(e, ERR_CORRUPT, "registry '%s': it redirects to something else than %s",
                       ep->host, ep->verify ? "https" : "http");
    }
    if (code == CURLE_TOO_MANY_REDIRECTS) {
        return err_set(e, ERR_CORRUPT, "registry '%s': it redirects more than %d times", ep->host,
                       REDIRECTS_MAX);
    }
    if (code == CURLE_SSL_CONNECT_ERROR) {
        return err_set(e, ERR_UNAVAILABLE, "registry '%s': it does not speak HTTPS", ep->host);
    }
    *ret_transient = true;
    if (code == CURLE_OPERATION_TIMEDOUT) {
        return err_set(e, ERR_TIMEOUT,
                       "registry '%s': nothing worth the name came for %lld seconds", ep->host,
                       (long long) timeout);
    }
    if (code == CURLE_COULDNT_CONNECT) {
        if (os) {
            err_sys(e, (int) os, "registry '%s': connect", ep->host);
            e->kind = ERR_UNAVAILABLE;
            return -1;
        }
        return err_set(e, ERR_UNAVAILABLE, "registry '%s': it cannot be reached", ep->host);
    }
    return err_set(e, ERR_UNAVAILABLE, "registry '%s': the connection broke: %s", ep->host,
                   curl_easy_strerror(code));
}

const char *http_error_message(const char *body, size_t n, char *buf, size_t size)
{
    struct error ignored = {0};
    CLEANUP(json) json_t *j = json_parse(body, n, "answer", &ignored);
    const json_t *first = json_array_get(json_object_get(j, "errors"), 0);
    const char *code = json_str(first, "code");
    const char *message = json_str(first, "message");

    buf[0] = '\0';
    if (!*message) {
        message = json_str(j, "details"); /* token servers */
    }
    for (size_t i = 0; *code && code[i] && i + 1 < size && i < 60; i++) {
        buf[i] = code[i] == '_' ? ' ' : (char) tolower((unsigned char) code[i]);
        buf[i + 1] = '\0';
    }
    if (*message) {
        size_t len = strlen(buf);

        snprintf(buf + len, size - len, "%s%.200s", len ? ": " : "", message);
    }
    return buf;
}
