#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2016 # stdout, OCI and others are set by lib/oci
#
# containerd with hoy as its OCI runtime (ctr run --runc-binary), in a mount and a process namespace
# of its own: what it leaves ends with its first process.

load ../lib/oci
eval "$(declare -f setup_file | sed '1s/.*/oci_setup_file()/')"
eval "$(declare -f teardown_file | sed '1s/.*/oci_teardown_file()/')"

setup_file() {
    needs containerd ctr
    oci_setup_file
    mkdir "$OCI/data" "$OCI/state" "$OCI/image"
    cat >"$OCI/config.toml" <<EOT
version = 2
root = "$OCI/data"
state = "$OCI/run"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$OCI/sock"
EOT
    unshare --mount --pid --fork --kill-child --mount-proc sh -c '
        mount -t tmpfs -o mode=0755 containerd /run && mount -t tmpfs containerd "$1/data" || exit 1
        exec containerd -c "$1/config.toml"' sh "$OCI" >"$OCI/log" 2>&1 </dev/null 3>&- &
    echo $! >"$OCI/engine"
    # ctr mounts the root file systems itself, so it goes where containerd is.
    wait_until 30 test -S "$OCI/sock"
    pgrep -P "$(cat "$OCI/engine")" >"$OCI/inside"
    an_image
    in_ctr 0 images import --snapshotter native "$OCI/image.tar"
}

teardown_file() {
    [ ! -f "${OCI:-}/engine" ] || { kill -KILL "$(cat "$OCI/engine")" && wait_until 30 engine_gone; }
    oci_teardown_file
}

engine_gone() { ! kill -0 "$(cat "$OCI/engine")" 2>/dev/null; }

# An OCI archive of the busybox root file system, called bb.
an_image() {
    local digest size config
    cd "$OCI/image" || return
    mkdir -p blobs/sha256
    blob() { # FILE: $digest and $size of what it becomes
        digest=$(sha256sum "$1" | cut -d' ' -f1) size=$(stat -c %s "$1")
        mv "$1" "blobs/sha256/$digest"
    }
    tar -C "$OCI/rootfs" -cf layer .
    blob layer
    local layer="{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"sha256:$digest\",\"size\":$size}"
    echo "{\"architecture\":\"$(dpkg --print-architecture)\",\"os\":\"linux\",\"config\":{\"Env\":[\"PATH=/bin\"]},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:$digest\"]}}" >config
    blob config
    config="{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"sha256:$digest\",\"size\":$size}"
    echo "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":$config,\"layers\":[$layer]}" >manifest
    blob manifest
    echo "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"sha256:$digest\",\"size\":$size,\"annotations\":{\"io.containerd.image.name\":\"docker.io/library/bb:latest\"}}]}" >index.json
    echo '{"imageLayoutVersion":"1.0.0"}' >oci-layout
    tar -cf "$OCI/image.tar" .
}

in_ctr() {
    local want=$1
    shift
    T=${T:-$OCI} code=0
    nsenter -t "$(cat "$OCI/inside")" -m -p ctr -a "$OCI/sock" "$@" >"$T/stdout" 2>"$T/stderr" 3>&- || code=$?
    cli_read stdout "$T/stdout"
    cli_read stderr "$T/stderr"
    [ "$want" = any ] || [ "$code" = "$want" ] || cli_fail "ctr $* ended with $code, not $want"
}

teardown() { :; }

run_it=() image=docker.io/library/bb:latest
setup() {
    T=$BATS_TEST_TMPDIR
    cd "$T" || return
    run_it=(run --snapshotter native --runc-binary "$RT" --runc-root "$OCI/state")
}

@test "ctr run: output, exit codes, errors" {
    in_ctr 0 "${run_it[@]}" --rm "$image" c1 echo hello
    stdout_is hello
    in_ctr 5 "${run_it[@]}" --rm "$image" c1 sh -c 'exit 5'
    in_ctr 1 "${run_it[@]}" --rm "$image" c1 nosuch
    stderr_has 'executable file not found in $PATH'
}

@test "ctr tasks: exec, pause, resume, ps, metrics, kill, delete" {
    in_ctr 0 "${run_it[@]}" -d --memory-limit 64000000 "$image" c2 \
        sh -c 'trap "exit 3" TERM; while :; do sleep 0.1; done'
    in_ctr 0 tasks exec --exec-id e1 c2 echo inside
    stdout_is inside
    in_ctr 6 tasks exec --exec-id e2 c2 sh -c 'exit 6'
    in_ctr 0 tasks pause c2
    in_ctr 0 tasks ls
    stdout_like 'c2 +[0-9]+ +PAUSED'
    in_ctr 0 tasks resume c2
    in_ctr 0 tasks ps c2
    in_ctr 0 tasks metrics c2
    in_ctr 0 tasks kill -s TERM c2
    stopped() { in_ctr 0 tasks ls && [[ $stdout =~ c2\ +[0-9]+\ +STOPPED ]]; }
    wait_until 10 stopped
    in_ctr any tasks delete c2
    stderr_has 'non-zero exit code 3'
    in_ctr 0 containers delete c2
    is "$(find "$OCI/state/default" -mindepth 1 -maxdepth 1 ! -name @seccomp)" ''
}
