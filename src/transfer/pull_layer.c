// SPDX-License-Identifier: Apache-2.0
#include "transfer/pull_layer.h"

#include "base/log.h"
#include "transfer/cancel.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#define HASH_CHUNK (256u << 10)
#define LOOK_NS    100000000l

void pull_layer_init(struct pull_layer *l)
{
    l->partial.fd = FD_NONE;
    l->blob_fd = FD_NONE;
    l->draft.dirfd = FD_NONE;
    pthread_mutex_init(&l->mutex, NULL);
    pthread_cond_init(&l->grown, NULL);
}

void pull_layer_done(struct pull_layer *l, const struct opened_store *s, bool keep)
{
    storage_layer_abort(&s->storage, &l->draft);
    if (keep) {
        partial_keep(&s->images, &l->partial);
    } else {
        partial_drop(&s->images, &l->partial);
    }
    close_fd(&l->blob_fd);
    pthread_cond_destroy(&l->grown);
    pthread_mutex_destroy(&l->mutex);
}

static int open_draft(struct pull_layer *l, const struct opened_store *s, const struct strv *chain,
                      struct error *e)
{
    l->want_layer = !storage_layer_exists(&s->storage, chain);
    if (!l->want_layer) {
        return 0;
    }
    if (storage_layer_begin(&s->storage, chain, &l->draft, e) < 0) {
        return -1;
    }
    l->want_layer = !l->draft.exists;
    return 0;
}

int pull_layer_open(struct pull_layer *l, const struct opened_store *s, const struct strv *chain,
                    struct error *e)
{
    l->want_blob = !image_exists(&s->images, l->digest);
    if (l->want_blob && partial_open(&s->images, l->digest, &l->partial, e) < 0) {
        return -1;
    }
    if (l->want_blob && image_exists(&s->images, l->digest)) { /* by whom we waited for */
        partial_drop(&s->images, &l->partial);
        l->want_blob = false;
    }
    if (l->want_blob && l->partial.have > l->size && partial_restart(&l->partial, e) < 0) {
        return -1;
    }
    l->arrived = l->partial.have;
    l->resumed = l->partial.have > 0;
    if (open_draft(l, s, chain, e) < 0) {
        return -1;
    }
    if (l->want_layer && !l->want_blob) {
        l->blob_fd = image_blob_open(&s->images, l->digest, e);
        l->all = true;
        return l->blob_fd < 0 ? -1 : 0;
    }
    return 0;
}

/* ---- the thread ---- */

/* struct input's more(): waits for bytes behind those it has. */
static int more(void *ctx, int64_t have, struct error *e)
{
    struct pull_layer *l = ctx;
    struct timespec until;
    int r = 1;

    pthread_mutex_lock(&l->mutex);
    if (l->trouble.kind == ERR_NONE && l->arrived <= have && !l->all) {
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += LOOK_NS;
        until.tv_sec += until.tv_nsec / 1000000000l;
        until.tv_nsec %= 1000000000l;
        pthread_cond_timedwait(&l->grown, &l->mutex, &until);
    }
    if (l->trouble.kind != ERR_NONE) {
        *e = l->trouble;
        r = -1;
    } else if (l->all && have >= l->arrived) {
        r = 0;
    }
    pthread_mutex_unlock(&l->mutex);
    return r;
}

static int check(const struct pull_layer *l, const char *digest, int64_t size, const char *diff_id,
                 struct error *e)
{
    if (size != l->size) {
        return err_set(e, ERR_CORRUPT, "it has %lld bytes, the manifest says %lld",
                       (long long) size, (long long) l->size);
    }
    if (strcmp(digest, l->digest) != 0) {
        return err_set(e, ERR_CORRUPT, "its content has digest '%s'", digest);
    }
    if (diff_id && strcmp(diff_id, l->diff_id) != 0) {
        return err_set(e, ERR_CORRUPT, "unpacked it is '%s', the image says '%s'", diff_id,
                       l->diff_id);
    }
    return 0;
}

static int unpack(struct pull_layer *l, int fd, struct error *e)
{
    struct layer_ingest in = {
        .source = LAYER_SOURCE_STREAM,
        .fd = fd,
        .own_fd = FD_NONE,
        .draft = &l->draft,
        .lowest = l->lowest,
        .trailer = TAR_TRAILER_IGNORE,
        .more = more,
        .more_ctx = l,
    };

    if (layer_ingest_run(&in, e) < 0) {
        return -1;
    }
    blob_done(&in.blob);
    if (in.skipped_xattrs) {
        log_warn("%lld extended attributes have no place in this file system and were left out, "
                 "the first is '%s'",
                 (long long) in.skipped_xattrs, in.skipped_first);
    }
    return check(l, in.blob.digest, in.blob.size, in.diff_id, e);
}

/* The layer is unpacked already, and only its blob is missing. */
static int hash(struct pull_layer *l, int fd, struct error *e)
{
    CLEANUP(input) struct input in;
    CLEANUP(digest) struct digest d;
    cleanup_free uint8_t *chunk = xmalloc(HASH_CHUNK);
    char digest[DIGEST_SIZE];
    ssize_t n;

    digest_init(&d);
    input_init(&in, fd);
    in.more = more;
    in.more_ctx = l;
    while ((n = input_read(&in, chunk, HASH_CHUNK, e)) > 0) {
        digest_update(&d, chunk, (size_t) n);
    }
    if (n < 0 || digest_final(&d, digest, e) < 0) {
        return -1;
    }
    return check(l, digest, atomic_load(&in.taken), NULL, e);
}

static void *layer_main(void *arg)
{
    struct pull_layer *l = arg;
    const uint64_t one = 1;
    int fd = l->want_blob ? l->partial.fd : l->blob_fd;

    if ((l->want_layer ? unpack(l, fd, &l->error) : hash(l, fd, &l->error)) < 0) {
        err_wrap(&l->error, "layer '%s'", l->digest);
    }
    atomic_store(&l->ended, true);
    if (write(l->wake_fd, &one, sizeof(one)) < 0) {
        log_debug("wake the main thread: %s", "the counter is full");
    }
    return NULL;
}

int pull_layer_start(struct pull_layer *l, struct error *e)
{
    sigset_t every, before;

    err_clear(&l->error);
    atomic_store(&l->ended, false);
    if (lseek(l->want_blob ? l->partial.fd : l->blob_fd, 0, SEEK_SET) < 0) {
        return err_sys(e, errno, "read layer '%s'", l->digest);
    }
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before);
    int r = pthread_create(&l->thread, NULL, layer_main, l);

    pthread_sigmask(SIG_SETMASK, &before, NULL);
    l->running = r == 0;
    return r ? err_sys(e, r, "start a thread") : 0;
}

void pull_layer_grow(struct pull_layer *l, int64_t arrived, bool all)
{
    pthread_mutex_lock(&l->mutex);
    arrived = MIN(arrived, l->size);
    l->arrived = MAX(l->arrived, arrived);
    l->all = l->all || all;
    pthread_cond_broadcast(&l->grown);
    pthread_mutex_unlock(&l->mutex);
}

void pull_layer_fail(struct pull_layer *l, const struct error *cause)
{
    pthread_mutex_lock(&l->mutex);
    if (l->trouble.kind == ERR_NONE) {
        l->trouble = *cause;
    }
    pthread_cond_broadcast(&l->grown);
    pthread_mutex_unlock(&l->mutex);
}

int pull_layer_join(struct pull_layer *l, struct error *e)
{
    if (!l->running) {
        return 0;
    }
    pthread_join(l->thread, NULL);
    l->running = false;
    if (l->error.kind != ERR_NONE) {
        *e = l->error;
        return -1;
    }
    return 0;
}
