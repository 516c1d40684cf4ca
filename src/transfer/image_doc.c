// SPDX-License-Identifier: Apache-2.0
#include "transfer/image_doc.h"

#include "base/alloc.h"
#include "base/parse.h"
#include "base/timeutil.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/utsname.h>

/* uname's word, GOARCH, variant; after containerd's platforms package. */
static const struct {
    const char *machine;
    const char *architecture;
    const char *variant;
} machines[] = {
    {"x86_64", "amd64", ""},    {"x86-64", "amd64", ""},    {"aarch64", "arm64", ""},
    {"armv8l", "arm", "v8"},    {"armv7l", "arm", "v7"},    {"armhf", "arm", "v7"},
    {"armv6l", "arm", "v6"},    {"armel", "arm", "v6"},     {"i686", "386", ""},
    {"i586", "386", ""},        {"i386", "386", ""},        {"ppc64le", "ppc64le", ""},
    {"s390x", "s390x", ""},     {"riscv64", "riscv64", ""}, {"loongarch64", "loong64", ""},
    {"mips64", "mips64le", ""}, {"mips", "mipsle", ""},     {"amd64", "amd64", ""},
    {"arm64", "arm64", ""},     {"arm", "arm", "v7"},       {"386", "386", ""},
    {"ppc64", "ppc64", ""},     {"loong64", "loong64", ""}, {"mips64le", "mips64le", ""},
    {"mipsle", "mipsle", ""},   {"wasm", "wasm", ""},
};

static bool set_machine(struct image_platform *p, const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
        if (strcasecmp(machines[i].machine, name) == 0) {
            snprintf(p->architecture, sizeof(p->architecture), "%s", machines[i].architecture);
            snprintf(p->variant, sizeof(p->variant), "%s", machines[i].variant);
            return true;
        }
    }
    return false;
}

static void set_host(struct image_platform *p)
{
    struct utsname u;

    snprintf(p->os, sizeof(p->os), "linux");
    if (uname(&u) < 0 || !set_machine(p, u.machine)) {
        snprintf(p->architecture, sizeof(p->architecture), "%.31s", u.machine);
    }
    /* Images for plain arm64 carry no variant; that of a 32-bit ARM counts. */
}

static bool is_word(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

    return n > 0 && n < 32 && s[n] == '\0';
}

int image_platform_parse(const char *s, struct image_platform *ret, struct error *e)
{
    CLEANUP(strv) struct strv parts = STRV_INIT;
    const char *part;

    *ret = (struct image_platform){.os = ""};
    set_host(ret);
    if (!s || !*s) {
        return 0;
    }
    strv_split(&parts, s, "/");
    strv_foreach (&parts, part) {
        if (!is_word(part) || parts.count > 3) {
            return err_set(e, ERR_INVALID, "\"%s\": cannot parse platform specifier", s);
        }
    }
    if (parts.count == 0) {
        return err_set(e, ERR_INVALID, "\"%s\": cannot parse platform specifier", s);
    }
    if (strcasecmp(parts.items[0], "windows") == 0) {
        return err_set(e, ERR_UNSUPPORTED, "operating system is not supported");
    }
    bool has_os = strcasecmp(parts.items[0], "linux") == 0;

    if (!has_os && (parts.count > 1 || !set_machine(ret, parts.items[0]))) {
        return err_set(e, ERR_INVALID, "\"%s\": unknown operating system or architecture",
                       parts.items[0]);
    }
    if (parts.count > 1 && !set_machine(ret, parts.items[1])) {
        snprintf(ret->architecture, sizeof(ret->architecture), "%s", parts.items[1]);
        ret->variant[0] = '\0';
    }
    if (parts.count > 2) {
        snprintf(ret->variant, sizeof(ret->variant), "%s", parts.items[2]);
    }
    return 0;
}

static int created_text(char *buf, size_t size, struct error *e)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    int64_t sec;

    if (!epoch || !*epoch) {
        time_format(time_now(), buf, size);
        return 0;
    }
    /* 253402300799 is the last second that RFC 3339 can write; INT64 nanoseconds end before it. */
    if (parse_i64(epoch, &sec) < 0 || sec < 0 || sec > INT64_MAX / NS_PER_SEC) {
        return err_set(e, ERR_INVALID, "SOURCE_DATE_EPOCH '%s': not a Unix time", epoch);
    }
    /* 0 is "never" to time_format; the epoch itself is a time people use here. */
    if (sec == 0) {
        snprintf(buf, size, "1970-01-01T00:00:00Z");
    } else {
        time_format(sec * NS_PER_SEC, buf, size);
    }
    return 0;
}

json_t *image_doc_config(const struct image_platform *platform, const char *comment,
                         struct error *e)
{
    char created[40];

    if (created_text(created, sizeof(created), e) < 0) {
        return NULL;
    }
    json_t *config = json_object();
    json_t *history = json_object();
    json_t *list = json_array();

    json_put(history, "created", json_string(created));
    json_put(history, "comment", json_text(comment));
    json_push(list, history);
    json_put(config, "created", json_string(created));
    json_put(config, "architecture", json_string(platform->architecture));
    if (platform->variant[0]) {
        json_put(config, "variant", json_string(platform->variant));
    }
    json_put(config, "os", json_string(platform->os));
    /* Not of the specification, but where Docker's inspect takes its Comment from. */
    json_put(config, "comment", json_text(comment));
    json_put(config, "config", json_object());
    json_put(config, "history", list);
    return config;
}

void image_doc_set_layer(json_t *config, const char *diff_id)
{
    json_t *rootfs = json_object();
    json_t *list = json_array();

    json_push(list, json_string(diff_id));
    json_put(rootfs, "type", json_string("layers"));
    json_put(rootfs, "diff_ids", list);
    json_put(config, "rootfs", rootfs);
}

void image_doc_done(struct image_doc *d)
{
    free(take_ptr(&d->text));
}

int image_doc_seal(const json_t *j, struct image_doc *ret, struct error *e)
{
    ret->text = json_dump(j);
    ret->size = strlen(ret->text);
    return digest_of(ret->text, ret->size, ret->digest, e);
}

static json_t *descriptor(const char *media_type, const char *digest, int64_t size)
{
    json_t *d = json_object();

    json_put(d, "mediaType", json_string(media_type));
    json_put(d, "digest", json_string(digest));
    json_put(d, "size", json_integer(size));
    return d;
}

json_t *image_doc_manifest(const struct image_doc *config, const struct image_layer_blob *layer)
{
    json_t *m = json_object();
    json_t *layers = json_array();

    json_push(layers, descriptor(layer->media_type, layer->digest, layer->size));
    json_put(m, "schemaVersion", json_integer(2));
    json_put(m, "mediaType", json_string(IMAGE_MEDIA_MANIFEST));
    json_put(m, "config", descriptor(IMAGE_MEDIA_CONFIG, config->digest, (int64_t) config->size));
    json_put(m, "layers", layers);
    return m;
}

json_t *image_doc_descriptor(const struct image_doc *manifest,
                             const struct image_platform *platform)
{
    json_t *d = descriptor(IMAGE_MEDIA_MANIFEST, manifest->digest, (int64_t) manifest->size);
    json_t *p = json_object();

    json_put(p, "architecture", json_string(platform->architecture));
    json_put(p, "os", json_string(platform->os));
    if (platform->variant[0]) {
        json_put(p, "variant", json_string(platform->variant));
    }
    json_put(d, "platform", p);
    return d;
}
