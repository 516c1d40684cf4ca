#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # stdout, stderr, code are set by lib/cli
#
# The command line itself: help, usage errors, groups, plugins, output that cannot be written.

load ../lib/cli

usage() { # CODE SENTENCE USAGE HELP-OF ARG...
    local want=$1 sentence=$2 line=$3 of=$4
    shift 4
    hoy "$want" "$@"
    stdout_is ''
    stderr_is "$sentence

Usage:  $line

Run 'hoy $of --help' for more information"
}

@test "help of every command goes to standard output" {
    hoy 0 --help
    stderr_is ''
    stdout_has 'Common Commands:'
    local top=$stdout word words
    mapfile -t words < <(sed -n 's/^  \([a-z]\{1,\}\) .*/\1/p' <<<"$top" |
        grep -vxE 'container|image|system')
    [ ${#words[@]} -gt 20 ]
    for word in "${words[@]}"; do
        hoy 0 "$word" --help
        stderr_is ''
        stdout_like "^Usage:  hoy $word"
        hoy 0 help "$word"
        stdout_like "^Usage:  hoy $word"
    done
    for word in container image system; do
        hoy 0 "$word" --help
        stdout_like "^Usage:  hoy $word COMMAND"
    done
    hoy 0 container ls --help
    stdout_like '^Usage:  hoy container ls \[OPTIONS\]'
    stdout_has 'hoy container ls, hoy container list, hoy container ps, hoy ps'
    hoy 0
    stdout_is ''
    is "$stderr" "$top"
}

@test "help is wrapped to 80 columns" {
    hoy 0 run --help
    is "$(awk 'length > 80' <<<"$stdout")" ''
    stdout_has $'--add-host list              Add a custom host-to-IP mapping (host:ip)\n'
    stdout_has $'\n                                   and 1000, or 0 to disable (default 0)\n'
}

@test "usage errors name what is wrong and where to read on" {
    usage 125 'unknown flag: --frob' 'hoy ps [OPTIONS]' ps ps --frob
    usage 125 "unknown shorthand flag: 'Z' in -Z" 'hoy container ls [OPTIONS]' 'container ls' \
        container list -qZ
    usage 125 'flag needs an argument: --name' 'hoy run [OPTIONS] IMAGE [COMMAND] [ARG...]' run \
        run --name
    usage 1 "hoy: 'hoy logs' requires 1 argument" 'hoy logs [OPTIONS] CONTAINER' logs logs
    usage 1 "hoy: 'hoy tag' requires 2 arguments" \
        'hoy tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]' tag tag one
    usage 1 "hoy: 'hoy run' requires at least 1 argument" \
        'hoy run [OPTIONS] IMAGE [COMMAND] [ARG...]' run run --rm
    usage 1 "hoy: 'hoy images' requires at most 1 argument" \
        'hoy images [OPTIONS] [REPOSITORY[:TAG]]' images images one two
    usage 1 "hoy: 'hoy info' accepts no arguments" 'hoy info [OPTIONS]' info info x
}

@test "words that are no command" {
    hoy 125 --frob
    stderr_is $'unknown flag: --frob\n\nUsage:  hoy [OPTIONS] COMMAND [ARG...]\n\nRun \'hoy --help\' for more information'
    hoy 1 frob
    stderr_is $'hoy: unknown command: hoy frob\n\nRun \'hoy --help\' for more information'
    hoy 0 frob x --help
    stdout_like '^.?Usage:  hoy \[OPTIONS\] COMMAND'
    hoy 1 frob -- --help
    stderr_is $'hoy: unknown command: hoy frob\n\nRun \'hoy --help\' for more information'
    hoy 125 frob --foo --help
    stderr_like '^unknown flag: --foo'
    hoy 0 image frob --help
    stdout_like '^.?Usage:  hoy image COMMAND'
    hoy 1 image frob
    stderr_like '^hoy: unknown command: hoy image frob'
    hoy 125 image --frob
    stderr_like '^unknown flag: --frob'
    hoy 1 help frob
    stderr_is 'hoy: unknown help topic: frob'
    hoy 1 --log-level frob ps
    stderr_is 'hoy: unable to parse logging level: frob'
}

@test "hoy-NAME on PATH is run as hoy NAME" {
    mkdir "$T/bin"
    printf '#!/bin/sh\necho "plugin $# $1 $2"\nexit 9\n' >"$T/bin/hoy-greet"
    chmod 755 "$T/bin/hoy-greet"
    PATH=$T/bin:$PATH hoy 9 greet 'a b' --frob
    stdout_is 'plugin 2 a b --frob'
    PATH=$T/bin:$PATH hoy 1 ../bin/hoy-greet
    stderr_has 'unknown command'
}

@test "output that cannot be written is said" {
    code=0
    "$HOY" version >/dev/full 2>"$T/err" || code=$?
    is "$code" 1
    is "$(cat "$T/err")" 'hoy: write standard output: no space left on device'
    code=0
    "$HOY" run --rm busybox echo hello >/dev/full 2>"$T/err" || code=$?
    [ "$code" != 0 ] || cli_fail "run of a program whose output was lost ended with 0"
    grep -q 'no space left on device' "$T/err"
    assert_nothing_left
}

@test "standard descriptors that are closed do not end up in a container" {
    "$HOY" run --rm -d --name quiet busybox sleep 1000 <&- >&- 2>&-
    wait_until 10 "$HOY" exec quiet true
    is "$("$HOY" exec quiet sh -c 'ls -l /proc/1/fd | grep -c /dev/null')" 1
    hoy 0 rm -f quiet
    assert_nothing_left
}

@test "a program of exec finds no terminal that was not asked for" {
    needs script
    hoy 0 run -d --name box busybox sleep 1000
    is "$(script -qec "$HOY exec box sh -c 'for i in 0 1 2; do test -t \$i && echo tty; done; echo end'" \
        /dev/null </dev/null | tr -d '\r')" end
    is "$(script -qec "$HOY exec -t box sh -c 'test -t 1 && echo tty'" /dev/null </dev/null |
        tr -d '\r')" tty
    # what it prints arrives whole, also when it ends at once
    is "$(script -qec "$HOY exec box seq 1 20000" /dev/null </dev/null | tr -d '\r' | md5sum)" \
        "$(seq 1 20000 | md5sum)"
    hoy 0 rm -f box
    assert_nothing_left
}

@test "several containers are stopped at once, and named in order" {
    local i
    for i in 1 2 3; do # deaf to SIGTERM: each takes the whole timeout
        hoy 0 run -d --name "deaf$i" busybox sh -c 'trap "" TERM; while :; do sleep 0.1; done'
        wait_until 10 sh -c "grep -q '^SigIgn:.*4...\$' /proc/\$('$HOY' inspect -f '{{.State.Pid}}' deaf$i)/status"
    done
    hoy 1 stop -t 2 deaf3 nosuch deaf1 deaf2
    stdout_is $'deaf3\ndeaf1\ndeaf2'
    stderr_is 'No such container: nosuch'
    local first last
    first=$("$HOY" inspect -f '{{.State.FinishedAt}}' deaf3)
    last=$("$HOY" inspect -f '{{.State.FinishedAt}}' deaf2)
    # one after the other they would end 4 s apart
    [ $(($(date -d "$last" +%s) - $(date -d "$first" +%s))) -le 2 ] ||
        cli_fail "stopped one after the other: $first $last"
    hoy 0 rm deaf1 deaf2 deaf3
    assert_nothing_left
}

@test "templates see the types that Docker's client knows" {
    hoy 0 create --name look -l 'a.b=x' busybox true
    hoy 0 inspect -f '{{if .State.Health}}x{{else}}none{{end}} {{.Config.Entrypoint}} {{.HostConfig.CapAdd}}' look
    stdout_is 'none [] []'
    hoy 0 inspect -f '{{index .Config.Labels "a.b"}}|{{index .Config.Labels "none"}}|{{.Config.Labels.none}}' look
    stdout_is 'x||<no value>'
    hoy 0 inspect -f '{{.ID}}{{.Id}}' look
    is "${stdout:0:64}" "${stdout:64}"
    hoy 0 ps -a --format 'table {{.Names}}\t{{.Label "a.b"}}\t{{upper .State}}'
    stdout_is $'NAMES     B         STATE\nlook      x         CREATED'
    hoy 1 ps -a --format '{{.Frob}}'
    stderr_is 'failed to execute template: template: :1:2: executing "" at <.Frob>: can'\''t evaluate field Frob in type *formatter.ContainerContext'
    hoy 64 inspect -f '{{' look
    stderr_is 'template parsing error: template: :1: unclosed action'
    hoy 0 rm look
}

@test "inspect goes on after what is not there" {
    needs jq
    hoy 0 create --name look busybox true
    hoy 1 inspect -f '{{.Name}}' nosuch look alsonot
    stdout_is /look
    stderr_is $'Error: No such object: nosuch\nError: No such object: alsonot'
    hoy 1 inspect nosuch
    stdout_is '[]'
    hoy 0 inspect -f json look
    is "$(jq -r '.[0].Name' <<<"$stdout")" /look
    is "$(wc -l <<<"$stdout")" 1
    hoy 0 rm look
}
