#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# bats file_tags=no-vm
# push, to Debian's docker-registry.
load ../lib/cli
load ../lib/registry

setup_file() {
    needs docker-registry skopeo
    registry_setup_file
    registry_start plain
    ID=$("$HOY" images -q --no-trunc busybox)
    export ID
}
teardown_file() {
    registries_stop
    cli_teardown_file
}

@test "push shows what Docker shows, and others can pull it" {
    hoy 0 tag busybox "$REGISTRY/first/busybox"
    hoy 0 push "$REGISTRY/first/busybox"
    digest=$(skopeo inspect --tls-verify=false -f '{{.Digest}}' "docker://$REGISTRY/first/busybox")
    layer='[0-9a-f]{12}'
    stdout_like "^Using default tag: latest
The push refers to repository \\[$REGISTRY/first/busybox\\]
($layer): Preparing
$layer: Pushed
latest: digest: $digest size: [0-9]+\$"
    hoy 0 inspect -f '{{.RepoDigests}}' "$REGISTRY/first/busybox"
    stdout_is "[$REGISTRY/first/busybox@$digest]"
    # Byte for byte what the store has.
    skopeo copy -q --src-tls-verify=false "docker://$REGISTRY/first/busybox" dir:got
    is "sha256:$(sha256sum <got/manifest.json | cut -c1-64)" "$digest"
    hoy 0 rmi "$REGISTRY/first/busybox"
    hoy 0 run --rm "$REGISTRY/first/busybox" echo hello
    stdout_is hello
    is "$("$HOY" images -q --no-trunc "$REGISTRY/first/busybox")" "$ID"
}

@test "what the registry has is not sent again, also for another repository" {
    hoy 0 tag busybox "$REGISTRY/second/busybox:a"
    hoy 0 push "$REGISTRY/second/busybox:a"
    hoy 0 push "$REGISTRY/second/busybox:a"
    stdout_has "Layer already exists"
    hoy 0 tag busybox "$REGISTRY/third/busybox:a"
    : >"$R/plain.log"
    hoy 0 push "$REGISTRY/third/busybox:a"
    stdout_like ': (Mounted|Layer already exists)'
    run ! grep 'PATCH\|PUT /v2/third/busybox/blobs.*hoy/' "$R/plain.log"
}

@test "push --all-tags, --quiet" {
    hoy 0 tag busybox "$REGISTRY/many:one"
    hoy 0 tag busybox "$REGISTRY/many:two"
    hoy 0 push -a "$REGISTRY/many"
    stdout_has "one: digest: sha256:"
    stdout_has "two: digest: sha256:"
    is "$(skopeo list-tags --tls-verify=false "docker://$REGISTRY/many" | jq -c .Tags)" '["one","two"]'
    hoy 0 push -q "$REGISTRY/many:one"
    stdout_is "$REGISTRY/many:one"
}

@test "what cannot be pushed" {
    hoy 1 push "$REGISTRY/nosuch"
    stderr_is "push '$REGISTRY/nosuch': An image does not exist locally with the tag: $REGISTRY/nosuch"
    hoy 1 push "$REGISTRY/x@$ID"
    stderr_is "push '$REGISTRY/x@$ID': cannot push a digest reference"
    hoy 0 tag busybox 127.0.0.1:1/busybox
    hoy 1 push 127.0.0.1:1/busybox
    stderr_is "push '127.0.0.1:1/busybox': registry '127.0.0.1:1': connect: connection refused"
}

@test "a registry with passwords" {
    printf '%s\n' 'tester:$2y$05$el8fovNoKQpRO6iqA6LkDO1G68tW/bm8yhht5w/2ZT/JWcK.MuUc6' >"$R/htpasswd"
    registry_start auth REGISTRY_AUTH=htpasswd REGISTRY_AUTH_HTPASSWD_REALM=test REGISTRY_AUTH_HTPASSWD_PATH="$R/htpasswd"
    hoy 0 tag busybox "$REGISTRY/busybox"
    hoy 1 push -q "$REGISTRY/busybox"
    stderr_has "registry '$REGISTRY': it wants a login"
    hoy 0 push -q --creds 'tester:secret word' "$REGISTRY/busybox"
    hoy 0 rmi "$REGISTRY/busybox"
    hoy 0 pull -q --creds 'tester:secret word' "$REGISTRY/busybox"
}
