#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # stdout, code, bg_pid are set by lib/cli
#
# Killed at any point, many at once: nothing half-made stays, and the next command mends the rest.

load ../lib/cli

monitor_of() {
    local pid
    pid=$("$HOY" inspect -f '{{.State.Pid}}' "$1")
    awk '/^PPid:/ { print $2 }' "/proc/$pid/status"
}

@test "a killed monitor: the container is gone, the state says so, rm removes it" {
    hoy 0 run -d --name orphan busybox sleep 1000
    kill -KILL "$(monitor_of orphan)"
    wait_until 10 sh -c "[ \"\$($HOY inspect -f '{{.State.Status}}' orphan)\" = exited ]"
    hoy 0 start orphan
    hoy 0 inspect -f '{{.State.Running}}' orphan
    stdout_is true
    kill -KILL "$(monitor_of orphan)"
    wait_until 10 sh -c "[ \"\$($HOY inspect -f '{{.State.Status}}' orphan)\" = exited ]"
    hoy 0 rm orphan
    assert_nothing_left
}

@test "a killed monitor of a --rm container: the next command removes it all" {
    hoy 0 run -d --rm --name orphan busybox sleep 1000
    kill -KILL "$(monitor_of orphan)"
    wait_until 10 sh -c "$HOY rm -f orphan; [ -z \"\$($HOY ps -aq)\" ]"
    assert_nothing_left
}

@test "a killed client of run leaves a whole container, which can be attached, stopped, removed" {
    hoy_bg client run --name left busybox sh -c 'echo up; sleep 1000'
    wait_until 10 grep -q up "$T/client.out"
    kill -KILL "$bg_pid"
    wait "$bg_pid" || true
    hoy 0 inspect -f '{{.State.Running}}' left
    stdout_is true
    hoy 0 rm -f left
    assert_nothing_left
}

@test "run killed at random moments leaves nothing that rm and a new run cannot clear" {
    local ms
    for _ in {1..12}; do
        ms=$((RANDOM % 30))
        timeout -s KILL "0.0$(printf %02d $ms)" "$HOY" run --name hit busybox true >/dev/null 2>&1 || true
        wait_until 10 sh -c "$HOY rm -f hit >/dev/null 2>&1; ! $HOY inspect hit >/dev/null 2>&1"
    done
    hoy 0 run --rm --name hit busybox echo alive
    stdout_is alive
    wait_until 10 sh -c "[ -z \"\$($HOY ps -aq)\" ]"
    assert_nothing_left
}

@test "thirty at once, four at a time" {
    for _ in 1 2 3 4; do
        (for _ in 1 2 3 4 5 6 7; do "$HOY" run --rm busybox true || echo failed; done) >>"$T/log" 2>&1 &
    done
    wait
    is "$(cat "$T/log")" ''
    assert_nothing_left
}

@test "the same name at once: one gets it, all others are told" {
    for _ in 1 2 3 4 5; do
        "$HOY" create --name unique busybox true >>"$T/out" 2>>"$T/err" &
    done
    wait
    is "$(grep -c . "$T/out")" 1
    is "$(grep -c 'Conflict. The container name "/unique" is already in use' "$T/err")" 4
    hoy 0 rm unique
    assert_nothing_left
}

@test "a full disk: a container can be stopped, looked at and removed" {
    cp -a "$HOY_ROOT" "$T/store"
    # shellcheck disable=SC2016
    unshare -m bash -euc '
        mount -t tmpfs -o size=6m none "$HOY_ROOT"
        cp -a "$1/." "$HOY_ROOT"
        "$HOY" run -d --name full busybox sleep 1000 >/dev/null
        head -c 10M /dev/zero >"$HOY_ROOT/fill" 2>/dev/null || :
        "$HOY" stop -t 0 full
        "$HOY" inspect -f "{{.State.Status}} {{.State.ExitCode}}" full
        "$HOY" start full 2>&1 || :
        "$HOY" rm -f full
        "$HOY" ps -aq' bash "$T/store" >"$T/out"
    is "$(sort -u "$T/out")" $'exited 137\nfull'
}
