#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# bats file_tags=no-vm
#
# Every way in which people write a tar archive, compared with the tree that it was made from.

load ../lib/cli
load ../lib/image

setup_file() {
    image_setup_file
    needs python3 tar jq setcap setfattr
    export WORLD=$BATS_FILE_TMPDIR/world
    make_world "$WORLD"
}

# A tree with one of everything.
make_world() {
    local long
    long=$(printf 'n%.0s' {1..200})
    mkdir -p "$1/d/sub" "$1/empty" "$1/$long/$long"
    cd "$1" || return
    echo hi >d/f
    ln d/f d/hard
    ln -s f d/sym
    ln -s /etc/passwd d/abs
    ln -s "$long/$long/$long" longlink
    echo l >"$long/$long/$long"
    mkfifo d/pipe
    mknod d/null c 1 3
    mknod d/disk b 7 200
    chmod 4755 d/f
    mkdir -m 1777 d/tmp
    mkdir -m 2775 d/shared
    mkdir -m 0 d/closed
    echo x >d/closed/inside
    chown 1000:50 d/shared d/sub
    chown 4000000000:70000 d/tmp
    chown -h 7:8 d/sym
    truncate -s 50M d/sparse
    echo x | dd of=d/sparse bs=1 seek=30000000 conv=notrunc status=none
    truncate -s 3000000 d/hole
    cp /bin/true d/cap
    setcap cap_net_raw+ep d/cap
    setfattr -n user.foo -v bar d/f
    setfattr -n user.binary -v 0x00ff0a00 d/sub
    setfattr -n trusted.x -v y d/f
    touch -d '1965-12-31 23:00:00 UTC' d/old
    touch -d '2040-01-01 00:00:00.123456789 UTC' d/new
    touch -h -d '2001-02-03 04:05:06.7 UTC' d/sym
    printf x >"d/$(printf 'caf\303\251')"
    printf x >"d/$(printf 'e\314\201 in two')"
    printf x >"d/$(printf 'no utf-8 \377\376')"
    printf x >"d/line
break"
    touch -d '2020-02-02 02:02:02.222 UTC' d/sub d/shared d/tmp d/closed d .
}

# The layer is the world.
same_as_world() { # [OPTION]...
    diff <(tree_of "$@" "$WORLD") <(tree_of "$@" "$layer")
}

@test "pax, by GNU tar, with attributes and holes" {
    tar --format=pax --xattrs --xattrs-include='*' -S -C "$WORLD" -cf pax.tar .
    image 0 import pax.tar
    same_as_world --holes
}

@test "pax, by GNU tar, with each form of sparse files" {
    local version
    for version in 0.0 0.1 1.0; do
        tar --format=pax --sparse-version=$version --xattrs --xattrs-include='*' -S \
            -C "$WORLD" -cf sparse.tar .
        image 0 import sparse.tar
        same_as_world --holes
    done
}

@test "gnu and oldgnu, with holes" {
    local format
    for format in gnu oldgnu; do
        tar --format=$format -S -C "$WORLD" -cf $format.tar .
        image 0 import $format.tar
        same_as_world --holes --no-ns --no-xattrs
    done
}

@test "ustar and v7" {
    local format
    for format in ustar v7; do
        # These cannot hold long names, large owners, and v7 no devices.
        tar --format=$format -C "$WORLD" --exclude='nnn*' --exclude=longlink --exclude=d/tmp \
            --exclude=d/null --exclude=d/disk --exclude=d/pipe --exclude=d/old -cf $format.tar . ||
            [ $format = v7 ]
        image 0 import $format.tar
        diff <(tree_of --no-ns --no-xattrs "$WORLD" |
            grep -v -e '^nnn' -e '^longlink' -e '^d/tmp' -e '^d/null' -e '^d/disk' -e '^d/pipe' \
                -e '^d/old') <(tree_of --no-ns --no-xattrs "$layer")
    done
}

@test "python's tarfile, names without ./" {
    (cd "$WORLD" && python3 - "$T/python.tar") <<'END'
import os, sys, tarfile
with tarfile.open(sys.argv[1], "w", format=tarfile.PAX_FORMAT) as out:
    for name in sorted(os.listdir(b".")):
        out.add(os.fsdecode(name))
END
    image 0 import python.tar
    # Times are rounded to what a float holds.
    diff <(tree_of --no-ns --no-xattrs "$WORLD" | grep -v '^\. ') \
        <(tree_of --no-ns --no-xattrs "$layer" | grep -v '^\. ')
}

@test "bsdtar, pax" {
    needs bsdtar
    LC_ALL=C.UTF-8 bsdtar --format pax --xattrs -C "$WORLD" -cf bsd.tar . || :
    image 0 import bsd.tar
    same_as_world --holes
}

@test "a folder" {
    image 0 import "$WORLD" world:folder
    same_as_world --holes
}

@test "a folder gives the same layer wherever and whenever it is packed" {
    local first
    image 0 import "$WORLD"
    first=$diff_id
    cp -a "$WORLD" copy
    image 0 import copy
    is "$diff_id" "$first"
}

@test "our own layer can be read by GNU tar" {
    image 0 import "$WORLD" world:readable
    local blob
    blob=$(jq -r '.layers[0].digest' "$HOY_ROOT/images/blobs/sha256/$(image_manifest)")
    mkdir out
    tar --xattrs --xattrs-include='*' --warning=no-unknown-keyword -C out \
        -xzpf "$HOY_ROOT/images/blobs/sha256/${blob#sha256:}"
    diff <(tree_of "$WORLD") <(tree_of out)
}

image_manifest() { image_field result manifest | cut -d: -f2; }

@test "every compression: the same layer" {
    local program first='' format
    tar -C "$WORLD" -cf plain.tar d
    image 0 import plain.tar
    first=$diff_id
    same_diff_id() {
        image 0 import "$1"
        is "$diff_id" "$first"
    }
    for format in gzip bzip2 xz lzma zstd lz4 lzip compress; do
        program=$format
        [ "$format" != lzma ] || program=xz
        type -P "$program" >/dev/null || continue
        if [ "$format" = lzma ]; then
            xz --format=lzma -c plain.tar >plain.lzma
        else
            "$program" -c <plain.tar >"plain.$format"
        fi
        same_diff_id "plain.$format"
    done
    [ -f plain.gzip ] && [ -f plain.xz ] && [ -f plain.zstd ]
}

@test "gzip and zstd come to the store as they are, all else as gzip" {
    local blob
    tar -C "$WORLD" -cf plain.tar d
    blob() {
        jq -r '.layers[0] | "\(.mediaType) \(.digest) \(.size)"' \
            "$HOY_ROOT/images/blobs/sha256/$(image_manifest)"
    }
    gzip -9 <plain.tar >plain.gz
    image 0 import plain.gz
    is "$(blob)" "application/vnd.oci.image.layer.v1.tar+gzip sha256:$(sha256sum <plain.gz |
        cut -d' ' -f1) $(stat -c %s plain.gz)"
    zstd -q <plain.tar >plain.zst
    image 0 import plain.zst
    is "$(blob)" "application/vnd.oci.image.layer.v1.tar+zstd sha256:$(sha256sum <plain.zst |
        cut -d' ' -f1) $(stat -c %s plain.zst)"
    bzip2 <plain.tar >plain.bz2
    image 0 import plain.bz2
    read -r type digest _ <<<"$(blob)"
    is "$type" application/vnd.oci.image.layer.v1.tar+gzip
    gzip -dc "$HOY_ROOT/images/blobs/sha256/${digest#sha256:}" | cmp - plain.tar
}

@test "zeros that somebody wrote take no room" {
    head -c 1000000 /dev/zero >zeros
    (head -c 100000 /dev/zero; echo x; head -c 100000 /dev/zero) >between
    tar -cf zeros.tar zeros between
    image 0 import zeros.tar
    cmp zeros "$layer/zeros"
    cmp between "$layer/between"
    is "$(stat -c %b "$layer/zeros")" 0
    [ "$(stat -c %b "$layer/between")" -le 16 ]
}

@test "many small writes through a pipe" {
    tar -C "$WORLD" -cf plain.tar d
    image 0 import plain.tar
    local first=$diff_id
    dd if=plain.tar bs=700 status=none | image 0 import -
    diff_id=$(image_field result diff_id)
    is "$diff_id" "$first"
    gzip -c plain.tar | dd bs=333 status=none | image 0 import -
    is "$(image_field result diff_id)" "$first"
}

@test "a folder that the store lies in" {
    mkdir -p tree/dir tree/store
    echo x >tree/dir/x
    "$IMAGE" --root tree/store import tree >"$T/stdout" 2>"$T/stderr" 3>&-
    image_read
    is "$(cd "tree/store/layers/${diff_id#sha256:}" && find . | sort | tr '\n' ' ')" \
        '. ./dir ./dir/x ./store '
}

@test "the same archive gives the same blob, however it comes" {
    local first size
    # Words in random order: text whose compression depends on how it is cut.
    python3 - >words <<'END'
import random
random.seed(1)
words = ["".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=random.randrange(2, 9)))
         for _ in range(5000)]
print(" ".join(random.choices(words, k=800000)))
END
    tar -cf words.tar words
    blob() { jq -r '.layers[0].digest' "$HOY_ROOT/images/blobs/sha256/$(image_manifest)"; }
    image 0 import words.tar
    first=$(blob)
    for size in 700 7000 50001; do
        image 0 import - < <(dd if=words.tar bs=$size status=none)
        is "$(blob)" "$first"
    done
    bzip2 <words.tar | image 0 import -
    is "$(blob)" "$first"
}

@test "what is mounted in a folder, and sockets, stay out; whiteout names are refused" {
    mkdir -p tree/mnt tree/dir
    echo x >tree/dir/x
    socat UNIX-LISTEN:tree/socket,fork /dev/null &
    local pid=$!
    wait_until 10 test -S tree/socket
    unshare -m sh -c 'mount -t tmpfs none tree/mnt && echo y >tree/mnt/y && exec "$@"' - \
        "$IMAGE" --root "$HOY_ROOT" import tree >"$T/stdout" 2>"$T/stderr" 3>&-
    kill "$pid"
    image_read
    is "$(cd "$layer" && find . | sort | tr '\n' ' ')" '. ./dir ./dir/x ./mnt '
    touch tree/dir/.wh.x
    image 1 import tree
    text_is "import 'tree': pack 'dir/.wh.x': names that begin with '.wh.' mean deleted files"
}
