#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # stdout, code, bg_pid are set by lib/cli
#
# From create to rm: every state, and every way from one to another.

load ../lib/cli

state_of() { "$HOY" inspect -f '{{.State.Status}}' "$1"; }

@test "create, start, stop, start, rm" {
    hoy 0 create --name life busybox sh -c 'trap "exit 5" TERM; echo up; while :; do sleep 0.1; done'
    is "$(state_of life)" created
    hoy 0 start life
    stdout_is life
    wait_until 10 sh -c "$HOY logs life | grep -q up"
    is "$(state_of life)" running
    hoy 0 stop life
    stdout_is life
    hoy 0 inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.Running}}' life
    stdout_is 'exited 5 false'
    hoy 0 start life
    is "$(state_of life)" running
    hoy 1 rm life
    stderr_has 'cannot remove'
    hoy 0 rm -f life
    assert_nothing_left
}

@test "start -a gives the output and the code; what was written stays between starts" {
    hoy 0 create --name again busybox sh -c 'echo x >>/count; cat /count; exit 4'
    hoy 4 start -a again
    stdout_is x
    hoy 4 start -a again
    stdout_is $'x\nx'
    hoy 0 rm again
    assert_nothing_left
}

@test "stop of a process 1 without handler does not wait in vain" {
    hoy 0 run -d --name deaf --stop-timeout 600 busybox sleep 1000
    hoy 0 stop deaf
    hoy 0 inspect -f '{{.State.ExitCode}}' deaf
    stdout_is 137
    hoy 0 rm deaf
}

@test "--stop-signal and kill -s arrive" {
    hoy 0 run -d --name sig --stop-signal USR1 busybox sh -c \
        'trap "echo usr1; exit 9" USR1; trap "echo hup" HUP; echo up; while :; do sleep 0.1; done'
    wait_until 10 sh -c "$HOY logs sig | grep -q up"
    hoy 0 kill -s HUP sig
    wait_until 10 sh -c "$HOY logs sig | grep -q hup"
    hoy 0 stop sig
    hoy 0 inspect -f '{{.State.ExitCode}}' sig
    stdout_is 9
    hoy 0 logs sig
    stdout_is $'up\nhup\nusr1'
    hoy 1 kill sig
    stderr_has "is not running"
    hoy 0 rm sig
}

@test "restart gives a new process; a --rm container survives it" {
    hoy 0 run -d --rm --name twice busybox sleep 1000
    hoy 0 inspect -f '{{.State.Pid}}' twice
    local pid=$stdout
    hoy 0 restart -t 0 twice
    hoy 0 inspect -f '{{.State.Pid}} {{.State.Running}}' twice
    [[ $stdout = *' true' && $stdout != "$pid "* ]]
    hoy 0 stop twice
    wait_until 10 sh -c "! $HOY inspect twice"
    assert_nothing_left
}

@test "pause stops the clock of all processes, unpause goes on" {
    hoy 0 run -d --name frozen busybox sh -c 'while :; do echo tick; sleep 0.05; done'
    wait_until 10 sh -c "$HOY logs frozen | grep -q tick"
    hoy 0 pause frozen
    is "$(state_of frozen)" paused
    hoy 0 ps --format '{{.Status}}'
    stdout_has '(Paused)'
    hoy 1 pause frozen
    stderr_has 'is already paused'
    hoy 1 exec frozen true
    stderr_has 'Container frozen is paused, unpause the container before exec'
    hoy 0 unpause frozen
    is "$(state_of frozen)" running
    hoy 1 unpause frozen
    stderr_has 'is not paused'
    hoy 0 pause frozen
    hoy 0 rm -f frozen
    assert_nothing_left
}

@test "wait prints the code, of running and of ended containers" {
    hoy 0 run -d --name slow -i busybox sh -c 'read x; exit 6'
    hoy_bg waiter wait slow
    hoy 0 kill slow
    wait "$bg_pid"
    is "$(cat "$T/waiter.out")" 137
    hoy 0 wait slow
    stdout_is 137
    hoy 0 rm slow
}

@test "rename: the new name counts, the old is free, bad ones are refused" {
    hoy 0 create --name old busybox true
    hoy 0 create --name taken busybox true
    hoy 1 rename old taken
    stderr_has 'Conflict'
    hoy 1 rename old 'a b'
    stderr_has 'Invalid container name (a b)'
    hoy 0 rename old new
    hoy 1 inspect old
    hoy 0 inspect -f '{{.Name}}' new
    stdout_is /new
    hoy 0 create --name old busybox true
    hoy 0 rm old new taken
    assert_nothing_left
}

@test "names, full ids and prefixes mean the same container" {
    hoy 0 create --name many busybox true
    local id=$CID
    for ref in many /many "$id" "${id:0:12}" "${id:0:5}"; do
        hoy 0 inspect -f '{{.Id}}' "$ref"
        stdout_is "$id"
    done
    hoy 1 inspect "${id:0:5}0000x"
    hoy 0 rm "${id:0:12}"
    assert_nothing_left
}

@test "ps: columns, filters, order" {
    hoy 0 create --name one -l k=v busybox true
    hoy 0 run -d --name two busybox sleep 1000
    hoy 0 run --name three busybox sh -c 'exit 3'  2>/dev/null || hoy 3 start -a three
    hoy 0 ps -q
    is "$(wc -l <<<"$stdout")" 1
    hoy 0 ps -a --format '{{.Names}}'
    stdout_is $'three\ntwo\none'
    hoy 0 ps -l --format '{{.Names}}'
    stdout_is three
    hoy 0 ps -n 2 --format '{{.Names}}'
    stdout_is $'three\ntwo'
    hoy 0 ps -a --filter label=k=v --format '{{.Names}}'
    stdout_is one
    hoy 0 ps -a --filter exited=3 --format '{{.Names}}'
    stdout_is three
    hoy 0 ps --filter status=created --filter status=running --format '{{.Names}}'
    stdout_is $'two\none'
    hoy 0 ps -a --filter name=tw --format '{{.Names}}'
    stdout_is two
    hoy 0 ps -a --filter ancestor=busybox --filter since=one --format '{{.Names}}'
    stdout_is $'three\ntwo'
    hoy 1 ps --filter frob=x
    stderr_has "nvalid filter 'frob'"
    hoy 0 ps -a
    stdout_like '^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES'
    hoy 0 rm -f one two three
    assert_nothing_left
}

@test "top shows what runs in it" {
    hoy 0 run -d --name tops busybox sh -c 'sleep 1000 & sleep 1001'
    hoy 0 top tops
    stdout_like '^UID +PID +PPID +C +STIME +TTY +TIME +CMD'
    stdout_has 'sleep 1001'
    hoy 0 top tops -o pid,comm
    stdout_like $'^PID +COMMAND\n'
    hoy 1 top tops -o comm
    stderr_has "Couldn't find PID field in ps output"
    hoy 0 rm -f tops
}

@test "several at once: each is tried, one line for each" {
    hoy 0 create --name aa busybox true
    hoy 0 create --name bb busybox true
    hoy 1 rm aa nosuch bb
    stdout_is $'aa\nbb'
    stderr_has 'No such container: nosuch'
    assert_nothing_left
}
