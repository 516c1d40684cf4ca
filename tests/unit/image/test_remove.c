// SPDX-License-Identifier: Apache-2.0
/* rmi: what Docker does and says in each case (moby, daemon/images/image_delete.go). */
#include "fixture.h"

#include <string.h>

/* The container that uses image 0x1000 + n, as the engine would tell. */
static struct {
    unsigned n;
    bool running;
} user;

static bool in_use(void *ctx, const char *image_id, bool *running, char *container_id_12)
{
    if (user.n == 0 || strcmp(image_id, digest(0x1000 + user.n)) != 0) {
        return false;
    }
    *running = user.running;
    memcpy(container_id_12, "9b19b7f2c40b", 13);
    return true;
}

static const struct image_use use = {.in_use = in_use};

static int setup(void **state)
{
    user.n = 0;
    return store_setup(state);
}

/* What rmi did, one word per line: "-busybox:latest" untagged, "!<number>" deleted ID, "~<number>"
 * layer that was no other's, with all below it. */
static char *describe(const struct image_removed *r)
{
    CLEANUP(strv) struct strv words = STRV_INIT;
    const char *s;

    strv_foreach (&r->untagged, s) {
        strv_addf(&words, "-%s", s);
    }
    strv_foreach (&r->deleted, s) {
        strv_addf(&words, "!%lx", strtoul(s + 50, NULL, 16));
    }
    for (size_t i = r->diff_ids.count; i > r->shared; i--) {
        strv_addf(&words, "~%lx", strtoul(r->diff_ids.items[i - 1] + 50, NULL, 16) - 0x100000);
    }
    return strv_join(&words, " ");
}

static void rmi(const char *name, bool force, const char *expected)
{
    CLEANUP(image_removed) struct image_removed r = {0};

    OK(image_remove(&store, name, force, &use, &r, &last_error));
    cleanup_free char *did = describe(&r);

    assert_string_equal(did, expected);
}

static void rmi_fails(const char *name, bool force, const char *sentence)
{
    struct image_removed r;

    FAILS(image_remove(&store, name, force, &use, &r, &last_error), ERR_IN_USE, sentence);
    assert_int_equal(r.untagged.count, 0);
}

static void tag(const char *image_name, const char *new_name)
{
    CLEANUP(image) struct image image = {0};
    CLEANUP(image_ref) struct image_ref ref = {0};

    OK(image_find(&store, image_name, &image, &last_error));
    OK(image_ref_parse(new_name, &ref, &last_error));
    OK(image_tag(&store, &image, &ref, &last_error));
}

static bool is_there(const char *name)
{
    CLEANUP(image) struct image image = {0};

    return image_find(&store, name, &image, &last_error) == 0;
}

static void the_last_name_takes_the_image_along(void **state)
{
    add_image(1, 1, 3, "a");
    tag("a", "two:x");
    rmi("two:x", false, "-two:x");
    assert_true(is_there("a"));
    assert_int_equal(count_blobs(), 5);
    rmi("a", false, "-a:latest !1001 ~3 ~2 ~1");
    assert_false(is_there("a"));
    assert_int_equal(count_blobs(), 0);
}

static void shared_layers_stay(void **state)
{
    add_image(1, 1, 3, "a");
    add_image(2, 2, 5, "b");
    add_image(3, 1, 4, "c");
    rmi("c", false, "-c:latest !1003 ~4");
    rmi("b", false, "-b:latest !1002 ~5 ~4 ~3 ~2"); /* 2 and 3 lay on 1 in the other */
    assert_true(has_blob(0x10001) && has_blob(0x10002) && has_blob(0x10003));
    assert_false(has_blob(0x10004) || has_blob(0x10005) || has_blob(0x1002));
    assert_true(is_there("a"));
}

static void an_absent_image_is_named(void **state)
{
    struct image_removed r;

    FAILS(image_remove(&store, "nosuch", true, &use, &r, &last_error), ERR_NOT_FOUND,
          "No such image: nosuch:latest");
}

static void by_id_one_repository_needs_no_force(void **state)
{
    cleanup_free char *digest_name = xasprintf("a@%s", digest(1));
    cleanup_free char *expected = xasprintf("-a:latest -%s !1001 ~1", digest_name);

    add_image(1, 1, 1, "a");
    add_image(1, 1, 1, digest_name);
    rmi(digest(0x1001), false, expected);
    assert_int_equal(count_blobs(), 0);
}

static void by_id_several_repositories_need_force(void **state)
{
    add_image(1, 1, 1, "busybox");
    tag("busybox", "two:x");
    tag("busybox", "localhost:5000/a/b:c");
    rmi_fails(digest(0x1001), false,
              "conflict: unable to delete 000000000000 (must be forced) - image is referenced in "
              "multiple repositories");
    rmi(digest(0x1001), true, "-busybox:latest -two:x -localhost:5000/a/b:c !1001 ~1");
}

static void digest_names_go_with_the_last_tag_of_their_repository(void **state)
{
    cleanup_free char *of_a = xasprintf("a@%s", digest(1));
    cleanup_free char *of_b = xasprintf("b@%s", digest(1));
    cleanup_free char *a = xasprintf("-a:1 -%s", of_a);
    cleanup_free char *b = xasprintf("-b:1 -%s !1001 ~1", of_b);

    add_image(1, 1, 1, "a:1");
    add_image(1, 1, 1, of_a);
    tag("a:1", "a:2");
    add_image(1, 1, 1, "b:1");
    add_image(1, 1, 1, of_b);
    rmi("a:2", false, "-a:2");
    rmi("a:1", false, a);
    assert_true(is_there("b:1"));
    rmi("b:1", false, b);
    assert_int_equal(count_blobs(), 0);
}

static void a_digest_name_alone_leaves_the_tag(void **state)
{
    cleanup_free char *name = xasprintf("a@%s", digest(1));
    cleanup_free char *expected = xasprintf("-%s", name);

    add_image(1, 1, 1, "a");
    add_image(1, 1, 1, name);
    rmi(name, false, expected);
    assert_true(is_there("a"));
}

static void a_used_image_keeps_its_last_name(void **state)
{
    add_image(1, 1, 1, "busybox");
    for (user.n = 1, user.running = true;; user.running = false) {
        rmi_fails("busybox", false,
                  "conflict: unable to remove repository reference \"busybox\" (must force) - "
                  "container 9b19b7f2c40b is using its referenced image 000000000000");
        if (!user.running) {
            break;
        }
    }
    tag("busybox", "two:x");
    rmi("two:x", false, "-two:x");
    assert_true(is_there("busybox"));
}

static void a_running_container_keeps_its_image(void **state)
{
    add_image(1, 1, 1, "busybox");
    user.n = 1;
    user.running = true;
    for (int force = 0; force < 2; force++) {
        rmi_fails(digest(0x1001), force,
                  "conflict: unable to delete 000000000000 (cannot be forced) - image is being "
                  "used by running container 9b19b7f2c40b");
    }
    tag("busybox", "two:x");
    rmi_fails(digest(0x1001), true,
              "conflict: unable to delete 000000000000 (cannot be forced) - image is being used by "
              "running container 9b19b7f2c40b");
    rmi("two:x", false, "-two:x");
    rmi("busybox", true, "-busybox:latest"); /* just the name */
    assert_false(is_there("busybox"));
    assert_true(is_there(digest(0x1001)));
    assert_int_equal(count_blobs(), 3);
}

static void a_stopped_container_gives_way_to_force(void **state)
{
    add_image(1, 1, 1, "busybox");
    user.n = 1;
    user.running = false;
    rmi_fails(digest(0x1001), false,
              "conflict: unable to delete 000000000000 (must be forced) - image is being used by "
              "stopped container 9b19b7f2c40b");
    rmi("busybox", true, "-busybox:latest !1001 ~1");
    assert_false(is_there(digest(0x1001)));
}

static void a_dangling_image_goes_by_its_id(void **state)
{
    add_image(1, 1, 1, NULL);
    rmi(digest(0x1001), false, "!1001 ~1");
    assert_int_equal(count_blobs(), 0);
}

static void two_manifests_of_one_image_go_together(void **state)
{
    CLEANUP(json) json_t *first = put_image(1, 1, 1);
    CLEANUP(json)
    json_t *config =
        json_pack("{s:s, s:s, s:i}", "mediaType", "application/vnd.oci.image.config.v1+json",
                  "digest", digest(0x1001), "size", 0);
    cleanup_free char *text = NULL;
    size_t n;

    OK(image_blob_read(&store, digest(0x1001), -1, &text, &n, &last_error));
    json_put(config, "size", json_integer((json_int_t) n));
    CLEANUP(json)
    json_t *second = put_blob(digest(2), "application/vnd.oci.image.manifest.v1+json",
                              json_pack("{s:O, s:[o]}", "config", config, "layers",
                                        put_blob(digest(9), "x", json_text("other compression"))));

    OK(image_add(&store, first, "a", &last_error));
    OK(image_add(&store, second, "b", &last_error));
    rmi("b", false, "-b:latest");
    assert_false(has_blob(9) || has_blob(2));
    assert_true(has_blob(1) && has_blob(0x1001));
    OK(image_blob_write(&store, digest(9), "\"other compression\"", 19, &last_error));
    OK(image_blob_write(&store, digest(2), "", 0, &last_error));
    rmi("a", false, "-a:latest !1001 ~1");
    OK(image_store_sweep(&store, &last_error));
    assert_int_equal(count_blobs(), 0);
}

static void damaged_images_can_be_removed(void **state)
{
    add_image(1, 1, 1, "a");
    add_image(2, 2, 2, "b");
    assert_int_equal(unlinkat(store.blobs, digest(1) + 7, 0), 0);
    rmi("b", false, "-b:latest !1002 ~2"); /* the other's damage keeps nothing */
    rmi("a", false, "-a:latest !1001");
    OK(image_store_sweep(&store, &last_error));
    assert_int_equal(count_blobs(), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, store_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_last_name_takes_the_image_along),
        TEST(shared_layers_stay),
        TEST(an_absent_image_is_named),
        TEST(by_id_one_repository_needs_no_force),
        TEST(by_id_several_repositories_need_force),
        TEST(digest_names_go_with_the_last_tag_of_their_repository),
        TEST(a_digest_name_alone_leaves_the_tag),
        TEST(a_used_image_keeps_its_last_name),
        TEST(a_running_container_keeps_its_image),
        TEST(a_stopped_container_gives_way_to_force),
        TEST(a_dangling_image_goes_by_its_id),
        TEST(two_manifests_of_one_image_go_together),
        TEST(damaged_images_can_be_removed),
    };

    return cmocka_run_group_tests_name("image remove", tests, NULL, NULL);
}
