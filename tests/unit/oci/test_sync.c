// SPDX-License-Identifier: Apache-2.0
#include "base/sock.h"
#include "oci/sync.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>

static int pair[2];

static int open_pair(void **state)
{
    return sock_pair(pair);
}

static int close_pair(void **state)
{
    close_fd(&pair[0]);
    close_fd(&pair[1]);
    return 0;
}

static void messages_arrive_whole(void **state)
{
    struct sync_msg m;
    struct error e = {0};
    int fd;

    assert_int_equal(sync_send(pair[0], SYNC_READY, 0), 0);
    assert_int_equal(sync_recv(pair[1], &m, &fd), 1);
    assert_int_equal(m.kind, SYNC_READY);
    assert_true(fd > 2);
    close(fd);
    err_sys(&e, EACCES, "open '/x'");
    assert_int_equal(sync_send_error(pair[0], &e, SYNC_PROGRAM_DENIED), 0);
    assert_int_equal(sync_recv(pair[1], &m, &fd), 1);
    assert_int_equal(m.program, SYNC_PROGRAM_DENIED);
    assert_string_equal(m.error.text, "open '/x': permission denied");
    assert_int_equal(m.error.errnum, EACCES);
    assert_int_equal(fd, FD_NONE);
    close_fd(&pair[0]);
    assert_int_equal(sync_recv(pair[1], &m, NULL), 0);
}

static void zero_is_never_an_error(void **state)
{
    struct sync_msg m = {.kind = SYNC_ERROR};
    struct error none = {0};

    assert_int_equal(sync_send_error(pair[0], &none, SYNC_PROGRAM_OK), 0);
    assert_int_equal(sync_recv(pair[1], &m, NULL), 1);
    assert_int_equal(m.error.kind, ERR_INTERNAL);
    m = (struct sync_msg){.kind = SYNC_ERROR};
    assert_true(send(pair[0], &m, sizeof(m), 0) > 0);
    assert_int_equal(sync_recv(pair[1], &m, NULL), -EPROTO);
}

static void nonsense_is_refused(void **state)
{
    struct sync_msg m = {.kind = SYNC_READY};

    assert_true(send(pair[0], &m, SYNC_HEAD_SIZE - 1, 0) > 0);
    assert_int_equal(sync_recv(pair[1], &m, NULL), -EPROTO);
    m = (struct sync_msg){.kind = SYNC_KIND_COUNT};
    assert_true(send(pair[0], &m, SYNC_HEAD_SIZE, 0) > 0);
    assert_int_equal(sync_recv(pair[1], &m, NULL), -EPROTO);
    m = (struct sync_msg){.kind = SYNC_WARNING};
    memset(m.error.text, 'x', sizeof(m.error.text)); /* no end of the string */
    assert_true(send(pair[0], &m, sizeof(m), 0) > 0);
    assert_int_equal(sync_recv(pair[1], &m, NULL), 1);
    assert_int_equal(strlen(m.error.text), sizeof(m.error.text) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(messages_arrive_whole, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(zero_is_never_an_error, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(nonsense_is_refused, open_pair, close_pair),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
