// SPDX-License-Identifier: Apache-2.0
/* Every step of the child fails once, and dies once: one exact sentence, nothing left behind. */
#include "box.h"

#include <stdio.h>

/* In the order of oci/init.c; the second is what stands in front of the cause. */
static const struct {
    const char *id;
    const char *front;
} steps[] = {
    {"undumpable", ""},
    {"cgroup", ""},
    {"keyring", ""},
    {"user-namespace", ""},
    {"namespaces", ""},
    {"time-namespace", ""},
    {"cgroup-namespace", ""},
    {"loopback", ""},
    {"propagation", ""},
    {"root", ""},
    {"root-ready", ""},
    {"oom-score", ""},
    {"lsm", ""},
    {"sysctl", ""},
    {"rlimits", ""},
    {"schedule", ""},
    {"mounts", ""},
    {"devices", ""},
    {"console", "terminal: "},
    {"readonly-paths", ""},
    {"masked-paths", ""},
    {"readonly-root", ""},
    {"pivot", "change root: "},
    {"hostname", ""},
    {"trampoline", ""},
    {"stdio", ""},
    {"seccomp-early", ""},
    {"bounding", ""},
    {"cwd-as-root", ""},
    {"ids", ""},
    {"capabilities", ""},
    {"cwd-as-user", ""},
    {"no-new-privs", ""},
    {"find-program", ""},
    {"seccomp-listener", ""},
    {"ready", ""},
    {"descriptors", ""},
    {"announce", ""},
    {"seccomp-late", ""},
    {"execute", ""},
};

#define WORDS                                                                                      \
    "overlay target=%D/target ns=cgroup:new terminal ro-root seccomp=default cgroup=%G/a -- true"

static void every_step_fails(void **state)
{
    struct box *b = *state;

    box_run(b, NULL, WORDS);
    box_said(b, 0, "");
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        char fault[64];
        char sentence[200];

        snprintf(fault, sizeof(fault), "step:%s", steps[i].id);
        /* Behind EXEC only an errno is believed. */
        if (i + 2 < sizeof(steps) / sizeof(steps[0])) {
            snprintf(sentence, sizeof(sentence), "run_spec: %sfault on request\n", steps[i].front);
        } else {
            snprintf(sentence, sizeof(sentence),
                     "run_spec: load seccomp filter: input/output error\n");
        }
        box_run(b, fault, WORDS);
        box_said(b, 125, sentence);
        box_is_clean(b);
    }
}

static void every_step_dies(void **state)
{
    struct box *b = *state;

    /* From "seccomp-late" on EXEC was said: what ends then is a program that ended. */
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) - 2; i++) {
        char fault[64];

        snprintf(fault, sizeof(fault), "kill:%s", steps[i].id);
        box_run(b, fault, WORDS);
        box_said(b, 125, "run_spec: container process ended before the program ran: exit code 9\n");
        box_is_clean(b);
    }
}

static void callback_fails(void **state)
{
    struct box *b = *state;

    box_run(b, NULL, "ready-fails cgroup=%G/a -- true");
    box_said(b, 125, "run_spec: publish 8080: address already in use\n");
    box_is_clean(b);
    box_run(b, NULL, "abort cgroup=%G/a -- true");
    box_said(b, 0, "");
    box_is_clean(b);
}

static void exec_fails(void **state)
{
    struct box *b = *state;
    static const char *const ids[] = {"cgroup",       "join",         "console", "ids",
                                      "find-program", "send-console", "announce"};

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        char line[1000];

        snprintf(
            line, sizeof(line),
            "rm -f %%D/pid; " RUN_SPEC
            " %%D/rootfs pid cgroup=%%G/a -- sleep 20 </dev/null 2>%%D/pid & r=$!; "
            "for i in $(seq 100); do [ -s %%D/pid ] && break; sleep 0.1; done; "
            "p=$(sed 's/pid //' %%D/pid); HOY_FAULT=step:%s " RUN_SPEC
            " --exec $p cgroup=%%G/a -- true 2>&1; echo $?; ls /sys/fs/cgroup/*%%G/a | grep -c . "
            ">/dev/null; kill -9 $p; wait $r; true",
            ids[i]);
        box_host(b, line);
        box_contains(b, "fault on request\n125\n");
        box_is_clean(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_step_fails),
        cmocka_unit_test(every_step_dies),
        cmocka_unit_test(callback_fails),
        cmocka_unit_test(exec_fails),
    };

    return cmocka_run_group_tests(tests, box_setup, box_teardown);
}
