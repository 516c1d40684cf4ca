// SPDX-License-Identifier: Apache-2.0
#include "transfer/exchange.h"

#include "base/log.h"
#include "base/timeutil.h"
#include "transfer/exchange_answer.h"
#include "transfer/exchange_put.h"
#include "transfer/token.h"

#include <stdio.h>
#include <string.h>

#define BACKOFF_FIRST     (NS_PER_SEC / 4)
#define BACKOFF_MAX       (30 * NS_PER_SEC)
#define RETRY_AFTER_MAX   300 /* seconds; a registry that wants more gets its answer at once */
#define PROGRESS_MIN      (64 << 10)
#define DOCUMENT_TIMEOUTS 5

static const char accept_manifests[] =
    "Accept: application/vnd.oci.image.index.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json, */*;q=0.1";

struct exchange *exchange_new(const struct fetch_request *request, int fd,
                              const struct registry *registry, struct endpoint_state *states)
{
    struct exchange *x = xcalloc(1, sizeof(*x));

    x->request = *request;
    x->fd = fd;
    x->registry = registry;
    x->states = states;
    x->position = x->told = request->offset;
    while (x->endpoint + 1 < registry->count && states[x->endpoint].dead) {
        x->endpoint++;
    }
    x->refusal = (struct strbuf) STRBUF_INIT(16u << 10);
    return x;
}

static void end_attempt(struct exchange *x)
{
    curl_easy_cleanup(x->easy);
    curl_slist_free_all(x->headers);
    x->easy = NULL;
    x->headers = NULL;
}

void exchange_free(struct exchange *x)
{
    if (!x) {
        return;
    }
    end_attempt(x);
    close_fd(&x->fd);
    free(x->authorization);
    free(x->challenges);
    free(x->location);
    strbuf_done(&x->refusal);
    free(x);
}

static const struct registry_endpoint *endpoint(const struct exchange *x)
{
    return &x->registry->endpoints[x->endpoint];
}

/* ---- an attempt ---- */

static char *url_of(const struct exchange *x)
{
    const char *base = endpoint(x)->url;
    const char *path = x->registry->path;
    const char *reference = x->request.reference;

    switch (x->request.op) {
    case FETCH_MANIFEST:
        return xasprintf("%s/v2/%s/manifests/%s", base, path, reference);
    case FETCH_BLOB:
        return xasprintf("%s/v2/%s/blobs/%s", base, path, reference);
    case FETCH_TAGS:
        return xasprintf("%s/v2/%s/tags/list?n=1000%s%s", base, path, *reference ? "&last=" : "",
                         reference);
    case FETCH_PING:
    case FETCH_PUT_BLOB:
    case FETCH_PUT_MANIFEST:
    case FETCH_OP_COUNT:
    default:
        return xasprintf("%s/v2/", base);
    }
}

static void add_header(struct exchange *x, const char *text)
{
    x->headers = curl_slist_append(x->headers, text);
}

static void set_request(struct exchange *x)
{
    const char *authorization = x->states[x->endpoint].authorization;

    if (x->request.op == FETCH_MANIFEST) {
        add_header(x, accept_manifests);
    }
    /* curl sends it to this host alone, also over redirects. */
    xstrset(&x->authorization, authorization);
    if (authorization) {
        cleanup_free char *line = xasprintf("Authorization: %s", authorization);

        add_header(x, line);
    }
    if (exchange_is_put(x)) {
        exchange_put_prepare(x);
    }
    curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers);
    curl_easy_setopt(x->easy, CURLOPT_PRIVATE, x);
    if (x->request.op == FETCH_BLOB && x->position > 0 && !x->no_ranges) {
        curl_easy_setopt(x->easy, CURLOPT_RESUME_FROM_LARGE, (curl_off_t) x->position);
    }
    if (x->request.op != FETCH_BLOB && x->request.op != FETCH_PUT_BLOB) {
        curl_easy_setopt(x->easy, CURLOPT_TIMEOUT,
                         (long) (x->registry->timeout * DOCUMENT_TIMEOUTS));
    }
}

int exchange_begin(struct exchange *x, struct error *e)
{
    cleanup_free char *url = exchange_is_put(x) ? exchange_put_url(x, endpoint(x), e) : url_of(x);

    if (!url) {
        return -1;
    }

    log_debug("registry '%s': %s from byte %lld", endpoint(x)->host, url, (long long) x->position);
    x->easy = http_new(x->registry, endpoint(x), url, e);
    if (!x->easy) {
        return -1;
    }
    x->began_at = x->position;
    if (x->request.op != FETCH_BLOB) {
        x->position = 0;
    }
    set_request(x);
    exchange_answer_begin(x);
    return 0;
}

/* ---- how it ended ---- */

static enum exchange_result again_after(struct exchange *x, int64_t delay)
{
    x->attempts++;
    x->not_before = time_mono() + delay;
    return EXCHANGE_AGAIN;
}

static int64_t backoff(const struct exchange *x)
{
    int64_t delay = BACKOFF_FIRST << MIN(x->attempts, 7);

    return MIN(delay, BACKOFF_MAX);
}

/* The same from the next endpoint, when there is one; x->error stays for the case that it is not.
 */
static enum exchange_result next_endpoint(struct exchange *x)
{
    if (x->endpoint + 1 >= x->registry->count) {
        return EXCHANGE_FAILED;
    }
    log_debug("%s; trying the next place", x->error.text);
    x->endpoint++;
    x->attempts = 0;
    x->logins = 0;
    x->no_ranges = false;
    x->not_before = 0;
    err_clear(&x->error);
    return EXCHANGE_AGAIN;
}

static enum exchange_result give_up(struct exchange *x)
{
    return endpoint(x)->mirror ? next_endpoint(x) : EXCHANGE_FAILED;
}

static enum exchange_result maybe_again(struct exchange *x, int64_t delay)
{
    if (x->step == FETCH_PUT_SENT) { /* an upload that broke begins anew */
        x->step = FETCH_PUT_ASKED;
        x->began_at = x->position;
    }
    if (x->position - x->began_at >= PROGRESS_MIN) {
        x->attempts = 0; /* it is getting somewhere, and that has an end */
    }
    if (x->attempts >= x->registry->retries) {
        if (x->attempts) {
            log_debug("giving up after %lld attempts", (long long) x->attempts + 1);
        }
        return give_up(x);
    }
    log_debug("%s; trying again", x->error.text);
    return again_after(x, delay >= 0 ? delay : backoff(x));
}

static enum exchange_result after_failure(struct exchange *x, CURLcode code)
{
    struct endpoint_state *state = &x->states[x->endpoint];
    bool transient;

    if (code == CURLE_RANGE_ERROR && !x->no_ranges) { /* it sends all of it: we skip what we have */
        x->no_ranges = true;
        x->not_before = 0;
        return EXCHANGE_AGAIN;
    }
    (void) http_explain(x->easy, code, endpoint(x), x->registry->timeout, &transient, &x->error);
    if (x->status) {
        state->answered = true;
    }
    if (!state->answered) {
        /* An insecure registry is tried with HTTPS and then without. */
        state->dead = code != CURLE_OPERATION_TIMEDOUT;
        return x->endpoint + 1 < x->registry->count ? next_endpoint(x) : EXCHANGE_FAILED;
    }
    return transient ? maybe_again(x, -1) : give_up(x);
}

static enum exchange_result login(struct exchange *x)
{
    struct endpoint_state *state = &x->states[x->endpoint];
    CLEANUP(challenge) struct challenge challenge = {0};
    CLEANUP(strv) struct strv lines = STRV_INIT;
    const char *line;

    /* Another request got a new token meanwhile. */
    if (state->authorization &&
        (!x->authorization || strcmp(state->authorization, x->authorization) != 0)) {
        return EXCHANGE_AGAIN;
    }
    strv_split(&lines, x->challenges ? x->challenges : "", "\n");
    strv_foreach (&lines, line) {
        challenge_parse(line, &challenge);
    }
    if (++x->logins > 2 || (x->authorization && challenge.scheme == CHALLENGE_BASIC)) {
        err_set(&x->error, ERR_DENIED, "registry '%s': the credentials were refused",
                endpoint(x)->host);
        err_hint(&x->error, "log in with 'hoy login %s'", x->registry->domain);
        return give_up(x);
    }
    free(take_ptr(&state->authorization));
    if (token_get(x->registry, endpoint(x), &challenge, &state->authorization, &x->error) < 0) {
        return give_up(x);
    }
    x->not_before = 0;
    return EXCHANGE_AGAIN;
}

static enum exchange_result later(struct exchange *x)
{
    curl_off_t wait = 0;

    curl_easy_getinfo(x->easy, CURLINFO_RETRY_AFTER, &wait);
    if (x->status == 429) {
        err_set(&x->error, ERR_UNAVAILABLE,
                "registry '%s': too many requests, it limits how often one may ask",
                endpoint(x)->host);
    } else {
        err_set(&x->error, ERR_UNAVAILABLE, "registry '%s': it answered with %d", endpoint(x)->host,
                x->status);
    }
    if (wait > RETRY_AFTER_MAX) {
        err_hint(&x->error, "it asks to be left alone for %lld seconds", (long long) wait);
        return give_up(x);
    }
    return maybe_again(x, wait > 0 ? wait * NS_PER_SEC : -1);
}

static enum exchange_result refused(struct exchange *x)
{
    char message[300];
    const struct registry_endpoint *ep = endpoint(x);

    http_error_message(x->refusal.buf, x->refusal.len, message, sizeof(message));
    const char *colon = *message ? ": " : "";

    if (x->status == 403) {
        err_set(&x->error, ERR_DENIED, "registry '%s': access is denied%s%s", ep->host, colon,
                message);
    } else if (x->status == 404) {
        err_set(&x->error, ERR_NOT_FOUND, "registry '%s': not found%s%s", ep->host, colon, message);
    } else {
        err_set(&x->error, ERR_UNAVAILABLE, "registry '%s': it answered with %d%s%s", ep->host,
                x->status, colon, message);
    }
    return give_up(x);
}

static enum exchange_result answered(struct exchange *x)
{
    if (x->status == 401) {
        return login(x);
    }
    x->logins = 0;
    if (x->status == 408 || x->status == 429 || x->status >= 500) {
        return later(x);
    }
    if (x->status == 416 && x->request.op == FETCH_BLOB && !x->no_ranges) {
        x->no_ranges = true;
        return again_after(x, 0);
    }
    if (exchange_is_put(x)) {
        int next = exchange_put_next(x);

        x->not_before = 0;
        return next > 0 ? EXCHANGE_DONE : next == 0 ? EXCHANGE_AGAIN : refused(x);
    }
    if (x->status != 200 && x->status != 206) {
        return refused(x);
    }
    if (x->request.op == FETCH_BLOB && x->position < x->request.size) {
        err_set(&x->error, ERR_UNAVAILABLE, "registry '%s': it ended after %lld of %lld bytes",
                endpoint(x)->host, (long long) x->position, (long long) x->request.size);
        return maybe_again(x, -1);
    }
    return EXCHANGE_DONE;
}

enum exchange_result exchange_end(struct exchange *x, CURLcode code)
{
    enum exchange_result result;
    bool ours = x->error.kind != ERR_NONE; /* the answer was refused by us */

    if (ours) {
        result = give_up(x);
    } else if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && x->status >= 400)) {
        result = after_failure(x, code);
    } else {
        x->states[x->endpoint].answered = true;
        result = answered(x);
    }
    if (result == EXCHANGE_AGAIN) {
        err_clear(&x->error);
    }
    end_attempt(x);
    return result;
}
