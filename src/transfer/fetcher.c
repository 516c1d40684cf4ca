// SPDX-License-Identifier: Apache-2.0
#include "transfer/fetcher.h"

#include "base/fd.h"
#include "base/log.h"
#include "base/timeutil.h"
#include "transfer/exchange.h"
#include "transfer/fetch_confine.h"

#include <string.h>

#define EXCHANGES_MAX 16

struct fetcher {
    int sock;
    const struct registry *registry;
    struct endpoint_state *states;
    CURLM *multi;
    struct exchange *active[EXCHANGES_MAX];
    bool orphan; /* nobody is there any more */
};

static void reply(struct fetcher *f, const struct exchange *x, enum fetch_reply_type type)
{
    struct fetch_reply r = {
        .id = x->request.id, .type = type, .bytes = x->position, .status = x->status};

    memcpy(r.media_type, x->media_type, sizeof(r.media_type));
    memcpy(r.digest, x->digest, sizeof(r.digest));
    r.put = x->step;
    if (type == FETCH_FAILED) {
        r.error = x->error;
    }
    if (fd_msg_send(f->sock, &r, sizeof(r), NULL, 0) < 0) {
        f->orphan = true;
    }
}

static void tell(void *ctx, struct exchange *x)
{
    reply(ctx, x, FETCH_PROGRESS);
}

static void end(struct fetcher *f, size_t slot, enum fetch_reply_type type)
{
    reply(f, f->active[slot], type);
    exchange_free(f->active[slot]);
    f->active[slot] = NULL;
}

/* Starts what is due. */
static void begin_due(struct fetcher *f)
{
    int64_t now = time_mono();

    for (size_t i = 0; i < EXCHANGES_MAX; i++) {
        struct exchange *x = f->active[i];

        if (!x || x->easy || x->not_before > now) {
            continue;
        }
        if (exchange_begin(x, &x->error) < 0) {
            end(f, i, FETCH_FAILED);
        } else if (curl_multi_add_handle(f->multi, x->easy) != CURLM_OK) {
            err_set(&x->error, ERR_INTERNAL, "libcurl refused the request");
            end(f, i, FETCH_FAILED);
        }
    }
}

/* Milliseconds until the next one is due. */
static int next_due(const struct fetcher *f)
{
    int64_t now = time_mono();
    int64_t wait = 60 * NS_PER_SEC;

    for (size_t i = 0; i < EXCHANGES_MAX; i++) {
        const struct exchange *x = f->active[i];

        if (x && !x->easy) {
            wait = MIN(wait, x->not_before - now);
        }
    }
    return wait <= 0 ? 0 : (int) (wait / 1000000 + 1);
}

static void ended(struct fetcher *f, CURL *easy, CURLcode code)
{
    for (size_t i = 0; i < EXCHANGES_MAX; i++) {
        struct exchange *x = f->active[i];

        if (!x || x->easy != easy) {
            continue;
        }
        curl_multi_remove_handle(f->multi, easy);
        enum exchange_result result = exchange_end(x, code);

        if (result != EXCHANGE_AGAIN) {
            end(f, i, result == EXCHANGE_DONE ? FETCH_DONE : FETCH_FAILED);
        }
        return;
    }
}

static void take_request(struct fetcher *f)
{
    struct fetch_request request;
    int fd = FD_NONE;
    size_t fds = 0;
    ssize_t n = fd_msg_recv(f->sock, &request, sizeof(request), &fd, 1, &fds);

    if (n == -EAGAIN || n == -EINTR) {
        return;
    }
    if (n != sizeof(request)) {
        close_fd(&fd);
        f->orphan = true;
        return;
    }
    for (size_t i = 0; i < EXCHANGES_MAX; i++) {
        if (!f->active[i]) {
            f->active[i] = exchange_new(&request, fds ? fd : FD_NONE, f->registry, f->states);
            f->active[i]->tell = tell;
            f->active[i]->ctx = f;
            return;
        }
    }
    close_fd(&fd); /* the other half never asks for so many */
    f->orphan = true;
}

static void loop(struct fetcher *f)
{
    while (!f->orphan) {
        struct curl_waitfd extra = {.fd = f->sock, .events = CURL_WAIT_POLLIN};
        CURLMsg *message;
        int running, left;

        begin_due(f);
        curl_multi_perform(f->multi, &running);
        while ((message = curl_multi_info_read(f->multi, &left))) {
            if (message->msg == CURLMSG_DONE) {
                ended(f, message->easy_handle, message->data.result);
            }
        }
        begin_due(f);
        curl_multi_poll(f->multi, &extra, 1, next_due(f), NULL);
        if (extra.revents) {
            take_request(f);
        }
    }
}

int fetcher_main(int sock, const struct registry *registry)
{
    struct fetcher f = {.sock = sock, .registry = registry};
    struct error e = {0};

    if (http_init(&e) < 0 || !(f.multi = curl_multi_init()) || fetch_confine(&e) < 0) {
        log_warn("start the fetcher: %s", e.text);
        return 1;
    }
    f.states = xcalloc(registry->count, sizeof(*f.states));
    loop(&f);
    /* The end of the process is clean-up enough, and faster. */
    return 0;
}
