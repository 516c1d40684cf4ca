#!/usr/bin/env bats
# The image store as people see it: names, removal, and other tools at work in the same layout.

load ../lib/cli

images_are() { # LINE... of REPOSITORY:TAG, in any order
    hoy 0 images --format '{{.Repository}}:{{.Tag}}'
    is "$(sort <<<"$stdout")" "$(printf '%s\n' "$@" | sort)"
}

count() { find "$1" -mindepth 1 -maxdepth 1 -not -name '.*' | wc -l; }

a_folder() { # a small root of its own for an image: TEXT
    mkdir -p "$T/root" && echo "$1" >"$T/root/text" && touch -d @1000 "$T/root/text" "$T/root"
}

@test "a name is taken off while others remain, the last takes the image along" {
    needs_root
    a_folder one
    hoy 0 import "$T/root" one:a
    local id=$stdout layers blobs
    layers=$(count "$HOY_ROOT/layers") blobs=$(count "$HOY_ROOT/images/blobs/sha256")
    hoy 0 tag one:a two
    images_are busybox:latest one:a two:latest
    hoy 0 rmi one:a
    stdout_is "Untagged: one:a"
    hoy 0 rmi two
    stdout_has "Untagged: two:latest
Deleted: $id
Deleted: sha256:"
    images_are busybox:latest
    is "$(count "$HOY_ROOT/layers")" $((layers - 1))
    is "$(count "$HOY_ROOT/images/blobs/sha256")" $((blobs - 3))
    hoy 1 rmi two
    stderr_has "No such image: two:latest"
}

@test "a used image goes by force only, and its layers with the last container" {
    needs_root
    a_folder used
    cp "$(command -v busybox)" "$T/root/busybox"
    hoy 0 import --change 'CMD ["/busybox", "cat", "/text"]' "$T/root" used
    local short=${stdout:7:12} layers
    layers=$(count "$HOY_ROOT/layers")
    hoy 0 create --name first used
    local first=${CID:0:12}
    hoy 1 rmi used
    stderr_has "conflict: unable to remove repository reference \"used\" (must force) - container $first is using its referenced image $short"
    hoy 1 rmi "$short"
    stderr_has "conflict: unable to delete $short (must be forced) - image is being used by stopped container $first"
    hoy 0 create --name second used
    hoy 0 rmi -f used
    stdout_like "^Untagged: used:latest
Deleted: sha256:${short}[0-9a-f]*\$"
    is "$(count "$HOY_ROOT/layers")" "$layers"
    hoy 0 rm first
    is "$(count "$HOY_ROOT/layers")" "$layers"
    hoy 0 start -a second
    stdout_is used
    hoy 0 rm second
    is "$(count "$HOY_ROOT/layers")" $((layers - 1))
    assert_nothing_left
}

@test "a running container keeps its image even against force, but not the name" {
    needs_root
    hoy 0 tag busybox kept
    hoy 0 run -d --name runs kept sleep 100
    local runs=${CID:0:12} short
    hoy 0 images -q kept
    short=$stdout
    hoy 1 rmi -f "$short"
    stderr_has "conflict: unable to delete $short (cannot be forced) - image is being used by running container $runs"
    hoy 0 rmi -f kept
    stdout_is "Untagged: kept:latest"
    hoy 0 rm -f runs
    images_are busybox:latest
}

@test "an import under a taken name leaves the old image without one" {
    needs_root
    a_folder old
    hoy 0 import "$T/root" moves
    local old=${stdout:7:12}
    a_folder new
    hoy 0 import "$T/root" moves
    hoy 0 images --filter dangling=true --format '{{.ID}} {{.Repository}} {{.Tag}}'
    stdout_is "$old <none> <none>"
    hoy 0 rmi "$old" moves
    stdout_has "Deleted: sha256:$old"
    images_are busybox:latest
}

@test "the beginning of several IDs names none of them" {
    needs_root
    local n first='' seen=' ' names=()
    for n in {1..17}; do # of 17 IDs two begin alike
        a_folder "$n"
        hoy 0 import "$T/root" "many:$n"
        names+=("many:$n")
        first=${stdout:7:1}
        [[ $seen != *" $first "* ]] || break
        seen+="$first "
    done
    hoy 1 image inspect "$first"
    stderr_is "ambiguous reference: several image IDs begin with '$first'"
    hoy 125 run --rm --network none "sha256:$first" true
    stderr_is "hoy: ambiguous reference: several image IDs begin with 'sha256:$first'"
    hoy 1 rmi -f "$first"
    stderr_is "ambiguous reference: several image IDs begin with '$first'"
    hoy 0 rmi "${names[@]}"
}

@test "skopeo copies into the store and out of it" {
    needs_root
    needs skopeo
    skopeo copy -q "oci:$HOY_ROOT/images:docker.io/library/busybox:latest" "oci:$T/layout:short:1"
    skopeo copy -q --dest-compress-format zstd --dest-compress-level 1 \
        "oci:$T/layout:short:1" "oci:$HOY_ROOT/images:short:zstd"
    hoy 0 run --rm short:zstd echo from skopeo
    stdout_is "from skopeo"
    hoy 0 images -q --no-trunc busybox
    local id=$stdout
    hoy 0 images -q --no-trunc short:zstd
    stdout_is "$id"
    hoy 0 rmi short:zstd
    stdout_is "Untagged: short:zstd"
    skopeo inspect "oci:$HOY_ROOT/images:docker.io/library/busybox:latest" >/dev/null
    images_are busybox:latest
}

@test "a damaged image is named, listed and removable" {
    needs_root
    a_folder damaged
    hoy 0 import "$T/root" damaged
    local id=${stdout#sha256:}
    truncate -s 10 "$HOY_ROOT/images/blobs/sha256/$id"
    hoy 125 run --rm damaged true
    stderr_has "blob 'sha256:$id' has 10 bytes instead of "
    hoy 0 images -q damaged
    stdout_is "${id:0:12}"
    hoy 0 rmi damaged
    images_are busybox:latest
}

blob() { # FILE: moves it into the layout; prints its descriptor's digest and size as JSON
    local digest
    digest=$(sha256sum <"$1") && digest=${digest%% *}
    printf '"digest":"sha256:%s","size":%d' "$digest" "$(stat -c %s "$1")"
    mv "$1" "$T/layout/blobs/sha256/$digest"
}

# busybox with N more layers, each with a file lNUMBER, as a layout in $T/layout named deep.
deep_layout() {
    local n list='' diff_ids='' config id
    mkdir -p "$T/layout/blobs/sha256" "$T/files"
    mkdir -p "$T/files/bin" && cp "$(command -v busybox)" "$T/files/bin/busybox"
    for ((n = 0; n <= $1; n++)); do
        [ "$n" = 0 ] || { rm -rf "$T/files" && mkdir "$T/files" && echo "$n" >"$T/files/l$n"; }
        tar -C "$T/files" -cf "$T/layer" .
        id=$(blob "$T/layer")
        list+=",{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",$id}"
        id=${id#*:} && diff_ids+=",${id%%,*}"
    done
    echo "{\"os\":\"linux\",\"architecture\":\"$(uname -m)\",\"config\":{\"Entrypoint\":[\"/bin/busybox\"]},
        \"rootfs\":{\"type\":\"layers\",\"diff_ids\":[${diff_ids:1}]}}" >"$T/json"
    config=$(blob "$T/json")
    echo "{\"schemaVersion\":2,\"layers\":[${list:1}],\"config\":
        {\"mediaType\":\"application/vnd.oci.image.config.v1+json\",$config}}" >"$T/json"
    id=$(blob "$T/json")
    echo "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",$id,
        \"annotations\":{\"org.opencontainers.image.ref.name\":\"deep\"}}]}" >"$T/layout/index.json"
    echo '{"imageLayoutVersion":"1.0.0"}' >"$T/layout/oci-layout"
}

@test "rmi names layers by chain ID, topmost first" {
    needs_root
    deep_layout 2
    mkdir "$T/data" && mv "$T/layout" "$T/data/images"
    local hoy=(--root "$T/data" --state "$T/state") diff_ids one two three
    hoy 0 "${hoy[@]}" create --name user deep
    hoy 0 "${hoy[@]}" image inspect -f '{{join .RootFS.Layers "\n"}}' deep
    mapfile -t diff_ids <<<"$stdout"
    one=${diff_ids[0]}
    two=sha256:$(printf '%s %s' "$one" "${diff_ids[1]}" | sha256sum)
    two=${two%% *}
    three=sha256:$(printf '%s %s' "$two" "${diff_ids[2]}" | sha256sum)
    three=${three%% *}
    hoy 0 "${hoy[@]}" images -q --no-trunc
    local id=$stdout
    cp -a "$T/data/images" "$T/again"
    hoy 0 "${hoy[@]}" rmi -f deep
    stdout_is "Untagged: deep:latest
Deleted: $id" # the container stands on all of them
    hoy 0 "${hoy[@]}" rm user
    is "$(count "$T/data/layers")" 0
    rm -rf "$T/data/images" && mv "$T/again" "$T/data/images"
    hoy 0 "${hoy[@]}" rmi deep
    stdout_is "Untagged: deep:latest
Deleted: $id
Deleted: $three
Deleted: $two
Deleted: $one"
}

# bats test_tags=no-vm
@test "an image of 200 layers from another tool's layout runs" {
    needs_root
    deep_layout 199
    # A store is a layout: this one becomes the store.
    mkdir "$T/data" && mv "$T/layout" "$T/data/images"
    hoy 0 --root "$T/data" --state "$T/state" run --rm --network none deep cat /l1 /l37 /l199
    stdout_is "1
37
199"
    is "$(count "$T/data/layers")" 200
    hoy 0 --root "$T/data" --state "$T/state" rmi deep
    is "$(count "$T/data/layers")" 0
    is "$(count "$T/data/images/blobs/sha256")" 0
}
