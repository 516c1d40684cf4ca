#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# bats file_tags=no-vm
#
# Debian itself, as mmdebstrap makes it: what is unpacked is what GNU tar unpacks, and other tools
# read our store.

load ../lib/cli
load ../lib/image

setup_file() {
    image_setup_file
    needs python3 jq tar mmdebstrap
    export DEBIAN=$HOY_BUILD/test-cache/debian.tar
    "$REPO/scripts/debian-rootfs" "$DEBIAN" 2>"$BATS_FILE_TMPDIR/log" ||
        skip "no Debian mirror within reach"
    mkdir "$BATS_FILE_TMPDIR/tar"
    export WANT=$BATS_FILE_TMPDIR/want
    tar --xattrs --xattrs-include='*' --numeric-owner -C "$BATS_FILE_TMPDIR/tar" -xpf "$DEBIAN"
    tree_of "$BATS_FILE_TMPDIR/tar" >"$WANT"
    rm -rf "$BATS_FILE_TMPDIR/tar"
}

@test "plain: the tree that tar makes" {
    image 0 import "$DEBIAN" debian:plain
    tree_of "$layer" | diff "$WANT" -
    is "sha256:$(sha256sum <"$DEBIAN" | cut -d' ' -f1)" "$diff_id"
}

@test "gzip and zstd: the same" {
    new_store
    gzip -1 <"$DEBIAN" >debian.gz
    image 0 import debian.gz debian:gz
    tree_of "$layer" | diff "$WANT" -
    local first=$diff_id
    zstd -q -1 <"$DEBIAN" >debian.zst
    image 0 import debian.zst debian:zst
    is "$diff_id" "$first"
}

@test "as a folder: the same" {
    image 0 import "$DEBIAN" debian:plain
    local from=$layer
    image 0 import "$from" debian:folder
    tree_of "$layer" | diff "$WANT" -
}

@test "skopeo copies it, with every digest right" {
    needs skopeo
    image 0 import "$DEBIAN" debian:plain
    skopeo copy -q "oci:$HOY_ROOT/images:docker.io/library/debian:plain" oci:out:debian
    is "$(skopeo inspect "oci:out:debian" | jq -r '.Layers | length')" 1
    is "$(skopeo inspect --config oci:out:debian | jq -r '.rootfs.diff_ids[0]')" "$diff_id"
}

@test "umoci unpacks the tree that we unpacked" {
    needs umoci skopeo
    image 0 import "$DEBIAN" debian:plain
    skopeo copy -q "oci:$HOY_ROOT/images:docker.io/library/debian:plain" oci:out:debian
    umoci unpack --image out:debian bundle
    # umoci marks the root with an attribute of its own.
    tree_of bundle/rootfs | sed '/^\. /s/ user\.umoci.*//' | diff "$WANT" -
}
