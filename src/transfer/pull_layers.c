// SPDX-License-Identifier: Apache-2.0
#include "transfer/pull_layers.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/timeutil.h"
#include "transfer/pull_layer.h"
#include "transfer/report.h"

#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define AT_ONCE    3 /* Docker's max-concurrent-downloads */
#define SHORT_ID   12
#define REPORT_GAP (NS_PER_SEC / 10)

void pull_layers_init(struct pull_layers *p)
{
    p->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void pull_layers_done(struct pull_layers *p)
{
    /* A connection that broke, a stop: the rest is fetched the next time. */
    bool keep =
        p->failure == ERR_UNAVAILABLE || p->failure == ERR_TIMEOUT || p->failure == ERR_CANCELLED;

    for (size_t i = 0; i < p->count; i++) {
        pull_layer_done(&p->items[i], p->store, keep);
    }
    free(p->items);
    p->items = NULL;
    p->count = 0;
    close_fd(&p->wake_fd);
}

static void report(const struct pull_layer *l, const char *status)
{
    json_t *j = json_object();

    json_put(j, "id", json_stringn(strchr(l->digest, ':') + 1, SHORT_ID));
    json_put(j, "status", json_string(status));
    json_put(j, "bytes", json_integer(l->arrived));
    json_put(j, "total", json_integer(l->size));
    report_line("layer", j);
}

/* ---- before ---- */

static const struct pull_layer *find(const struct pull_layers *p, const char *digest)
{
    for (size_t i = 0; i < p->count; i++) {
        if (strcmp(p->items[i].digest, digest) == 0) {
            return &p->items[i];
        }
    }
    return NULL;
}

static void list(struct pull_layers *p)
{
    p->items = xcalloc(MAX(p->digests->count, (size_t) 1), sizeof(*p->items));
    for (size_t i = 0; i < p->digests->count; i++) {
        if (find(p, p->digests->items[i])) {
            continue; /* the empty layer, twice */
        }
        struct pull_layer *l = &p->items[p->count++];

        *l = (struct pull_layer){.digest = p->digests->items[i],
                                 .diff_id = p->diff_ids->items[i],
                                 .size = p->sizes[i],
                                 .lowest = i == 0,
                                 .wake_fd = p->wake_fd};
        pull_layer_init(l);
    }
}

/* The chain up to and with a layer; borrows its strings. */
static struct strv chain_of(const struct pull_layers *p, const struct pull_layer *l)
{
    size_t n = 0;

    while (p->diff_ids->items[n] != l->diff_id) {
        n++;
    }
    return (struct strv){.items = p->diff_ids->items, .count = n + 1};
}

static int by_digest(const void *a, const void *b)
{
    const struct pull_layer *const *x = a;
    const struct pull_layer *const *y = b;

    return strcmp((*x)->digest, (*y)->digest);
}

/* In the order of their digests, so that two programs that wait for each other's do not do so for
 * ever. */
static int open_all(struct pull_layers *p, struct error *e)
{
    cleanup_free struct pull_layer **order = xcalloc(p->count + 1, sizeof(void *));

    for (size_t i = 0; i < p->count; i++) {
        order[i] = &p->items[i];
    }
    qsort(order, p->count, sizeof(void *), by_digest);
    for (size_t i = 0; i < p->count; i++) {
        struct strv chain = chain_of(p, order[i]);

        if (pull_layer_open(order[i], p->store, &chain, e) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < p->count; i++) {
        struct pull_layer *l = &p->items[i];

        l->finished = !l->want_blob && !l->want_layer;
        p->fetched += l->want_blob;
        report(l, l->finished ? "exists" : "waiting");
    }
    return 0;
}

/* ---- while they come ---- */

static size_t count_active(const struct pull_layers *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->count; i++) {
        n += p->items[i].fetching || p->items[i].running;
    }
    return n;
}

static int begin(struct pull_layers *p, struct pull_layer *l, struct error *e)
{
    if (l->want_blob && l->arrived < l->size) {
        if (fetch_ask(p->fetch, FETCH_BLOB, l->digest, l->arrived, l->size, l->partial.fd,
                      &l->fetch_id, e) < 0) {
            return -1;
        }
        l->fetching = true;
        if (l->resumed) {
            log_debug("layer '%s': goes on at byte %lld", l->digest, (long long) l->arrived);
        }
    } else {
        l->all = true;
    }
    return pull_layer_start(l, e);
}

static int begin_some(struct pull_layers *p, struct error *e)
{
    for (size_t i = 0; i < p->count && count_active(p) < AT_ONCE; i++) {
        struct pull_layer *l = &p->items[i];

        if (!l->finished && !l->running && !l->fetching && begin(p, l, e) < 0) {
            return -1;
        }
    }
    return 0;
}

static void take_reply(struct pull_layers *p, const struct fetch_reply *reply)
{
    for (size_t i = 0; i < p->count; i++) {
        struct pull_layer *l = &p->items[i];

        if (!l->fetching || l->fetch_id != reply->id) {
            continue;
        }
        int64_t now = time_mono();

        if (reply->type == FETCH_FAILED) {
            l->fetching = false;
            pull_layer_fail(l, &reply->error);
        } else if (reply->type == FETCH_DONE) {
            l->fetching = false;
            pull_layer_grow(l, l->size, true);
            report(l, "downloaded");
        } else {
            pull_layer_grow(l, reply->bytes, false);
            if (now - l->told_at >= REPORT_GAP) {
                l->told_at = now;
                report(l, "downloading");
            }
        }
    }
}

/* What was there from an earlier run may have been damaged by a power cut: once more, from the
 * beginning. */
static int once_more(struct pull_layers *p, struct pull_layer *l, struct error *e)
{
    struct strv chain = chain_of(p, l);

    log_debug("%s; fetching it again from its beginning", l->error.text);
    l->resumed = false;
    l->arrived = 0;
    l->all = false;
    err_clear(&l->trouble);
    storage_layer_abort(&p->store->storage, &l->draft);
    if (partial_restart(&l->partial, e) < 0) {
        return -1;
    }
    l->draft = (struct storage_draft){.dirfd = FD_NONE};
    return l->want_layer ? storage_layer_begin(&p->store->storage, &chain, &l->draft, e) : 0;
}

static int take_ended(struct pull_layers *p, struct error *e)
{
    uint64_t count;

    if (read(p->wake_fd, &count, sizeof(count)) < 0 && errno != EAGAIN) {
        return err_sys(e, errno, "wait for a thread");
    }
    for (size_t i = 0; i < p->count; i++) {
        struct pull_layer *l = &p->items[i];

        if (!l->running || !atomic_load(&l->ended)) {
            continue;
        }
        if (pull_layer_join(l, e) == 0) {
            l->finished = true;
            report(l, "complete");
        } else if (l->resumed && !l->fetching &&
                   (e->kind == ERR_CORRUPT || e->kind == ERR_INVALID)) {
            err_clear(e);
            if (once_more(p, l, e) < 0) {
                return -1;
            }
        } else {
            return -1;
        }
    }
    return 0;
}

static bool all_finished(const struct pull_layers *p)
{
    for (size_t i = 0; i < p->count; i++) {
        if (!p->items[i].finished) {
            return false;
        }
    }
    return true;
}

static int run_all(struct pull_layers *p, struct error *e)
{
    struct fetch_reply reply;

    while (!all_finished(p)) {
        if (begin_some(p, e) < 0) {
            return -1;
        }
        int r = fetch_reply(p->fetch, p->wake_fd, &reply, e);

        if (r < 0) {
            return -1;
        }
        if (r == 0) {
            take_reply(p, &reply);
        } else if (take_ended(p, e) < 0) {
            return -1;
        }
    }
    return 0;
}

static void stop_all(struct pull_layers *p)
{
    const struct error stop = {.kind = ERR_CANCELLED, .text = "cancelled"};
    struct error ignored = {0};

    for (size_t i = 0; i < p->count; i++) {
        pull_layer_fail(&p->items[i], &stop);
    }
    for (size_t i = 0; i < p->count; i++) {
        if (pull_layer_join(&p->items[i], &ignored) < 0) {
            log_debug("%s", ignored.text);
        }
    }
}

int pull_layers_run(struct pull_layers *p, struct error *e)
{
    list(p);
    if (open_all(p, e) < 0 || run_all(p, e) < 0) {
        p->failure = e->kind;
        stop_all(p);
        return -1;
    }
    /* The long wait for the disk, before others have to wait for us. */
    for (size_t i = 0; i < p->count; i++) {
        if (p->items[i].want_layer && syncfs(p->items[i].draft.dirfd) < 0) {
            return err_sys(e, errno, "write the layers");
        }
        if (p->items[i].want_layer) {
            break; /* one file system has them all */
        }
    }
    return 0;
}

/* ---- after ---- */

/* Are those that were there still there? Somebody may have removed them meanwhile. */
static bool still_there(const struct pull_layers *p)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct pull_layer *l = &p->items[i];
        struct strv chain = chain_of(p, l);

        if ((!l->want_blob && !image_exists(&p->store->images, l->digest)) ||
            (!l->want_layer && !storage_layer_exists(&p->store->storage, &chain))) {
            return false;
        }
    }
    return true;
}

int pull_layers_commit(struct pull_layers *p, struct error *e)
{
    if (!still_there(p)) {
        return 1;
    }
    for (size_t i = 0; i < p->count; i++) {
        struct pull_layer *l = &p->items[i];
        struct strv chain = chain_of(p, l);

        if (l->want_layer) {
            /* Another program may have made it while we did: then it is not ours to take back. */
            l->want_layer = !storage_layer_exists(&p->store->storage, &chain);
            if (storage_layer_commit(&p->store->storage, &l->draft, e) < 0) {
                return -1;
            }
        }
        if (l->want_blob && partial_commit(&p->store->images, &l->partial, l->digest, e) < 0) {
            return -1;
        }
    }
    return 0;
}

bool pull_layers_take_back(struct pull_layers *p)
{
    struct error ignored = {0};
    bool clean = true;

    for (size_t i = 0; i < p->count; i++) {
        const struct pull_layer *l = &p->items[i];

        if (l->want_layer && l->draft.dirfd < 0 &&
            storage_layer_remove(&p->store->storage, l->diff_id, &ignored) < 0) {
            log_debug("take back a failed pull: %s", ignored.text);
            clean = false;
        }
    }
    if (image_store_sweep(&p->store->images, &ignored) < 0) {
        log_debug("take back a failed pull: %s", ignored.text);
        clean = false;
    }
    return clean;
}
