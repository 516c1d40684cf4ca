#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# bats file_tags=no-vm
#
# Whatever ends an import before its time, no half of an image stays.

load ../lib/cli
load ../lib/image

setup_file() {
    image_setup_file
    needs tar jq
}

# Starts an import that has begun to unpack and now waits for more of its archive: $pid; the rest
# comes when `rest` is called.
begin_slow() {
    new_store
    mkdir -p tree
    head -c 3000000 /dev/urandom >tree/a
    head -c 3000000 /dev/urandom >tree/b
    tar -cf whole.tar -C tree a b
    rm -f fifo && mkfifo fifo
    "$IMAGE" --root "$HOY_ROOT" import - slow <fifo >"$T/stdout" 2>"$T/stderr" 3>&- &
    pid=$!
    exec 7>fifo
    head -c 4000000 whole.tar >&7
    wait_until 20 draft_has_something
}

draft_has_something() { compgen -G "$HOY_ROOT/layers/.tmp-*/a" >/dev/null; }

ended() { # CODE
    code=0
    wait "$pid" || code=$?
    exec 7>&-
    image_read
    is "$code" "$1"
}

@test "a slow archive becomes an image in the end" {
    begin_slow
    tail -c +4000001 whole.tar >&7
    exec 7>&-
    ended 0
    cmp tree/b "$layer/b"
}

@test "SIGTERM, SIGINT and SIGHUP: one sentence, nothing left" {
    local signal
    for signal in TERM INT HUP; do
        begin_slow
        # A shell without job control starts its children with SIGINT ignored; we ask for it.
        kill -$signal "$pid"
        ended 1
        text_is "import '-': cancelled"
        is "$kind" cancelled
        store_is_empty
    done
}

@test "the archive's writer dies: cut off" {
    begin_slow
    exec 7>&-
    ended 1
    text_is "import '-': unpack 'b': the archive is cut off"
    store_is_empty
}

@test "SIGKILL leaves nothing that counts, and the next import sweeps it away" {
    begin_slow
    kill -KILL "$pid"
    ended 137
    is "$(find "$HOY_ROOT/layers" -maxdepth 1 -name '[0-9a-f]*')" ""
    is "$(find "$HOY_ROOT/images/blobs" -type f)" ""
    draft_has_something
    head -c 1024 /dev/zero >nothing.tar
    image 0 import nothing.tar
    is "$(find "$HOY_ROOT/layers" -maxdepth 1 -name '.tmp-*')" ""
    is "$(find "$HOY_ROOT/images" -maxdepth 1 -name '.blob-*')" ""
}

@test "an import that is at work is not swept by another" {
    begin_slow
    head -c 1024 /dev/zero >nothing.tar
    "$IMAGE" --root "$HOY_ROOT" import nothing.tar >/dev/null 3>&-
    draft_has_something
    tail -c +4000001 whole.tar >&7
    exec 7>&-
    ended 0
    cmp tree/a "$layer/a"
}

@test "nobody takes the result any more: it stops" {
    new_store
    mkdir -p tree
    truncate -s 100M tree/zeros
    tar -cf whole.tar -C tree zeros
    # Progress is told after a tenth of a second, to a pipe whose reader is gone by then.
    rm -f fifo out && mkfifo fifo out
    "$IMAGE" --root "$HOY_ROOT" import - <fifo >out 2>"$T/stderr" 3>&- &
    pid=$!
    exec 7>fifo 8<out
    exec 8<&-
    (
        trap '' PIPE
        for ((i = 0; i < 101; i++)); do
            dd if=whole.tar bs=1M skip="$i" count=1 status=none >&7 || break
            sleep 0.02
        done
    ) 2>/dev/null
    exec 7>&-
    code=0
    wait "$pid" || code=$?
    is "$code" 1
    store_is_empty
}

# An import into a store on a file system of its own; what is left there is listed in `left`.
on_small_disk() { # MOUNT-OPTIONS FILE
    new_store
    code=0
    unshare -m bash -c 'mount -t tmpfs -o "$1" none "$HOY_ROOT" || exit 99
        "$3" --root "$HOY_ROOT" import "$2" 3>&-
        code=$?
        find "$HOY_ROOT/layers" "$HOY_ROOT/images" -mindepth 1 ! -name blobs ! -name sha256 \
            ! -name oci-layout ! -name index.json ! -name .lock >left
        exit $code' - "$1" "$2" "$IMAGE" >"$T/stdout" 2>"$T/stderr" || code=$?
    image_read
    is "$code" 1
    is "$(cat left)" ""
}

@test "a full disk: one sentence, nothing left" {
    mkdir -p tree
    head -c 6000000 /dev/urandom >tree/big
    tar -cf big.tar -C tree big
    on_small_disk size=4m big.tar
    [[ $text = "import 'big.tar': "*": no space left on device" ]] || cli_fail "says: $text"
    is "$kind" unavailable
}

@test "no inodes left: one sentence, nothing left" {
    mkdir -p tree
    (cd tree && touch {1..300})
    tar -cf many.tar -C tree .
    on_small_disk size=4m,nr_inodes=100 many.tar
    [[ $text = "import 'many.tar': unpack './"*"': make the file: no space left on device" ]] ||
        cli_fail "says: $text"
}

# What the store shows is whole: each name leads to blobs with the right digests, and each layer that
# is visible is the tree.
store_is_whole() {
    local blob visible
    for blob in "$HOY_ROOT"/images/blobs/sha256/*; do
        [ ! -e "$blob" ] || is "$(sha256sum <"$blob" | cut -d' ' -f1)" "${blob##*/}"
    done
    for visible in "$HOY_ROOT"/layers/[0-9a-f]*; do
        [ ! -e "$visible" ] || cmp tree/a "$visible/a"
    done
    if [ -e "$HOY_ROOT/images/index.json" ] && [ "$(jq '.manifests | length' \
        "$HOY_ROOT/images/index.json")" != 0 ]; then
        image 0 unpack name
        is "$(image_field result unpacked)" 0
    fi
}

named() { [ "$(jq '.manifests | length' "$HOY_ROOT/images/index.json")" = 1 ]; }

# For each of the calls, one after the other: an import under strace which does WHAT there, then the
# function.  The store is one that was in use before.  $count says how many there were.
each_step() { # WHAT CALLS FUNCTION
    local call n
    mkdir -p tree
    head -c 300000 /dev/urandom >tree/a
    tar -cf whole.tar -C tree a
    new_store
    image 1 unpack nothing
    cp -a "$HOY_ROOT" fresh
    count=0
    for call in $2; do
        for ((n = 1; n < 50; n++)); do
            new_store
            cp -a fresh/. "$HOY_ROOT"
            code=0
            ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 bash -c '"$@"' - strace -f -qq -o trace \
                -e "trace=$call" -e "inject=$call:$1:when=$n" \
                "$IMAGE" --root "$HOY_ROOT" import whole.tar name \
                >"$T/stdout" 2>"$T/stderr" 3>&- || code=$?
            grep -q -e INJECTED -e 'killed by SIGKILL' trace || break
            image_read
            step="$call $n"
            $3
            count=$((count + 1))
        done
        [ $n -lt 50 ]
    done
}

after_kill() {
    is "$code" 137
    store_is_whole
    image 0 import whole.tar name
    store_is_whole
    is "$(find "$HOY_ROOT" -name '.tmp-*' -o -name '.blob-*' -o -name '.index.json.*')" ""
}

@test "killed at each step: the store is whole, and the next import works" {
    needs strace
    each_step signal=KILL "mkdirat renameat renameat2 fsync syncfs fsetxattr" after_kill
    [ $count -gt 12 ]
}

after_failure() {
    # Some steps may fail, then the image is there.
    if [ "$code" = 0 ]; then
        store_is_whole
        return
    fi
    is "$code" 1
    # The result itself may be what could not be written.
    [ "$text" = "" ] || [[ $text = *": no space left on device" ]] || cli_fail "$step: $text"
    # Once it has its name only the last sync can fail: then it is there, and whole.
    store_is_empty 2>/dev/null || { named && store_is_whole; }
}

@test "a failure of each step: one sentence, nothing left" {
    needs strace
    each_step error=ENOSPC \
        "mkdirat renameat renameat2 fsync syncfs fsetxattr write pwrite64 fchown fchmod" after_failure
    [ $count -gt 12 ]
}

@test "a terminal is no archive" {
    needs script
    script -qec "'$IMAGE' --root '$HOY_ROOT' import -" /dev/null >"$T/stdout" 3>&- </dev/null || :
    image_read
    text_is "an archive is expected on stdin, not a terminal"
}
