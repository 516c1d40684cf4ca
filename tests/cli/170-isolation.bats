#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # stdout, code, bg_pid are set by lib/cli
#
# What a container may and may not, as Docker gives it.

load ../lib/cli

@test "capabilities: Docker's fourteen, and the flags" {
    hoy 0 run --rm busybox grep -E '^Cap(Prm|Eff|Bnd|Inh|Amb):' /proc/self/status
    stdout_is $'CapInh:\t0000000000000000\nCapPrm:\t00000000a80425fb\nCapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000'
    hoy 0 run --rm --cap-drop ALL busybox grep -E '^Cap(Eff|Bnd):' /proc/self/status
    stdout_is $'CapEff:\t0000000000000000\nCapBnd:\t0000000000000000'
    hoy 0 run --rm --cap-drop ALL --cap-add net_raw busybox grep CapEff: /proc/self/status
    stdout_is $'CapEff:\t0000000000002000'
    hoy 0 run --rm -u 1000 busybox grep -E '^Cap(Eff|Bnd):' /proc/self/status
    stdout_is $'CapEff:\t0000000000000000\nCapBnd:\t00000000a80425fb'
    hoy 125 run --rm --cap-add FROB busybox true
    stderr_has 'unknown capability: "CAP_FROB"'
}

@test "seccomp: on by default, off on request, a profile of one's own" {
    hoy 0 run --rm busybox grep Seccomp: /proc/self/status
    stdout_is $'Seccomp:\t2'
    hoy 0 run --rm --security-opt seccomp=unconfined busybox grep Seccomp: /proc/self/status
    stdout_is $'Seccomp:\t0'
    hoy any run --rm busybox unshare -U true
    [ "$code" != 0 ]
    cat >"$T/no-mkdir.json" <<'EOT'
{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}
EOT
    hoy 1 run --rm --security-opt "seccomp=$T/no-mkdir.json" busybox mkdir /x
    stderr_has 'Operation not permitted'
    assert_nothing_left
}

@test "no-new-privileges" {
    hoy 0 run --rm --security-opt no-new-privileges busybox grep NoNewPrivs: /proc/self/status
    stdout_is $'NoNewPrivs:\t1'
    hoy 0 run --rm busybox grep NoNewPrivs: /proc/self/status
    stdout_is $'NoNewPrivs:\t0'
}

@test "the kernel's files are masked or read-only" {
    hoy 0 run --rm busybox sh -c 'cat /proc/keys /proc/timer_list | wc -c; ls /sys/firmware | wc -l'
    stdout_is $'0\n0'
    hoy 1 run --rm busybox sh -c 'echo x >/proc/sys/kernel/domainname'
    stderr_has 'Read-only file system'
    hoy 1 run --rm busybox sh -c 'echo b >/proc/sysrq-trigger'
    hoy 1 run --rm busybox mkdir /sys/fs/cgroup/x
    assert_nothing_left
}

@test "namespaces: its own processes, hostname, mounts, network" {
    hoy 0 run --rm -h inside busybox sh -c 'hostname; ls /proc | grep -cE "^[0-9]+$"; ls /sys/class/net'
    stdout_like $'^inside\n[1-4]\nlo$'
    hoy 0 run --rm --network host busybox ls /sys/class/net
    stdout_is "$(ls /sys/class/net)"
    hoy 0 run --rm busybox hostname
    stdout_like '^[0-9a-f]{12}$'
    hoy 0 run --rm --sysctl net.ipv4.ip_forward=1 busybox cat /proc/sys/net/ipv4/ip_forward
    stdout_is 1
}

@test "devices: the usual ones, no other can be opened" {
    hoy 0 run --rm busybox sh -c 'for d in null zero full random urandom tty; do test -c /dev/$d || echo no $d; done; echo x >/dev/null'
    stdout_is ''
    hoy any run --rm busybox sh -c 'mknod /disk b 7 0 && cat /disk'
    [ "$code" != 0 ]
    stderr_has 'Operation not permitted'
    assert_nothing_left
}
