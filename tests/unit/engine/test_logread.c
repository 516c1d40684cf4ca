// SPDX-License-Identifier: Apache-2.0
/* Reading logs: what is printed, tails, damage, and following through rotation. */
#include "engine/logentry.h"
#include "engine/logread.h"

#include "../monitor/fake.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/fs.h"
#include "base/proc.h"
#include "base/sock.h"
#include "base/timeutil.h"
#include "engine/attach.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define ID "cafe"

struct logs {
    char dir[64];
    int fd;
    struct strbuf out;
    struct strbuf err;
    int (*after)(struct logs *l); /* called with each entry */
};

static void logs_init(struct logs *l)
{
    *l = (struct logs){.out = STRBUF_INIT(FAKE_MAX), .err = STRBUF_INIT(FAKE_MAX)};
    snprintf(l->dir, sizeof(l->dir), "/tmp/hoy-logread-test.XXXXXX");
    assert_non_null(mkdtemp(l->dir));
    assert_true((l->fd = fs_opendir(AT_FDCWD, l->dir)) >= 0);
}

static void logs_done(struct logs *l)
{
    strbuf_done(&l->out);
    strbuf_done(&l->err);
    close(l->fd);
    (void) fs_remove_tree(AT_FDCWD, l->dir);
}

static const char *file_name(unsigned number)
{
    static char name[64];

    if (number == 0) {
        return ID "-json.log";
    }
    snprintf(name, sizeof(name), ID "-json.log.%u", number);
    return name;
}

static void append_bytes(struct logs *l, unsigned number, const void *data, size_t n)
{
    int fd = openat(l->fd, file_name(number), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(fd_write_all(fd, data, n), 0);
    close(fd);
}

static void append(struct logs *l, unsigned number, const char *text)
{
    append_bytes(l, number, text, strlen(text));
}

/* Entry "vN\n" of stdout at second N of 2026. */
static void append_number(struct logs *l, unsigned number, int v)
{
    char line[200];

    snprintf(line, sizeof(line),
             "{\"log\":\"v%d\\n\",\"stream\":\"stdout\",\"time\":\"2026-01-01T%02d:%02d:%02dZ\"}\n",
             v, v / 3600, v / 60 % 60, v % 60);
    append(l, number, line);
}

static int collect(void *context, enum log_stream stream, const char *data, size_t n)
{
    struct logs *l = context;

    strbuf_add(stream == LOG_STREAM_STDERR ? &l->err : &l->out, data, n);
    return l->after ? l->after(l) : 0;
}

static int logs_get(struct logs *l, const struct logs_options *o)
{
    struct error e = {0};
    int r;

    strbuf_reset(&l->out);
    strbuf_reset(&l->err);
    r = logs_read(l->fd, ID, o, &(struct logs_sink){.entry = collect, .context = l}, &e);
    if (r == -1) {
        fail_msg("%s", e.text);
    }
    return r;
}

#define ALL .tail = -1, .end_fd = FD_NONE

static void test_plain(void **state)
{
    struct logs l;

    logs_init(&l);
    assert_int_equal(logs_get(&l, &(struct logs_options){ALL}), 0); /* no log yet */
    assert_string_equal(l.out.buf, "");
    append(&l, 0,
           "{\"log\":\"one\\n\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05.5Z\"}\n"
           "{\"log\":\"two\\n\",\"stream\":\"stderr\",\"time\":\"2026-01-02T03:04:06Z\"}\n"
           "{\"log\":\"half\",\"stream\":\"stdout\",\"attrs\":{\"a\":\"1\",\"b\":\"2\"},"
           "\"time\":\"2026-01-02T03:04:07.123456789Z\"}\n");
    assert_int_equal(logs_get(&l, &(struct logs_options){ALL}), 0);
    assert_string_equal(l.out.buf, "one\nhalf");
    assert_string_equal(l.err.buf, "two\n");
    assert_int_equal(logs_get(&l, &(struct logs_options){ALL, .timestamps = true}), 0);
    assert_string_equal(l.out.buf,
                        "2026-01-02T03:04:05.500000000Z one\n2026-01-02T03:04:07.123456789Z half");
    assert_string_equal(l.err.buf, "2026-01-02T03:04:06.000000000Z two\n");
    assert_int_equal(logs_get(&l, &(struct logs_options){ALL, .timestamps = true, .details = true}),
                     0);
    assert_string_equal(l.out.buf, "2026-01-02T03:04:05.500000000Z  one\n"
                                   "2026-01-02T03:04:07.123456789Z a=1,b=2 half");
    logs_done(&l);
}

static void test_escapes(void **state)
{
    struct logs l;

    logs_init(&l);
    append(&l, 0,
           "{\"log\":\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00 \\ud83d \\ude00 \\b\\f\\t\\r\\/\\\\\\\" "
           "\\u0000|\\n\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05Z\"}\n");
    assert_int_equal(logs_get(&l, &(struct logs_options){ALL}), 0);
    static const char want[] = "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 \xef\xbf\xbd \xef\xbf\xbd "
                               "\b\f\t\r/\\\" \0|\n";

    assert_int_equal(l.out.len, sizeof(want) - 1);
    assert_memory_equal(l.out.buf, want, sizeof(want));
    logs_done(&l);
}

/* Every kind of damage costs the line that it is in, and no other. */
static void test_damage_is_passed_over(void **state)
{
    static const char *const bad[] = {
        "",
        "garbage",
        "{",
        "{}",
        "[]",
        "{\"log\":\"x\"}",
        "{\"log\":\"x\",\"stream\":\"stdout\",\"time\":\"yesterday\"}",
        "{\"log\":\"x\",\"stream\":\"stdout\",\"time\":5}",
        "{\"log\":5,\"stream\":\"stdout\",\"time\":\"2026-01-01T00:00:00Z\"}",
        "{\"log\":\"x\",\"stream\":\"stdout\",\"time\":\"2026-01-01T00:00:00Z\"",
        "{\"log\":\"x\",\"stream\":\"stdout\",\"time\":\"2026-01-01T00:00:00Z\"}}",
        "{\"log\":\"\\x\",\"stream\":\"stdout\",\"time\":\"2026-01-01T00:00:00Z\"}",
        "{\"log\":\"\\u12\",\"stream\":\"stdout\",\"time\":\"2026-01-01T00:00:00Z\"}",
        "{\"log\":\"a\tb\",\"stream\":\"stdout\",\"time\":\"2026-01-01T00:00:00Z\"}",
        "{\"log\":\"x\",\"attrs\":{\"a\":{\"b\":\"c\"}},\"time\":\"2026-01-01T00:00:00Z\"}",
        "{\"log\":\"x\\",
        "{\"log\":\"x",
    };
    static char zeros[5000];
    struct logs l;

    logs_init(&l);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        append_number(&l, 0, (int) i);
        append(&l, 0, bad[i]);
        append(&l, 0, "\n");
    }
    append_number(&l, 0, 100);
    append_bytes(&l, 0, zeros, sizeof(zeros)); /* what some file systems leave after a power cut */
    append(&l, 0, "\n");
    append_number(&l, 0, 101);
    assert_int_equal(logs_get(&l, &(struct logs_options){ALL}), 0);
    CLEANUP(strbuf) struct strbuf want = STRBUF_INIT(100000);

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        strbuf_addf(&want, "v%zu\n", i);
    }
    strbuf_adds(&want, "v100\nv101\n");
    assert_string_equal(l.out.buf, want.buf);
    logs_done(&l);
}

/* The next writer's line right behind a torn one, without a newline. */
static void test_entry_behind_a_torn_one(void **state)
{
    struct logs l;

    logs_init(&l);
    append(&l, 0, "{\"log\":\"torn \\\"x\\\" \\u00");
    append_number(&l, 0, 1);
    append(&l, 0, "{\"log\":\"torn");
    append_number(&l, 0, 2);
    append(&l, 0, "{\"log\":\"torn\\n\",\"stream\":\"std");
    append_number(&l, 0, 3);
    append(&l, 0,
           "{\"log\":\"a label named log\\n\",\"stream\":\"stdout\",\"attrs\":"
           "{\"log\":\"x\"},\"time\":\"2026-01-01T00:00:00Z\"}\n");
    assert_int_equal(logs_get(&l, &(struct logs_options){ALL}), 0);
    assert_string_equal(l.out.buf, "v1\nv2\nv3\na label named log\n");
    logs_done(&l);
}

static void test_overlong_line(void **state)
{
    static char junk[700000];
    struct logs l;

    logs_init(&l);
    memset(junk, 'j', sizeof(junk));
    append_number(&l, 0, 1);
    append(&l, 0, "{\"log\":\"");
    append_bytes(&l, 0, junk, sizeof(junk));
    append(&l, 0, "\",\"stream\":\"stdout\",\"time\":\"2026-01-01T00:00:00Z\"}\n");
    append_number(&l, 0, 2);
    assert_int_equal(logs_get(&l, &(struct logs_options){ALL}), 0);
    assert_string_equal(l.out.buf, "v1\nv2\n");
    logs_done(&l);
}

static void test_rotated_files_and_tails(void **state)
{
    struct logs l;

    logs_init(&l);
    for (int i = 1; i <= 30; i++) {
        append_number(&l, i <= 10 ? 2 : i <= 20 ? 1 : 0, i);
    }
    append(&l, 1, "{\"log\":\"torn at the end of a file");
    append(&l, 0, "{\"log\":\"being written");
    for (int64_t n = -1; n <= 40; n++) {
        CLEANUP(strbuf) struct strbuf want = STRBUF_INIT(100000);

        for (int64_t i = n < 0 || n > 30 ? 1 : 31 - n; i <= 30; i++) {
            strbuf_addf(&want, "v%d\n", (int) i);
        }
        assert_int_equal(logs_get(&l, &(struct logs_options){.tail = n, .end_fd = FD_NONE}), 0);
        assert_string_equal(l.out.buf, want.buf);
    }
    logs_done(&l);
}

static int64_t at(const char *text)
{
    int64_t t = 0;

    assert_int_equal(time_parse(text, &t), 0);
    return t;
}

static void test_since_and_until(void **state)
{
    struct logs l;

    logs_init(&l);
    for (int i = 1; i <= 9; i++) {
        append_number(&l, i <= 3 ? 1 : 0, i);
    }
    assert_int_equal(logs_get(&l, &(struct logs_options){ALL, .since = at("2026-01-01T00:00:02Z"),
                                                         .until = at("2026-01-01T00:00:05Z")}),
                     0);
    assert_string_equal(l.out.buf, "v2\nv3\nv4\nv5\n"); /* both ends included */
    /* The tail is taken first, as Docker does. */
    assert_int_equal(logs_get(&l, &(struct logs_options){.tail = 3,
                                                         .end_fd = FD_NONE,
                                                         .since = at("2026-01-01T00:00:08Z")}),
                     0);
    assert_string_equal(l.out.buf, "v8\nv9\n");
    assert_int_equal(logs_get(&l, &(struct logs_options){.tail = 2,
                                                         .end_fd = FD_NONE,
                                                         .until = at("2026-01-01T00:00:02Z")}),
                     0);
    assert_string_equal(l.out.buf, "");
    logs_done(&l);
}

static int64_t bytes_read_so_far(void)
{
    cleanup_free char *text = slurp(AT_FDCWD, "/proc/self/io", NULL);

    assert_non_null(text);
    return strtoll(strchr(text, ' '), NULL, 10);
}

static void test_tail_of_a_large_log_reads_little(void **state)
{
    static char block[1 << 20];
    struct logs l;
    size_t used = 0;

    logs_init(&l);
    for (int i = 0; used + 200 < sizeof(block); i++) {
        used += (size_t) snprintf(block + used, 200,
                                  "{\"log\":\"line %d\\n\",\"stream\":\"stdout\","
                                  "\"time\":\"2026-01-01T00:00:00Z\"}\n",
                                  i);
    }
    for (int i = 0; i < 30; i++) {
        append_bytes(&l, i < 10 ? 1 : 0, block, used);
    }
    int64_t before = bytes_read_so_far();

    assert_int_equal(logs_get(&l, &(struct logs_options){.tail = 10, .end_fd = FD_NONE}), 0);
    assert_true(bytes_read_so_far() - before < 300000);
    size_t lines = 0;

    for (const char *p = l.out.buf; (p = strchr(p, '\n')); p++) {
        lines++;
    }
    assert_int_equal(lines, 10);
    logs_done(&l);
}

static int stop_at_once(struct logs *l)
{
    return -77;
}

static void test_sink_ends_it(void **state)
{
    struct logs l;

    logs_init(&l);
    append_number(&l, 0, 1);
    append_number(&l, 0, 2);
    l.after = stop_at_once;
    assert_int_equal(logs_get(&l, &(struct logs_options){ALL}), -77);
    assert_string_equal(l.out.buf, "v1\n");
    logs_done(&l);
}

static void test_links_and_pipes_are_not_read(void **state)
{
    struct logs l;

    logs_init(&l);
    append_number(&l, 2, 1);
    assert_int_equal(mkfifoat(l.fd, file_name(0), 0600), 0);
    assert_int_equal(mkdirat(l.fd, file_name(1), 0700), 0);
    assert_int_equal(logs_get(&l, &(struct logs_options){ALL}), 0);
    assert_int_equal(unlinkat(l.fd, file_name(0), 0), 0);
    assert_int_equal(symlinkat("/etc/passwd", l.fd, file_name(0)), 0);
    struct error e = {0};

    assert_int_equal(logs_read(l.fd, ID, &(struct logs_options){ALL},
                               &(struct logs_sink){.entry = collect, .context = &l}, &e),
                     -1);
    assert_string_equal(e.text,
                        "read the log of container 'cafe': too many levels of symbolic links");
    logs_done(&l);
}

/* Writes 1 to 'last', 97 to a file, with up to 60 files; then closes the pipe that tells the end.
 */
static NORETURN void be_writer(struct logs *l, int last, int end)
{
    for (int i = 1; i <= last; i++) {
        append_number(l, 0, i);
        if (i % 97 == 0) {
            for (unsigned n = 60; n > 0; n--) {
                char from[64];

                snprintf(from, sizeof(from), "%s", file_name(n - 1));
                (void) renameat(l->fd, from, l->fd, file_name(n));
            }
        }
        if (i % 50 == 0) {
            (void) poll(NULL, 0, 1);
        }
    }
    close(end);
    _exit(0);
}

static void assert_counts(const char *text, int first, int last)
{
    for (int i = first; i <= last; i++) {
        char *end;

        assert_int_equal(*text, 'v');
        assert_int_equal(strtol(text + 1, &end, 10), i);
        text = end + 1;
    }
    assert_string_equal(text, "");
}

static void test_follow_through_rotation(void **state)
{
    struct logs l;
    int end[2];
    int status;

    logs_init(&l);
    assert_int_equal(pipe2(end, O_CLOEXEC), 0);
    pid_t pid = proc_fork();

    if (pid == 0) {
        close(end[0]);
        be_writer(&l, 5000, end[1]);
    }
    close(end[1]);
    assert_int_equal(
        logs_get(&l, &(struct logs_options){.tail = -1, .follow = true, .end_fd = end[0]}), 0);
    assert_int_equal(proc_wait(pid, &status), 0);
    assert_counts(l.out.buf, 1, 5000);
    close(end[0]);
    logs_done(&l);
}

static int end_pipe;

/* The writer's steps happen as the reader sees what came before. */
static int step(struct logs *l)
{
    if (strcmp(l->out.buf, "v1\nv2\n") == 0) {
        int fd = openat(l->fd, file_name(0), O_WRONLY | O_TRUNC | O_CLOEXEC);

        close(fd);
        append_number(l, 0, 3);
    } else if (strcmp(l->out.buf, "v1\nv2\nv3\n") == 0) {
        assert_int_equal(unlinkat(l->fd, file_name(0), 0), 0);
        append_number(l, 0, 4);
    } else if (strcmp(l->out.buf, "v1\nv2\nv3\nv4\n") == 0) {
        append(l, 0, "{\"log\":\"v5\\n\",\"stream\":");
        append(l, 0, "\"stdout\",\"time\":\"2026-01-01T00:00:00Z\"}\n");
    } else if (strstr(l->out.buf, "v5")) {
        close(end_pipe);
    }
    return 0;
}

static void test_follow_when_emptied_and_replaced(void **state)
{
    struct logs l;
    int end[2];

    logs_init(&l);
    assert_int_equal(pipe2(end, O_CLOEXEC), 0);
    end_pipe = end[1];
    append_number(&l, 0, 1);
    append_number(&l, 0, 2);
    l.after = step;
    assert_int_equal(
        logs_get(&l, &(struct logs_options){.tail = -1, .follow = true, .end_fd = end[0]}), 0);
    assert_string_equal(l.out.buf, "v1\nv2\nv3\nv4\nv5\n");
    close(end[0]);
    logs_done(&l);
}

static void test_follow_of_what_has_ended(void **state)
{
    struct logs l;

    logs_init(&l);
    append_number(&l, 0, 1);
    assert_int_equal(
        logs_get(&l, &(struct logs_options){.tail = -1, .follow = true, .end_fd = FD_NONE}), 0);
    assert_string_equal(l.out.buf, "v1\n");
    logs_done(&l);
}

/* The real thing: a container that writes, a monitor that logs, the end seen over its socket. */
static void test_follow_a_container(void **state)
{
    struct fake f;
    struct attach_hello hello;
    struct error e = {0};
    struct logs l;

    logs_init(&l);
    fake_start(&f,
               &(struct fake_options){
                   .script = "read x <go; for i in $(seq 1 3000); do echo v$i; done; printf last",
                   .fifo = "go",
                   .no_client = true,
                   .way = FAKE_HANDOVER});
    int sock = sock_connect(f.dir_fd, ATTACH_SOCKET_NAME);

    assert_int_equal(attach_hello(sock, 0, false, &hello, &e), 0);
    fake_fifo(&f, "go", "\n");
    assert_int_equal(logs_read(f.dir_fd, FAKE_ID,
                               &(struct logs_options){.tail = -1, .follow = true, .end_fd = sock},
                               &(struct logs_sink){.entry = collect, .context = &l}, &e),
                     0);
    char *last = strstr(l.out.buf, "last");

    assert_non_null(last);
    *last = '\0';
    assert_counts(l.out.buf, 1, 3000);
    close(sock);
    assert_int_equal(fake_stop(&f), 0);
    logs_done(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_damage_is_passed_over),
        cmocka_unit_test(test_entry_behind_a_torn_one),
        cmocka_unit_test(test_overlong_line),
        cmocka_unit_test(test_rotated_files_and_tails),
        cmocka_unit_test(test_since_and_until),
        cmocka_unit_test(test_tail_of_a_large_log_reads_little),
        cmocka_unit_test(test_sink_ends_it),
        cmocka_unit_test(test_links_and_pipes_are_not_read),
        cmocka_unit_test(test_follow_through_rotation),
        cmocka_unit_test(test_follow_when_emptied_and_replaced),
        cmocka_unit_test(test_follow_of_what_has_ended),
        cmocka_unit_test(test_follow_a_container),
    };

    return cmocka_run_group_tests_name("log reading", tests, NULL, NULL);
}
