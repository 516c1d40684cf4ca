// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "base/fd.h"
#include "transfer/decode.h"
#include "transfer/encode.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#define SIZE 3000000u /* some chunks, not a multiple of anything */

static uint8_t *sample(void)
{
    uint8_t *p = xmalloc(SIZE);
    uint32_t x = 1;

    for (size_t i = 0; i < SIZE; i++) {
        x = x * 1103515245 + 12345;
        p[i] = (uint8_t) (i % 1000 < 500 ? 'a' + i % 26 : x >> 24);
    }
    return p;
}

static void *encode_thread(void *arg)
{
    struct encode *en = arg;
    struct error e = {0};

    if (encode_run(en, &e) < 0) {
        ring_fail(en->in, &e);
    }
    return NULL;
}

static void *hash_ring(void *arg)
{
    struct encode *en = arg;

    en->blob = NULL;
    return encode_thread(en);
}

/* Compresses to a memory file with our own encoder; a blob without a store keeps a descriptor. */
static int compressed(const uint8_t *data, size_t size, char diff_id[DIGEST_SIZE])
{
    CLEANUP(ring) struct ring r;
    struct blob blob;
    struct error e = {0};
    struct encode en = {.in = &r, .reader = 0, .blob = &blob};
    int fd = memfd_create("gz", MFD_CLOEXEC);
    pthread_t t;

    ring_init(&r, 1);
    assert_int_equal(blob_begin(&blob, NULL, &e), 0);
    blob.fd = fd;
    pthread_create(&t, NULL, encode_thread, &en);
    while (size) {
        size_t room, n;
        uint8_t *p = ring_reserve(&r, &room);

        n = MIN(room, size);
        memcpy(p, data, n);
        ring_publish(&r, n);
        data += n;
        size -= n;
    }
    ring_end(&r);
    pthread_join(t, NULL);
    assert_int_equal(ring_error(&r, &e), 0);
    memcpy(diff_id, en.diff_id, DIGEST_SIZE);
    assert_int_equal(lseek(fd, 0, SEEK_END), blob.size);
    lseek(fd, 0, SEEK_SET);
    blob.fd = FD_NONE;
    blob_done(&blob);
    return fd;
}

struct result {
    int ret;
    struct error e;
    char diff_id[DIGEST_SIZE];
    char raw[DIGEST_SIZE];
    int64_t raw_size;
};

static struct result decode(int fd, int64_t max_bytes, bool keep_padding)
{
    CLEANUP(ring) struct ring r;
    CLEANUP(input) struct input in;
    CLEANUP(blob) struct blob raw;
    struct result ret = {0};
    struct encode en = {.in = &r, .reader = 0};
    pthread_t t;

    ring_init(&r, 1);
    input_init(&in, fd);
    assert_int_equal(blob_begin(&raw, NULL, &ret.e), 0);
    ssize_t n = input_fill(&in, 512, &ret.e);
    struct decode d = {
        .in = &in,
        .out = &r,
        .raw = &raw,
        .compression = compression_detect(input_data(&in), (size_t) n),
        .keep_padding = keep_padding,
        .max_bytes = max_bytes,
    };

    pthread_create(&t, NULL, hash_ring, &en);
    ret.ret = decode_run(&d, &ret.e);
    if (ret.ret < 0) {
        ring_fail(&r, &ret.e);
    }
    pthread_join(t, NULL);
    memcpy(ret.diff_id, en.diff_id, DIGEST_SIZE);
    ret.raw_size = raw.size;
    assert_int_equal(blob_close(&raw, &(struct error){0}), 0);
    memcpy(ret.raw, raw.digest, DIGEST_SIZE);
    return ret;
}

static void our_gzip_comes_back(void **state)
{
    cleanup_free uint8_t *data = sample();
    char diff_id[DIGEST_SIZE], want[DIGEST_SIZE];
    struct error e = {0};
    cleanup_close int fd = compressed(data, SIZE, diff_id);
    cleanup_close int again = compressed(data, SIZE, want);
    int64_t size = lseek(fd, 0, SEEK_END);

    assert_int_equal(size, lseek(again, 0, SEEK_END));
    lseek(fd, 0, SEEK_SET);
    assert_int_equal(digest_of(data, SIZE, want, &e), 0);
    assert_string_equal(diff_id, want);
    struct result got = decode(fd, INT64_MAX, false);

    assert_int_equal(got.ret, 0);
    assert_string_equal(got.diff_id, want);
    assert_int_equal(got.raw_size, size);
}

static void padding_is_kept_only_where_a_digest_covers_it(void **state)
{
    const char zeros[1000] = {0};
    char diff_id[DIGEST_SIZE];
    cleanup_close int fd = compressed((const uint8_t *) "abc", 3, diff_id);
    int64_t size = lseek(fd, 0, SEEK_END);

    assert_int_equal(fd_write_all(fd, zeros, sizeof(zeros)), 0);
    lseek(fd, 0, SEEK_SET);
    assert_int_equal(decode(fd, INT64_MAX, false).raw_size, size);
    lseek(fd, 0, SEEK_SET);
    assert_int_equal(decode(fd, INT64_MAX, true).raw_size, size + (int64_t) sizeof(zeros));
    assert_int_equal(fd_write_all(fd, "x", 1), 0);
    lseek(fd, 0, SEEK_SET);
    struct result got = decode(fd, INT64_MAX, true);

    assert_int_equal(got.ret, -1);
    assert_string_equal(got.e.text, "the gzip data is followed by something else");
}

static void growth_is_bounded(void **state)
{
    cleanup_free uint8_t *data = sample();
    char diff_id[DIGEST_SIZE];
    cleanup_close int fd = compressed(data, SIZE, diff_id);
    struct result got = decode(fd, SIZE - 1, false);

    assert_int_equal(got.ret, -1);
    assert_string_equal(got.e.text, "the archive holds more than 2999999 bytes");
    lseek(fd, 0, SEEK_SET);
    assert_int_equal(decode(fd, SIZE, false).ret, 0);
}

/* Every cut is noticed, wherever it is. */
static void cut_gzip_is_noticed(void **state)
{
    char diff_id[DIGEST_SIZE];
    cleanup_close int fd = compressed((const uint8_t *) "hello, hello, hello", 19, diff_id);
    int64_t size = lseek(fd, 0, SEEK_END);

    while (--size > 3) { /* less is not known as gzip */
        assert_int_equal(ftruncate(fd, size), 0);
        lseek(fd, 0, SEEK_SET);
        struct result got = decode(fd, INT64_MAX, false);

        assert_int_equal(got.ret, -1);
        assert_string_equal(got.e.text, "the gzip data ends too early");
    }
}

static void formats_are_known_by_their_first_bytes(void **state)
{
    static const struct {
        const char *bytes;
        enum compression want;
    } cases[] = {
        {"\x1f\x8b\x08\x01", COMPRESSION_GZIP},
        {"\x28\xb5\x2f\xfd", COMPRESSION_ZSTD},
        {"\x50\x2a\x4d\x18", COMPRESSION_ZSTD},
        {"BZh9", COMPRESSION_OTHER},
        {"LZIP", COMPRESSION_OTHER},
        {"\x04\x22\x4d\x18", COMPRESSION_OTHER},
        {"etc/", COMPRESSION_NONE},
        {"\x1f\x8b\x09\x01", COMPRESSION_NONE},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(compression_detect((const uint8_t *) cases[i].bytes, 4), cases[i].want);
    }
    assert_int_equal(compression_detect((const uint8_t *) "\x1f", 1), COMPRESSION_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_gzip_comes_back),
        cmocka_unit_test(padding_is_kept_only_where_a_digest_covers_it),
        cmocka_unit_test(growth_is_bounded),
        cmocka_unit_test(cut_gzip_is_noticed),
        cmocka_unit_test(formats_are_known_by_their_first_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
