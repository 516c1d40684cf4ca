// SPDX-License-Identifier: Apache-2.0
#include "transfer/pull.h"

#include "base/alloc.h"
#include "base/log.h"
#include "transfer/confine.h"
#include "transfer/fetch.h"
#include "transfer/fetch_confine.h"
#include "transfer/manifest_doc.h"
#include "transfer/partial.h"
#include "transfer/pull_layers.h"
#include "transfer/report.h"
#include "transfer/store_open.h"

#include <string.h>

#define CONFIG_MAX (8u << 20)
#define TAGS_MAX   (4u << 20)
#define TAGS_PAGE  1000 /* as the fetcher asks for */
#define PAGES_MAX  100
#define ATTEMPTS   3 /* when somebody removes the layers that we found */

struct pull {
    const struct pull_options *o;
    struct image_ref ref;
    struct image_platform platform;
    struct registry registry;
    struct fetch fetch;
    struct opened_store store;
    bool fetched; /* something was not there */
};

/* One image on its way. */
struct pulling {
    struct manifest_doc top; /* what the name led to */
    struct manifest_doc chosen;
    const struct manifest_doc *manifest; /* either */
    char *config_text;
    size_t config_size;
    struct image_config config;
};

static void pulling_done(struct pulling *p)
{
    manifest_doc_done(&p->top);
    manifest_doc_done(&p->chosen);
    image_config_done(&p->config);
    free(p->config_text);
}
DEFINE_CLEANUP(pulling, struct pulling, pulling_done);

/* ---- documents ---- */

/* A document that the store has, whole; 0 when it has not. */
static int from_store(const struct pull *p, const char *digest, char **ret, size_t *ret_len)
{
    struct error ignored = {0};
    char have[DIGEST_SIZE];

    if (!image_exists(&p->store.images, digest) ||
        image_blob_read(&p->store.images, digest, -1, ret, ret_len, &ignored) < 0) {
        return 0;
    }
    if (digest_of(*ret, *ret_len, have, &ignored) == 0 && strcmp(have, digest) == 0) {
        return 1;
    }
    free(take_ptr(ret));
    return 0;
}

/* The registry's "not found" names a manifest; people know the image by its name. */
static int no_manifest(const struct pull *p, const char *reference, struct error *e)
{
    cleanup_free char *name = image_ref_familiar_name(&p->ref);
    struct error cause = *e;
    bool digest = strchr(reference, ':');

    return err_set(e, ERR_NOT_FOUND, "manifest for %s%s%s not found: %s", name, digest ? "@" : ":",
                   reference, cause.text);
}

static int fetch_manifest(struct pull *p, const char *reference, struct manifest_doc *ret,
                          struct error *e)
{
    const char *wanted = strchr(reference, ':') ? reference : NULL;
    struct fetch_reply reply = {0};
    char *text = NULL;
    size_t n;

    if (wanted && from_store(p, wanted, &text, &n)) {
        return manifest_doc_parse(text, n, "", wanted, ret, e);
    }
    if (fetch_document(&p->fetch, FETCH_MANIFEST, reference, MANIFEST_MAX, &text, &n, &reply, e) <
        0) {
        return reply.status == 404 ? no_manifest(p, reference, e) : -1;
    }
    if (!wanted && image_digest_valid(reply.digest)) {
        wanted = reply.digest; /* what the registry says of itself must be true, too */
    }
    return manifest_doc_parse(text, n, reply.media_type, wanted, ret, e);
}

/* Through an index to the manifest for the platform. */
static int find_manifest(struct pull *p, const char *reference, struct pulling *im, struct error *e)
{
    const json_t *entry;

    if (fetch_manifest(p, reference, &im->top, e) < 0) {
        return -1;
    }
    im->manifest = &im->top;
    if (!im->top.is_index) {
        return 0;
    }
    if (manifest_doc_choose(&im->top, &p->platform, &entry, e) < 0 ||
        fetch_manifest(p, json_str(entry, "digest"), &im->chosen, e) < 0) {
        return -1;
    }
    if (im->chosen.is_index) {
        return err_set(e, ERR_UNSUPPORTED, "the index names another index");
    }
    if (im->chosen.size != (size_t) json_int(entry, "size")) {
        return err_set(e, ERR_CORRUPT, "manifest '%s' has %zu bytes, the index says %lld",
                       im->chosen.digest, im->chosen.size, (long long) json_int(entry, "size"));
    }
    im->manifest = &im->chosen;
    return 0;
}

static int fetch_config(struct pull *p, struct pulling *im, struct error *e)
{
    const struct image_manifest *m = &im->manifest->manifest;
    struct fetch_reply reply;
    char digest[DIGEST_SIZE];

    if (m->config_size > CONFIG_MAX) {
        return err_set(e, ERR_INVALID, "config: %lld bytes are over the limit of %u",
                       (long long) m->config_size, CONFIG_MAX);
    }
    if (!from_store(p, m->config_digest, &im->config_text, &im->config_size) &&
        fetch_document(&p->fetch, FETCH_BLOB, m->config_digest, (size_t) m->config_size,
                       &im->config_text, &im->config_size, &reply, e) < 0) {
        return err_wrap(e, "config '%s'", m->config_digest);
    }
    if (digest_of(im->config_text, im->config_size, digest, e) < 0) {
        return -1;
    }
    if (strcmp(digest, m->config_digest) != 0) {
        return err_set(e, ERR_CORRUPT, "config '%s': its content has digest '%s'", m->config_digest,
                       digest);
    }
    if (image_config_parse(im->config_text, im->config_size, &im->config, e) < 0) {
        return -1;
    }
    if (im->config.diff_ids.count != m->layer_digests.count) {
        return err_set(e, ERR_CORRUPT, "the manifest has %zu layers, the config %zu",
                       m->layer_digests.count, im->config.diff_ids.count);
    }
    return 0;
}

/* ---- into the store ---- */

/* The names that lead to it: the one that was asked for, and the digest it had. */
static void names_of(const struct pull *p, const char *tag, const char *digest, struct strv *ret)
{
    struct image_ref by_tag = {
        .domain = p->ref.domain, .path = p->ref.path, .tag = (char *) (uintptr_t) tag};
    struct image_ref by_digest = {
        .domain = p->ref.domain, .path = p->ref.path, .digest = (char *) (uintptr_t) digest};

    if (tag) {
        strv_take(ret, image_ref_full(&by_tag));
    }
    strv_take(ret, image_ref_full(&by_digest));
}

static json_t *descriptor_of(const struct pulling *im)
{
    const struct manifest_doc *m = im->manifest;
    json_t *d = json_object();
    json_t *platform = json_object();

    json_put(d, "mediaType", json_string(m->media_type));
    json_put(d, "digest", json_string(m->digest));
    json_put(d, "size", json_integer((int64_t) m->size));
    json_put(platform, "architecture",
             json_text(im->config.architecture ? im->config.architecture : ""));
    json_put(platform, "os", json_text(im->config.os ? im->config.os : ""));
    if (im->config.variant && *im->config.variant) {
        json_put(platform, "variant", json_text(im->config.variant));
    }
    json_put(d, "platform", platform);
    return d;
}

static int write_image(struct pull *p, const struct pulling *im, const struct strv *names,
                       struct error *e)
{
    const struct image_store *store = &p->store.images;
    const struct manifest_doc *m = im->manifest;
    CLEANUP(json) json_t *descriptor = descriptor_of(im);
    const char *name;

    if (image_blob_write(store, m->manifest.config_digest, im->config_text, im->config_size, e) <
            0 ||
        image_blob_write(store, m->digest, m->text, m->size, e) < 0) {
        return -1;
    }
    strv_foreach (names, name) {
        if (image_add(store, descriptor, name, e) < 0) {
            return -1;
        }
    }
    return 0;
}

static int commit(struct pull *p, const struct pulling *im, struct pull_layers *layers,
                  const struct strv *names, struct error *e)
{
    if (image_store_lock(&p->store.images, e) < 0) {
        return -1;
    }
    int mark = image_change_begin(&p->store.images, e);
    int r = mark < 0 ? -1 : pull_layers_commit(layers, e);

    if (r == 0) {
        r = write_image(p, im, names, e);
    }
    bool clean = r >= 0 || (mark >= 0 && pull_layers_take_back(layers));

    if (mark == 0 && clean) {
        image_change_end(&p->store.images);
    }
    image_store_unlock(&p->store.images);
    return r;
}

/* Layers, then everything in one step. 1: again, somebody removed what we relied on. */
static int fetch_layers(struct pull *p, const struct pulling *im, const struct strv *names,
                        struct error *e)
{
    CLEANUP(pull_layers)
    struct pull_layers layers = {
        .store = &p->store,
        .fetch = &p->fetch,
        .digests = &im->manifest->manifest.layer_digests,
        .diff_ids = &im->config.diff_ids,
        .sizes = im->manifest->layer_sizes,
    };

    pull_layers_init(&layers);
    return pull_layers_run(&layers, e) < 0 ? -1 : commit(p, im, &layers, names, e);
}

/* Has each of the names led to this manifest before, and is it whole? */
static bool is_up_to_date(const struct pull *p, const struct pulling *im, const struct strv *names)
{
    const char *name;

    strv_foreach (names, name) {
        CLEANUP(image) struct image have = {0};
        struct error ignored = {0};

        if (image_find(&p->store.images, name, &have, &ignored) < 0 ||
            strcmp(have.manifest_digest, im->manifest->digest) != 0) {
            return false;
        }
    }
    for (size_t i = 0; i < im->config.diff_ids.count; i++) {
        struct strv chain = {.items = im->config.diff_ids.items, .count = i + 1};

        if (!storage_layer_exists(&p->store.storage, &chain) ||
            !image_exists(&p->store.images, im->manifest->manifest.layer_digests.items[i])) {
            return false;
        }
    }
    return true;
}

static void report_result(const struct pull *p, const struct pulling *im, const char *name,
                          bool fetched)
{
    CLEANUP(image_ref) struct image_ref ref = {0};
    struct error ignored = {0};
    json_t *j = json_object();

    json_put(j, "id", json_string(im->manifest->manifest.config_digest));
    json_put(j, "digest", json_string(im->top.digest));
    json_put(j, "name", json_text(name));
    if (image_ref_parse(name, &ref, &ignored) == 0) {
        cleanup_free char *familiar = image_ref_familiar(&ref);

        json_put(j, "familiar", json_text(familiar));
    }
    json_put(j, "fetched", json_boolean(fetched));
    report_line(p->o->all_tags ? "tag" : "result", j);
}

/* tag NULL: by the reference's digest. */
static int pull_one(struct pull *p, const char *tag, struct error *e)
{
    CLEANUP(pulling) struct pulling im = {0};
    CLEANUP(strv) struct strv names = STRV_INIT;
    const char *reference = tag ? tag : p->ref.digest ? p->ref.digest : "latest";
    json_t *begin = json_object();
    int r = 1;

    if (find_manifest(p, reference, &im, e) < 0) {
        json_decref(begin);
        return -1;
    }
    json_put(begin, "reference", json_text(reference));
    json_put(begin, "path", json_text(p->ref.path));
    report_line("pull", begin);
    if (fetch_config(p, &im, e) < 0) {
        return -1;
    }
    names_of(p, tag, im.top.digest, &names);
    if (is_up_to_date(p, &im, &names)) {
        report_result(p, &im, names.items[0], false);
        return 0;
    }
    for (int i = 0; i < ATTEMPTS && r == 1; i++) {
        r = fetch_layers(p, &im, &names, e);
    }
    if (r == 1) {
        return err_set(e, ERR_IN_USE, "its layers are removed again and again by somebody else");
    }
    if (r == 0) {
        p->fetched = true;
        report_result(p, &im, names.items[0], true);
    }
    return r;
}

/* ---- all tags ---- */

static int add_page(const char *text, size_t n, struct strv *tags, struct error *e)
{
    CLEANUP(json) json_t *j = json_parse(text, n, "list of tags", e);
    CLEANUP(strv) struct strv page = STRV_INIT;
    const char *tag;

    if (!j || json_get_strv(j, "", "tags", &page, e) < 0) {
        e->kind = ERR_CORRUPT;
        return -1;
    }
    strv_foreach (&page, tag) {
        cleanup_free char *name = xasprintf("x:%s", tag);
        CLEANUP(image_ref) struct image_ref ref = {0};

        if (image_ref_parse(name, &ref, e) < 0) {
            return err_set(e, ERR_CORRUPT, "list of tags: '%.130s' is no tag", tag);
        }
        strv_add(tags, tag);
    }
    return 0;
}

static void report_all(const struct pull *p)
{
    cleanup_free char *familiar = image_ref_familiar_name(&p->ref);
    json_t *j = json_object();

    json_put(j, "name", json_text(familiar));
    json_put(j, "familiar", json_text(familiar));
    json_put(j, "fetched", json_boolean(p->fetched));
    report_line("result", j);
}

static int pull_all(struct pull *p, struct error *e)
{
    CLEANUP(strv) struct strv tags = STRV_INIT;
    size_t before = 0;
    const char *tag;

    for (int page = 0; page < PAGES_MAX; page++) {
        struct fetch_reply reply = {0};
        cleanup_free char *text = NULL;
        size_t n;

        if (fetch_document(&p->fetch, FETCH_TAGS, tags.count ? tags.items[tags.count - 1] : "",
                           TAGS_MAX, &text, &n, &reply, e) < 0 ||
            add_page(text, n, &tags, e) < 0) {
            return -1;
        }
        /* A page that is not full is the last; so is one that says nothing new. */
        if (tags.count - before < TAGS_PAGE) {
            break;
        }
        before = tags.count;
    }
    strv_foreach (&tags, tag) {
        if (pull_one(p, tag, e) < 0) {
            return err_wrap(e, "tag '%s'", tag);
        }
    }
    if (!tags.count) {
        return err_set(e, ERR_NOT_FOUND, "the repository has no tags");
    }
    report_all(p);
    return 0;
}

/* ---- all of it ---- */

static int prepare(struct pull *p, struct error *e)
{
    const struct pull_options *o = p->o;

    if (image_ref_parse(o->reference, &p->ref, e) < 0) {
        return -1;
    }
    if (o->all_tags && (p->ref.tag || p->ref.digest)) {
        return err_set(e, ERR_INVALID, "tag can't be used with --all-tags/-a");
    }
    if (!o->all_tags) {
        image_ref_default_tag(&p->ref);
    }
    if (image_platform_parse(o->platform, &p->platform, e) < 0 ||
        registry_init(p->ref.domain, p->ref.path, &o->registry, &p->registry, e) < 0) {
        return -1;
    }
    /* The fetcher is made before the store is open: it never has it. */
    if (fetch_start(&p->fetch, &p->registry, e) < 0 ||
        opened_store_open(&p->store, o->root, e) < 0 || confine_self(e) < 0 ||
        fetch_confine_offline(e) < 0) {
        return -1;
    }
    partial_sweep(&p->store.images);
    return 0;
}

int pull_run(const struct pull_options *o, struct error *e)
{
    struct pull p = {.o = o, .fetch = FETCH_INIT, .store = OPENED_STORE_INIT};
    int r = prepare(&p, e);

    if (r == 0) {
        /* With a digest the tag is only decoration. */
        r = o->all_tags ? pull_all(&p, e) : pull_one(&p, p.ref.digest ? NULL : p.ref.tag, e);
    }
    opened_store_done(&p.store);
    fetch_stop(&p.fetch);
    registry_done(&p.registry);
    image_ref_done(&p.ref);
    return r < 0 ? err_wrap(e, "pull '%s'", o->reference) : 0;
}
