// SPDX-License-Identifier: Apache-2.0
#include "transfer/import.h"

#include "base/log.h"
#include "transfer/cancel.h"
#include "transfer/confine.h"
#include "transfer/image_doc.h"
#include "transfer/layer_ingest.h"
#include "transfer/report.h"
#include "transfer/store_open.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct import {
    const struct import_options *o;
    struct opened_store store;
    struct image_platform platform;
    char *name;     /* full reference or NULL */
    json_t *config; /* the config document, without its layer at first */
    char id[DIGEST_SIZE];
    int fd; /* the source */
    enum layer_source kind;
};

static void import_done(struct import *im)
{
    json_decref(im->config);
    free(im->name);
    if (im->fd != STDIN_FILENO) {
        close_p(&im->fd);
    }
    opened_store_done(&im->store);
}
DEFINE_CLEANUP(import, struct import, import_done);

/* Everything that can be wrong with the request, before anything is read or written. */
static int check_request(struct import *im, struct error *e)
{
    const struct import_options *o = im->o;

    if (o->ref) {
        CLEANUP(image_ref) struct image_ref ref = {0};

        if (image_ref_parse(o->ref, &ref, e) < 0) {
            return -1;
        }
        if (ref.digest) {
            return err_set(e, ERR_INVALID, "cannot import digest reference");
        }
        image_ref_default_tag(&ref);
        im->name = image_ref_full(&ref);
    }
    if (image_platform_parse(o->platform, &im->platform, e) < 0) {
        return -1;
    }
    im->config = image_doc_config(&im->platform,
                                  o->message && *o->message ? o->message : "Imported from -", e);
    if (!im->config) {
        return -1;
    }
    if (o->changes.count == 0) {
        return 0;
    }
    /* One text: whether ENTRYPOINT drops CMD depends on what came before. */
    cleanup_free char *changes = strv_join(&o->changes, "\n");

    return image_config_change(im->config, changes, e);
}

static int open_source(struct import *im, struct error *e)
{
    const char *source = im->o->source;
    struct stat st;

    if (strcmp(source, "-") == 0) {
        im->fd = STDIN_FILENO;
        if (isatty(STDIN_FILENO)) {
            return err_set(e, ERR_INVALID, "an archive is expected on stdin, not a terminal");
        }
    } else {
        im->fd = open(source, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    }
    if (im->fd < 0 || fstat(im->fd, &st) < 0) {
        if (errno == EINTR && cancel_check(e) < 0) { /* a pipe that nobody opened for writing */
            return err_wrap(e, "import '%s'", source);
        }
        err_sys(e, errno, "import '%s'", source);
        if (strncmp(source, "http://", 7) == 0 || strncmp(source, "https://", 8) == 0) {
            err_hint(e, "fetch it first: curl -L URL | hoy import - NAME");
        }
        return -1;
    }
    im->kind = S_ISDIR(st.st_mode) ? LAYER_SOURCE_FOLDER : LAYER_SOURCE_STREAM;
    return 0;
}

/* Config, manifest and name: from here on the image is there. */
static int write_image(struct import *im, const struct layer_ingest *layer, struct error *e)
{
    const struct image_store *store = &im->store.images;
    CLEANUP(image_doc) struct image_doc config = {0};
    CLEANUP(image_doc) struct image_doc manifest = {0};
    const struct image_layer_blob blob = {
        .media_type = layer->media_type, .digest = layer->blob.digest, .size = layer->blob.size};

    image_doc_set_layer(im->config, layer->diff_id);
    if (image_doc_seal(im->config, &config, e) < 0) {
        return -1;
    }
    memcpy(im->id, config.digest, sizeof(im->id));
    CLEANUP(json) json_t *manifest_json = image_doc_manifest(&config, &blob);

    if (image_doc_seal(manifest_json, &manifest, e) < 0) {
        return -1;
    }
    CLEANUP(json) json_t *descriptor = image_doc_descriptor(&manifest, &im->platform);

    if (image_blob_write(store, config.digest, config.text, config.size, e) < 0 ||
        image_blob_write(store, manifest.digest, manifest.text, manifest.size, e) < 0 ||
        image_add(store, descriptor, im->name, e) < 0) {
        return -1;
    }
    json_t *result = json_object();

    json_put(result, "id", json_string(config.digest));
    json_put(result, "manifest", json_string(manifest.digest));
    json_put(result, "diff_id", json_string(layer->diff_id));
    if (im->name) {
        json_put(result, "name", json_text(im->name));
    }
    report_line("result", result);
    return 0;
}

/*
 * Takes back what a failed commit made visible; with the store's lock, so nobody else needs it.
 * False when something stays that no image needs.
 */
static bool take_back(struct import *im, const char *diff_id, bool layer_was_there)
{
    CLEANUP(image) struct image image = {0};
    struct error ignored = {0};

    /* Named already, and only the last sync failed: then it is whole, and stays. */
    if (im->id[0] && image_find(&im->store.images, im->id, &image, &ignored) == 0) {
        return true;
    }
    if ((!layer_was_there && storage_layer_remove(&im->store.storage, diff_id, &ignored) < 0) ||
        image_store_sweep(&im->store.images, &ignored) < 0) {
        log_debug("take back a failed import: %s", ignored.text);
        return false;
    }
    return true;
}

/* From the first rename to the name in index.json under the store's lock, which is short. */
static int commit_locked(struct import *im, struct layer_ingest *layer, struct storage_draft *draft,
                         struct error *e)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;

    if (image_store_lock(&im->store.images, e) < 0) {
        return -1;
    }
    strv_add(&chain, layer->diff_id);
    int mark = image_change_begin(&im->store.images, e);

    if (mark < 0) {
        image_store_unlock(&im->store.images);
        return -1;
    }
    bool was_there = storage_layer_exists(&im->store.storage, &chain);
    int r = storage_layer_commit(&im->store.storage, draft, e);

    if (r == 0) {
        r = blob_commit(&layer->blob, e);
    }
    if (r == 0) {
        r = write_image(im, layer, e);
    }
    bool clean = r == 0 || take_back(im, layer->diff_id, was_there);

    if (mark == 0 && clean) {
        image_change_end(&im->store.images);
    }
    image_store_unlock(&im->store.images);
    return r;
}

static int commit(struct import *im, struct layer_ingest *layer, struct storage_draft *draft,
                  struct error *e)
{
    CLEANUP(strv) struct strv chain = STRV_INIT;

    memcpy(draft->diff_id, layer->diff_id, sizeof(layer->diff_id));
    strv_add(&chain, layer->diff_id);
    /* The long wait for the disk, before others have to wait for us; for a layer that is new. */
    if (!storage_layer_exists(&im->store.storage, &chain) && syncfs(draft->dirfd) < 0) {
        return err_sys(e, errno, "write the layer");
    }
    if (layer->skipped_xattrs) {
        log_warn("%lld extended attributes have no place in this file system and were left out, "
                 "the first is '%s'",
                 (long long) layer->skipped_xattrs, layer->skipped_first);
    }
    return commit_locked(im, layer, draft, e);
}

static int import_layer(struct import *im, struct error *e)
{
    struct storage_draft draft = {.dirfd = FD_NONE};
    CLEANUP(strv) struct strv chain = STRV_INIT;
    struct layer_ingest layer = {
        .source = im->kind,
        .fd = im->fd,
        .own_fd = im->store.storage.root,
        .store = &im->store.images,
        .draft = &draft,
        .lowest = true,
        .any_compression = true,
        .trailer = TAR_TRAILER_ZEROS,
        .progress_name = "import",
    };

    strv_add(&chain, "");
    if (storage_layer_begin(&im->store.storage, &chain, &draft, e) < 0) {
        return -1;
    }
    int r = confine_self(e);

    if (r == 0) {
        r = layer_ingest_run(&layer, e);
    }
    if (r == 0) {
        r = commit(im, &layer, &draft, e);
        blob_done(&layer.blob);
    }
    storage_layer_abort(&im->store.storage, &draft);
    return r;
}

int import_run(const struct import_options *o, struct error *e)
{
    CLEANUP(import)
    struct import im = {.o = o, .fd = FD_NONE, .store = OPENED_STORE_INIT};

    if (check_request(&im, e) < 0 || open_source(&im, e) < 0) {
        return -1;
    }
    if (opened_store_open(&im.store, o->root, e) < 0 || import_layer(&im, e) < 0) {
        return err_wrap(e, "import '%s'", o->source);
    }
    return 0;
}
