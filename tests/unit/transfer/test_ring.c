// SPDX-License-Identifier: Apache-2.0
#include "transfer/ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define CHUNKS 200 /* many times round */

static void *produce(void *arg)
{
    struct ring *r = arg;

    for (unsigned i = 0; i < CHUNKS; i++) {
        size_t room;
        uint8_t *p = ring_reserve(r, &room);

        if (!p) {
            return NULL;
        }
        memset(p, (int) (i & 0xff), i + 1);
        ring_publish(r, i + 1);
    }
    ring_end(r);
    return NULL;
}

struct reader {
    struct ring *ring;
    unsigned number;
    unsigned chunks;
    bool wrong;
};

static void *consume(void *arg)
{
    struct reader *me = arg;
    const uint8_t *data;
    ssize_t n;

    while ((n = ring_next(me->ring, me->number, &data)) > 0) {
        me->wrong |= n != (ssize_t) me->chunks + 1 || data[0] != (me->chunks & 0xff) ||
                     data[n - 1] != (me->chunks & 0xff);
        me->chunks++;
    }
    me->wrong |= n < 0;
    return NULL;
}

static void every_reader_sees_every_byte(void **state)
{
    CLEANUP(ring) struct ring r;
    struct reader a = {.ring = &r, .number = 0}, b = {.ring = &r, .number = 1};
    pthread_t t[3];

    ring_init(&r, 2);
    pthread_create(&t[0], NULL, produce, &r);
    pthread_create(&t[1], NULL, consume, &a);
    pthread_create(&t[2], NULL, consume, &b);
    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        pthread_join(t[i], NULL);
    }
    assert_int_equal(a.chunks, CHUNKS);
    assert_int_equal(b.chunks, CHUNKS);
    assert_false(a.wrong || b.wrong);
}

static void a_reader_that_left_holds_nobody_up(void **state)
{
    CLEANUP(ring) struct ring r;
    struct reader a = {.ring = &r, .number = 0};
    const uint8_t *data;
    pthread_t t[2];

    ring_init(&r, 2);
    pthread_create(&t[0], NULL, produce, &r);
    assert_int_equal(ring_next(&r, 1, &data), 1);
    ring_leave(&r, 1);
    pthread_create(&t[1], NULL, consume, &a);
    pthread_join(t[0], NULL);
    pthread_join(t[1], NULL);
    assert_int_equal(a.chunks, CHUNKS);
    assert_false(a.wrong);
}

/* The producer waits for room, reader 0 for the end: both must wake up. */
static void a_failure_wakes_everybody_and_the_first_counts(void **state)
{
    CLEANUP(ring) struct ring r;
    struct reader a = {.ring = &r, .number = 0};
    struct error first = {0}, second = {0}, got = {0};
    const uint8_t *data;
    pthread_t t[2];

    ring_init(&r, 2);
    pthread_create(&t[0], NULL, produce, &r);
    pthread_create(&t[1], NULL, consume, &a);
    err_set(&first, ERR_CORRUPT, "first");
    err_set(&second, ERR_INVALID, "second");
    assert_int_equal(ring_error(&r, &got), 0);
    ring_fail(&r, &first);
    ring_fail(&r, &second);
    pthread_join(t[0], NULL);
    pthread_join(t[1], NULL);
    assert_true(a.wrong);
    assert_int_equal(ring_next(&r, 1, &data), -1);
    assert_int_equal(ring_error(&r, &got), -1);
    assert_string_equal(got.text, "first");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reader_sees_every_byte),
        cmocka_unit_test(a_reader_that_left_holds_nobody_up),
        cmocka_unit_test(a_failure_wakes_everybody_and_the_first_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
