// SPDX-License-Identifier: Apache-2.0
/* Known ways out of a container, tried. */
#include "box.h"

#include <stdio.h>
#include <string.h>

/* Our own program must not be reachable as /proc/self/exe, however it is named. */
static void cve_2019_5736_own_program(void **state)
{
    struct box *b = *state;

    box_host(b, "cd %D/rootfs && printf '#!/proc/self/exe\\n' >bang && chmod 755 bang && ln -sf "
                "/proc/self/exe self");
    box_run(b, NULL, "-- /proc/self/exe");
    box_said(b, 126, "");
    box_run(b, NULL, "-- /self x y");
    box_said(b, 126, "");
    box_run(b, NULL, "-- /bang");
    box_said(b, 126, "");
}

/* Folders that are links lead to where the container sees them, never to the host. */
static void cve_2021_30465_linked_destination(void **state)
{
    struct box *b = *state;

    box_host(
        b,
        "mkdir -p %D/outside %D/src; echo in >%D/src/f; ln -sfn %D/outside %D/rootfs/out; ln -sfn "
        "../../../../../../../%D/outside %D/rootfs/up");
    box_run(
        b, NULL,
        "mount=/out:bind:%D/src:rbind mount=/up/x:bind:%D/src:rbind -- sh -c 'cat /out/f /up/x/f'");
    box_said(b, 0, "in\nin\n");
    box_host(b, "ls -A %D/outside");
    assert_string_equal(b->output, "");
}

static void cve_2019_19921_proc_is_a_link(void **state)
{
    struct box *b = *state;

    box_host(b, "rmdir %D/rootfs/proc && mkdir %D/rootfs/evil && ln -s evil %D/rootfs/proc");
    box_run(b, NULL, "-- true");
    box_said(b, 125, "run_spec: mount 'proc' on '/proc': not an ordinary folder\n");
    box_host(b, "rm %D/rootfs/proc && mkdir %D/rootfs/proc");
    box_is_clean(b);
}

/* A descriptor of the host, left open by the caller, is no way out. */
static void cve_2024_21626_leaked_descriptor(void **state)
{
    struct box *b = *state;

    box_host(b, RUN_SPEC " %D/rootfs cwd=/proc/self/fd/7 -- pwd 7</ 2>&1; echo $?");
    if (!strstr(b->output, "125\n")) {
        fail_msg("%s", b->output);
    }
    box_host(b, RUN_SPEC
             " %D/rootfs -- sh -c 'ls /proc/self/fd | wc -l; ls /proc/1/fd | wc -l' 7</ 8</etc");
    /* 0, 1, 2 and the folder that ls reads; pid 1 is the shell with its own three. */
    assert_string_equal(b->output, "4\n3\n");
}

/* Masks come from the host's null device, not from what the image calls /dev/null. */
static void cve_2025_31133_dev_null_is_a_link(void **state)
{
    struct box *b = *state;

    box_host(b,
             "ln -sfn /proc/sysrq-trigger %D/rootfs/dev/null; mknod %D/rootfs/dev/console c 1 3");
    box_run(
        b, NULL,
        "mask=/etc/passwd no-mounts mount=/proc:proc:proc: -- sh -c 'stat -c %t:%T /etc/passwd'");
    box_said(b, 125, "run_spec: make device '/dev/null': file exists\n");
    box_run(b, NULL, "mask=/etc/passwd -- stat -c %t:%T /etc/passwd");
    box_said(b, 0, "1:3\n");
    box_host(b, "rm %D/rootfs/dev/null %D/rootfs/dev/console");
}

/* /dev/pts/ptmx and /dev/console that are not what they should be. */
static void cve_2025_52565_console(void **state)
{
    struct box *b = *state;

    box_host(
        b, "mkdir -p %D/dev/pts; ln -sfn /etc/passwd %D/dev/console; mknod %D/dev/pts/ptmx c 1 3");
    box_run(b, NULL,
            "no-mounts mount=/proc:proc:proc: mount=/dev:bind:%D/dev:rbind terminal -- true");
    box_said(b, 125, "run_spec: terminal: open '/dev/pts/ptmx': not a terminal multiplexer\n");
    box_run(b, NULL,
            "no-mounts mount=/proc:proc:proc: mount=/dev:bind:%D/dev:rbind "
            "mount=/dev/pts:devpts:devpts:newinstance,ptmxmode=0666 terminal -- true");
    box_said(b, 125, "run_spec: terminal: open '/dev/console': not a file\n");
    box_is_clean(b);
}

/* sysctl is written to the host's /proc before the container's own exists. */
static void cve_2025_52881_sysctl_goes_to_procfs(void **state)
{
    struct box *b = *state;

    box_run(b, NULL, "sysctl=net/../kernel.panic:1 -- true");
    box_contains(b, "not in a namespace of the container");
    box_run(b, NULL,
            "sysctl=kernel.msgmax:1234 mount=/proc:tmpfs:tmpfs: mount=/p:proc:proc: -- cat "
            "/p/sys/kernel/msgmax");
    box_said(b, 0, "1234\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cve_2019_5736_own_program),
        cmocka_unit_test(cve_2021_30465_linked_destination),
        cmocka_unit_test(cve_2019_19921_proc_is_a_link),
        cmocka_unit_test(cve_2024_21626_leaked_descriptor),
        cmocka_unit_test(cve_2025_31133_dev_null_is_a_link),
        cmocka_unit_test(cve_2025_52565_console),
        cmocka_unit_test(cve_2025_52881_sysctl_goes_to_procfs),
    };

    return cmocka_run_group_tests(tests, box_setup, box_teardown);
}
