#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # stdout, bg_pid, B and others are set by lib/oci
#
# runtime.md of the OCI runtime specification: every state, and every command in each of them.

load ../lib/oci

@test "create, start, kill, delete: the states on the way" {
    bundle
    rt 1 state c
    stderr_has 'does not exist'
    rt 0 create -b "$B" c
    stdout_is ''
    is "$(status_of c)" created
    rt 0 state c
    is "$(jq -r '.id + " " + .bundle + " " + (.pid > 0 | tostring)' <<<"$stdout")" "c $B true"
    is "$(jq -r '.annotations' <<<"$stdout")" null
    rt 0 start c
    is "$(status_of c)" running
    rt 0 kill c KILL
    wait_until 10 has_status c stopped
    is "$("$RT" --root "$OCI_ROOT" state c | jq .pid)" 0
    rt 0 delete c
    rt 1 state c
    runtime_clean
}

@test "what is not possible in a state is refused, and changes nothing" {
    bundle
    rt 1 start c
    stderr_has 'does not exist'
    rt 1 kill c TERM
    stderr_has 'does not exist'
    rt 1 delete c
    stderr_has 'does not exist'
    rt 0 delete --force c
    rt 0 create -b "$B" c
    rt 1 create -b "$B" c
    stderr_has 'already exists'
    rt 0 start c
    rt 1 start c
    stderr_has 'cannot start'
    rt 1 delete c
    stderr_has 'cannot delete container c that is not stopped: running'
    is "$(status_of c)" running
    rt 0 kill c 9
    wait_until 10 has_status c stopped
    rt 1 start c
    stderr_has 'cannot start a container that has stopped'
    rt 1 kill c TERM
    stderr_has 'not running'
    rt any exec c true
    [ "$code" != 0 ]
    stderr_has 'cannot exec in a stopped container'
    rt 1 pause c
    rt 0 delete c
    runtime_clean
}

@test "a created container is killed and deleted without ever having run" {
    program touch /ran
    rt 0 create -b "$B" c
    rt 0 kill c KILL
    wait_until 10 has_status c stopped
    rt 0 delete c
    rt 0 create -b "$B" c
    rt 0 delete c
    rt 0 create -b "$B" c
    rt 0 delete --force c
    [ ! -e "$OCI/rootfs/ran" ]
    runtime_clean
}

@test "run ends with the program's code and leaves nothing" {
    program sh -c 'echo out; echo err >&2; exit 7'
    rt 7 run -b "$B" c
    stdout_is out
    stderr_is err
    runtime_clean
    program sh -c 'kill -TERM $$; sleep 1; exit 3'
    rt 3 run -b "$B" c
    program cat
    echo input | { rt 0 run -b "$B" c && stdout_is input; }
    runtime_clean
}

@test "run in the foreground passes signals on" {
    program sh -c 'trap "echo got; exit 4" USR1; echo up; while :; do sleep 0.1; done'
    rt_bg fg run -b "$B" c
    wait_until 10 grep -q up "$T/fg.out"
    kill -USR1 "$bg_pid"
    code=0
    wait "$bg_pid" || code=$?
    is "$code" 4
    is "$(tail -n 1 "$T/fg.out")" got
    runtime_clean
}

@test "run --detach, --keep" {
    only_hoy
    bundle
    rt 0 run -d -b "$B" --pid-file "$T/pid" c
    is "$(status_of c)" running
    is "$(cat "$T/pid")" "$("$RT" --root "$OCI_ROOT" state c | jq .pid)"
    rt 0 delete -f c
    program true
    rt 0 run --keep -b "$B" c
    is "$(status_of c)" stopped
    rt 0 delete c
    runtime_clean
}

@test "kill: names, numbers, every process, and nonsense" {
    program sh -c 'trap "echo term" TERM; trap "echo hup" HUP; trap "exit 6" USR1
        while :; do sleep 0.1; done'
    rt_bg fg run -b "$B" c
    wait_until 10 has_status c running
    wait_until 10 sh -c "\"$RT\" --root \"$OCI_ROOT\" ps -f json c | grep -q ,"
    rt 0 kill c SIGHUP
    wait_until 10 grep -q hup "$T/fg.out"
    rt 0 kill c term
    wait_until 10 grep -q term "$T/fg.out"
    rt 1 kill c NONSENSE
    stderr_has 'NONSENSE'
    rt 1 kill c 999
    rt 0 kill c 10
    wait "$bg_pid" || is $? 6
    runtime_clean
    bundle
    rt 0 run -d -b "$B" c
    rt 0 kill --all c KILL
    wait_until 10 has_status c stopped
    rt 0 kill --all c KILL
    rt 0 delete c
}

@test "ids that are no names are refused" {
    local id
    bundle
    for id in .. . a/b '../c' 'a b' '' $'a\nb' 'ü' '@seccomp'; do
        rt 1 create -b "$B" "$id"
        rt 1 delete --force "$id"
    done
    rt 0 create -b "$B" 'A-z_0.9+'
    rt 0 delete 'A-z_0.9+'
    runtime_clean
}

@test "a program that cannot run fails create, and leaves nothing" {
    program nosuch
    rt 1 create -b "$B" c
    stderr_has 'executable file not found in $PATH'
    program /etc/passwd
    rt 1 run -b "$B" c
    stderr_has 'permission denied'
    program /nosuch
    rt 1 run -b "$B" c
    stderr_has 'no such file or directory'
    rm "$B/config.json"
    rt 1 create -b "$B" c
    stderr_has 'config.json'
    rt 1 create -b "$T/nosuch" c
    stderr_has 'no such file or directory'
    echo '{' >"$B/config.json"
    rt 1 create -b "$B" c
    runtime_clean
}

@test "start hears of what execve refuses" {
    only_hoy
    printf junk >"$OCI/rootfs/junk"
    chmod 755 "$OCI/rootfs/junk"
    program /junk
    rt 0 create -b "$B" c
    rt 1 start c
    stderr_has 'exec /junk: exec format error'
    wait_until 10 has_status c stopped
    rt 0 delete c
    runtime_clean
}

@test "a create that was killed is found stopped, and is deleted" {
    only_hoy
    local pid
    mkdir -p "$OCI_ROOT/dead"
    is "$(status_of dead)" stopped
    rt 0 delete dead
    bundle
    rt 0 create -b "$B" c
    # Its number may have been given to another process since then: that one is none of ours.
    pid=$(jq .pid "$OCI_ROOT/c/state.json")
    jq '.startTime += 1' "$OCI_ROOT/c/state.json" >"$T/s" && cp "$T/s" "$OCI_ROOT/c/state.json"
    is "$(status_of c)" stopped
    rt 1 kill c KILL
    [ -d "/proc/$pid" ]
    rt 0 delete c
    runtime_clean
}

@test "list and ps, as table and JSON" {
    only_hoy
    bundle
    rt 0 list
    stdout_like '^ID +PID +STATUS +BUNDLE +CREATED +OWNER$'
    rt 0 list --format json
    stdout_is null
    rt 0 create -b "$B" c
    rt 0 list -q
    stdout_is c
    rt 0 list --format json
    is "$(jq -r '.[0].id + .[0].status + .[0].owner' <<<"$stdout")" ccreatedroot
    rt 0 start c
    rt 0 ps c
    stdout_like 'sleep 1000$'
    rt 0 ps c -eo pid,comm
    stdout_like 'sleep$'
    rt 0 ps --format json c
    is "$stdout" "[$(jq .pid "$OCI_ROOT/c/state.json")]"
    rt 1 list --format nonsense
    rt 0 delete -f c
    rt 1 ps c
    runtime_clean
}

@test "pause and resume" {
    bundle
    rt 0 run -d -b "$B" c
    rt 1 resume c
    stderr_has 'not paused'
    rt 0 pause c
    is "$(status_of c)" paused
    rt 1 pause c
    rt any exec c true
    [ "$code" != 0 ]
    rt 0 resume c
    is "$(status_of c)" running
    rt 0 pause c
    rt 0 delete --force c
    runtime_clean
}
