// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include "base/fs.h"
#include "base/proc.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FULL "docker.io/library/"

static void tag(const char *image_name, const char *new_name)
{
    CLEANUP(image) struct image image = {0};
    CLEANUP(image_ref) struct image_ref ref = {0};

    OK(image_find(&store, image_name, &image, &last_error));
    OK(image_ref_parse(new_name, &ref, &last_error));
    OK(image_tag(&store, &image, &ref, &last_error));
}

static void assert_found(const char *name, unsigned n)
{
    CLEANUP(image) struct image image = {0};

    OK(image_find(&store, name, &image, &last_error));
    assert_string_equal(image.id, digest(0x1000 + n));
    assert_string_equal(image.manifest_digest, digest(n));
}

static void assert_not_found(const char *name, const char *familiar)
{
    cleanup_free char *sentence = xasprintf("No such image: %s", familiar);
    struct image image;

    FAILS(image_find(&store, name, &image, &last_error), ERR_NOT_FOUND, sentence);
}

/* ---- the layout ---- */

static void an_empty_store_is_an_oci_layout(void **state)
{
    CLEANUP(json) json_t *layout = json_parse_file(store.dir, "oci-layout", "x", &last_error);
    struct image *list;
    size_t n;

    assert_string_equal(json_str(layout, "imageLayoutVersion"), "1.0.0");
    OK(image_list(&store, &list, &n, &last_error));
    assert_int_equal(n, 0);
    image_list_free(list, n);
    assert_not_found("busybox", "busybox:latest");
    OK(image_store_sweep(&store, &last_error));
}

static void an_image_is_found_by_every_form_of_its_name(void **state)
{
    add_image(0xa1, 1, 3, FULL "busybox:latest");
    assert_found("busybox", 0xa1);
    assert_found("busybox:latest", 0xa1);
    assert_found("docker.io/busybox", 0xa1);
    assert_found("docker.io/library/busybox:latest", 0xa1);
    cleanup_free char *by_digest = xasprintf("busybox@%s", digest(0xa1));
    cleanup_free char *with_tag = xasprintf("busybox:other@%s", digest(0xa1));
    cleanup_free char *wrong_repo = xasprintf("other@%s", digest(0xa1));
    cleanup_free char *wrong_digest = xasprintf("busybox@%s", digest(0xa2));

    assert_found(by_digest, 0xa1);
    assert_found(with_tag, 0xa1);
    assert_not_found(wrong_repo, wrong_repo);
    assert_not_found(wrong_digest, wrong_digest);
    assert_not_found("busybox:2", "busybox:2");
    assert_not_found("localhost/busybox", "localhost/busybox:latest");

    struct image image;

    FAILS(image_find(&store, "BusyBox", &image, &last_error), ERR_INVALID,
          "invalid reference format: repository name (library/BusyBox) must be lowercase");
}

static void an_image_is_found_by_its_id(void **state)
{
    CLEANUP(json) json_t *a = put_image(1, 1, 1);
    CLEANUP(json) json_t *b = put_image(2, 1, 1);

    /* IDs that begin with digits of their own */
    add_image(3, 1, 1, FULL "c:latest");
    OK(image_add(&store, a, FULL "a:latest", &last_error));
    OK(image_add(&store, b, NULL, &last_error));
    assert_found(digest(0x1001), 1);
    assert_found(digest(0x1002) + strlen("sha256:"), 2);
    assert_found(digest(2), 2); /* the manifest's digest names it too */
    cleanup_free char *prefix = xstrndup(digest(0x1002), 40);
    struct image image;
    cleanup_free char *sentence =
        xasprintf("ambiguous reference: several image IDs begin with '%s'", prefix);

    FAILS(image_find(&store, prefix, &image, &last_error), ERR_INVALID, sentence);
    assert_not_found(digest(0x9999), digest(0x9999));
    assert_not_found("beef", "beef:latest");
}

static void an_id_prefix_is_enough_and_a_name_wins(void **state)
{
    CLEANUP(json) json_t *config = json_pack("{s:s}", "os", "linux");
    const char *id = "sha256:cafe000000000000000000000000000000000000000000000000000000000000";
    json_t *descriptor =
        put_blob(id, "application/vnd.oci.image.config.v1+json", json_incref(config));
    CLEANUP(json)
    json_t *manifest = put_blob(digest(7), "application/vnd.oci.image.manifest.v1+json",
                                json_pack("{s:o, s:[]}", "config", descriptor, "layers"));
    CLEANUP(image) struct image image = {0};

    OK(image_add(&store, manifest, NULL, &last_error));
    OK(image_find(&store, "cafe", &image, &last_error));
    assert_string_equal(image.id, id);
    image_done(&image);
    OK(image_find(&store, "sha256:cafe0", &image, &last_error));
    assert_string_equal(image.id, id);
    add_image(1, 1, 1, FULL "cafe:latest");
    assert_found("cafe", 1);
}

static void a_found_image_is_whole(void **state)
{
    CLEANUP(image) struct image image = {0};

    add_image(5, 1, 3, FULL "b:1");
    tag("b:1", "a:1");
    OK(image_find(&store, "b:1", &image, &last_error));
    assert_int_equal(image.names.count, 2);
    assert_string_equal(image.names.items[0], FULL "a:1");
    assert_string_equal(image.names.items[1], FULL "b:1");
    assert_int_equal(image.layer_digests.count, 3);
    assert_string_equal(image.layer_digests.items[0], digest(0x10001));
    assert_string_equal(image.layer_types.items[2], "application/vnd.oci.image.layer.v1.tar");
    assert_string_equal(image.config.diff_ids.items[2], digest(0x100003));
    assert_int_equal(image.blob_bytes, 3 * strlen("\"layer\""));
    assert_int_equal(image.created, 5000000000ll);
    assert_int_equal(image.config.cmd.count, 2);
    assert_null(image.problem);
}

static void the_list_is_newest_first_and_one_row_per_image(void **state)
{
    struct image *list;
    size_t n;

    add_image(1, 1, 1, FULL "old:latest");
    add_image(3, 1, 1, FULL "new:latest");
    add_image(2, 1, 1, NULL);
    tag("old", "also");
    OK(image_list(&store, &list, &n, &last_error));
    assert_int_equal(n, 3);
    assert_string_equal(list[0].id, digest(0x1003));
    assert_string_equal(list[1].id, digest(0x1002));
    assert_string_equal(list[2].id, digest(0x1001));
    assert_int_equal(list[1].names.count, 0);
    assert_int_equal(list[2].names.count, 2);
    assert_string_equal(list[2].names.items[0], FULL "also:latest");
    image_list_free(list, n);
}

static void two_manifests_of_one_config_are_one_image(void **state)
{
    CLEANUP(json) json_t *a = put_image(1, 1, 1);
    json_t *config = put_blob(digest(0x1001), "application/vnd.oci.image.config.v1+json",
                              json_pack("{s:{s:[s]}}", "rootfs", "diff_ids", digest(0x100001)));
    CLEANUP(json)
    json_t *b = put_blob(digest(2), "application/vnd.docker.distribution.manifest.v2+json",
                         json_pack("{s:o, s:[o]}", "config", config, "layers",
                                   put_blob(digest(9), "x", json_text("gz"))));
    struct image *list;
    size_t n;

    json_put(a, "size", json_integer(json_int(a, "size")));
    OK(image_add(&store, b, FULL "b:latest", &last_error));
    CLEANUP(json)
    json_t *again = put_blob(digest(1), "application/vnd.oci.image.manifest.v1+json",
                             json_pack("{s:{s:s, s:s, s:i}, s:[o]}", "config", "mediaType",
                                       "application/vnd.oci.image.config.v1+json", "digest",
                                       digest(0x1001), "size", (int) json_int(config, "size"),
                                       "layers", put_blob(digest(1000), "x", json_text("tar"))));

    OK(image_add(&store, again, FULL "a:latest", &last_error));
    OK(image_list(&store, &list, &n, &last_error));
    assert_int_equal(n, 1);
    assert_int_equal(list[0].names.count, 2);
    assert_null(list[0].problem);
    image_list_free(list, n);
}

/* ---- names ---- */

static void a_name_moves_and_leaves_a_dangling_image(void **state)
{
    CLEANUP(json) json_t *index = NULL;

    add_image(1, 1, 1, FULL "a:latest");
    add_image(2, 2, 2, FULL "a:latest");
    assert_found("a", 2);
    assert_found(digest(0x1001), 1);
    index = read_index();
    assert_int_equal(json_array_size(json_object_get(index, "manifests")), 2);

    /* with another name left nothing dangles */
    add_image(3, 3, 3, FULL "b:latest");
    tag("b", "c");
    tag("a", "b");
    assert_found("c", 3);
    json_decref(index);
    index = read_index();
    assert_int_equal(json_array_size(json_object_get(index, "manifests")), 4);

    /* a name for the dangling one */
    tag(digest(0x1001), "d");
    json_decref(index);
    index = read_index();
    assert_int_equal(json_array_size(json_object_get(index, "manifests")), 4);
    assert_found("d", 1);
}

static void adding_twice_changes_nothing(void **state)
{
    add_image(1, 1, 1, FULL "a:latest");
    add_image(1, 1, 1, FULL "a:latest");
    tag("a", "a");
    add_image(1, 1, 1, NULL);
    CLEANUP(json) json_t *index = read_index();

    assert_int_equal(json_array_size(json_object_get(index, "manifests")), 1);
    add_image(2, 1, 1, NULL);
    add_image(2, 1, 1, NULL);
    json_decref(index);
    index = read_index();
    assert_int_equal(json_array_size(json_object_get(index, "manifests")), 2);
}

static void a_tag_has_no_digest(void **state)
{
    CLEANUP(image) struct image image = {0};
    CLEANUP(image_ref) struct image_ref ref = {0};
    cleanup_free char *name = xasprintf("b@%s", digest(1));

    add_image(1, 1, 1, FULL "a:latest");
    OK(image_find(&store, "a", &image, &last_error));
    OK(image_ref_parse(name, &ref, &last_error));
    FAILS(image_tag(&store, &image, &ref, &last_error), ERR_INVALID,
          "refusing to create a tag with a digest reference");
}

static void what_is_missing_cannot_be_added(void **state)
{
    CLEANUP(json) json_t *descriptor = put_image(1, 1, 1);
    cleanup_free char *no_manifest =
        xasprintf("add image '" FULL "a:latest': blob '%s' is missing", digest(1));
    cleanup_free char *no_config =
        xasprintf("add image '" FULL "a:latest': blob '%s' is missing", digest(0x1001));

    assert_int_equal(unlinkat(store.blobs, digest(0x1001) + 7, 0), 0);
    FAILS(image_add(&store, descriptor, "a", &last_error), ERR_CORRUPT, no_config);
    assert_int_equal(unlinkat(store.blobs, digest(1) + 7, 0), 0);
    FAILS(image_add(&store, descriptor, "a", &last_error), ERR_CORRUPT, no_manifest);
    assert_not_found("a", "a:latest");
}

/* ---- layouts that others wrote ---- */

static void names_of_other_tools_are_understood(void **state)
{
    CLEANUP(json) json_t *a = put_image(1, 1, 1);
    CLEANUP(json) json_t *b = put_image(2, 1, 1);
    CLEANUP(json) json_t *c = put_image(3, 1, 1);

    json_put(a, "annotations",
             json_pack("{s:s}", "org.opencontainers.image.ref.name", "busybox:1.36"));
    json_put(b, "annotations", json_pack("{s:s}", "org.opencontainers.image.ref.name", "latest"));
    json_put(c, "annotations",
             json_pack("{s:s, s:s}", "org.opencontainers.image.ref.name", "3.19",
                       "io.containerd.image.name", "docker.io/library/alpine:3.19"));
    CLEANUP(json)
    json_t *index = json_pack("{s:i, s:[O, O, O]}", "schemaVersion", 2, "manifests", a, b, c);
    cleanup_free char *text = json_dump(index);

    write_index(text);
    assert_found("busybox:1.36", 1);
    assert_found("docker.io/library/busybox:1.36", 1);
    assert_found("latest", 2);
    assert_found("alpine:3.19", 3);
    assert_found(digest(0x1002), 2);
    tag("alpine:3.19", "alpine");
    tag("busybox:1.36", "alpine:3.19");
    assert_found("alpine:3.19", 1);
    assert_found("alpine", 3);
}

/* A lookup parses only the entries that matter; that must not show. */
static void an_index_may_be_written_in_any_style(void **state)
{
    CLEANUP(json) json_t *descriptor = put_image(1, 1, 1);
    char text[2048];
    const char *before = " {\r\n \"annotations\" : {\"manifests\":[{\"x\":\"]}\"}]}, "
                         "\"n\":-1.5e3,\"t\":true ,\"s\" : "
                         "\"\\\"manifests\\\":[\\\\\",\t\"manifests\"\n:\n[ 1, \"a\", [{}], null, "
                         "{\"digest\":{\"]\":\"}\"}},";

    snprintf(text, sizeof(text),
             "%s {\"size\":%lld,\"digest\":\"%s\",\"annotations\":"
             "{\"org.opencontainers.image.ref.name\":\"b\\u0075sybox\"}} ] , \"z\":[] } ",
             before, (long long) json_int(descriptor, "size"), digest(1));
    write_index(text);
    assert_found("busybox", 1);
    assert_found(digest(0x1001), 1);
    assert_not_found("other", "other:latest");
    tag("busybox", "other");
    assert_found("other", 1);
    assert_found("busybox", 1);
}

static json_t *for_platform(json_t *descriptor, const char *os, const char *arch,
                            const char *variant)
{
    json_put(descriptor, "platform",
             variant
                 ? json_pack("{s:s, s:s, s:s}", "os", os, "architecture", arch, "variant", variant)
                 : json_pack("{s:s, s:s}", "os", os, "architecture", arch));
    return descriptor;
}

static json_t *missing(unsigned n, const char *os, const char *arch, const char *variant)
{
    return for_platform(json_pack("{s:s, s:s, s:i}", "mediaType",
                                  "application/vnd.oci.image.manifest.v1+json", "digest", digest(n),
                                  "size", 10),
                        os, arch, variant);
}

static void an_index_gives_this_machines_manifest(void **state)
{
#if defined(__x86_64__)
    CLEANUP(json)
    json_t *inner = put_blob(
        digest(0x50), "application/vnd.oci.image.index.v1+json",
        json_pack("{s:[o, o, o, o, o]}", "manifests", missing(91, "linux", "arm64", "v8"),
                  missing(92, "windows", "amd64", NULL), missing(93, "unknown", "unknown", NULL),
                  missing(94, "linux", "amd64", "v3"),
                  for_platform(put_image(1, 1, 1), "linux", "amd64", NULL)));
    CLEANUP(json)
    json_t *outer =
        put_blob(digest(0x51), "application/vnd.docker.distribution.manifest.list.v2+json",
                 json_pack("{s:[O]}", "manifests", for_platform(inner, "linux", "amd64", NULL)));
    CLEANUP(json)
    json_t *foreign =
        put_blob(digest(0x52), "application/vnd.oci.image.index.v1+json",
                 json_pack("{s:[o]}", "manifests", missing(91, "linux", "arm64", NULL)));
    struct image *list;
    size_t n;

    OK(image_add(&store, outer, "multi", &last_error));
    assert_found("multi", 1);
    assert_found(digest(0x1001), 1);
    cleanup_free char *by_outer = xasprintf("multi@%s", digest(0x51));
    cleanup_free char *by_inner = xasprintf("multi@%s", digest(1));

    assert_found(by_outer, 1);
    assert_found(by_inner, 1);
    FAILS(image_add(&store, foreign, "foreign", &last_error), ERR_UNSUPPORTED,
          "add image '" FULL "foreign:latest': no matching manifest for linux/amd64 in the index");

    CLEANUP(json) json_t *index = json_pack("{s:[O]}", "manifests", foreign);
    cleanup_free char *text = json_dump(index);

    write_index(text);
    OK(image_list(&store, &list, &n, &last_error));
    assert_int_equal(n, 1);
    assert_string_equal(list[0].id, digest(0x52));
    assert_non_null(list[0].problem);
    image_list_free(list, n);
#endif
}

static void artifacts_are_listed_but_not_run(void **state)
{
    json_t *config =
        put_blob(digest(0x60), "application/vnd.cncf.helm.config.v1+json", json_object());
    CLEANUP(json)
    json_t *a = put_blob(digest(0x61), "application/vnd.oci.image.manifest.v1+json",
                         json_pack("{s:o, s:[]}", "config", config, "layers"));

    json_put(a, "annotations", json_pack("{s:s}", "org.opencontainers.image.ref.name", "chart:1"));
    CLEANUP(json) json_t *index = json_pack("{s:[O]}", "manifests", a);
    cleanup_free char *text = json_dump(index);
    struct image image;
    struct image *list;
    size_t n;

    write_index(text);
    FAILS(image_find(&store, "chart:1", &image, &last_error), ERR_UNSUPPORTED,
          "image 'chart:1': it is no image but an artifact of type "
          "'application/vnd.cncf.helm.config.v1+json'");
    OK(image_list(&store, &list, &n, &last_error));
    assert_int_equal(n, 1);
    assert_string_equal(list[0].names.items[0], FULL "chart:1");
    assert_string_equal(list[0].problem, "it is no image but an artifact of type "
                                         "'application/vnd.cncf.helm.config.v1+json'");
    image_list_free(list, n);
}

static void what_we_do_not_understand_stays_in_the_index(void **state)
{
    write_index("{\"schemaVersion\":2,\"manifests\":[7,{\"digest\":\"sha512:abc\",\"x\":1},"
                "{\"mediaType\":\"m\",\"annotations\":[]}],\"annotations\":{\"k\":\"v\"}}");
    add_image(1, 1, 1, "a");
    CLEANUP(json) json_t *index = read_index();
    const json_t *manifests = json_object_get(index, "manifests");
    struct image *list;
    size_t n;

    assert_int_equal(json_array_size(manifests), 4);
    assert_int_equal(json_int(json_array_get(manifests, 1), "x"), 1);
    assert_string_equal(json_str(json_object_get(index, "annotations"), "k"), "v");
    OK(image_list(&store, &list, &n, &last_error));
    assert_int_equal(n, 1);
    image_list_free(list, n);
}

static void damage_is_named_and_does_not_hide_the_others(void **state)
{
    struct image image;
    struct image *list;
    size_t n;

    add_image(1, 1, 1, "gone");
    add_image(2, 1, 1, "cut");
    add_image(3, 1, 1, "garbage");
    add_image(4, 1, 1, "whole");
    assert_int_equal(unlinkat(store.blobs, digest(1) + 7, 0), 0);
    OK(image_blob_write(&store, digest(0x1002), "{", 1, &last_error));
    cleanup_free char *gone = xasprintf("image 'gone': blob '%s' is missing", digest(1));
    cleanup_free char *cut =
        xasprintf("image 'cut': blob '%s' has 1 bytes instead of ", digest(0x1002));

    FAILS(image_find(&store, "gone", &image, &last_error), ERR_CORRUPT, gone);
    assert_int_equal(image_find(&store, "cut", &image, &last_error), -1);
    assert_int_equal(last_error.kind, ERR_CORRUPT);
    assert_memory_equal(last_error.text, cut, strlen(cut));

    CLEANUP(json) json_t *bad = put_blob(digest(3), "x", json_pack("{s:i}", "layers", 1));
    CLEANUP(json) json_t *index = read_index();
    json_t *entry;
    size_t i;

    json_array_foreach (json_object_get(index, "manifests"), i, entry) {
        if (strcmp(json_str(entry, "digest"), digest(3)) == 0) {
            json_put(entry, "size", json_integer(json_int(bad, "size")));
        }
    }
    cleanup_free char *text = json_dump(index);

    write_index(text);
    cleanup_free char *garbage = xasprintf(
        "image 'garbage': blob '%s': read manifest: config: expected an object", digest(3));

    FAILS(image_find(&store, "garbage", &image, &last_error), ERR_CORRUPT, garbage);
    OK(image_list(&store, &list, &n, &last_error));
    assert_int_equal(n, 4);
    for (i = 0; i < n; i++) {
        assert_int_equal(list[i].names.count, 1);
        assert_int_equal(list[i].problem != NULL,
                         strcmp(list[i].names.items[0], FULL "whole:latest") != 0);
    }
    image_list_free(list, n);
}

static void a_broken_index_is_refused_and_kept(void **state)
{
    static const char *const bad[] = {"", "[]", "{", "{\"manifests\":{}}", "\177ELF"};
    CLEANUP(json) json_t *descriptor = put_image(1, 1, 1);
    struct image image;

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        write_index(bad[i]);
        assert_int_equal(image_find(&store, "a", &image, &last_error), -1);
        assert_int_equal(last_error.kind, ERR_CORRUPT);
        assert_int_equal(image_add(&store, descriptor, "a", &last_error), -1);
        assert_int_equal(image_store_sweep(&store, &last_error), -1);
        assert_true(has_blob(1));
    }
}

static void hostile_manifests_are_refused(void **state)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"[]", "read manifest: expected an object"},
        {"{}", "read manifest: config: expected an object"},
        {"{\"config\":{}}", "read manifest: config.digest: expected a sha256 digest"},
        {"{\"config\":{\"digest\":\"sha256:../../../etc/passwd\"}}",
         "read manifest: config.digest: expected a sha256 digest"},
        {"{\"config\":{\"digest\":7}}", "read manifest: config.digest: expected a string"},
        {"{\"fsLayers\":[]}", "read manifest: manifests of schema 1 are not supported"},
        {"{\"manifests\":[],\"layers\":[]}",
         "read manifest: it is an index and a manifest at once"},
        {"{\"manifests\":7}", "read manifest: manifests: expected a list"},
        {"{\"manifests\":[]}", "no matching manifest for linux/"},
        {"{\"manifests\":[7]}", "no matching manifest for linux/"},
    };
    struct image image;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char index[512];

        OK(image_blob_write(&store, digest(1), cases[i].text, strlen(cases[i].text), &last_error));
        snprintf(index, sizeof(index),
                 "{\"manifests\":[{\"digest\":\"%s\",\"annotations\":"
                 "{\"org.opencontainers.image.ref.name\":\"a\"}}]}",
                 digest(1));
        write_index(index);
        assert_int_equal(image_find(&store, "a", &image, &last_error), -1);
        if (!strstr(last_error.text, cases[i].sentence)) {
            fail_msg("%s: %s", cases[i].text, last_error.text);
        }
    }
}

/* ---- blobs and leftovers ---- */

static void a_blob_is_there_when_committed(void **state)
{
    char tmp[32];
    int fd;

    OK(image_blob_begin(&store, tmp, sizeof(tmp), &fd, &last_error));
    assert_int_equal(write(fd, "x", 1), 1);
    assert_int_equal(count_blobs(), 0);
    OK(image_blob_commit(&store, tmp, fd, digest(1), &last_error));
    close(fd);
    assert_true(has_blob(1));

    OK(image_blob_begin(&store, tmp, sizeof(tmp), &fd, &last_error));
    assert_int_equal(image_blob_commit(&store, tmp, fd, "sha256:../x", &last_error), -1);
    image_blob_abort(&store, tmp);
    close(fd);
    assert_false(fs_exists(store.dir, tmp));
}

static void the_sweep_takes_garbage_only(void **state)
{
    char mine[32];
    int fd;
    int ready[2];
    char theirs[32] = "";

    add_image(1, 1, 2, "a");
    OK(image_blob_write(&store, digest(77), "orphan", 6, &last_error));
    OK(image_blob_begin(&store, mine, sizeof(mine), &fd, &last_error));
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid_t pid = proc_fork();

    if (pid == 0) {
        char tmp[32] = "";
        int child_fd;

        if (image_blob_begin(&store, tmp, sizeof(tmp), &child_fd, &last_error) < 0) {
            _exit(1);
        }
        (void) !write(ready[1], tmp, sizeof(tmp));
        pause();
    }
    assert_int_equal(read(ready[0], theirs, sizeof(theirs)), sizeof(theirs));
    OK(image_store_sweep(&store, &last_error));
    assert_true(fs_exists(store.dir, theirs));
    kill(pid, SIGKILL);
    assert_int_equal(proc_wait(pid, &(int){0}), 0);
    int left =
        openat(store.dir, ".index.json.0123456789abcdef", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    close(left);
    OK(image_store_sweep(&store, &last_error));
    assert_false(fs_exists(store.dir, theirs));
    assert_false(fs_exists(store.dir, ".index.json.0123456789abcdef"));
    assert_true(fs_exists(store.dir, mine));
    assert_true(fs_exists(store.dir, "index.json"));
    assert_false(has_blob(77));
    assert_int_equal(count_blobs(), 4);
    close(fd);
    close(ready[0]);
    close(ready[1]);
}

static void the_lock_nests_and_keeps_others_out(void **state)
{
    struct image_store other;
    int ready[2];
    char c = 0;

    OK(image_store_lock(&store, &last_error));
    assert_int_equal(pipe2(ready, O_CLOEXEC | O_NONBLOCK), 0);
    pid_t pid = proc_fork();

    if (pid == 0) {
        struct error e;

        if (image_store_open(store_root, &other, &e) == 0 && image_store_lock(&other, &e) == 0) {
            (void) !write(ready[1], "x", 1);
            _exit(0);
        }
        _exit(1);
    }
    add_image(1, 1, 1, "a"); /* takes the lock again */
    assert_int_equal(read(ready[0], &c, 1), -1);
    image_store_unlock(&store);
    int status;

    assert_int_equal(proc_wait(pid, &status), 0);
    assert_int_equal(proc_exit_code(status), 0);
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
    close(ready[1]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, store_setup, store_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_store_is_an_oci_layout),
        TEST(an_image_is_found_by_every_form_of_its_name),
        TEST(an_image_is_found_by_its_id),
        TEST(an_id_prefix_is_enough_and_a_name_wins),
        TEST(a_found_image_is_whole),
        TEST(the_list_is_newest_first_and_one_row_per_image),
        TEST(two_manifests_of_one_config_are_one_image),
        TEST(a_name_moves_and_leaves_a_dangling_image),
        TEST(adding_twice_changes_nothing),
        TEST(a_tag_has_no_digest),
        TEST(what_is_missing_cannot_be_added),
        TEST(names_of_other_tools_are_understood),
        TEST(an_index_may_be_written_in_any_style),
        TEST(an_index_gives_this_machines_manifest),
        TEST(artifacts_are_listed_but_not_run),
        TEST(what_we_do_not_understand_stays_in_the_index),
        TEST(damage_is_named_and_does_not_hide_the_others),
        TEST(a_broken_index_is_refused_and_kept),
        TEST(hostile_manifests_are_refused),
        TEST(a_blob_is_there_when_committed),
        TEST(the_sweep_takes_garbage_only),
        TEST(the_lock_nests_and_keeps_others_out),
    };

    return cmocka_run_group_tests_name("image store", tests, NULL, NULL);
}
