// SPDX-License-Identifier: Apache-2.0
/* The loop and the real hoy-monitor around a fake container: output, input, the end. */
#include "fake.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "base/proc.h"

#include <string.h>
#include <sys/wait.h>

static const char *way_name(enum fake_way way)
{
    return way == FAKE_HANDOVER ? "hoy-monitor" : "in-process";
}

static void test_output_and_exit(void **state)
{
    for (enum fake_way way = 0; way < FAKE_WAY_COUNT; way++) {
        struct fake f;
        CLEANUP(output) struct output o = OUTPUT_INIT;

        print_message("# %s\n", way_name(way));
        fake_start(&f,
                   &(struct fake_options){.script = "echo out; echo err >&2; exit 7", .way = way});
        output_collect(&o, f.client, NULL);
        assert_string_equal(o.out.buf, "out\n");
        assert_string_equal(o.err.buf, "err\n");
        assert_int_equal(o.end.code, 7);
        assert_int_equal(o.end.signal, 0);
        assert_int_equal(o.end.oom, 0);
        char buf[ATTACH_FRAME_MAX];
        size_t n;

        /* End of file when the clean-up is done, not before. */
        assert_int_equal(frame_recv(f.client, buf, &n), ATTACH_TYPE_NONE);
        cleanup_free char *record = slurp(f.dir_fd, "exit", NULL);
        cleanup_free char *cleanup = slurp(f.dir_fd, "cleanup", NULL);
        cleanup_free char *want =
            xasprintf("code=7\nsignal=0\noom=0\nfinished_at=%lld\n", (long long) o.end.finished_at);
        cleanup_free char *want_arg =
            xasprintf("code=7,signal=0,oom=0,finished_at=%lld\n", (long long) o.end.finished_at);

        assert_non_null(record);
        assert_string_equal(record, want);
        assert_non_null(cleanup);
        assert_string_equal(cleanup, want_arg);
        assert_false(fs_exists(f.dir_fd, ATTACH_SOCKET_NAME));
        assert_int_equal(fake_stop(&f), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output_and_exit),
    };

    return cmocka_run_group_tests_name("monitor loop", tests, NULL, NULL);
}
