// SPDX-License-Identifier: Apache-2.0
#include "transfer/manifest_doc.h"

#include "base/alloc.h"
#include "base/log.h"

#include <string.h>

#define DOCKER "application/vnd.docker.distribution.manifest."
#define OCI    "application/vnd.oci.image."

static const struct {
    const char *name;
    bool is_index;
} known[] = {
    {OCI "index.v1+json", true},
    {DOCKER "list.v2+json", true},
    {OCI "manifest.v1+json", false},
    {DOCKER "v2+json", false},
};

void manifest_doc_done(struct manifest_doc *d)
{
    free(d->text);
    json_decref(d->json);
    image_manifest_done(&d->manifest);
    free(d->layer_sizes);
    *d = (struct manifest_doc){0};
}

static int refuse_type(const char *type, struct error *e)
{
    if (strncmp(type, DOCKER "v1", strlen(DOCKER "v1")) == 0) {
        return err_set(e, ERR_UNSUPPORTED, "manifests of schema 1 are not supported");
    }
    return err_set(e, ERR_UNSUPPORTED,
                   "the registry answered with media type '%.100s', which is "
                   "no image manifest",
                   type);
}

/* What the registry called it, else what the document calls itself; both must agree on whether it
 * is an index (CVE-2021-41190). */
static int find_type(struct manifest_doc *d, const char *media_type, struct error *e)
{
    const char *own = json_str(d->json, "mediaType");
    bool generic = !*media_type || strcmp(media_type, "application/json") == 0 ||
                   strcmp(media_type, "text/plain") == 0;
    const char *type = generic ? own : media_type;

    if (generic && !*own) { /* OCI's manifests need not say it */
        type = d->is_index ? known[0].name : known[2].name;
    }
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (strcmp(known[i].name, type) == 0) {
            d->media_type = known[i].name;
            if (known[i].is_index != d->is_index || (*own && strcmp(own, type) != 0)) {
                return err_set(e, ERR_CORRUPT,
                               "the manifest's content is not what its media type "
                               "'%s' says",
                               type);
            }
            return 0;
        }
    }
    return refuse_type(type, e);
}

/* Types that the registry must not call a manifest are refused before their text is looked at. */
static bool is_foreign(const char *type)
{
    return *type && strcmp(type, "application/json") != 0 && strcmp(type, "text/plain") != 0 &&
           strncmp(type, "application/vnd.", strlen("application/vnd.")) != 0;
}

static int check_config(const struct manifest_doc *d, struct error *e)
{
    const char *type = d->manifest.config_type;

    if (strcmp(type, OCI "config.v1+json") != 0 &&
        strcmp(type, "application/vnd.docker.container.image.v1+json") != 0) {
        return err_set(e, ERR_UNSUPPORTED, "it is no image but an artifact of type '%.100s'", type);
    }
    return 0;
}

static void read_sizes(struct manifest_doc *d)
{
    const json_t *layers = json_object_get(d->json, "layers");

    d->layer_sizes = xcalloc(d->manifest.layer_digests.count + 1, sizeof(int64_t));
    for (size_t i = 0; i < d->manifest.layer_digests.count; i++) {
        d->layer_sizes[i] = json_int(json_array_get(layers, i), "size");
    }
}

static int parse(struct manifest_doc *d, const char *media_type, struct error *e)
{
    if (is_foreign(media_type)) {
        return refuse_type(media_type, e);
    }
    if (image_manifest_parse(d->text, d->size, &d->manifest, &d->is_index, e) < 0) {
        if (e->kind == ERR_INVALID) {
            e->kind = ERR_CORRUPT;
        }
        return -1;
    }
    d->json = json_parse(d->text, d->size, "manifest", e);
    if (!d->json || find_type(d, media_type, e) < 0) {
        return -1;
    }
    if (d->is_index) {
        return 0;
    }
    read_sizes(d);
    return check_config(d, e);
}

int manifest_doc_parse(char *text, size_t size, const char *media_type, const char *wanted,
                       struct manifest_doc *ret, struct error *e)
{
    *ret = (struct manifest_doc){.text = text, .size = size};
    if (digest_of(text, size, ret->digest, e) < 0) {
        manifest_doc_done(ret);
        return -1;
    }
    if (wanted && strcmp(wanted, ret->digest) != 0) {
        err_set(e, ERR_CORRUPT, "manifest '%s': its content has digest '%s'", wanted, ret->digest);
        manifest_doc_done(ret);
        return -1;
    }
    if (parse(ret, media_type, e) < 0) {
        manifest_doc_done(ret);
        return -1;
    }
    return 0;
}

/* ---- the platform ---- */

/* "v7" is 7, anything else 0. */
static int level(const char *variant)
{
    return variant[0] == 'v' && variant[1] >= '1' && variant[1] <= '9' && !variant[2]
               ? variant[1] - '0'
               : 0;
}

/* 0: not for it; else more is better. */
static int score(const json_t *entry, const struct image_platform *want)
{
    const json_t *platform = json_object_get(entry, "platform");
    const char *variant = json_str(platform, "variant");
    int have = level(variant);
    int most = level(want->variant);

    if (!image_digest_valid(json_str(entry, "digest"))) {
        return 0;
    }
    if (!platform) {
        return 1; /* an index of one, written by a simple tool */
    }
    if (strcmp(json_str(platform, "os"), want->os) != 0 ||
        strcmp(json_str(platform, "architecture"), want->architecture) != 0) {
        return 0;
    }
    if (strcmp(variant, want->variant) == 0) {
        return 100;
    }
    if (strcmp(want->architecture, "arm") == 0) { /* a v7 runs what was made for v6 */
        return have <= most ? 10 + have : 0;
    }
    if (strcmp(want->architecture, "arm64") == 0 && have <= 8 && most == 0) {
        return 50;
    }
    /* Asked for a variant: only that. For none: the lowest. */
    return *want->variant ? 0 : 20 - have;
}

int manifest_doc_choose(const struct manifest_doc *index, const struct image_platform *platform,
                        const json_t **ret, struct error *e)
{
    const json_t *entry;
    size_t i;
    int best = 0;

    *ret = NULL;
    json_array_foreach (json_object_get(index->json, "manifests"), i, entry) {
        int s = score(entry, platform);

        if (s > best) {
            best = s;
            *ret = entry;
        }
    }
    if (!*ret) {
        return err_set(
            e, ERR_NOT_FOUND, "no matching manifest for %s/%s%s%s in the manifest list entries",
            platform->os, platform->architecture, *platform->variant ? "/" : "", platform->variant);
    }
    return 0;
}
