#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Where Docker's releases differ, as the newest has it; what all of them share is in tests/parity.

load ../lib/cli

# bats test_tags=no-vm
@test "--format json prints one object a line, with Docker's keys" {
    needs jq
    hoy 0 create --network none --name look -l a=1 -l b=2 busybox echo hi
    hoy 0 ps -a --format json
    is "$(wc -l <<<"$stdout")" 1
    for key in Command CreatedAt ID Image Labels LocalVolumes Mounts Names Networks Ports RunningFor Size \
        State Status; do
        is "$(jq -r ".$key | type" <<<"$stdout")" string
    done
    is "$(jq -r .Names <<<"$stdout")" look
    is "$(jq -r .Labels <<<"$stdout")" a=1,b=2
    is "$(jq -r .Command <<<"$stdout")" '"echo hi"'
    is "$(jq -r '.ID | length' <<<"$stdout")" 12
    local line=$stdout
    hoy 0 ps -a --format '{{json .}}'
    is "$(jq -S 'del(.RunningFor, .Size)' <<<"$stdout")" "$(jq -S 'del(.RunningFor, .Size)' <<<"$line")"
    hoy 0 images --format json
    for key in Containers CreatedAt CreatedSince Digest ID Repository SharedSize Size Tag UniqueSize VirtualSize
    do
        is "$(jq -r ".$key | type" <<<"$stdout")" string
    done
    hoy 0 rm look
}

@test "version and info as JSON" {
    needs jq
    hoy 0 version --format json
    is "$(jq -r '.Client | type' <<<"$stdout")" object
    is "$(jq -r '.Client.Version, .Server.Version' <<<"$stdout" | sort -u | wc -l)" 1
    is "$(jq -r .Server.Os <<<"$stdout")" linux
    hoy 0 info --format json
    is "$(jq -r .OSType <<<"$stdout")" linux
    is "$(jq -r '.Containers, .ContainersRunning, .Images | type' <<<"$stdout" | sort -u)" number
    is "$(jq -r .NCPU <<<"$stdout")" "$(nproc --all)"
    hoy 0 version -f '{{json .}}'
    is "$(jq -r '.Server | type' <<<"$stdout")" object
}

@test "inspect --format json and several objects" {
    needs jq
    hoy 0 create --network none --name look busybox
    hoy 0 inspect look busybox
    is "$(jq -r length <<<"$stdout")" 2
    is "$(jq -r '.[0].Name' <<<"$stdout")" /look
    is "$(jq -r '.[1].RepoTags[0]' <<<"$stdout")" busybox:latest
    hoy 1 inspect look nosuch
    is "$(jq -r '.[0].Name' <<<"$stdout")" /look
    [[ ${stderr,,} = *'no such object: nosuch'* ]]
    hoy 0 rm look
}

@test "exec of a command that is not there ends with 127, of one that may not be with 126" {
    hoy 0 run -d --network none --name up busybox sleep 1000
    hoy 127 exec up nosuch
    stdout_is ''
    [[ ${stderr,,} = *'executable file not found'* ]]
    hoy 127 exec up /nosuch
    stdout_is ''
    hoy 126 exec up /etc
    stdout_is ''
    [[ ${stderr,,} = *'permission denied'* ]]
    hoy 126 exec -u nosuch up true
    stdout_is ''
    [[ ${stderr,,} = *'unable to find user nosuch'* ]]
    hoy 0 rm -f up
    assert_nothing_left
}

@test "a relative path is a bind" {
    mkdir sub
    echo here >sub/file
    hoy 0 run --rm --network none -v ./sub:/b busybox cat /b/file
    stdout_is here
    (cd sub && hoy 0 run --rm --network none -v .:/b busybox cat /b/file && stdout_is here)
    cd sub
    hoy 0 run --rm --network none -v ../sub:/b:ro busybox cat /b/file
    stdout_is here
    assert_nothing_left
}

@test "the order of -e is kept" {
    hoy 0 run --rm --network none -e Z=1 -e A=2 -e M=3 -e A=4 busybox env
    is "$(grep -E '^[ZAM]=' <<<"$stdout")" $'Z=1\nA=4\nM=3'
}

# bats test_tags=no-vm
@test "a tar with sparse entries and one in every compression can be imported" {
    mkdir tree
    truncate -s 10M tree/sparse
    echo data >>tree/sparse
    cp "$(type -P busybox)" tree/busybox
    local kind
    for kind in gzip bzip2 xz zstd cat; do
        tar -C tree --sparse -cf - . | $kind >"tree.$kind"
        hoy 0 import "tree.$kind" "sparse:$kind"
        hoy 0 run --rm --network none "sparse:$kind" /busybox tail -c 5 /sparse
        stdout_is data
        hoy 0 rmi "sparse:$kind"
    done
    for format in gnu pax ustar v7 oldgnu; do
        tar -C tree --format=$format -cf "tree.$format" busybox
        hoy 0 import "tree.$format" "format:$format"
        hoy 0 run --rm --network none "format:$format" /busybox echo "$format"
        stdout_is "$format"
        hoy 0 rmi "format:$format"
    done
    assert_nothing_left
}

@test "import --change takes STOPSIGNAL" {
    mkdir -p tree && cp "$(command -v busybox)" tree/busybox
    hoy 0 import --change 'STOPSIGNAL USR1' \
        --change 'CMD ["/busybox", "sh", "-c", "trap \"exit 5\" USR1; echo up; while :; do /busybox sleep 0.1; done"]' \
        tree own-signal
    hoy 0 run -d --name signalled own-signal
    wait_until 20 sh -c "$HOY logs signalled | grep -q up"
    hoy 0 stop signalled
    hoy 0 inspect -f '{{.State.ExitCode}}' signalled
    stdout_is 5
    hoy 0 rm signalled
    hoy 0 rmi own-signal
    hoy 1 import --change 'STOPSIGNAL FROB' tree own-signal
    stderr_is "invalid signal: FROB"
    hoy 1 import --change 'Shell ["x"]' tree own-signal
    stderr_is "Shell is not a valid change command"
    assert_nothing_left
}
