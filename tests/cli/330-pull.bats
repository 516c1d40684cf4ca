#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# bats file_tags=no-vm
# pull, and run of what is not there, from Debian's docker-registry.
load ../lib/cli
load ../lib/registry

HASH='tester:$2y$05$el8fovNoKQpRO6iqA6LkDO1G68tW/bm8yhht5w/2ZT/JWcK.MuUc6'

setup_file() {
    needs docker-registry skopeo openssl
    registry_setup_file
    registry_start plain
    registry_put "$REGISTRY/busybox:latest"
    registry_put "$REGISTRY/deep/er/busybox:v2"
    export PLAIN=$REGISTRY
    ID=$("$HOY" images -q --no-trunc busybox)
    export ID
}
teardown_file() {
    registries_stop
    cli_teardown_file
}
setup() {
    cli_setup
    "$HOY" rmi -f "$ID" >/dev/null 2>&1 || :
    rm -rf "$HOME/.docker"
}

# The digest that the registry has for busybox.
remote_digest() { skopeo inspect --tls-verify=false -f '{{.Digest}}' "docker://$PLAIN/busybox"; }

@test "pull shows what Docker shows, and the image runs" {
    hoy 0 pull "$PLAIN/busybox"
    layer='[0-9a-f]{12}'
    stdout_like "^Using default tag: latest
latest: Pulling from busybox
($layer): Pulling fs layer
$layer: Download complete
$layer: Pull complete
Digest: $(remote_digest)
Status: Downloaded newer image for $PLAIN/busybox:latest
$PLAIN/busybox:latest\$"
    stderr_is ""
    hoy 0 run --rm "$PLAIN/busybox" echo hello
    stdout_is hello
    hoy 0 images -q --no-trunc "$PLAIN/busybox"
    stdout_is "$ID"
}

@test "a second pull finds it up to date, and fetches the manifest alone" {
    hoy 0 pull -q "$PLAIN/busybox"
    stdout_is "$PLAIN/busybox:latest"
    : >"$R/plain.log"
    hoy 0 pull "$PLAIN/busybox"
    stdout_is "Using default tag: latest
latest: Pulling from busybox
Digest: $(remote_digest)
Status: Image is up to date for $PLAIN/busybox:latest
$PLAIN/busybox:latest"
    run ! grep 'blobs/sha256.*hoy/' "$R/plain.log"
}

@test "layers and blobs that are there are not fetched again" {
    hoy 0 pull -q "$PLAIN/busybox"
    : >"$R/plain.log"
    hoy 0 pull "$PLAIN/deep/er/busybox:v2"
    stdout_like ': Already exists'
    run ! grep 'blobs/sha256.*hoy/' "$R/plain.log"
    # Unpacked layers that are gone come back from the blob.
    rm -rf "$HOY_ROOT"/layers/[0-9a-f]*
    hoy 0 pull "$PLAIN/busybox"
    stdout_has 'Pull complete'
    run ! grep 'blobs/sha256.*hoy/' "$R/plain.log"
    hoy 0 run --rm "$PLAIN/busybox" true
}

@test "images shows tag and digest of a pulled image in one line" {
    hoy 0 pull -q "$PLAIN/busybox"
    hoy 0 images --digests --format '{{.Repository}} {{.Tag}} {{.Digest}}'
    stdout_is "$PLAIN/busybox latest $(remote_digest)"
    hoy 0 images --format '{{.Repository}} {{.Tag}}'
    stdout_is "$PLAIN/busybox latest"
    hoy 0 inspect -f '{{.RepoTags}} {{.RepoDigests}}' "$PLAIN/busybox"
    stdout_is "[$PLAIN/busybox:latest] [$PLAIN/busybox@$(remote_digest)]"
}

@test "pull by digest" {
    digest=$(remote_digest)
    hoy 0 pull "$PLAIN/busybox@$digest"
    stdout_has "$digest: Pulling from busybox"
    stdout_has "Status: Downloaded newer image for $PLAIN/busybox@$digest"
    hoy 0 images --digests --format '{{.Repository}} {{.Tag}} {{.Digest}}'
    stdout_is "$PLAIN/busybox <none> $digest"
    hoy 0 run --rm "$PLAIN/busybox@$digest" echo by digest
    stdout_is "by digest"
}

@test "pull --all-tags" {
    registry_put_again() { skopeo copy -q --src-tls-verify=false --dest-tls-verify=false "docker://$PLAIN/busybox" "docker://$PLAIN/tags:$1"; }
    registry_put_again one
    registry_put_again two
    hoy 0 pull -a "$PLAIN/tags"
    stdout_has "one: Pulling from tags"
    stdout_has "Status: Downloaded newer image for $PLAIN/tags"
    hoy 0 images --format '{{.Tag}}' "$PLAIN/tags"
    stdout_is "one
two"
    hoy 1 pull -a "$PLAIN/tags:one"
    stderr_is "pull '$PLAIN/tags:one': tag can't be used with --all-tags/-a"
}

@test "run fetches what is not there, and shows it on standard error" {
    hoy 0 run --rm "$PLAIN/busybox" echo hello
    stdout_is hello
    stderr_like "^Unable to find image '$PLAIN/busybox:latest' locally
latest: Pulling from busybox
.*Status: Downloaded newer image for $PLAIN/busybox:latest\$"
    hoy 0 rmi "$PLAIN/busybox"
    hoy 0 run --rm --quiet "$PLAIN/busybox" echo hello
    stderr_is ""
}

@test "run --pull always asks the registry, --pull never does not" {
    hoy 125 run --rm --pull never "$PLAIN/busybox" true
    stderr_is "hoy: No such image: $PLAIN/busybox:latest"
    hoy 0 run --rm --pull always "$PLAIN/busybox" true
    hoy 0 run --rm --pull always "$PLAIN/busybox" true
    stderr_has "Status: Image is up to date for $PLAIN/busybox:latest"
    hoy 0 run --rm "$PLAIN/busybox" true
    stderr_is ""
}

@test "what the registry does not have" {
    hoy 1 pull "$PLAIN/nosuch"
    stderr_is "pull '$PLAIN/nosuch': manifest for $PLAIN/nosuch:latest not found: registry '$PLAIN': not found: manifest unknown: manifest unknown"
    hoy 1 pull "$PLAIN/busybox:nosuch"
    stderr_has "manifest for $PLAIN/busybox:nosuch not found"
    hoy 1 pull "BUSYBOX"
    stderr_has "invalid reference format: repository name (library/BUSYBOX) must be lowercase"
    hoy 125 run --rm "$PLAIN/nosuch" true
    stderr_has "hoy: pull '$PLAIN/nosuch': manifest for $PLAIN/nosuch:latest not found"
}

@test "a registry that is not there" {
    hoy 1 pull 127.0.0.1:1/busybox
    stderr_is "pull '127.0.0.1:1/busybox': registry '127.0.0.1:1': connect: connection refused"
    hoy 1 pull no-such-host.invalid/busybox
    stderr_is "pull 'no-such-host.invalid/busybox': registry 'no-such-host.invalid': no such host"
}

@test "mirrors: Docker's for docker.io, ours for any registry" {
    skopeo copy -q --src-tls-verify=false --dest-tls-verify=false "docker://$PLAIN/busybox" "docker://$PLAIN/library/alpine"
    printf '{"registry-mirrors": ["http://127.0.0.1:1", "http://%s"]}' "$PLAIN" >hoy.json
    hoy 0 --config hoy.json pull alpine
    stdout_has "latest: Pulling from library/alpine"
    stdout_has "Status: Downloaded newer image for alpine:latest"
    stdout_has "docker.io/library/alpine:latest"
    hoy 0 run --rm alpine echo hello
    printf '{"registry-mirrors": {"quay.invalid": ["http://%s/"]}}' "$PLAIN" >hoy.json
    hoy 0 --config hoy.json pull -q quay.invalid/busybox
    stdout_is "quay.invalid/busybox:latest"
    printf '{"registry-mirrors": ["ftp://x"]}' >hoy.json
    hoy 1 --config hoy.json pull alpine
    stderr_is "pull 'alpine': registry mirror 'ftp://x': expected http://HOST or https://HOST"
}

@test "a registry with htpasswd: --creds, config.json, helpers" {
    printf '%s\n' "$HASH" >"$R/htpasswd"
    registry_start auth REGISTRY_AUTH=htpasswd REGISTRY_AUTH_HTPASSWD_REALM=test REGISTRY_AUTH_HTPASSWD_PATH="$R/htpasswd"
    registry_put "$REGISTRY/busybox" --dest-creds 'tester:secret word' 2>/dev/null || {
        hoy 0 pull -q "$PLAIN/busybox"
        skopeo copy -q --src-tls-verify=false --dest-tls-verify=false --dest-creds 'tester:secret word' "docker://$PLAIN/busybox" "docker://$REGISTRY/busybox"
        hoy 0 rmi -f "$ID"
    }
    hoy 1 pull "$REGISTRY/busybox"
    stderr_is "pull '$REGISTRY/busybox': registry '$REGISTRY': it wants a login
log in with 'hoy login $REGISTRY'"
    hoy 1 pull --creds tester:wrong "$REGISTRY/busybox"
    stderr_has "registry '$REGISTRY': the credentials were refused"
    hoy 0 pull -q --creds 'tester:secret word' "$REGISTRY/busybox"
    hoy 0 rmi "$REGISTRY/busybox"

    auth=$(printf 'tester:secret word' | base64)
    printf '{"auths": {"%s": {"auth": "%s"}}}' "$REGISTRY" "$auth" >auth.json
    hoy 0 pull -q --authfile auth.json "$REGISTRY/busybox"
    hoy 0 rmi "$REGISTRY/busybox"
    mkdir -p "$HOME/.docker"
    cp auth.json "$HOME/.docker/config.json"
    hoy 0 pull -q "$REGISTRY/busybox"
    hoy 0 rmi "$REGISTRY/busybox"

    mkdir bin
    printf '#!/bin/sh\n[ "$1" = get ] && [ "$(cat)" = "%s" ] &&\n%s\n' "$REGISTRY" \
        'echo "{\"Username\": \"tester\", \"Secret\": \"secret word\"}"' >bin/docker-credential-test
    chmod +x bin/docker-credential-test
    printf '{"credHelpers": {"%s": "test"}}' "$REGISTRY" >"$HOME/.docker/config.json"
    PATH=$PWD/bin:$PATH hoy 0 pull -q "$REGISTRY/busybox"
    hoy 0 rmi "$REGISTRY/busybox"
    hoy 1 pull -q "$REGISTRY/busybox"
    stderr_has "credential helper 'docker-credential-test': not found in PATH"
}

@test "a registry with TLS: authorities, insecure registries, --tls-verify=false" {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test \
        -addext subjectAltName=IP:127.0.0.1,IP:0.0.0.0 -keyout "$R/key.pem" -out "$R/cert.pem" 2>/dev/null
    registry_start tls REGISTRY_HTTP_TLS_CERTIFICATE="$R/cert.pem" REGISTRY_HTTP_TLS_KEY="$R/key.pem"
    skopeo copy -q --src-tls-verify=false --dest-tls-verify=false "docker://$PLAIN/busybox" "docker://$REGISTRY/busybox"
    # On loopback certificates do not matter, as with Docker; localhost's other name has no such luck.
    hoy 0 pull -q "$REGISTRY/busybox"
    hoy 0 rmi "$REGISTRY/busybox"
    other=0.0.0.0:${REGISTRY##*:}
    hoy 1 pull "$other/busybox"
    stderr_like "registry '$other': its certificate is not trusted"
    hoy 0 pull -q --tls-verify=false "$other/busybox"
    hoy 0 rmi "$other/busybox"
    printf '{"insecure-registries": ["0.0.0.0/32"]}' >hoy.json
    hoy 0 --config hoy.json pull -q "$other/busybox"
    hoy 0 rmi "$other/busybox"
    # certs.d, in a copy of /etc that only this command sees.
    for place in hoy docker; do
        mkdir -p "upper.$place/$place/certs.d/$other" "work.$place"
        cp "$R/cert.pem" "upper.$place/$place/certs.d/$other/ca.crt"
        unshare -m sh -c 'mount -t overlay -o "lowerdir=/etc,upperdir=$1,workdir=$2" etc /etc && shift 2 && "$@"' \
            sh "$PWD/upper.$place" "$PWD/work.$place" "$HOY" pull -q "$other/busybox"
        hoy 0 rmi "$other/busybox"
    done
}

@test "of the two halves one has the network, the other the store" {
    hoy 0 pull -q "$PLAIN/busybox"
    hoy 0 rmi "$PLAIN/busybox"
    # The leak sanitizer does not work under strace.
    ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o trace \
        -e trace=socket,connect,openat,unlinkat,renameat,renameat2,mkdirat,execve,prctl "$HOY" pull -q "$PLAIN/busybox"
    fetcher=$(awk '/connect\(.*AF_INET/ {print $1; exit}' trace)
    [ -n "$fetcher" ]
    # Behind its filter the fetcher opens nothing for writing; nobody else speaks to the network.
    sed -n "/^$fetcher .*PR_SET_SECCOMP/,\$p" trace | grep "^$fetcher " >fetcher.trace
    grep -q 'connect(.*AF_INET' fetcher.trace
    run ! grep -E 'O_WRONLY|O_RDWR|O_CREAT|renameat|mkdirat|unlinkat' fetcher.trace
    run ! bash -c "grep -v '^$fetcher ' trace | grep 'AF_INET'"
}
