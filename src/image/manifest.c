// SPDX-License-Identifier: Apache-2.0
#include "image/manifest.h"

#include "base/alloc.h"

#include <string.h>
#include <sys/utsname.h>

#define INDEX_DEPTH_MAX 4

void image_manifest_done(struct image_manifest *m)
{
    free(m->digest);
    free(m->config_digest);
    free(m->config_type);
    strv_done(&m->layer_digests);
    strv_done(&m->layer_types);
    *m = (struct image_manifest){0};
}

/* ---- the platform of this machine, in Go's names ---- */

static const char *own_architecture(void)
{
#if defined(__x86_64__)
    return "amd64";
#elif defined(__i386__)
    return "386";
#elif defined(__aarch64__)
    return "arm64";
#elif defined(__arm__)
    return "arm";
#elif defined(__riscv) && __riscv_xlen == 64
    return "riscv64";
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return "ppc64le";
#elif defined(__s390x__)
    return "s390x";
#elif defined(__loongarch64)
    return "loong64";
#elif defined(__mips64) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return "mips64le";
#else
    return "unknown";
#endif
}

/* "v7" gives 7. Only of arm do we know what this machine is; elsewhere the lowest level runs. */
static int variant_number(const char *variant)
{
    return variant[0] == 'v' && variant[1] >= '1' && variant[1] <= '9' && !variant[2]
               ? variant[1] - '0'
               : 0;
}

static int own_arm_variant(void)
{
    struct utsname u;

    return uname(&u) == 0 && strncmp(u.machine, "armv", 4) == 0 && u.machine[4] >= '5' &&
                   u.machine[4] <= '8'
               ? u.machine[4] - '0'
               : 8;
}

/* How well an index's entry fits: 0 not at all, more is better. */
static int platform_score(const json_t *descriptor)
{
    const json_t *platform = json_object_get(descriptor, "platform");
    const char *architecture = json_str(platform, "architecture");
    int variant = variant_number(json_str(platform, "variant"));

    if (!image_digest_valid(json_str(descriptor, "digest"))) {
        return 0;
    }
    if (!platform) {
        return 1; /* an index of one, written by a simple tool */
    }
    if (strcmp(json_str(platform, "os"), "linux") != 0 ||
        strcmp(architecture, own_architecture()) != 0) {
        return 0;
    }
    if (strcmp(architecture, "arm") == 0) {
        return variant > own_arm_variant() ? 0 : 10 + variant;
    }
    return 20 - variant;
}

/* ---- documents ---- */

static bool is_config_type(const char *type)
{
    return strcmp(type, "application/vnd.oci.image.config.v1+json") == 0 ||
           strcmp(type, "application/vnd.docker.container.image.v1+json") == 0;
}

/* digest and size of a descriptor, checked. */
static int get_descriptor(const json_t *j, const char *where, char **ret_digest, char **ret_type,
                          int64_t *ret_size, struct error *e)
{
    *ret_size = -1;
    if (!json_is_object(j)) {
        return err_set(e, ERR_INVALID, "%s: expected an object", where);
    }
    if (json_get_string(j, where, "digest", ret_digest, e) < 0 ||
        json_get_string(j, where, "mediaType", ret_type, e) < 0 ||
        json_get_i64(j, where, "size", ret_size, e) < 0) {
        return -1;
    }
    if (!*ret_digest || !image_digest_valid(*ret_digest)) {
        return err_set(e, ERR_INVALID, "%s.digest: expected a sha256 digest", where);
    }
    if (*ret_size < 0) {
        return err_set(e, ERR_INVALID, "%s.size: expected a size", where);
    }
    if (!*ret_type) {
        *ret_type = xstrdup("");
    }
    return 0;
}

static int get_layers(const json_t *doc, struct image_manifest *m, struct error *e)
{
    json_t *layers;
    json_t *layer;
    size_t i;

    if (json_get_array(doc, "", "layers", &layers, e) < 0) {
        return -1;
    }
    if (json_array_size(layers) > IMAGE_MAX_LAYERS) {
        return err_set(e, ERR_INVALID, "layers: %zu are over the limit of %d",
                       json_array_size(layers), IMAGE_MAX_LAYERS);
    }
    json_array_foreach (layers, i, layer) {
        char *digest = NULL;
        char *type = NULL;
        int64_t size;
        int r = get_descriptor(layer, "layers[]", &digest, &type, &size, e);

        strv_take(&m->layer_digests, digest ? digest : xstrdup(""));
        strv_take(&m->layer_types, type ? type : xstrdup(""));
        if (r < 0) {
            return -1;
        }
        if (__builtin_add_overflow(m->blob_bytes, size, &m->blob_bytes)) {
            return err_set(e, ERR_INVALID, "layers: sizes are too large");
        }
    }
    return 0;
}

static int parse_manifest(const json_t *doc, struct image_manifest *m, struct error *e)
{
    if (json_object_get(doc, "fsLayers")) {
        return err_set(e, ERR_UNSUPPORTED, "manifests of schema 1 are not supported");
    }
    if (get_descriptor(json_object_get(doc, "config"), "config", &m->config_digest, &m->config_type,
                       &m->config_size, e) < 0) {
        return -1;
    }
    return get_layers(doc, m, e);
}

/* Parses either kind. *ret_doc (new reference) when it is an index, else *ret is filled. */
static int parse_document(const char *data, size_t n, struct image_manifest *ret, json_t **ret_doc,
                          struct error *e)
{
    CLEANUP(json) json_t *doc = json_parse(data, n, "manifest", e);
    json_t *manifests = NULL;

    *ret = (struct image_manifest){0};
    *ret_doc = NULL;
    if (!doc) {
        return -1;
    }
    if (!json_is_object(doc)) {
        return err_set(e, ERR_INVALID, "read manifest: expected an object");
    }
    if (json_get_array(doc, "", "manifests", &manifests, e) < 0) {
        return err_wrap(e, "read manifest");
    }
    /* One that claims to be both is neither (CVE-2021-41190). */
    if (manifests && (json_object_get(doc, "layers") || json_object_get(doc, "config"))) {
        return err_set(e, ERR_INVALID, "read manifest: it is an index and a manifest at once");
    }
    if (manifests) {
        *ret_doc = take_ptr(&doc);
        return 0;
    }
    if (parse_manifest(doc, ret, e) < 0) {
        image_manifest_done(ret);
        return err_wrap(e, "read manifest");
    }
    return 0;
}

int image_manifest_parse(const char *data, size_t n, struct image_manifest *ret, bool *is_index,
                         struct error *e)
{
    CLEANUP(json) json_t *index = NULL;
    int r = parse_document(data, n, ret, &index, e);

    *is_index = index;
    return r;
}

/* Reads what a descriptor names; what is wrong with the text makes it corrupt. */
static int read_document(const struct image_store *s, const json_t *descriptor,
                         struct image_manifest *ret, json_t **ret_doc, struct error *e)
{
    const char *digest = json_str(descriptor, "digest");
    cleanup_free char *data = NULL;
    size_t n;
    int64_t size = -1;

    *ret = (struct image_manifest){0};
    *ret_doc = NULL;
    if (json_get_i64(descriptor, "descriptor", "size", &size, e) < 0) {
        e->kind = ERR_CORRUPT;
        return -1;
    }
    if (image_blob_read(s, digest, size, &data, &n, e) < 0) {
        return -1;
    }
    if (parse_document(data, n, ret, ret_doc, e) < 0) {
        if (e->kind == ERR_INVALID) {
            e->kind = ERR_CORRUPT;
        }
        return err_wrap(e, "blob '%s'", digest);
    }
    if (!*ret_doc) {
        ret->digest = xstrdup(digest);
    }
    return 0;
}

static const json_t *best_entry(const json_t *index)
{
    const json_t *best = NULL;
    int best_score = 0;
    json_t *entry;
    size_t i;

    json_array_foreach (json_object_get(index, "manifests"), i, entry) {
        int score = platform_score(entry);

        if (score > best_score) {
            best = entry;
            best_score = score;
        }
    }
    return best;
}

int image_manifest_load(const struct image_store *s, const json_t *descriptor,
                        struct image_manifest *ret, struct error *e)
{
    CLEANUP(json) json_t *index = NULL;

    for (int depth = 0; depth < INDEX_DEPTH_MAX; depth++) {
        json_t *next = NULL;

        if (read_document(s, descriptor, ret, &next, e) < 0) {
            return -1;
        }
        if (!next) {
            if (is_config_type(ret->config_type)) {
                return 0;
            }
            err_set(e, ERR_UNSUPPORTED, "it is no image but an artifact of type '%.100s'",
                    ret->config_type);
            image_manifest_done(ret);
            return -1;
        }
        json_decref(index);
        index = next;
        descriptor = best_entry(index);
        if (!descriptor) {
            return err_set(e, ERR_UNSUPPORTED, "no matching manifest for linux/%s in the index",
                           own_architecture());
        }
    }
    return err_set(e, ERR_CORRUPT, "indexes are nested deeper than %d levels", INDEX_DEPTH_MAX);
}

static bool add_new(struct digest_set *seen, struct strv *ret, const char *digest)
{
    if (!digest_set_add(seen, digest)) {
        return false;
    }
    if (ret) {
        strv_add(ret, digest);
    }
    return true;
}

/* Each document is read once, however often indexes name it. */
static int reach(const struct image_store *s, const json_t *descriptor, int depth,
                 struct digest_set *seen, struct strv *ret, struct error *e)
{
    CLEANUP(image_manifest) struct image_manifest m = {0};
    CLEANUP(json) json_t *index = NULL;
    const char *digest = json_str(descriptor, "digest");
    json_t *entry;
    size_t i;

    if (!image_digest_valid(digest) || depth > INDEX_DEPTH_MAX || !add_new(seen, ret, digest)) {
        return 0;
    }
    if (read_document(s, descriptor, &m, &index, e) < 0) {
        return e->kind == ERR_CORRUPT || e->kind == ERR_UNSUPPORTED ? 0 : -1;
    }
    if (m.config_digest) {
        add_new(seen, ret, m.config_digest);
    }
    for (i = 0; i < m.layer_digests.count; i++) {
        add_new(seen, ret, m.layer_digests.items[i]);
    }
    json_array_foreach (json_object_get(index, "manifests"), i, entry) {
        if (reach(s, entry, depth + 1, seen, ret, e) < 0) {
            return -1;
        }
    }
    return 0;
}

int image_manifest_reach(const struct image_store *s, const json_t *descriptor,
                         struct digest_set *seen, struct strv *ret, struct error *e)
{
    return reach(s, descriptor, 0, seen, ret, e);
}
