// SPDX-License-Identifier: Apache-2.0
#include "transfer/layer_ingest.h"

#include "transfer/cancel.h"
#include "transfer/encode.h"
#include "transfer/report.h"
#include "transfer/tar_pack.h"

#include <signal.h>
#include <string.h>

#define MEDIA_GZIP "application/vnd.oci.image.layer.v1.tar+gzip"
#define MEDIA_ZSTD "application/vnd.oci.image.layer.v1.tar+zstd"

enum {
    READER_UNPACK,
    READER_ENCODE,
};

struct work {
    struct layer_ingest *in;
    struct ring ring;
    struct input input;
    struct decode decode;
    struct encode encode;
};

/* The first failure of any thread is the one that is told. */
static void fail(struct work *w, const struct error *e)
{
    ring_fail(&w->ring, e);
    input_stop(&w->input);
}

static void *source_main(void *arg)
{
    struct work *w = arg;
    struct error e = {0};
    int r;

    if (w->in->source == LAYER_SOURCE_FOLDER) {
        r = tar_pack_folder(w->in->fd, w->in->own_fd, &w->ring, &e);
    } else {
        r = decode_run(&w->decode, &e);
    }
    if (r < 0) {
        fail(w, &e);
    }
    return NULL;
}

static void *encode_main(void *arg)
{
    struct work *w = arg;
    struct error e = {0};

    if (encode_run(&w->encode, &e) < 0) {
        fail(w, &e);
    }
    return NULL;
}

static void tell_progress(void *ctx)
{
    struct work *w = ctx;

    if (w->in->progress_name) {
        report_progress(w->in->progress_name, atomic_load(&w->input.taken), w->input.size);
    }
}

static int unpack_entries(struct work *w, struct layer_apply *la, struct error *e)
{
    CLEANUP(tar_reader) struct tar_reader t;
    struct archive_entry *entry;
    int r;

    if (tar_open(&t, &w->ring, READER_UNPACK, e) < 0) {
        return -1;
    }
    t.on_chunk = tell_progress;
    t.ctx = w;
    while ((r = tar_next(&t, &entry, e)) > 0) {
        if (cancel_check(e) < 0 || layer_apply_entry(la, &t, entry, e) < 0) {
            return -1;
        }
    }
    if (r < 0 || tar_finish(&t, w->in->trailer, e) < 0) {
        return -1;
    }
    return layer_apply_finish(la, e);
}

static int unpack(struct work *w, struct error *e)
{
    struct storage_draft *draft = w->in->draft;
    CLEANUP(layer_apply) struct layer_apply la;

    layer_apply_init(&la, draft->dirfd, draft->whiteouts, w->in->lowest);
    if (unpack_entries(w, &la, e) < 0) {
        return -1;
    }
    draft->implicit_root = !la.has_root;
    draft->size = la.size;
    w->in->skipped_xattrs = la.skipped_xattrs;
    memcpy(w->in->skipped_first, la.skipped_first, sizeof(la.skipped_first));
    return 0;
}

/* Signals go to the caller's thread, which is never stuck in a read from a pipe. */
static int start_thread(pthread_t *thread, void *(*fn)(void *), struct work *w, struct error *e)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int r = pthread_create(thread, NULL, fn, w);

    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return r ? err_sys(e, r, "start a thread") : 0;
}

static int run_threads(struct work *w, struct error *e)
{
    pthread_t source, encode;

    if (start_thread(&source, source_main, w, e) < 0) {
        return -1;
    }
    if (start_thread(&encode, encode_main, w, e) < 0) {
        fail(w, e);
        pthread_join(source, NULL);
        return -1;
    }
    if (unpack(w, e) < 0) {
        fail(w, e);
    }
    pthread_join(encode, NULL);
    pthread_join(source, NULL);
    return ring_error(&w->ring, e);
}

/* Looks at the first bytes, and decides who writes the blob. */
static int prepare(struct work *w, struct error *e)
{
    struct layer_ingest *in = w->in;
    bool keep = false;

    w->encode = (struct encode){.in = &w->ring, .reader = READER_ENCODE};
    if (in->source == LAYER_SOURCE_STREAM) {
        ssize_t n = input_fill(&w->input, TAR_BLOCK, e);

        if (n < 0) {
            return -1;
        }
        w->decode = (struct decode){
            .in = &w->input,
            .out = &w->ring,
            .compression = compression_detect(input_data(&w->input), (size_t) n),
            .keep_padding = !in->store,
            .max_bytes = in->max_bytes ? in->max_bytes : LAYER_MAX_BYTES,
        };
        keep = !in->store || w->decode.compression == COMPRESSION_GZIP ||
               w->decode.compression == COMPRESSION_ZSTD;
        if (w->decode.compression == COMPRESSION_OTHER && !in->any_compression) {
            return err_set(e, ERR_UNSUPPORTED, "a layer is plain, gzip or zstd");
        }
    }
    in->media_type = keep && w->decode.compression == COMPRESSION_ZSTD ? MEDIA_ZSTD : MEDIA_GZIP;
    if (blob_begin(&in->blob, in->store, e) < 0) {
        return -1;
    }
    if (keep) {
        w->decode.raw = &in->blob;
    } else {
        w->encode.blob = &in->blob;
    }
    return 0;
}

int layer_ingest_run(struct layer_ingest *in, struct error *e)
{
    struct work w = {.in = in};

    in->blob = (struct blob){.fd = FD_NONE};
    ring_init(&w.ring, 2);
    input_init(&w.input, in->fd);
    w.input.more = in->more;
    w.input.more_ctx = in->more_ctx;
    int r = prepare(&w, e);

    if (r == 0) {
        r = run_threads(&w, e);
    }
    if (r == 0) {
        memcpy(in->diff_id, w.encode.diff_id, sizeof(in->diff_id));
        in->tar_size = w.encode.size;
        r = blob_close(&in->blob, e);
    }
    if (r < 0) {
        blob_done(&in->blob);
    }
    input_done(&w.input);
    ring_done(&w.ring);
    return r;
}
