#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# bats file_tags=no-vm
# pull from a registry that misbehaves: one sentence each, and nothing is left.
load ../lib/cli
load ../lib/registry

setup_file() {
    needs python3
    registry_setup_file
    hostile_start
    printf '{"registry-timeout": 1, "max-download-attempts": 3}' >"$R/hoy.json"
}
teardown_file() {
    registries_stop
    cli_teardown_file
}
setup() {
    cli_setup
    : >"$R/hostile.log"
    (cd "$HOY_ROOT" && find . -type f ! -name '*.lock' | sort) >before
}

# refused REPOSITORY SENTENCE: pull fails with it, and the store is as it was.
refused() {
    hoy 1 --config "$R/hoy.json" pull -q "$HOSTILE/$1"
    stderr_is "pull '$HOSTILE/$1': $2"
    (cd "$HOY_ROOT" && find . -type f ! -name '*.lock' | sort) | diff before -
}
pulled() {
    hoy 0 --config "$R/hoy.json" pull -q "$HOSTILE/$1"
    hoy 0 rmi "$HOSTILE/$1"
    (cd "$HOY_ROOT" && find . -type f ! -name '*.lock' | sort) | diff before -
}
who() { echo "registry '$HOSTILE'"; }
# The ranges of the layer that were asked for.
ranges() { awk -v path="/v2/$1/blobs/$LAYER" '$2 == path {print $3}' "$R/hostile.log" | tr '\n' ' '; }

LAYER=sha256:30d4f069ea55c765693270f019b31f77e685594c3e8656ae4127c91810578c88
CONFIG=sha256:8027110ac9946dfaac070b24622acdc20a6191a01bd6d1050a2749a78a1b5246

@test "what is good is pulled" { pulled good; }

@test "media types that are no manifest" {
    refused html "the registry answered with media type 'text/html', which is no image manifest"
    refused schema1 "read manifest: manifests of schema 1 are not supported"
    refused artifact "it is no image but an artifact of type 'application/vnd.example.config+json'"
}
@test "documents that are damaged, too deep, too large" {
    hoy 1 pull -q "$HOSTILE/deep"
    stderr_like "^pull '$HOSTILE/deep': read manifest: .*$"
    refused huge "$(who): it sends more than 4194304 bytes"
    refused endless-manifest "$(who): it sends more than 4194304 bytes"
    hoy 1 pull -q "$HOSTILE/many"
    stderr_like "^pull '$HOSTILE/many': read manifest: .*$"
    refused both "read manifest: it is an index and a manifest at once"
    refused endless-refusal "manifest for $HOSTILE/endless-refusal:latest not found: $(who): not found"
}
@test "digests and sizes that are not what was promised" {
    refused wrong "layer '$LAYER': the gzip data is damaged" || stderr_like "layer '$LAYER': "
    hoy 1 pull -q "$HOSTILE/wrong-config"
    stderr_like "^pull '$HOSTILE/wrong-config': config '$CONFIG': its content has digest 'sha256:[0-9a-f]{64}'$"
    hoy 1 pull -q "$HOSTILE/wrong-header"
    stderr_like "^pull '$HOSTILE/wrong-header': manifest 'sha256:[0-9a-f]{64}': its content has digest 'sha256:[0-9a-f]{64}'$"
    hoy 1 pull -q "$HOSTILE/wrong-diff"
    stderr_like "^pull '$HOSTILE/wrong-diff': layer '$LAYER': unpacked it is 'sha256:[0-9a-f]{64}', the image says 'sha256:[0-9a-f]{64}'$"
    refused two-layers "the manifest has 1 layers, the config 2"
    hoy 1 pull -q "$HOSTILE/short"
    stderr_like "^pull '$HOSTILE/short': layer '$LAYER': $(who): it sends more than the [0-9]+ bytes that the manifest says$"
    (cd "$HOY_ROOT" && find . -type f ! -name '*.lock' | sort) | diff before -
}
@test "a layer that never ends" {
    hoy 1 pull -q "$HOSTILE/endless"
    stderr_like "^pull '$HOSTILE/endless': layer '$LAYER': $(who): it sends more than the [0-9]+ bytes that the manifest says$"
}
@test "redirects to files and in circles" {
    refused file "layer '$LAYER': $(who): it redirects to something else than http"
    refused circle "layer '$LAYER': $(who): it redirects more than 10 times"
}
@test "a slow drip" {
    refused drip "$(who): nothing worth the name came for 1 seconds"
}
@test "401, 403, 404, 429, 5xx" {
    refused denied "$(who): access is denied: denied: not for you?[2J"
    refused missing-layer "layer '$LAYER': $(who): not found"
    refused limited "$(who): too many requests, it limits how often one may ask
it asks to be left alone for 100000 seconds"
    refused down "$(who): it answered with 500"
    is "$(grep -c . "$R/hostile.log")" 8
    pulled busy
}
@test "tokens: anonymous, with a user, refused, from a place that is none" {
    pulled anonymous
    refused bearer "$(who): the credentials were refused: incorrect username or password
log in with 'hoy login $HOSTILE'"
    hoy 0 pull -q --creds 'tester:secret word' "$HOSTILE/bearer"
    hoy 0 rmi "$HOSTILE/bearer"
    # The token server alone sees the password.
    run ! grep -E '/v2/.* Basic' "$R/hostile.log"
    refused bad-realm "$(who): its token server is no web address"
}
@test "a broken connection goes on where it was" {
    pulled broken
    is "$(ranges broken)" "- bytes=100000- bytes=200000- bytes=300000- "
    pulled no-ranges
    pulled wrong-range
    is "$(ranges wrong-range)" "- bytes=100000- - - "
}
@test "a connection that breaks again and again" {
    hoy 1 --config "$R/hoy.json" pull -q "$HOSTILE/always-broken"
    stderr_like "^pull '$HOSTILE/always-broken': layer '$LAYER': $(who): "
    is "$(ranges always-broken)" "- - - "
    hoy 1 --config "$R/hoy.json" pull -q --retry 0 "$HOSTILE/always-broken"
    is "$(ranges always-broken)" "- - - - "
    (cd "$HOY_ROOT" && find . -type f ! -name '*.lock' | sort) | diff before -
}
@test "killed in the middle: the next pull goes on from the byte it had" {
    hoy_bg killed pull "$HOSTILE/stuck"
    arrived() { [ "$(stat -c %s "$HOY_ROOT"/images/.partial-* 2>/dev/null)" = 150000 ]; }
    wait_until 20 arrived
    # shellcheck disable=SC2154
    kill -9 "$(pgrep -P "$bg_pid")"
    wait "$bg_pid" || :
    pulled stuck
    is "$(ranges stuck)" "- bytes=150000- "
}
@test "what an earlier run left is not believed" {
    head -c 150000 /dev/zero >"$HOY_ROOT/images/.partial-${LAYER#sha256:}"
    pulled good
    is "$(ranges good)" "bytes=150000- - "
}
@test "platforms: this machine's, another, none, and attestations never" {
    hoy 0 pull -q "$HOSTILE/platforms"
    hoy 0 inspect -f '{{.Architecture}}' "$HOSTILE/platforms"
    stdout_is amd64
    hoy 0 pull -q --platform linux/arm64 "$HOSTILE/platforms"
    hoy 0 inspect -f '{{.Architecture}}' "$HOSTILE/platforms"
    stdout_is arm64
    hoy 0 rmi -f "$HOSTILE/platforms"
    hoy 0 images -q --no-trunc -f dangling=true
    hoy 0 rmi "$stdout" # what the second pull took the name from
    hoy 1 pull -q --platform linux/s390x "$HOSTILE/platforms"
    stderr_is "pull '$HOSTILE/platforms': no matching manifest for linux/s390x in the manifest list entries"
    hoy 1 pull -q --platform unknown/unknown "$HOSTILE/platforms"
}

@test "proxies from the environment, but not for loopback" {
    HTTP_PROXY=http://$HOSTILE hoy 0 pull -q --tls-verify=false proxied.invalid/good
    hoy 0 rmi proxied.invalid/good
    grep -q '^GET http://proxied.invalid/v2/good/manifests/latest ' "$R/hostile.log"
    HTTP_PROXY=http://127.0.0.1:1 http_proxy=http://127.0.0.1:1 pulled good
}
@test "two pulls of the same image fetch its layer once" {
    hoy_bg one pull -q "$HOSTILE/good"
    one=$bg_pid
    hoy_bg two pull -q "$HOSTILE/good"
    wait "$one"
    wait "$bg_pid"
    is "$(ranges good)" "- "
    hoy 0 rmi "$HOSTILE/good"
}
