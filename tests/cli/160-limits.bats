#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # stdout, code, bg_pid are set by lib/cli
#
# Limits, seen where they act.

load ../lib/cli

# Value of a control file of a running container: v1 path or v2 path.
control() {
    local id=$1 v1=$2 v2=$3
    if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
        cat "/sys/fs/cgroup/hoy/$id/$v2"
    else
        cat "/sys/fs/cgroup/${v1%%:*}/hoy/$id/${v1#*:}"
    fi
}

@test "memory, pids, cpu: the kernel has the values" {
    needs_cgroup memory
    needs_cgroup pids
    needs_cgroup cpu
    hoy 0 run -d --name lim -m 64m --pids-limit 50 --cpus 0.5 busybox sleep 1000
    is "$(control "$CID" memory:memory.limit_in_bytes memory.max)" 67108864
    is "$(control "$CID" pids:pids.max pids.max)" 50
    case $(control "$CID" cpu:cpu.cfs_quota_us cpu.max) in
    50000 | '50000 100000') ;;
    *) false ;;
    esac
    hoy 0 rm -f lim
    assert_nothing_left
}

@test "a container that takes more memory than it may is killed, and the state says why" {
    needs_cgroup memory
    hoy 137 run --name greedy -m 8m --memory-swap 8m busybox sh -c 'x=x; while :; do x=$x$x; done'
    hoy 0 inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}}' greedy
    stdout_is 'true 137'
    hoy 0 rm greedy
    assert_nothing_left
}

@test "process 1 killed for memory" {
    needs_cgroup memory
    hoy 137 run --name greedy -m 20m --memory-swap 20m busybox tail /dev/zero
    hoy 0 inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}}' greedy
    stdout_is 'true 137'
    hoy 0 rm greedy
    hoy 0 run --name modest -m 20m busybox true
    hoy 0 inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}}' modest
    stdout_is 'false 0'
    hoy 0 rm modest
    assert_nothing_left
}

@test "a child killed for memory is seen while the container runs, and after its end" {
    needs_cgroup memory
    hoy 0 run -d --name goes-on -m 20m --memory-swap 20m busybox \
        sh -c 'trap "exit 0" TERM; until [ -e /go ]; do sleep 0.1; done; rm /go; tail /dev/zero; echo tail: $?; sleep 1000 & wait'
    hoy 0 inspect -f '{{.State.OOMKilled}}' goes-on
    stdout_is false
    hoy 0 exec goes-on touch /go
    wait_until 20 sh -c "$HOY logs goes-on | grep -q 'tail: 137'"
    hoy 0 inspect -f '{{.State.OOMKilled}} {{.State.Running}}' goes-on
    stdout_is 'true true'
    hoy 0 stop goes-on
    hoy 0 inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}}' goes-on
    stdout_is 'true 0'
    # The next run begins anew.
    hoy 0 start goes-on
    hoy 0 inspect -f '{{.State.OOMKilled}}' goes-on
    stdout_is false
    hoy 0 rm -f goes-on
    assert_nothing_left
}

@test "more processes than the limit cannot be made" {
    needs_cgroup pids
    hoy any run --rm --pids-limit 5 busybox sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 5 & done; wait'
    stderr_has "can't fork"
    assert_nothing_left
}

@test "ulimits: set, and a clear word where the host does not allow more" {
    hoy 0 run --rm --ulimit nofile=123:456 busybox sh -c 'ulimit -Sn; ulimit -Hn'
    stdout_is $'123\n456'
    hoy 0 run --rm --ulimit core=0 busybox sh -c 'ulimit -c'
    stdout_is 0
}

@test "what the host withholds is said, and the container starts" {
    grep -q '^CapBnd:.*1ffffffffff' /proc/self/status && skip 'this host withholds nothing'
    hoy 0 run --rm --privileged busybox echo started
    stdout_is started
    stderr_like 'warning: .*CAP_SYS_RESOURCE'
    hoy 0 run --rm --cap-add ALL busybox echo started
    stdout_is started
    stderr_like 'CAP_SYS_RESOURCE'
    hoy 0 run --rm --ulimit nofile=9999999:9999999 busybox echo started
    stdout_is started
    stderr_like 'warning: .*nofile'
    assert_nothing_left
}
