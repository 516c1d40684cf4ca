// SPDX-License-Identifier: Apache-2.0
/* Hooks: moments, order, namespaces, input, environment, timeout, and what a failure means. */
#include "box.h"

/* A hook that runs a shell line; "$L" is the log. */
#define SH(line)                                                                                   \
    "{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\",\"" line "\"],\"env\":[\"L=%D/log\"]}"
#define RUN(hooks) "spec-hooks 'json={\"hooks\":{" hooks "}}' "

static void all_kinds_in_their_order(void **state)
{
    struct box *b = *state;

    box_host(b, "rm -f %D/log %D/rootfs/log");
    box_run(
        b, NULL,
        "'mount=/shared:bind:%D:bind' " RUN("\"poststop\":[" SH(
            "echo poststop >>$L") "],"
                                  "\"poststart\":[" SH(
                                      "echo poststart >>$L") "],"
                                                             "\"startContainer\":[{"
                                                             "\"path\":\"/bin/"
                                                             "sh\",\"args\":[\"sh\",\"-c\","
                                                             "\"echo startContainer "
                                                             ">>/shared/log\"]}],"
                                                             "\"createContainer\":[" SH(
                                                                 "echo createContainer "
                                                                 ">>$L") "],"
                                                                         "\"createRuntime\""
                                                                         ":[" SH(
                                                                             "echo "
                                                                             "createRun"
                                                                             "time "
                                                                             ">>$L") "," SH("echo "
                                                                                            "second"
                                                                                            " "
                                                                                            ">>$L") "],"
                                                                                                    "\"pre"
                                                                                                    "start"
                                                                                                    "\":"
                                                                                                    "[" SH(
                                                                                                        "e"
                                                                                                        "c"
                                                                                                        "h"
                                                                                                        "o"
                                                                                                        " "
                                                                                                        "p"
                                                                                                        "r"
                                                                                                        "e"
                                                                                                        "s"
                                                                                                        "t"
                                                                                                        "a"
                                                                                                        "r"
                                                                                                        "t"
                                                                                                        " "
                                                                                                        ">"
                                                                                                        ">"
                                                                                                        "$"
                                                                                                        "L") "]") "-- sh -c 'cat </dev/fd/0 >/dev/null; for i in $(seq 100); do "
                                                                                                                  "grep -q poststart /shared/log && break; sleep 0.1; done; echo program >>/shared/log'");
    box_said(b, 0, "");
    box_host(b, "cat %D/log");
    box_said(b, 0,
             "prestart\ncreateRuntime\nsecond\ncreateContainer\nstartContainer\npoststart\n"
             "program\npoststop\n");
    box_is_clean(b);
}

/* Where each runs, what it reads, and its environment. */
static void what_hooks_are_given(void **state)
{
    struct box *b = *state;

    box_host(b, "rm -f %D/log; readlink /proc/self/ns/uts >%D/host; readlink /proc/self/ns/mnt "
                ">>%D/host");
    box_run(b, NULL,
            RUN("\"createRuntime\":[" SH(
                "cat >$L; echo >>$L; env | grep -v ^PWD | sort >>$L; "
                "readlink /proc/self/ns/uts /proc/self/ns/mnt | cmp - %D/host && echo host >>$L; "
                "ls /proc/self/fd | wc -l >>$L") "]") "-- true");
    box_said(b, 0, "");
    /* The pid is a number that nobody knows before. 0, 1, 2 and the folder that ls reads. */
    box_host(b, "sed 's/\"pid\":[0-9]*/PID/' %D/log");
    box_contains(b, "{\"status\":\"creating\",PID}\nL=");
    box_contains(b, "/log\nhost\n4\n");
    box_run(b, NULL,
            RUN("\"createContainer\":[" SH("cat >$L; hostname >>$L; test -d /proc/1 && "
                                           "test -d %D/rootfs && echo its files >>$L; cat "
                                           "/proc/sys/kernel/hostname >>$L") "]") "hostname=inside "
                                                                                  "-- true");
    box_said(b, 0, "");
    box_host(b, "head -c 21 %D/log");
    box_said(b, 0, "{\"status\":\"creating\"}");
    box_host(b, "grep -c 'its files' %D/log");
    box_run(
        b, NULL,
        RUN("\"startContainer\":[{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\","
            "\"cat >/tmp/log; id -u >>/tmp/log; hostname >>/tmp/log; pwd >>/tmp/log\"]}]") "hostnam"
                                                                                           "e="
                                                                                           "inside "
                                                                                           "user=0 "
                                                                                           "cwd=/"
                                                                                           "usr -- "
                                                                                           "cat "
                                                                                           "/tmp/"
                                                                                           "log");
    box_said(b, 0, "{\"status\":\"created\"}0\ninside\n/usr\n");
}

static void failures(void **state)
{
    struct box *b = *state;

    box_run(b, NULL, RUN("\"prestart\":[" SH("echo why; exit 3") "]") "cgroup=%G/a -- echo ran");
    box_said(b, 125, "run_spec: hook prestart[0] '/bin/sh': exit code 3: why\n");
    box_is_clean(b);
    box_run(
        b, NULL,
        RUN("\"createRuntime\":[" SH("true") "," SH("kill -9 $$") "]") "cgroup=%G/a -- echo ran");
    box_said(b, 125, "run_spec: hook createRuntime[1] '/bin/sh': killed by SIGKILL\n");
    box_is_clean(b);
    box_run(b, NULL, RUN("\"createContainer\":[{\"path\":\"/gone\"}]") "cgroup=%G/a -- echo ran");
    box_said(b, 125,
             "run_spec: hook createContainer[0] '/gone': start: no such file or directory\n");
    box_is_clean(b);
    box_run(b, NULL, RUN("\"startContainer\":[{\"path\":\"/gone\"}]") "cgroup=%G/a -- echo ran");
    box_said(b, 125,
             "run_spec: hook startContainer[0] '/gone': start: no such file or directory\n");
    box_is_clean(b);
    box_run(b, NULL, RUN("\"poststart\":[" SH("exit 4") "]") "cgroup=%G/a -- sleep 60");
    box_said(b, 125, "run_spec: hook poststart[0] '/bin/sh': exit code 4\n");
    box_is_clean(b);
    /* After the end nothing can fail any more: a warning, and the others run. */
    box_run(b, NULL,
            RUN("\"poststop\":[" SH("exit 5") "," SH("echo second >%D/log") "]") "-- true");
    box_said(b, 0, "hoy: warning: hook poststop[0] '/bin/sh': exit code 5\n");
    box_host(b, "cat %D/log");
    box_said(b, 0, "second\n");
}

/* What hooks print could drive a terminal or be endless. */
static void hostile_output(void **state)
{
    struct box *b = *state;

    box_run(b, NULL,
            RUN("\"prestart\":[" SH(
                "yes | head -c 1000000; printf \\\"\\\\\\\\033[2J end\\\"; exit 1") "]") "-- true");
    assert_int_equal(b->code, 125);
    box_contains(b, "?[2J end\n");
}

static void timeouts(void **state)
{
    struct box *b = *state;

    box_host(b, "rm -f %D/log");
    box_run(b, NULL,
            RUN("\"createRuntime\":[{\"path\":\"/bin/sh\",\"timeout\":1,\"args\":[\"sh\",\"-c\","
                "\"sleep 61 & echo $! >%D/log; sleep 61\"]}]") "cgroup=%G/a -- echo ran");
    box_said(b, 125,
             "run_spec: hook createRuntime[0] '/bin/sh': still running after 1 seconds, killed\n");
    box_is_clean(b);
    /* What it had started ends with it. */
    box_host(b, "for i in $(seq 100); do kill -0 $(cat %D/log) 2>/dev/null || exit 0; "
                "grep -q Z /proc/$(cat %D/log)/stat && exit 0; sleep 0.1; done; exit 1");
    /* One that stays behind in the background holds nobody up. */
    box_run(b, NULL, RUN("\"createRuntime\":[" SH("sleep 61 & echo $! >$L") "]") "-- echo ran");
    box_said(b, 0, "ran\n");
    box_host(b, "kill $(cat %D/log)");
}

/* A hook in the container whose path leads to our own program does not run it (CVE-2019-5736). */
static void a_hook_that_is_our_own_program(void **state)
{
    struct box *b = *state;

    box_host(b, "ln -sf /proc/self/exe %D/rootfs/bin/me");
    box_run(b, NULL, RUN("\"startContainer\":[{\"path\":\"/bin/me\"}]") "-- echo ran");
    box_said(b, 125, "run_spec: hook startContainer[0] '/bin/me': exit code 126\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_kinds_in_their_order),
        cmocka_unit_test(what_hooks_are_given),
        cmocka_unit_test(failures),
        cmocka_unit_test(hostile_output),
        cmocka_unit_test(timeouts),
        cmocka_unit_test(a_hook_that_is_our_own_program),
    };

    return cmocka_run_group_tests(tests, box_setup, box_teardown);
}
