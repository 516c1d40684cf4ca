#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2016 # stdout, OCI and others are set by lib/oci
#
# Podman with hoy as its OCI runtime (podman --runtime): what its users do with a container.

load ../lib/oci
eval "$(declare -f setup_file | sed '1s/.*/oci_setup_file()/')"
eval "$(declare -f teardown_file | sed '1s/.*/oci_teardown_file()/')"

setup_file() {
    needs podman
    oci_setup_file
    tar -C "$OCI/rootfs" -c . | pod 0 import - bb:latest
}

teardown_file() {
    pod any rm -fat 0
    umount "$OCI/podman/overlay" 2>/dev/null || :
    oci_teardown_file
}

teardown() {
    pod any rm -fat 0
}

# pod CODE ARG...: podman with folders of its own; networks and cgroups by hand, as CI machines
# have neither netavark nor systemd.
pod() {
    local want=$1
    shift
    T=${T:-$OCI} code=0
    podman --root "$OCI/podman" --runroot "$OCI/podman-run" --tmpdir "$OCI/podman-tmp" \
        --storage-driver vfs --cgroup-manager cgroupfs --events-backend file --runtime "$RT" \
        "$@" >"$T/stdout" 2>"$T/stderr" 3>&- || code=$?
    cli_read stdout "$T/stdout"
    cli_read stderr "$T/stderr"
    [ "$want" = any ] || [ "$code" = "$want" ] || cli_fail "podman $* ended with $code, not $want"
}

# A machine without CAP_SYS_RESOURCE cannot give Podman's own defaults.
limits=(--ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --network none)

@test "podman run: output, exit codes, errors" {
    pod 0 run --rm "${limits[@]}" bb echo hello
    stdout_is hello
    pod 7 run --rm "${limits[@]}" bb sh -c 'exit 7'
    pod 127 run --rm "${limits[@]}" bb nosuch
    stderr_has 'executable file not found in $PATH'
    pod 126 run --rm "${limits[@]}" bb /etc
    stderr_has 'permission denied'
    echo input >"$T/in"
    pod 0 run --rm -i "${limits[@]}" bb cat <"$T/in"
    stdout_is input
}

@test "podman run: user, read-only, tmpfs, volume, capabilities, limits, host name" {
    mkdir vol
    echo there >vol/file
    pod 0 run --rm "${limits[@]}" --user 12:34 --read-only --tmpfs /x -v "$T/vol:/v:ro" \
        --cap-drop all --hostname name -m 64m bb sh -c 'id -u; hostname; cat /v/file
        touch /v/no 2>/dev/null || touch /no 2>/dev/null || echo read-only
        grep CapEff /proc/self/status'
    stdout_like $'^12\nname\nthere\nread-only\nCapEff:\t0000000000000000$'
}

@test "podman run -d, exec, logs, ps, stop, start, restart, kill, rm" {
    pod 0 run -d --name c "${limits[@]}" bb sh -c 'trap "exit 3" TERM; echo up; while :; do sleep 0.1; done'
    pod 0 exec c echo inside
    stdout_is inside
    pod 9 exec c sh -c 'exit 9'
    pod 127 exec c nosuch
    pod 0 exec -u 1000 -w /tmp -e A=b c sh -c 'id -u; pwd; echo $A'
    stdout_is $'1000\n/tmp\nb'
    pod 0 exec -t c tty
    stdout_has /dev/pts/0
    pod 0 logs c
    stdout_is up
    pod 0 top c
    stdout_has 'sleep 0.1'
    pod 0 stop -t 10 c
    pod 0 inspect -f '{{.State.Status}} {{.State.ExitCode}}' c
    stdout_is 'exited 3'
    pod 0 start c
    pod 0 restart -t 10 c
    pod 0 kill c
    pod 0 wait c
    stdout_is 137
    pod 0 rm c
}

@test "podman run with maps of ids; exec in it; a volume with the container's map" {
    local maps=(--uidmap 0:100000:65536 --gidmap 0:100000:65536)
    pod 0 run --rm "${limits[@]}" "${maps[@]}" bb sh -c 'id -u; echo $(cat /proc/self/uid_map)'
    is "$stdout" $'0\n0 100000 65536'
    pod 0 run -d --name u "${limits[@]}" "${maps[@]}" bb sleep 1000
    pod 0 exec -u 5 u id -u
    is "$stdout" 5
    mkdir "$T/v"
    touch "$T/v/f"
    pod 0 run --rm "${limits[@]}" "${maps[@]}" -v "$T/v:/v:idmap" bb stat -c %u:%g /v/f
    is "$stdout" 0:0
}

@test "podman pause, unpause, stats" {
    pod 0 run -d --name c "${limits[@]}" bb sleep 1000
    pod 0 pause c
    pod 0 ps --filter status=paused --format '{{.Names}}'
    stdout_is c
    pod 0 unpause c
    pod 0 exec c true
    pod 0 stats --no-stream --format '{{.PIDs}}' c
    stdout_is 1
    pod 0 rm -ft 0 c
}

@test "podman run -t, create, start -a, pod of two with one network namespace" {
    pod 0 run --rm -t "${limits[@]}" bb tty
    stdout_has /dev/pts/0
    pod 0 create --name c "${limits[@]}" bb echo made
    pod 0 start -a c
    stdout_is made
    pod 0 run -d --name a "${limits[@]}" bb sleep 1000
    pod 0 exec a readlink /proc/self/ns/net
    local ns=$stdout
    pod 0 run --rm "${limits[@]:0:4}" --network container:a --pid container:a bb readlink /proc/self/ns/net
    stdout_is "$ns"
}
