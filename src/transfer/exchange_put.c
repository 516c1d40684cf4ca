// SPDX-License-Identifier: Apache-2.0
#include "transfer/exchange_put.h"

#include <stdio.h>
#include <string.h>

/* "http://host:port" of an address. */
static size_t origin_length(const char *url)
{
    const char *host = strstr(url, "://");

    return host ? (size_t) (host - url) + 3 + strcspn(host + 3, "/") : 0;
}

/* Location is an address or a path; the digest is added to its query. */
static char *upload_url(struct exchange *x, const struct registry_endpoint *ep, struct error *e)
{
    const char *to = x->location ? x->location : "";
    bool whole = strncmp(to, "https://", 8) == 0 || (!ep->verify && strncmp(to, "http://", 7) == 0);
    char question = strchr(to, '?') ? '&' : '?';

    if (!whole && *to != '/') {
        err_set(e, ERR_CORRUPT, "registry '%s': it does not say where an upload goes", ep->host);
        return NULL;
    }
    return xasprintf("%.*s%s%cdigest=%s", whole ? 0 : (int) origin_length(ep->url), ep->url, to,
                     question, x->request.reference);
}

char *exchange_put_url(struct exchange *x, const struct registry_endpoint *ep, struct error *e)
{
    const char *path = x->registry->path;
    const char *reference = x->request.reference;

    if (x->request.op == FETCH_PUT_MANIFEST) {
        return xasprintf("%s/v2/%s/manifests/%s", ep->url, path, reference);
    }
    switch (x->step) {
    case FETCH_PUT_ASKED:
        return xasprintf("%s/v2/%s/blobs/%s", ep->url, path, reference);
    case FETCH_PUT_MOUNTED:
        return *x->request.from ? xasprintf("%s/v2/%s/blobs/uploads/?mount=%s&from=%s", ep->url,
                                            path, reference, x->request.from)
                                : xasprintf("%s/v2/%s/blobs/uploads/", ep->url, path);
    case FETCH_PUT_SENT:
    case FETCH_PUT_COUNT:
    default:
        return upload_url(x, ep, e);
    }
}

static size_t read_body(char *data, size_t size, size_t n, void *ctx)
{
    struct exchange *x = ctx;
    size_t want = (size_t) MIN((int64_t) (size * n), x->request.size - x->position);
    ssize_t got = pread(x->fd, data, want, x->position);

    if (got < 0 || (got == 0 && want)) {
        err_set(&x->error, ERR_CORRUPT, "'%s' in the store is shorter than it should be",
                x->request.reference);
        return CURL_READFUNC_ABORT;
    }
    x->position += got;
    if (x->tell) {
        x->tell(x->ctx, x);
    }
    return (size_t) got;
}

static int seek_body(void *ctx, curl_off_t offset, int origin)
{
    struct exchange *x = ctx;

    if (origin != SEEK_SET || offset < 0 || offset > x->request.size) {
        return CURL_SEEKFUNC_CANTSEEK;
    }
    x->position = offset;
    return CURL_SEEKFUNC_OK;
}

static void send_body(struct exchange *x, const char *type)
{
    cleanup_free char *line = xasprintf("Content-Type: %s", type);

    x->headers = curl_slist_append(x->headers, line);
    x->headers = curl_slist_append(x->headers, "Expect:");
    curl_easy_setopt(x->easy, CURLOPT_UPLOAD, 1l);
    curl_easy_setopt(x->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t) x->request.size);
    curl_easy_setopt(x->easy, CURLOPT_READFUNCTION, read_body);
    curl_easy_setopt(x->easy, CURLOPT_READDATA, x);
    curl_easy_setopt(x->easy, CURLOPT_SEEKFUNCTION, seek_body);
    curl_easy_setopt(x->easy, CURLOPT_SEEKDATA, x);
}

void exchange_put_prepare(struct exchange *x)
{
    x->position = 0;
    if (x->request.op == FETCH_PUT_MANIFEST) {
        send_body(x, x->request.media_type);
    } else if (x->step == FETCH_PUT_ASKED) {
        curl_easy_setopt(x->easy, CURLOPT_NOBODY, 1l);
    } else if (x->step == FETCH_PUT_MOUNTED) {
        curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, "");
        curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE, 0l);
    } else {
        send_body(x, "application/octet-stream");
    }
}

int exchange_put_next(struct exchange *x)
{
    if (x->request.op == FETCH_PUT_MANIFEST) {
        return x->status == 201 || x->status == 200 ? 1 : -1;
    }
    if (x->step == FETCH_PUT_ASKED) {
        if (x->status == 404) {
            x->step = FETCH_PUT_MOUNTED;
            return 0;
        }
        return x->status == 200 ? 1 : -1;
    }
    if (x->status == 201) {
        return 1;
    }
    if (x->step == FETCH_PUT_MOUNTED && x->status == 202) {
        x->step = FETCH_PUT_SENT;
        return 0;
    }
    return -1;
}
