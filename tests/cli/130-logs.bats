#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # stdout, code, bg_pid are set by lib/cli
#
# logs: what a container said, in order, bounded.

load ../lib/cli

@test "both streams, tail, since and until, timestamps" {
    hoy 0 run --name talk busybox sh -c 'echo a; echo b >&2; sleep 0.05; echo c; printf half'
    hoy 0 logs talk
    stdout_is $'a\nc\nhalf'
    stderr_is b
    hoy 0 logs -n 2 talk
    stdout_is $'c\nhalf'
    hoy 0 logs --tail 0 talk
    stdout_is ''
    hoy 0 logs -t talk
    stdout_like $'^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{9}Z a\n'
    hoy 0 logs --since 1h talk
    stdout_is $'a\nc\nhalf'
    hoy 0 logs --since 2100-01-01T00:00:00Z talk
    stdout_is ''
    hoy 0 logs --until 2001-01-01 talk
    stdout_is ''
    hoy 1 logs --since frob talk
    stderr_has 'invalid value for "since"'
    hoy 0 rm talk
    hoy 1 logs talk
    stderr_has 'No such container: talk'
}

@test "-f follows until the end" {
    hoy 0 run -d -i --name live busybox sh -c 'echo one; while [ ! -f /go ]; do sleep 0.05; done; echo two'
    hoy_bg follow logs -f live
    local pid=$bg_pid
    wait_until 10 grep -q one "$T/follow.out"
    hoy 0 exec live touch /go
    wait "$pid"
    is "$(cat "$T/follow.out")" $'one\ntwo'
    hoy 0 rm live
}

@test "the log is bounded by default, in Docker's format, and the newest lines are kept" {
    needs jq
    hoy 0 run --name flood --log-opt max-size=100k --log-opt max-file=2 busybox \
        sh -c 'i=0; while [ $i -lt 6000 ]; do echo "line $i of a flood that goes on and on"; i=$((i+1)); done' >/dev/null
    hoy 0 inspect -f '{{.LogPath}}' flood
    local log=$stdout
    is "$(find "${log%/*}" -name '*-json.log*' | wc -l)" 2
    for file in "$log"*; do
        [ "$(stat -c %s "$file")" -le 102400 ]
    done
    is "$(tail -n 1 "$log" | jq -r .log)" 'line 5999 of a flood that goes on and on'
    is "$(tail -n 1 "$log" | jq -r .stream)" stdout
    hoy 0 logs -n 1 flood
    stdout_is 'line 5999 of a flood that goes on and on'
    hoy 0 rm flood
}

@test "--log-driver none keeps nothing and says so" {
    hoy 0 run --name mute --log-driver none busybox echo hello
    stdout_is hello
    hoy 1 logs mute
    stderr_has 'configured logging driver does not support reading'
    hoy 0 rm mute
}
