#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# bats file_tags=no-vm
#
# Layers of images that are in the store but not unpacked: written there by another tool, or gone.

load ../lib/cli
load ../lib/image

setup_file() {
    image_setup_file
    needs jq tar
}

setup() {
    cli_setup
    new_store
    mkdir -p tree/dir
    echo one >tree/dir/one
    tar -cf tree.tar -C tree .
}

blob_of() { # ID: the file of an image's only layer
    local manifest
    manifest=$(jq -r --arg id "$1" '.manifests[] | select(.annotations["hoy.image.id"] == $id).digest' \
        "$HOY_ROOT/images/index.json")
    echo "$HOY_ROOT/images/blobs/sha256/$(jq -r '.layers[0].digest' \
        "$HOY_ROOT/images/blobs/sha256/${manifest#sha256:}" | cut -d: -f2)"
}

unpacked() { image_field result unpacked; }

@test "a layer that is gone comes back from its blob" {
    image 0 import tree.tar one
    local want
    want=$(tree_of "$layer") lost=$layer
    rm -rf "$layer"
    image 0 unpack one
    is "$(unpacked)" 1
    is "$(tree_of "$lost")" "$want"
    image 0 unpack one
    is "$(unpacked)" 0
}

@test "an image is found by name, ID and the digest of its manifest" {
    image 0 import tree.tar one
    local first=$id manifest lost=$layer name
    manifest=$(image_field result manifest)
    for name in one docker.io/library/one:latest "$first" "${first:7:12}" "$manifest"; do
        rm -rf "$lost"
        image 0 unpack "$name"
        is "$(unpacked)" 1
        is "$id" "$first"
    done
    image 1 unpack nope
    text_is "unpack 'nope': No such image: nope:latest"
    is "$kind" not_found
}

@test "several layers, written by umoci, with whiteouts" {
    needs umoci
    umoci init --layout images
    umoci new --image images:many
    umoci unpack --image images:many bundle
    mkdir -p bundle/rootfs/{keep,gone,opaque}
    touch bundle/rootfs/{keep/a,keep/b,gone/x,opaque/old}
    umoci repack --image images:many bundle
    rm -rf bundle && umoci unpack --image images:many bundle
    rm -rf bundle/rootfs/gone bundle/rootfs/keep/a
    echo new >bundle/rootfs/keep/c
    umoci repack --image images:many bundle
    rm -rf "$HOY_ROOT/images"
    cp -a images "$HOY_ROOT/images"
    image 0 unpack many
    is "$(unpacked)" 2
    mkdir merged
    local top bottom
    mapfile -t layers < <(jq -r '.rootfs.diff_ids[]' "$HOY_ROOT/images/blobs/sha256/${id#sha256:}")
    bottom=$HOY_ROOT/layers/${layers[0]#sha256:} top=$HOY_ROOT/layers/${layers[1]#sha256:}
    is "$(stat -c '%F %t %T' "$top/gone")" "character special file 0 0"
    unshare -m sh -c "mount -t overlay -o lowerdir='$top:$bottom' none merged &&
        cd merged && find . | sort" >list
    is "$(tr '\n' ' ' <list)" ". ./keep ./keep/b ./keep/c ./opaque ./opaque/old "
}

@test "umoci insert writes layers without padding and end mark" {
    needs umoci
    umoci init --layout images
    umoci new --image images:one
    printf 'seven b' >file
    umoci insert --image images:one file /etc/file
    new_store
    cp -a images "$HOY_ROOT/images"
    image 0 unpack one
    is "$(unpacked)" 1
    is "$(cat "$HOY_ROOT"/layers/[0-9a-f]*/etc/file)" "seven b"
}

@test "a link of one layer to a folder of a layer below is followed, in whatever layer it dangles" {
    mkdir -p one/usr/lib two/usr
    touch one/usr/lib/old
    tar -cf 1.tar -C one usr
    ln -s usr/lib two/lib
    ln -s /usr/lib two/absolute
    touch new
    tar -cf 2.tar -C two lib absolute
    tar -rf 2.tar --transform 's,^,lib/,' new
    tar -rf 2.tar --transform 's,new,absolute/deep/newer,' new
    layout_of 1.tar 2.tar
    image 0 unpack hand
    mkdir -p merged
    mapfile -t layers < <(jq -r '.rootfs.diff_ids[]' "$HOY_ROOT/images/blobs/sha256/${id#sha256:}")
    unshare -m sh -c "mount -t overlay -o \
        lowerdir='$HOY_ROOT/layers/${layers[1]#sha256:}:$HOY_ROOT/layers/${layers[0]#sha256:}' \
        none merged && cd merged && find . | sort" >list
    is "$(tr '\n' ' ' <list)" ". ./absolute ./lib ./usr ./usr/lib ./usr/lib/deep ./usr/lib/deep/newer ./usr/lib/new ./usr/lib/old "
}

@test "a layer that lies over a deleted folder hides what was in it" {
    # Two layers by hand: the second removes d and makes it anew, once in either order.
    mkdir -p one/d one/e two/d two/e
    touch one/d/old one/e/old two/d/new two/e/new two/.wh.d two/.wh.e
    tar -cf 1.tar -C one d e
    tar -cf 2.tar -C two .wh.d d e .wh.e
    layout_of 1.tar 2.tar
    image 0 unpack hand
    mkdir -p merged
    mapfile -t layers < <(jq -r '.rootfs.diff_ids[]' "$HOY_ROOT/images/blobs/sha256/${id#sha256:}")
    unshare -m sh -c "mount -t overlay -o \
        lowerdir='$HOY_ROOT/layers/${layers[1]#sha256:}:$HOY_ROOT/layers/${layers[0]#sha256:}' \
        none merged && cd merged && find . | sort" >list
    is "$(tr '\n' ' ' <list)" ". ./d ./d/new ./e ./e/new "
}

# layout_of FILE...: an image `hand` whose layers are these uncompressed archives.
layout_of() {
    local file diffs='[]' list='[]' config
    new_store
    mkdir -p "$HOY_ROOT/images/blobs/sha256"
    echo '{"imageLayoutVersion":"1.0.0"}' >"$HOY_ROOT/images/oci-layout"
    for file; do
        list=$(jq -c --argjson d "$(put_blob "$file" application/vnd.oci.image.layer.v1.tar)" \
            '. + [$d]' <<<"$list")
        diffs=$(jq -c --arg d "sha256:$(sha256sum <"$file" | cut -d' ' -f1)" '. + [$d]' <<<"$diffs")
    done
    jq -nc --argjson d "${DIFFS:-$diffs}" '{architecture: "amd64", os: "linux", config: {},
        rootfs: {type: "layers", diff_ids: $d}}' >config.json
    config=$(put_blob config.json application/vnd.oci.image.config.v1+json)
    jq -nc --argjson c "$config" --argjson l "$list" '{schemaVersion: 2, config: $c,
        mediaType: "application/vnd.oci.image.manifest.v1+json", layers: $l}' >manifest.json
    jq -nc --argjson m "$(put_blob manifest.json application/vnd.oci.image.manifest.v1+json)" \
        '{schemaVersion: 2, manifests:
            [$m + {annotations: {"org.opencontainers.image.ref.name": "hand"}}]}' \
        >"$HOY_ROOT/images/index.json"
}

put_blob() { # FILE TYPE: its descriptor
    local digest
    digest=$(sha256sum <"$1" | cut -d' ' -f1)
    cp "$1" "$HOY_ROOT/images/blobs/sha256/$digest"
    jq -nc --arg d "sha256:$digest" --arg t "$2" --argjson s "$(stat -c %s "$1")" \
        '{mediaType: $t, digest: $d, size: $s}'
}

no_layers() { is "$(find "$HOY_ROOT/layers" -mindepth 1 2>/dev/null)" ""; }

@test "a blob that is not what its digest says is named and not unpacked" {
    image 0 import tree.tar one
    local blob digest
    blob=$(blob_of "$id") digest=sha256:${blob##*/}
    rm -rf "$layer"
    # Still good gzip, of another archive.
    tar -czf "$blob" -C tree dir/one
    image 1 unpack one
    text_is "unpack 'one': blob '$digest': its content has digest 'sha256:$(sha256sum <"$blob" |
        cut -d' ' -f1)'"
    is "$kind" corrupt
    no_layers
    truncate -s 100 "$blob"
    image 1 unpack one
    text_is "unpack 'one': blob '$digest': the gzip data ends too early"
    is "$kind" corrupt
    no_layers
    rm "$blob"
    image 1 unpack one
    is "$kind" corrupt
    is "$hint" "the image is incomplete: copy or import it again"
    no_layers
}

@test "a blob that unpacks to something else than the image says is refused" {
    local wrong=sha256:0000000000000000000000000000000000000000000000000000000000000000
    DIFFS="[\"$wrong\"]" layout_of tree.tar
    local digest
    digest=sha256:$(sha256sum <tree.tar | cut -d' ' -f1)
    image 1 unpack hand
    text_is "unpack 'hand': blob '$digest': unpacked it is '$digest', the image says '$wrong'"
    is "$kind" corrupt
    no_layers
}

@test "manifest and config disagree about the layers" {
    DIFFS='[]' layout_of tree.tar
    image 1 unpack hand
    is "$kind" corrupt
    no_layers
}

@test "bzip2 is no layer" {
    bzip2 -k tree.tar
    layout_of tree.tar.bz2
    image 1 unpack hand
    text_is "unpack 'hand': blob 'sha256:$(sha256sum <tree.tar.bz2 | cut -d' ' -f1)': a layer is plain, gzip or zstd"
    no_layers
}
