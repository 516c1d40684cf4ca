#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # stdout, code, bg_pid are set by lib/cli
#
# exec and attach: a second program, and a second look at the first.

load ../lib/cli

setup() {
    cli_setup
    hoy 0 run -d --name box -e IN=container busybox sleep 1000
}

teardown() {
    "$HOY" rm -f box >/dev/null 2>&1 || true
    cli_teardown
}

@test "exec: streams, code, environment, directory, user" {
    hoy 7 exec box sh -c 'echo out; echo err >&2; exit 7'
    stdout_is out
    stderr_is err
    hoy 0 exec -e A=b -w /tmp box sh -c 'echo $IN $A; pwd'
    stdout_is $'container b\n/tmp'
    hoy 0 exec -u www-data box id -un
    stdout_is www-data
    is "$(echo hello | "$HOY" exec -i box cat)" hello
    is "$(echo hello | "$HOY" exec box cat)" ''
}

@test "exec runs in the same namespaces, cgroup and limits of rights" {
    hoy 0 exec box sh -c 'ls /proc/1/exe >/dev/null; cat /proc/1/comm; grep -E "^(CapBnd|CapEff|Seccomp):" /proc/self/status'
    stdout_like $'^sleep\nCapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\nSeccomp:\t2$'
    hoy 0 exec box cat /proc/self/cgroup
    stdout_has "$CID" || stdout_has '0::/'
}

@test "exec of nothing, of no program, in no container" {
    hoy 127 exec box nosuch
    stderr_has 'exec: "nosuch": executable file not found in $PATH'
    hoy 126 exec box /etc
    stderr_has 'permission denied'
    hoy 1 exec nosuch true
    stderr_has 'No such container: nosuch'
    hoy 0 stop -t 0 box
    hoy 1 exec box true
    stderr_has 'is not running'
}

@test "exec -d returns at once and the program goes on" {
    hoy 0 exec -d box sh -c 'sleep 0.3; echo done >/mark; sleep 1000'
    wait_until 10 "$HOY" exec box test -f /mark
}

@test "inspect shows what exec started, as long as it runs" {
    hoy 0 run -d --name busy busybox sh -c 'sleep 1000 & wait'
    hoy 0 inspect -f '{{json .ExecIDs}}' busy
    stdout_is null
    hoy_bg one exec busy sh -c 'sleep 1001 & sleep 1002'
    local client=$bg_pid
    hoy 0 exec -d busy sleep 1003
    exec_ids_are 2
    local ids=$stdout
    # Neither program ends with the client, nor does it get another ID.
    kill -KILL "$client"
    wait "$client" || :
    hoy 0 exec busy true
    exec_ids_are 2
    is "$stdout" "$ids"
    # A child whose parent is gone belongs to the container.
    end_in_busy 1002
    exec_ids_are 1
    [[ $ids = *"$stdout"* ]]
    end_in_busy 1003
    exec_ids_are 0
    end_in_busy 1001
    hoy 0 stop busy
    hoy 0 inspect -f '{{json .ExecIDs}}' busy
    stdout_is null
    hoy 0 rm busy
}

exec_ids_are() { # NUMBER; then $stdout holds them, one a line
    wait_until 10 exec_ids_count "$1"
    hoy 0 inspect -f '{{range .ExecIDs}}{{println .}}{{end}}' busy
}

end_in_busy() { # SECONDS that it sleeps
    hoy 0 exec busy sh -c "kill \$(ps | awk '/ sleep $1\$/ { print \$1 }')"
}

exec_ids_count() {
    "$HOY" inspect -f '{{range .ExecIDs}}{{println .}}{{end}}' busy >"$T/ids"
    [ "$(grep -cE '^[0-9a-f]{64}$' "$T/ids")" = "$1" ]
}

@test "a signal to exec's client reaches the program" {
    hoy_bg client exec box sh -c 'trap "echo bye >/bye; exit 3" TERM; echo up; while :; do sleep 0.1; done'
    local pid=$bg_pid
    wait_until 10 grep -q up "$T/client.out"
    kill -TERM "$pid"
    local got=0
    wait "$pid" || got=$?
    is "$got" 3
    hoy 0 exec box cat /bye
}

@test "no descriptor of the host leaks into exec or run" {
    exec 9<"$BATS_TEST_FILENAME"
    hoy 0 exec box ls /proc/self/fd # the last one is ls's own
    stdout_is $'0\n1\n2\n3'
    hoy 0 run --rm busybox ls /proc/self/fd
    stdout_is $'0\n1\n2\n3'
    exec 9<&-
}

@test "attach: several clients see the output, one that goes does not disturb" {
    hoy 0 run -d -i --name talk busybox sh -c 'while read x; do echo "got $x"; done; echo end'
    mkfifo "$T/feed"
    hoy_bg one attach --no-stdin talk
    local one=$bg_pid
    hoy_bg two attach --no-stdin talk
    local two=$bg_pid
    "$HOY" attach talk <"$T/feed" >"$T/three.out" &
    local three=$!
    exec 8>"$T/feed"
    # who attaches sees what comes from then on
    wait_until 10 sh -c "echo first >&8; grep -q 'got first' '$T/one.out'"
    wait_until 10 sh -c "echo first >&8; grep -q 'got first' '$T/two.out'"
    kill -KILL "$two"
    wait "$two" || true
    echo second >&8
    wait_until 10 grep -q 'got second' "$T/one.out"
    exec 8>&- # the end of one client's input is not the container's: it was started with -d
    hoy 0 stop talk
    wait "$one" "$three" || is $? 137
    hoy 0 logs -n 1 talk
    stdout_is 'got second'
    hoy 1 attach talk
    stderr_has 'You cannot attach to a stopped container, start it first'
    hoy 0 rm talk
}
