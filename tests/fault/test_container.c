// SPDX-License-Identifier: Apache-2.0
/* What a program sees in a container that oci/ made. */
#include "box.h"

#include <stdio.h>
#include <string.h>

static void programs_that_cannot_run(void **state)
{
    struct box *b = *state;

    box_host(
        b, "cd %D/rootfs && printf junk >bad && printf '#!/no\\n' >script && chmod 755 bad script");
    box_run(b, NULL, "-- foo");
    box_said(b, 127, "run_spec: exec: \"foo\": executable file not found in $PATH\n");
    box_run(b, NULL, "-- /nope");
    box_said(b, 127, "run_spec: exec: \"/nope\": stat /nope: no such file or directory\n");
    box_run(b, NULL, "-- /etc/passwd");
    box_said(b, 126, "run_spec: exec: \"/etc/passwd\": permission denied\n");
    box_run(b, NULL, "-- /etc");
    box_said(b, 126, "run_spec: exec: \"/etc\": permission denied\n");
    box_run(b, NULL, "-- /bad");
    box_said(b, 126, "run_spec: exec /bad: exec format error\n");
    box_run(b, NULL, "-- /script");
    box_said(b, 127, "run_spec: exec /script: no such file or directory\n");
    box_run(b, NULL, "unset=PATH -- true");
    box_said(b, 127, "run_spec: exec: \"true\": executable file not found in $PATH\n");
    box_run(b, NULL, "env=PATH=/nosuch:/bin -- sh -c 'exit 7'");
    box_said(b, 7, "");
    box_run(b, NULL, "-- sh -c 'kill -9 $$; exit 3'"); /* pid 1 is immune to itself */
    box_said(b, 3, "");
}

/* The child waits at a socket; its creator is gone when another process starts it. */
static void created_here_started_there(void **state)
{
    struct box *b = *state;

    box_run(b, NULL, "later=%D -- sh -c 'echo $$; ls /proc/self/fd | wc -l; exit 4'");
    box_said(b, 4, "1\n4\n");
    box_run(b, NULL, "later=%D -- foo");
    box_said(b, 127, "run_spec: exec: \"foo\": executable file not found in $PATH\n");
    box_host(b, "printf junk >%D/rootfs/bad && chmod 755 %D/rootfs/bad");
    box_run(b, NULL, "later=%D -- /bad");
    box_said(b, 125, "run_spec: exec /bad: exec format error\n");
    box_is_clean(b);
}

static void hooks_at_their_moments(void **state)
{
    struct box *b = *state;
    static const char said[] = "create runtime, child lives\ncreate container, host's root: yes\n"
                               "start container, user 7\nprogram\n";

    box_run(b, NULL, "hooks user=7 -- echo program");
    box_said(b, 0, said);
    box_run(b, NULL, "hooks later=%D user=7 -- echo program");
    box_said(b, 0, said);
}

/* Nothing of ours has the number of a kept descriptor, and no other one reaches the program. */
static void descriptors_are_kept_by_number(void **state)
{
    struct box *b = *state;

    box_host(b, "echo kept >%D/kept");
    box_run(b, NULL,
            "keep-fds=2 -- sh -c 'ls /proc/self/fd | wc -l; cat <&4; cat <&5' 3</dev/null "
            "4<%D/kept 5<%D/kept");
    box_said(b, 1, "6\nkept\nsh: 5: Bad file descriptor\n");
}

static void root_without_pivot_root(void **state)
{
    struct box *b = *state;

    box_run(b, NULL,
            "no-pivot -- sh -c 'cat /proc/1/mountinfo | wc -l; cd ..; "
            "pwd; test -d /proc/self && echo proc' 2>/dev/null");
    box_contains(b, "/\nproc\n");
    box_is_clean(b);
}

static void identity(void **state)
{
    struct box *b = *state;

    box_run(b, NULL,
            "-- sh -c 'id; hostname; pwd; umask; echo $$; grep -E \"^(Cap|NoNew|Seccomp:)\" "
            "/proc/self/status'");
    box_said(b, 0,
             "uid=0(root) gid=0(root)\nbox\n/\n0022\n1\nCapInh:\t0000000000000000\n"
             "CapPrm:\t00000000a80425fb\nCapEff:\t00000000a80425fb\n"
             "CapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000\nNoNewPrivs:\t0\n"
             "Seccomp:\t0\n");
    box_run(b, NULL,
            "user=1000:1000:44 nnp seccomp=default seccomp-cache=%D/cache umask=63 "
            "cwd=/tmp/a/b hostname=h domain=d -- sh -c 'id; pwd; umask; hostname; cat "
            "/proc/sys/kernel/domainname; grep -E \"^(CapP|CapB|NoNew|Seccomp:)\" "
            "/proc/self/status'");
    box_said(b, 0,
             "uid=1000 gid=1000 groups=44\n/tmp/a/b\n0077\nh\nd\n"
             "CapPrm:\t0000000000000000\nCapBnd:\t00000000a80425fb\nNoNewPrivs:\t1\n"
             "Seccomp:\t2\n");
    box_run(b, NULL,
            "user=1000:1000 ambient=NET_BIND_SERVICE -- grep -E '^Cap(Amb|Eff)' "
            "/proc/self/status");
    box_said(b, 0, "CapEff:\t0000000000000400\nCapAmb:\t0000000000000400\n");
    box_run(b, NULL, "cwd=/etc/passwd -- true");
    box_said(b, 125, "run_spec: cannot mkdir: /etc/passwd is not a directory\n");
}

static void limits_are_given_as_far_as_possible(void **state)
{
    struct box *b = *state;

    box_run(b, NULL, "rlimit=nofile:100:200 -- sh -c 'ulimit -Sn; ulimit -Hn'");
    box_said(b, 0, "100\n200\n");
    /* With CAP_SYS_RESOURCE it is simply so, without it there is a warning; it starts anyway. */
    box_run(b, NULL,
            "rlimit=nofile:90000000:90000000 rlimit=stack:8388608:8388608 oom=-999 caps=all "
            "-- echo started");
    if (b->code != 0 && !strstr(b->output, "nofile")) {
        fail_msg("%s", b->output);
    }
    box_contains(b, strstr(b->output, "set limit") ? "set limit 'nofile'" : "started\n");
}

static void mounts_and_devices(void **state)
{
    struct box *b = *state;

    box_run(b, NULL, "-- awk '{print $5, $6}' /proc/self/mountinfo");
    box_contains(b, "\n/proc rw,nosuid,nodev,noexec,relatime\n/dev rw,nosuid\n"
                    "/dev/pts rw,nosuid,noexec,relatime\n/sys ro,nosuid,nodev,noexec,relatime\n");
    box_contains(b, "\n/proc/sys ro,nosuid,nodev,noexec,relatime\n");
    if (strstr(b->output, b->dir)) {
        fail_msg("the host's tree is visible: %s", b->output);
    }
    box_run(b, NULL,
            "device=/dev/net/tun:c:10:200 -- sh -c 'cd /dev; stat -c \"%n %F %a %t:%T\" null "
            "zero full random urandom tty net/tun; for l in ptmx fd stdin; do readlink $l; done'");
    box_said(b, 0,
             "null character special file 666 1:3\nzero character special file 666 1:5\n"
             "full character special file 666 1:7\nrandom character special file 666 1:8\n"
             "urandom character special file 666 1:9\ntty character special file 666 5:0\n"
             "net/tun character special file 640 a:c8\npts/ptmx\n/proc/self/fd\n"
             "/proc/self/fd/0\n");
    box_run(b, NULL, "-- sh -c 'cat /proc/keys /proc/timer_list; echo 1 >/proc/sys/kernel/panic'");
    box_contains(b, "can't create /proc/sys/kernel/panic: Read-only file system");
    box_run(b, NULL, "ro-root -- touch /x");
    box_said(b, 1, "touch: /x: Read-only file system\n");
    box_run(b, NULL,
            "terminal=30:100 -- sh -c 'tty; stty size; [ -c /dev/console ] && echo console'");
    box_said(b, 0, "/dev/pts/0\r\n30 100\r\nconsole\r\n");
    box_run(b, NULL, "sysctl=net.ipv4.ip_forward:1 -- cat /proc/sys/net/ipv4/ip_forward");
    box_said(b, 0, "1\n");
    box_run(b, NULL, "sysctl=kernel.panic:1 -- true");
    box_said(b, 125,
             "run_spec: sysctl 'kernel.panic': not in a namespace of the container, it would "
             "change the host\n");
}

static void binds(void **state, const char *fault)
{
    struct box *b = *state;

    box_host(b, "rm -rf %D/src; mkdir -p %D/src/sub; echo file >%D/src/f");
    box_run(b, fault,
            "mount=/mnt/a:bind:%D/src:rbind,ro,nosuid,rprivate mount=/mnt/b/c:bind:%D/src/f:bind "
            "-- sh -c 'cat /mnt/b/c; touch /mnt/a/x; grep -o \"/mnt/a ro,nosuid,relatime -\" "
            "/proc/self/mountinfo'");
    box_said(b, 0, "file\ntouch: /mnt/a/x: Read-only file system\n/mnt/a ro,nosuid,relatime -\n");
    /* A mount below: "ro" leaves it alone, "rro" does not. */
    box_host(
        b,
        "unshare -m sh -c 'mount -t tmpfs x %D/src/sub; HOY_FAULT=\"\" " RUN_SPEC
        " %D/rootfs mount=/m:bind:%D/src:rbind,ro -- touch /m/sub/x && HOY_FAULT=\"$0\" " RUN_SPEC
        " %D/rootfs mount=/m:bind:%D/src:rbind,rro -- touch /m/sub/x 2>&1 | grep -q Read-only'");
    box_is_clean(b);
}

static void bind_mounts(void **state)
{
    binds(state, NULL);
}

static void bind_mounts_before_mount_setattr(void **state)
{
    binds(state, "no-mount-setattr");
}

static void volumes_start_with_the_images_content(void **state)
{
    struct box *b = *state;

    box_host(
        b, "cd %D/rootfs && mkdir -p data/d && echo one >data/f && ln data/f data/hard && ln -s f "
           "data/soft && chown 5:6 data/d && chmod 1700 data && mkdir -p %D/vol %D/full && touch "
           "%D/full/own && chmod 4750 data/f && truncate -s 1M data/sparse");
    box_run(
        b, NULL,
        "mount=/data:bind:%D/vol:rbind,copyup -- sh -c 'cd /data; cat hard; readlink soft; stat -c "
        "\"%a %u %g %h\" . d f; stat -c %b sparse'");
    box_said(b, 0, "one\nf\n1700 0 0 3\n755 5 6 2\n4750 0 0 2\n0\n");
    box_run(b, NULL, "mount=/data:bind:%D/full:rbind,copyup -- ls /data");
    box_said(b, 0, "own\n");
    box_run(b, NULL,
            "mount=/data:tmpfs:tmpfs:tmpcopyup,ro,size=4m -- sh -c 'ls /data; touch /data/x'");
    box_said(b, 1, "d\nf\nhard\nsoft\nsparse\ntouch: /data/x: Read-only file system\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_that_cannot_run),
        cmocka_unit_test(created_here_started_there),
        cmocka_unit_test(hooks_at_their_moments),
        cmocka_unit_test(descriptors_are_kept_by_number),
        cmocka_unit_test(root_without_pivot_root),
        cmocka_unit_test(identity),
        cmocka_unit_test(limits_are_given_as_far_as_possible),
        cmocka_unit_test(mounts_and_devices),
        cmocka_unit_test(bind_mounts),
        cmocka_unit_test(bind_mounts_before_mount_setattr),
        cmocka_unit_test(volumes_start_with_the_images_content),
    };

    return cmocka_run_group_tests(tests, box_setup, box_teardown);
}
