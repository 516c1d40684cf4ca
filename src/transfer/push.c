// SPDX-License-Identifier: Apache-2.0
#include "transfer/push.h"

#include "base/alloc.h"
#include "base/timeutil.h"
#include "transfer/confine.h"
#include "transfer/fetch.h"
#include "transfer/fetch_confine.h"
#include "transfer/manifest_doc.h"
#include "transfer/report.h"
#include "transfer/store_open.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define AT_ONCE    5 /* Docker's max-concurrent-uploads */
#define SHORT_ID   12
#define REPORT_GAP (NS_PER_SEC / 10)

struct push {
    const struct push_options *o;
    struct image_ref ref;
    struct registry registry;
    struct fetch fetch;
    struct opened_store store;
    struct image *list; /* all images: whose layers the registry may have */
    size_t count;
};

/* One blob on its way. */
struct push_blob {
    const char *digest;
    const char *diff_id; /* NULL: the configuration */
    int fd;
    int64_t size;
    int id; /* of the request; 0: not asked yet */
    bool done;
    int64_t told_at;
};

struct pushing {
    struct image image;
    struct manifest_doc manifest;
    struct push_blob *blobs;
    size_t count;
};

static void pushing_done(struct pushing *p)
{
    for (size_t i = 0; i < p->count; i++) {
        close_fd(&p->blobs[i].fd);
    }
    free(p->blobs);
    manifest_doc_done(&p->manifest);
    image_done(&p->image);
}
DEFINE_CLEANUP(pushing, struct pushing, pushing_done);

static void report_layer(const struct push_blob *b, const char *status, int64_t bytes)
{
    json_t *j = json_object();

    json_put(j, "id", json_stringn(strchr(b->diff_id, ':') + 1, SHORT_ID));
    json_put(j, "status", json_string(status));
    json_put(j, "bytes", json_integer(bytes));
    json_put(j, "total", json_integer(b->size));
    report_line("layer", j);
}

/* ---- before ---- */

static int read_manifest(const struct push *p, struct pushing *im, struct error *e)
{
    const char *digest = im->image.manifest_digest;
    char *text = NULL;
    size_t n;

    if (image_blob_read(&p->store.images, digest, -1, &text, &n, e) < 0) {
        return -1;
    }
    return manifest_doc_parse(text, n, "", digest, &im->manifest, e);
}

static int add_blob(const struct push *p, struct pushing *im, const char *digest,
                    const char *diff_id, struct error *e)
{
    struct push_blob *b = &im->blobs[im->count];
    struct stat st;

    for (size_t i = 0; i < im->count; i++) {
        if (strcmp(im->blobs[i].digest, digest) == 0) {
            return 0; /* the empty layer, twice */
        }
    }
    *b = (struct push_blob){.digest = digest, .diff_id = diff_id};
    b->fd = image_blob_open(&p->store.images, digest, e);
    if (b->fd < 0) {
        return -1;
    }
    im->count++;
    if (fstat(b->fd, &st) < 0) {
        return err_sys(e, errno, "blob '%s'", digest);
    }
    b->size = st.st_size;
    if (diff_id) {
        report_layer(b, "preparing", 0);
    }
    return 0;
}

static int list_blobs(const struct push *p, struct pushing *im, struct error *e)
{
    const struct image_manifest *m = &im->manifest.manifest;
    const struct strv *diff_ids = &im->image.config.diff_ids;

    if (diff_ids->count != m->layer_digests.count) {
        return err_set(e, ERR_CORRUPT, "the manifest has %zu layers, the config %zu",
                       m->layer_digests.count, diff_ids->count);
    }
    im->blobs = xcalloc(m->layer_digests.count + 1, sizeof(*im->blobs));
    for (size_t i = m->layer_digests.count; i > 0; i--) { /* topmost first, as Docker shows them */
        if (add_blob(p, im, m->layer_digests.items[i - 1], diff_ids->items[i - 1], e) < 0) {
            return -1;
        }
    }
    return add_blob(p, im, m->config_digest, NULL, e);
}

/* Another repository of this registry that has an image with the blob: one that was pushed or
 * pulled has a name with a digest. The caller frees it; "" when there is none. */
static char *repository_with(const struct push *p, const char *digest)
{
    const char *name;

    for (size_t i = 0; i < p->count; i++) {
        if (p->list[i].problem || (strcmp(p->list[i].id, digest) != 0 &&
                                   !strv_contains(&p->list[i].layer_digests, digest))) {
            continue;
        }
        strv_foreach (&p->list[i].names, name) {
            CLEANUP(image_ref) struct image_ref ref = {0};
            struct error ignored = {0};

            if (image_ref_parse(name, &ref, &ignored) == 0 && ref.digest &&
                strcmp(ref.domain, p->ref.domain) == 0 && strcmp(ref.path, p->ref.path) != 0) {
                return xstrdup(ref.path);
            }
        }
    }
    return xstrdup("");
}

/* ---- blobs ---- */

static int begin_some(struct push *p, struct pushing *im, struct error *e)
{
    size_t active = 0;

    for (size_t i = 0; i < im->count; i++) {
        active += im->blobs[i].id && !im->blobs[i].done;
    }
    for (size_t i = 0; i < im->count && active < AT_ONCE; i++) {
        struct push_blob *b = &im->blobs[i];

        if (b->id) {
            continue;
        }
        cleanup_free char *from = repository_with(p, b->digest);

        if (fetch_put(&p->fetch, FETCH_PUT_BLOB, b->digest, from, "", b->size, b->fd, &b->id, e) <
            0) {
            return -1;
        }
        active++;
    }
    return 0;
}

static int take_reply(struct pushing *im, const struct fetch_reply *reply, struct error *e)
{
    static const char *const ends[FETCH_PUT_COUNT] = {
        [FETCH_PUT_ASKED] = "there",
        [FETCH_PUT_MOUNTED] = "mounted",
        [FETCH_PUT_SENT] = "pushed",
    };

    for (size_t i = 0; i < im->count; i++) {
        struct push_blob *b = &im->blobs[i];
        int64_t now = time_mono();

        if (b->id != reply->id || b->done) {
            continue;
        }
        if (reply->type == FETCH_FAILED) {
            *e = reply->error;
            return -1;
        }
        b->done = reply->type == FETCH_DONE;
        if (b->diff_id && b->done) {
            report_layer(b, ends[reply->put < FETCH_PUT_COUNT ? reply->put : FETCH_PUT_SENT],
                         b->size);
        } else if (b->diff_id && now - b->told_at >= REPORT_GAP) {
            b->told_at = now;
            report_layer(b, "pushing", MIN(reply->bytes, b->size));
        }
    }
    return 0;
}

static int send_blobs(struct push *p, struct pushing *im, struct error *e)
{
    struct fetch_reply reply;
    size_t left = im->count;

    while (left) {
        if (begin_some(p, im, e) < 0 || fetch_reply(&p->fetch, FD_NONE, &reply, e) < 0 ||
            take_reply(im, &reply, e) < 0) {
            return -1;
        }
        left = 0;
        for (size_t i = 0; i < im->count; i++) {
            left += !im->blobs[i].done;
        }
    }
    return 0;
}

static int send_manifest(struct push *p, const struct pushing *im, const char *tag, struct error *e)
{
    const struct manifest_doc *m = &im->manifest;
    cleanup_close int fd = image_blob_open(&p->store.images, m->digest, e);
    struct fetch_reply reply;
    int id = 0;

    if (fd < 0 || fetch_put(&p->fetch, FETCH_PUT_MANIFEST, tag, "", m->media_type,
                            (int64_t) m->size, fd, &id, e) < 0) {
        return -1;
    }
    do {
        if (fetch_reply(&p->fetch, FD_NONE, &reply, e) < 0) {
            return -1;
        }
    } while (reply.id != id || reply.type == FETCH_PROGRESS);
    if (reply.type == FETCH_FAILED) {
        *e = reply.error;
        return err_wrap(e, "manifest '%s'", m->digest);
    }
    return 0;
}

/* ---- one image ---- */

/* From now on the registry's digest is a name of it, as after a pull. */
static int remember(const struct push *p, const struct pushing *im, struct error *e)
{
    const struct manifest_doc *m = &im->manifest;
    CLEANUP(json) json_t *d = json_object();
    json_t *platform = json_object();
    struct image_ref name = {
        .domain = p->ref.domain, .path = p->ref.path, .digest = im->image.manifest_digest};
    cleanup_free char *full = image_ref_full(&name);

    json_put(d, "mediaType", json_string(m->media_type));
    json_put(d, "digest", json_string(m->digest));
    json_put(d, "size", json_integer((int64_t) m->size));
    json_put(platform, "architecture",
             json_text(im->image.config.architecture ? im->image.config.architecture : ""));
    json_put(platform, "os", json_text(im->image.config.os ? im->image.config.os : ""));
    json_put(d, "platform", platform);
    return image_add(&p->store.images, d, full, e);
}

static int push_one(struct push *p, const char *tag, struct error *e)
{
    CLEANUP(pushing) struct pushing im = {.count = 0};
    struct image_ref name = {
        .domain = p->ref.domain, .path = p->ref.path, .tag = (char *) (uintptr_t) tag};
    cleanup_free char *full = image_ref_full(&name);

    if (image_find(&p->store.images, full, &im.image, e) < 0) {
        cleanup_free char *shown = image_ref_familiar_name(&p->ref);

        return e->kind == ERR_NOT_FOUND
                   ? err_set(e, ERR_NOT_FOUND, "An image does not exist locally with the tag: %s",
                             shown)
                   : -1;
    }
    if (read_manifest(p, &im, e) < 0 || list_blobs(p, &im, e) < 0 || send_blobs(p, &im, e) < 0 ||
        send_manifest(p, &im, tag, e) < 0 || remember(p, &im, e) < 0) {
        return -1;
    }
    json_t *j = json_object();

    json_put(j, "tag", json_text(tag));
    json_put(j, "digest", json_string(im.manifest.digest));
    json_put(j, "size", json_integer((int64_t) im.manifest.size));
    report_line("pushed", j);
    return 0;
}

static int push_all(struct push *p, struct error *e)
{
    CLEANUP(strv) struct strv tags = STRV_INIT;
    const char *name;

    for (size_t i = 0; i < p->count; i++) {
        strv_foreach (&p->list[i].names, name) {
            CLEANUP(image_ref) struct image_ref ref = {0};

            if (image_ref_parse(name, &ref, e) < 0) {
                return -1;
            }
            if (ref.tag && !ref.digest && strcmp(ref.domain, p->ref.domain) == 0 &&
                strcmp(ref.path, p->ref.path) == 0) {
                strv_add(&tags, ref.tag);
            }
        }
    }
    if (!tags.count) {
        return push_one(p, "latest", e); /* whose sentence says it */
    }
    strv_sort(&tags);
    strv_foreach (&tags, name) {
        if (push_one(p, name, e) < 0) {
            return err_wrap(e, "tag '%s'", name);
        }
    }
    return 0;
}

static int prepare(struct push *p, struct error *e)
{
    const struct push_options *o = p->o;

    if (image_ref_parse(o->reference, &p->ref, e) < 0) {
        return -1;
    }
    if (p->ref.digest) {
        return err_set(e, ERR_INVALID, "cannot push a digest reference");
    }
    if (o->all_tags && p->ref.tag) {
        return err_set(e, ERR_INVALID, "tag can't be used with --all-tags/-a");
    }
    image_ref_default_tag(&p->ref);
    struct registry_options only = o->registry;

    only.mirrors = (struct strv) STRV_INIT; /* they are read from, not written to */
    if (registry_init(p->ref.domain, p->ref.path, &only, &p->registry, e) < 0 ||
        fetch_start(&p->fetch, &p->registry, e) < 0 ||
        opened_store_open(&p->store, o->root, e) < 0 || confine_self(e) < 0 ||
        fetch_confine_offline(e) < 0 || image_list(&p->store.images, &p->list, &p->count, e) < 0) {
        return -1;
    }
    json_t *j = json_object();

    cleanup_free char *repository = xasprintf("%s/%s", p->ref.domain, p->ref.path);

    json_put(j, "repository", json_text(repository));
    report_line("push", j);
    return 0;
}

int push_run(const struct push_options *o, struct error *e)
{
    struct push p = {.o = o, .fetch = FETCH_INIT, .store = OPENED_STORE_INIT};
    int r = prepare(&p, e);

    if (r == 0) {
        r = o->all_tags ? push_all(&p, e) : push_one(&p, p.ref.tag, e);
    }
    image_list_free(p.list, p.count);
    opened_store_done(&p.store);
    fetch_stop(&p.fetch);
    registry_done(&p.registry);
    image_ref_done(&p.ref);
    return r < 0 ? err_wrap(e, "push '%s'", o->reference) : 0;
}
