// SPDX-License-Identifier: Apache-2.0
/* Fields of "process" and of "linux" that say how the kernel treats the program. */
#include "box.h"

#include <stdio.h>
#include <unistd.h>

#define PROCESS(fields) "'json={\"process\":{\"cwd\":\"/\"," fields "}}' "
#define LINUX(fields)   "'json={\"linux\":{" fields "}}' "

static void scheduling(void **state)
{
    struct box *b = *state;

    box_run(
        b, NULL,
        PROCESS(
            "\"scheduler\":{\"policy\":\"SCHED_BATCH\",\"nice\":5},"
            "\"ioPriority\":{\"class\":\"IOPRIO_CLASS_IDLE\",\"priority\":4}") "-- sh -c 'cut -d\" "
                                                                               "\" -f 19,41 "
                                                                               "/proc/self/stat; "
                                                                               "ionice'");
    box_said(b, 0, "5 3\nidle\n"); /* proc(5): nice and SCHED_BATCH */
    box_run(b, NULL,
            PROCESS("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":6}") "-- ionice");
    box_said(b, 0, "best-effort: prio 6\n");
    box_run(b, NULL, PROCESS("\"scheduler\":{\"policy\":\"SCHED_ISO\"}") "-- true");
    box_said(b, 125, "run_spec: set scheduler (policy 4, priority 0, nice 0): invalid argument\n");
    box_run(b, NULL, "-- sh -c 'cut -d\" \" -f 19,41 /proc/self/stat'");
    box_said(b, 0, "0 0\n");
}

static void execution_domain(void **state)
{
    struct box *b = *state;

    box_run(b, NULL,
            LINUX("\"personality\":{\"domain\":\"LINUX32\"}") "-- cat /proc/self/personality");
    box_said(b, 0, "00000008\n");
    box_run(b, NULL,
            LINUX("\"personality\":{\"domain\":\"LINUX\"}") "-- cat /proc/self/personality");
    box_said(b, 0, "00000000\n");
}

static void memory_nodes(void **state)
{
    struct box *b = *state;

    if (access("/proc/self/numa_maps", F_OK) < 0) {
        skip();
    }
    box_run(b, NULL,
            LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\","
                  "\"flags\":[\"MPOL_F_STATIC_NODES\"]}") "-- sh -c 'grep -q bind=static:0 "
                                                          "/proc/self/numa_maps'");
    box_said(b, 0, "");
    box_run(b, NULL, LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\"}") "-- true");
    box_said(b, 125, "run_spec: set memory policy on nodes '': invalid argument\n");
    box_run(b, NULL,
            LINUX("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"1024\"}") "-- true");
    box_said(b, 125, "run_spec: memory policy: nodes '1024': numerical result out of range\n");
}

/* Only where no security module is there to take them; elsewhere the label decides. */
static void labels_without_a_module(void **state)
{
    struct box *b = *state;

    if (access("/sys/module/apparmor/parameters/enabled", F_OK) == 0 ||
        access("/sys/fs/selinux/enforce", F_OK) == 0) {
        skip();
    }
    box_run(b, NULL, PROCESS("\"apparmorProfile\":\"acme\"") "-- true");
    box_said(b, 125,
             "run_spec: apply apparmor profile 'acme': AppArmor is not enabled on this host\n");
    box_run(b, NULL, PROCESS("\"apparmorProfile\":\"unconfined\"") "-- true");
    box_said(b, 0, "");
    box_run(b, NULL, PROCESS("\"selinuxLabel\":\"u:r:t:s0\"") "-- true");
    box_said(b, 125,
             "run_spec: apply selinux label 'u:r:t:s0': SELinux is not enabled on this host\n");
    box_run(b, NULL, LINUX("\"mountLabel\":\"u:object_r:t:s0\"") "-- true");
    box_said(b, 125,
             "run_spec: mount label 'u:object_r:t:s0': SELinux is not enabled on this host\n");
}

/* One more program: CPUs before and behind the cgroup, and the container's domain is not its own.
 */
static void cpus_of_one_more_program(void **state)
{
    struct box *b = *state;

    if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
        skip();
    }
    box_host(b, "rm -f %D/said; " RUN_SPEC " %D/rootfs pid -- sleep 60 2>%D/said & "
                "for i in $(seq 100); do grep -q pid %D/said && break; sleep 0.1; done; "
                "P=$(sed -n 's/^pid //p' %D/said); for a in '\"initial\":\"1\"' "
                "'\"initial\":\"0\",\"final\":\"1\"' '\"initial\":\"9999\"'; do " RUN_SPEC
                " --exec $P 'json={\"process\":{\"cwd\":\"/\",\"execCPUAffinity\":{'\"$a\"'}}}' -- "
                "sed -n 's/Cpus_allowed_list:.//p' /proc/self/status 2>&1; done; kill -9 $P");
    box_said(b, 0, "1\n1\nrun_spec: run on CPUs '9999': invalid argument\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scheduling),
        cmocka_unit_test(execution_domain),
        cmocka_unit_test(memory_nodes),
        cmocka_unit_test(labels_without_a_module),
        cmocka_unit_test(cpus_of_one_more_program),
    };

    return cmocka_run_group_tests(tests, box_setup, box_teardown);
}
