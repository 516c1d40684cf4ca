// SPDX-License-Identifier: Apache-2.0
/* The log: Docker's bytes, its bounds, full disks, and how little memory all of it takes. */
#include "fake.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/timeutil.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* The log with every time checked and replaced by T. */
static char *without_times(const char *log)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(FAKE_MAX);
    static const char mark[] = "\"time\":\"";
    const char *at;

    while ((at = strstr(log, mark))) {
        const char *time = at + sizeof(mark) - 1;
        const char *end = strchr(time, '"');
        int64_t t;

        assert_non_null(end);
        cleanup_free char *text = xstrndup(time, (size_t) (end - time));

        assert_int_equal(time_parse(text, &t), 0);
        assert_true(t > time_now() - 600 * NS_PER_SEC && t <= time_now());
        assert_int_equal(text[strlen(text) - 1], 'Z');
        assert_int_not_equal(text[strlen(text) - 2], '0'); /* Go drops trailing zeros */
        strbuf_add(&b, log, (size_t) (time - log));
        strbuf_adds(&b, "T");
        log = end;
    }
    strbuf_adds(&b, log);
    return strbuf_take(&b);
}

static char *log_of(const char *script, enum fake_way way)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;

    fake_start(&f,
               &(struct fake_options){.script = script, .way = way, .deadline = NS_PER_SEC / 200});
    output_collect(&o, f.client, NULL);
    cleanup_free char *log = slurp_log(&f, 0);

    assert_non_null(log);
    assert_int_equal(fake_stop(&f), 0);
    return without_times(log);
}

#define OUT(text) "{\"log\":\"" text "\",\"stream\":\"stdout\",\"time\":\"T\"}\n"
#define ERR(text) "{\"log\":\"" text "\",\"stream\":\"stderr\",\"time\":\"T\"}\n"

static void test_lines(void **state)
{
    for (enum fake_way way = 0; way < FAKE_WAY_COUNT; way++) {
        cleanup_free char *out = log_of("echo one; echo; printf 'two\\nhalf'", way);
        cleanup_free char *err = log_of("printf 'e1\\ne2\\nhalf' >&2", way);

        assert_string_equal(out, OUT("one\\n") OUT("\\n") OUT("two\\n") OUT("half"));
        assert_string_equal(err, ERR("e1\\n") ERR("e2\\n") ERR("half"));
    }
}

/* Taken from Docker 20.10's own writer (tests/parity compares whole files). */
static void test_escapes(void **state)
{
    cleanup_free char *log = log_of(
        "printf 'a\\0\\1\\t\\b\\r\\033\\177 <b> & \"q\" \\\\ \\303\\251 \\342\\200\\250 "
        "\\342\\200\\251 "
        "\\360\\237\\230\\200 \\357\\277\\275\\n'; "
        "printf '\\377 \\303 \\355\\240\\200 \\300\\200 \\364\\220\\200\\200 \\360\\200\\200\\200 "
        "\\342\\202\\n'",
        FAKE_HANDOVER);

    assert_string_equal(
        log,
        OUT("a\\u0000\\u0001\\u0009\\u0008\\r\\u001b\x7f \\u003cb\\u003e \\u0026 \\\"q\\\" "
            "\\\\ \xc3\xa9 \\u2028 \\u2029 \xf0\x9f\x98\x80 \xef\xbf\xbd\\n")
            OUT("\\ufffd \\ufffd \\ufffd\\ufffd\\ufffd \\ufffd\\ufffd \\ufffd\\ufffd\\ufffd\\ufffd "
                "\\ufffd\\ufffd\\ufffd\\ufffd \\ufffd\\ufffd\\n"));
}

static void add_entry(struct strbuf *b, char c, size_t n, const char *end)
{
    strbuf_adds(b, "{\"log\":\"");
    for (size_t i = 0; i < n; i++) {
        strbuf_addc(b, c);
    }
    strbuf_addf(b, "%s\",\"stream\":\"stdout\",\"time\":\"T\"}\n", end);
}

static void test_long_lines_are_split(void **state)
{
    cleanup_free char *log = log_of("x() { head -c $1 /dev/zero | tr '\\0' $2; }; "
                                    "x 16384 a; echo; x 16383 b; echo; x 40000 c; echo; x 20000 d",
                                    FAKE_HANDOVER);
    CLEANUP(strbuf) struct strbuf want = STRBUF_INIT(FAKE_MAX);

    add_entry(&want, 'a', 16384, "");
    add_entry(&want, 'a', 0, "\\n");
    add_entry(&want, 'b', 16383, "\\n");
    add_entry(&want, 'c', 16384, "");
    add_entry(&want, 'c', 16384, "");
    add_entry(&want, 'c', 40000 - 2 * 16384, "\\n");
    add_entry(&want, 'd', 16384, "");
    add_entry(&want, 'd', 20000 - 16384, "");
    assert_string_equal(log, want.buf);
}

static void test_pieces_of_a_line_have_one_time(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;

    fake_start(&f, &(struct fake_options){.script = "head -c 16384 /dev/zero; read x; echo end",
                                          .way = FAKE_HANDOVER,
                                          .deadline = NS_PER_SEC / 50,
                                          .flags = MONITOR_OPEN_STDIN});
    wait_for_program(&f);
    frame_send(f.client, ATTACH_STDIN, "\n", 1);
    output_collect(&o, f.client, NULL);
    cleanup_free char *log = slurp_log(&f, 0);
    const char *first = strstr(log, "\"time\"");
    const char *second = strstr(first + 1, "\"time\"");

    assert_non_null(second);
    assert_memory_equal(first, second, strcspn(first, "}"));
    assert_int_equal(fake_stop(&f), 0);
}

static void test_binary_output_reaches_clients_whole(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;
    size_t n = 0;

    fake_start(&f, &(struct fake_options){.script = "head -c 300000 /dev/urandom | tee copy",
                                          .way = FAKE_HANDOVER});
    output_collect(&o, f.client, NULL);
    cleanup_free char *copy = slurp(f.dir_fd, "copy", &n);

    assert_int_equal(n, 300000);
    assert_int_equal(o.out.len, n);
    assert_memory_equal(o.out.buf, copy, n);
    assert_int_equal(fake_stop(&f), 0);
}

static void test_log_none(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;

    fake_start(&f, &(struct fake_options){
                       .script = "echo hi; printf half", .no_log = true, .way = FAKE_HANDOVER});
    output_collect(&o, f.client, NULL);
    assert_string_equal(o.out.buf, "hi\nhalf");
    assert_null(slurp_log(&f, 0));
    assert_int_equal(fake_stop(&f), 0);
}

/* Last number in the entries of a file, and whether they count up from the first without a gap. */
static void check_count(const char *log, long *ret_first, long *ret_last)
{
    *ret_first = -1;
    *ret_last = -1;
    for (const char *p = log; (p = strstr(p, "{\"log\":\"")); p++) {
        long v = strtol(p + 8, NULL, 10);

        if (*ret_first < 0) {
            *ret_first = v;
        } else {
            assert_int_equal(v, *ret_last + 1);
        }
        *ret_last = v;
    }
}

static void rotation(int64_t max_size, uint32_t files)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;
    long next = 20001;

    fake_start(&f, &(struct fake_options){.script = "seq 1 20000",
                                          .way = FAKE_HANDOVER,
                                          .deadline = NS_PER_SEC / 200,
                                          .max_size = max_size,
                                          .files = files});
    output_collect(&o, f.client, NULL);
    for (unsigned i = 0; i < files; i++) {
        cleanup_free char *log = slurp_log(&f, i);
        long first;
        long last;

        assert_non_null(log);
        assert_true(strlen(log) <= (size_t) max_size);
        assert_true(strlen(log) > (i > 0 ? (size_t) max_size - 100 : 0)); /* they are used, too */
        check_count(log, &first, &last);
        assert_int_equal(last, next - 1);
        next = first;
    }
    assert_null(slurp_log(&f, files));
    assert_int_equal(fake_stop(&f), 0);
}

static void test_rotation(void **state)
{
    rotation(5000, 3);
    rotation(100000, 2);
    rotation(5000, 1);
}

static void test_emptied_by_somebody(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;
    char name[128];

    snprintf(name, sizeof(name), "%s-json.log", FAKE_ID);
    fake_start(&f, &(struct fake_options){.script = "seq 1 1000; read x; echo after",
                                          .way = FAKE_HANDOVER,
                                          .flags = MONITOR_OPEN_STDIN});
    output_collect(&o, f.client, "\n1000\n");
    int fd = openat(f.dir_fd, name, O_WRONLY | O_TRUNC | O_CLOEXEC);

    assert_true(fd >= 0);
    close(fd);
    frame_send(f.client, ATTACH_STDIN, "\n", 1);
    output_collect(&o, f.client, NULL);
    cleanup_free char *log = slurp_log(&f, 0);
    cleanup_free char *plain = without_times(log);

    assert_string_equal(plain, OUT("after\\n"));
    assert_int_equal(fake_stop(&f), 0);
}

/* What a power cut left is kept apart from what comes now. */
static void test_torn_end_is_mended(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;
    char dir[] = "/tmp/hoy-monitor-log.XXXXXX";
    char path[256];

    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/%s-json.log", dir, FAKE_ID);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_int_equal(write(fd, "{\"log\":\"to", 10), 10);
    close(fd);
    fake_start(&f,
               &(struct fake_options){.script = "echo new", .way = FAKE_HANDOVER, .log_dir = dir});
    output_collect(&o, f.client, NULL);
    cleanup_free char *log = slurp_log(&f, 0);
    cleanup_free char *plain = without_times(log);

    assert_string_equal(plain, "{\"log\":\"to\n" OUT("new\\n"));
    assert_int_equal(fake_stop(&f), 0);
    unlink(path);
    rmdir(dir);
}

static void test_full_disk(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;
    char dir[] = "/tmp/hoy-monitor-full.XXXXXX";
    char path[128];

    assert_non_null(mkdtemp(dir));
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", dir, "tmpfs", 0, "size=64k,mode=0700") < 0) {
        rmdir(dir);
        skip();
    }
    snprintf(path, sizeof(path), "%s/filler", dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    assert_int_equal(posix_fallocate(fd, 0, 40 << 10), 0);
    close(fd);
    fake_start(&f, &(struct fake_options){.script = "seq 1 20000; read x; seq 20001 20005",
                                          .way = FAKE_HANDOVER,
                                          .flags = MONITOR_OPEN_STDIN,
                                          .log_dir = dir});
    /* The container gets on, and its client sees everything. */
    output_collect(&o, f.client, "\n20000\n");
    assert_int_equal(unlink(path), 0);
    frame_send(f.client, ATTACH_STDIN, "\n", 1);
    output_collect(&o, f.client, NULL);
    assert_non_null(strstr(o.out.buf, "\n20005\n"));
    assert_int_equal(o.end.code, 0);

    /* The log: a whole beginning, one line about the loss that adds up, the rest. */
    cleanup_free char *log = slurp_log(&f, 0);
    char *note = strstr(log, "{\"log\":\"hoy: ");
    long first;
    long last;

    assert_non_null(note);
    note[0] = '\0';
    check_count(log, &first, &last);
    assert_int_equal(first, 1);
    assert_true(last > 100 && last < 20000);
    assert_int_equal(log[strlen(log) - 1], '\n');
    note[0] = '{';
    cleanup_free char *want = xasprintf("{\"log\":\"hoy: %ld lines of output were not logged: no "
                                        "space left on device\\n\",\"stream\":\"stderr\"",
                                        20000 - last);

    assert_memory_equal(note, want, strlen(want));
    check_count(strchr(note, '\n'), &first, &last);
    assert_int_equal(first, 20001);
    assert_int_equal(last, 20005);
    assert_int_equal(fake_stop(&f), 0);
    assert_int_equal(umount2(dir, MNT_DETACH), 0);
    rmdir(dir);
}

static void test_log_folder_is_gone(void **state)
{
    struct fake f;
    CLEANUP(output) struct output o = OUTPUT_INIT;
    char dir[] = "/tmp/hoy-monitor-gone.XXXXXX";
    char path[256];

    assert_non_null(mkdtemp(dir));
    fake_start(&f, &(struct fake_options){.script = "read x; seq 1 2000; exit 3",
                                          .way = FAKE_HANDOVER,
                                          .max_size = 5000,
                                          .flags = MONITOR_OPEN_STDIN,
                                          .log_dir = dir});
    snprintf(path, sizeof(path), "%s/%s-json.log", dir, FAKE_ID);
    unlink(path);
    assert_int_equal(rmdir(dir), 0);
    frame_send(f.client, ATTACH_STDIN, "\n", 1);
    output_collect(&o, f.client, NULL);
    assert_non_null(strstr(o.out.buf, "\n2000\n"));
    assert_int_equal(o.end.code, 3);
    assert_int_equal(fake_stop(&f), 0);
}

/* kB of a field in the program's smaps_rollup. */
static long memory_of(const struct fake *f, const char *field)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int) f->launcher);
    cleanup_free char *text = slurp(AT_FDCWD, path, NULL);
    const char *at = text ? strstr(text, field) : NULL;

    return at ? strtol(at + strlen(field), NULL, 10) : -1;
}

struct memory {
    const struct fake *f;
    long at_most;
};

static bool memory_is_low(void *context)
{
    const struct memory *want = context;
    long pss = memory_of(want->f, "\nPss:");

    return pss >= 0 && pss <= want->at_most;
}

/* A gigabyte goes through and leaves nothing; the same for a lot of log. */
static void much_output(const char *script, bool no_log)
{
    static char buf[ATTACH_FRAME_MAX];
    struct fake f;
    size_t n;
    enum attach_type type;

    fake_start(&f, &(struct fake_options){.script = script,
                                          .way = FAKE_HANDOVER,
                                          .no_log = no_log,
                                          .max_size = 1 << 20,
                                          .files = 2,
                                          .flags = MONITOR_OPEN_STDIN});
    size_t total = 0;

    do {
        type = frame_recv(f.client, buf, &n);
        total += type == ATTACH_STDOUT ? n : 0;
        if (type == ATTACH_STDERR) {
            assert_true(memory_of(&f, "\nPss:") <= 400);
            wait_until(memory_is_low, &(struct memory){.f = &f, .at_most = 100});
            frame_send(f.client, ATTACH_STDIN, "\n", 1);
        }
    } while (type != ATTACH_EXIT);
    assert_int_equal(total, no_log ? 1 << 30 : 100 << 20);
    assert_int_equal(fake_stop(&f), 0);
}

static void test_gigabyte_without_growing(void **state)
{
    much_output("head -c 1073741824 /dev/zero; echo >&2; read x", true);
}

static void test_much_log_without_growing(void **state)
{
    much_output("yes " /* 99 and a newline */
                "012345678901234567890123456789012345678901234567890123456789012345678901234567890"
                "123456789012345678 | head -c 104857600; echo >&2; read x",
                false);
}

static void test_memory_of_a_quiet_container(void **state)
{
    struct fake f;

    fake_start(&f, &(struct fake_options){
                       .script = "echo hi; read x <go", .fifo = "go", .way = FAKE_HANDOVER});
    CLEANUP(output) struct output o = OUTPUT_INIT;

    output_collect(&o, f.client, "hi");
    wait_for_program(&f);
    wait_until(memory_is_low, &(struct memory){.f = &f, .at_most = 100});
    print_message("# private %ld kB, pss %ld kB\n", memory_of(&f, "\nPrivate_Dirty:"),
                  memory_of(&f, "\nPss:"));
    fake_fifo(&f, "go", "\n");
    assert_int_equal(fake_stop(&f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_long_lines_are_split),
        cmocka_unit_test(test_pieces_of_a_line_have_one_time),
        cmocka_unit_test(test_binary_output_reaches_clients_whole),
        cmocka_unit_test(test_log_none),
        cmocka_unit_test(test_rotation),
        cmocka_unit_test(test_emptied_by_somebody),
        cmocka_unit_test(test_torn_end_is_mended),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_log_folder_is_gone),
        cmocka_unit_test(test_gigabyte_without_growing),
        cmocka_unit_test(test_much_log_without_growing),
        cmocka_unit_test(test_memory_of_a_quiet_container),
    };

    return cmocka_run_group_tests_name("monitor log", tests, NULL, NULL);
}
