#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# bats file_tags=no-vm
#
# rmi and import killed at each step that changes the store: the next rmi or import leaves only what
# images and containers need.

load ../lib/cli

setup_file() {
    cli_setup_file
    needs strace jq
}

# An image of one small file, in the store $HOY_ROOT: NAME
small_image() {
    mkdir -p "$T/root"
    echo "$1" >"$T/root/text"
    hoy 0 import "$T/root" "$1"
}

# What index.json reaches, as paths below images/blobs/sha256 and layers.
needed() {
    local blobs=$HOY_ROOT/images/blobs/sha256 manifest config
    jq -r '.manifests[].digest' "$HOY_ROOT/images/index.json" | cut -d: -f2 | sort -u |
        while read -r manifest; do
            echo "blob $manifest"
            jq -r '.layers[].digest, .config.digest | "blob " + sub("sha256:"; "")' "$blobs/$manifest"
            config=$(jq -r '.config.digest' "$blobs/$manifest")
            jq -r '.rootfs.diff_ids[] | "layer " + sub("sha256:"; "")' "$blobs/${config#sha256:}"
        done | sort -u
}

there() {
    {
        find "$HOY_ROOT/images/blobs/sha256" -mindepth 1 -printf 'blob %f\n'
        find "$HOY_ROOT/layers" -mindepth 1 -maxdepth 1 ! -name '.empty*' -printf 'layer %f\n'
    } | sort
}

nothing_over() {
    is "$(there)" "$(needed)"
    is "$(find "$HOY_ROOT/images" -mindepth 1 -maxdepth 1 ! -name blobs ! -name .lock -printf '%f\n' |
        sort)" "$(printf '%s\n' index.json oci-layout)"
}

# killed_at_each CALLS COMMAND...: for each of these system calls, the first, second... time: COMMAND
# dies there; then an import, and in the same state again an rmi, both of other images.
killed_at_each() {
    local call n calls=$1 count=0 over=0 follow
    shift
    for call in $calls; do
        for ((n = 1; n < 60; n++)); do
            fresh
            ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 bash -c '"$@"; exit $?' - strace -f -qq -o trace \
                -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" "$@" \
                >/dev/null 2>&1 3>&- || :
            grep -q 'killed by SIGKILL' trace || break
            count=$((count + 1))
            [ "$(there)" = "$(needed)" ] || over=$((over + 1))
            rm -rf killed && cp -a "$HOY_ROOT" killed
            for follow in import rmi; do
                rm -rf "${HOY_ROOT:?}"/* && cp -a killed/. "$HOY_ROOT"
                case $follow in
                import) hoy 0 import "$T/another" another ;;
                rmi) hoy 0 rmi other ;;
                esac
                nothing_over || { echo "after $follow, killed at $call $n of $*" && return 1; }
            done
        done
        [ $n -lt 60 ]
    done
    # The test would be none if no kill ever left something.
    echo "$count kills, $over left something"
    [ $count -ge 8 ]
    [ $over -ge 3 ]
}

fresh() {
    rm -rf "${HOY_ROOT:?}"/* && cp -a store/. "$HOY_ROOT"
}

a_store() {
    hoy any rmi -f busybox
    small_image one
    small_image other
    mkdir -p another
    echo another >another/text
    rm -rf store && cp -a "$HOY_ROOT" store
}

@test "rmi killed at each step" {
    a_store
    killed_at_each "renameat renameat2 unlinkat fsync" "$HOY" rmi one
}

@test "import killed at each step" {
    a_store
    mkdir -p new && echo new >new/text
    killed_at_each "mkdirat renameat renameat2 unlinkat fsync syncfs fsetxattr" \
        "$HOY_BUILD/hoy-image" --root "$HOY_ROOT" import "$T/new" new
}

@test "hoy mends at once what a killed hoy-image left" {
    a_store
    mkdir -p new && echo new >new/text
    ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 bash -c '"$@"; exit $?' - strace -f -qq -o trace \
        -e trace=syncfs -e inject=syncfs:signal=KILL:when=2 \
        "$HOY" import new new >out 2>err 3>&- && return 1
    grep -q 'killed by SIGKILL' trace
    is "$(cat err)" "hoy-image ended with status 137 and no reason"
    nothing_over
}

@test "the first command after a boot mends, too" {
    a_store
    small_image lost
    cp -a "$HOY_ROOT/layers" kept
    hoy 0 rmi lost
    cp -an kept/. "$HOY_ROOT/layers"
    [ "$(there)" != "$(needed)" ]
    : >"$HOY_ROOT/images/.unfinished"
    hoy 0 --state "$T/state" images -q
    nothing_over
}

@test "the layers of a container whose image is gone stay through every sweep" {
    a_store
    mkdir -p with && cp "$(command -v busybox)" with/busybox
    hoy 0 import "$T/with" with
    hoy 0 create --name keeps with /busybox echo alive
    hoy 0 rmi -f with
    hoy 0 rmi other
    : >"$HOY_ROOT/images/.unfinished"
    hoy 0 import "$T/another" another
    [ ! -e "$HOY_ROOT/images/.unfinished" ]
    hoy 0 start -a keeps
    stdout_is alive
    hoy 0 rm keeps
    nothing_over
    assert_nothing_left
}
