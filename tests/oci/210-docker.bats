#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2016 # stdout, OCI and others are set by lib/oci
#
# Docker's engine with hoy as its OCI runtime (dockerd --add-runtime, docker run --runtime).

load ../lib/oci
eval "$(declare -f setup_file | sed '1s/.*/oci_setup_file()/')"
eval "$(declare -f teardown_file | sed '1s/.*/oci_teardown_file()/')"

setup_file() {
    needs docker dockerd
    oci_setup_file
    export DOCKER_HOST=unix://$OCI/d/docker.sock
    mkdir "$OCI/d"
    "$REPO/tests/parity/engine.sh" "$OCI/d" "$RT" 3>&- &
    echo $! >"$OCI/engine"
    wait_until 60 docker version >/dev/null 2>&1
    tar -C "$OCI/rootfs" -c . | docker import - bb >/dev/null
}

teardown_file() {
    [ ! -f "${OCI:-}/engine" ] || { kill "$(cat "$OCI/engine")" && wait_until 30 engine_gone; }
    oci_teardown_file
}

engine_gone() { ! kill -0 "$(cat "$OCI/engine")" 2>/dev/null; }

teardown() {
    local ids
    mapfile -t ids < <(docker ps -aq)
    [ ${#ids[@]} = 0 ] || docker rm -f "${ids[@]}" >/dev/null
}

dock() {
    local want=$1
    shift
    code=0
    docker "$@" >"$T/stdout" 2>"$T/stderr" 3>&- || code=$?
    cli_read stdout "$T/stdout"
    cli_read stderr "$T/stderr"
    [ "$want" = any ] || [ "$code" = "$want" ] || cli_fail "docker $* ended with $code, not $want"
}

run_it=(run --runtime hoy --network none)

@test "docker run: output, exit codes, errors" {
    dock 0 "${run_it[@]}" --rm bb echo hello
    stdout_is hello
    dock 7 "${run_it[@]}" --rm bb sh -c 'exit 7'
    dock 127 "${run_it[@]}" --rm bb nosuch
    stderr_has 'executable file not found in $PATH'
    dock 126 "${run_it[@]}" --rm bb /etc
    stderr_has 'permission denied'
}

@test "docker run: user, read-only, volume, capabilities, privileged, init, terminal" {
    mkdir vol
    echo there >vol/file
    dock 0 "${run_it[@]}" --rm --user 12:34 --read-only --tmpfs /x -v "$T/vol:/v:ro" \
        --cap-drop all --hostname name -m 64m bb sh -c 'id -u; hostname; cat /v/file
        touch /v/no 2>/dev/null || touch /no 2>/dev/null || echo read-only
        grep CapEff /proc/self/status'
    stdout_like $'^12\nname\nthere\nread-only\nCapEff:\t0000000000000000$'
    dock 0 "${run_it[@]}" --rm --privileged bb readlink /dev/ptmx
    stdout_is pts/ptmx
    dock 0 "${run_it[@]}" --rm --init bb sh -c 'readlink /proc/1/exe'
    stdout_has docker-init
    dock 0 "${run_it[@]}" --rm -t bb tty
    stdout_has /dev/pts/0
    dock 0 run --runtime hoy --rm --network host --pid host --ipc host bb true
}

@test "docker run with the network of the engine: its hook runs" {
    dock 0 run --runtime hoy --rm bb sh -c 'ls /sys/class/net'
    stdout_has lo
}

@test "docker exec, logs, top, pause, update, stop, restart, kill, rm" {
    dock 0 "${run_it[@]}" -d --name cc -m 64m bb sh -c 'trap "exit 3" TERM; echo up; while :; do sleep 0.1; done'
    dock 0 exec cc echo inside
    stdout_is inside
    dock 9 exec cc sh -c 'exit 9'
    dock 126 exec cc nosuch
    stdout_has 'executable file not found in $PATH'
    dock 0 exec -t cc tty
    stdout_has /dev/pts/0
    dock 0 logs cc
    stdout_is up
    dock 0 top cc
    stdout_has 'sleep 0.1'
    dock 0 pause cc
    dock 0 inspect -f '{{.State.Status}}' cc
    stdout_is paused
    dock 0 unpause cc
    dock 0 update -m 70m --memory-swap 70m --pids-limit 44 cc
    dock 0 exec cc true
    dock 0 stop -t 10 cc
    dock 0 inspect -f '{{.State.Status}} {{.State.ExitCode}}' cc
    stdout_is 'exited 3'
    dock 0 restart -t 10 cc
    dock 0 kill cc
    dock 0 wait cc
    stdout_is 137
    dock 0 rm cc
}

@test "docker run: out of memory is told" {
    dock 137 "${run_it[@]}" --name oom -m 8m --memory-swap 8m bb sh -c 'x=a; while :; do x=$x$x; done'
    dock 0 inspect -f '{{.State.OOMKilled}}' oom
    stdout_is true
}
