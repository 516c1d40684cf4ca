# shellcheck shell=bash
# Registries for tests: Debian's docker-registry on a free port of 127.0.0.1, and one that misbehaves.
#
#   registry_start NAME [SETTING=VALUE]...   starts docker-registry with its data in $R/NAME; settings
#                      as its environment takes them (REGISTRY_AUTH=htpasswd); sets $REGISTRY, its HOST:PORT
#   hostile_start      starts tests/lib/hostile_registry.py; sets $HOSTILE, requests are in $R/hostile.log
#   registry_put REF   puts the image busybox of this file's store there, with skopeo
#   registries_stop    ends them all; for teardown_file
#
# $R is a folder of the file, made by registry_setup_file. Servers are told apart by their pids.

registry_setup_file() {
    cli_setup_file
    R=$BATS_FILE_TMPDIR/registry
    mkdir -p "$R/home"
    # Nobody's credentials and proxies but the test's own.
    unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY no_proxy NO_PROXY DOCKER_CONFIG
    export R HOME=$R/home
}

registries_stop() {
    local pid
    [ -n "${R:-}" ] || return 0
    for pid in "$R"/*.pid; do
        [ ! -e "$pid" ] || kill "$(<"$pid")" 2>/dev/null || :
    done
}

registry_free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

registry_answers() { (: <"/dev/tcp/127.0.0.1/${REGISTRY##*:}") 2>/dev/null; }

registry_start() {
    local name=$1 tries
    shift
    mkdir -p "$R/$name"
    printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s}, delete: {enabled: true}}\n' \
        "$R/$name" >"$R/$name.yml"
    # Another program may take the port between the two.
    for tries in 1 2 3 4 5; do
        REGISTRY=127.0.0.1:$(registry_free_port)
        env "REGISTRY_HTTP_ADDR=$REGISTRY" REGISTRY_LOG_LEVEL=info "$@" \
            docker-registry serve "$R/$name.yml" >"$R/$name.log" 2>&1 3>&- &
        echo $! >"$R/$name.pid"
        wait_until 10 registry_answers && kill -0 "$(<"$R/$name.pid")" && break
    done
    [ "$tries" -lt 5 ]
    export REGISTRY
}

hostile_start() {
    python3 "$REPO/tests/lib/hostile_registry.py" "$R/hostile.port" "$R/hostile.log" \
        >"$R/hostile.out" 2>&1 3>&- &
    echo $! >"$R/hostile.pid"
    wait_until 20 test -s "$R/hostile.port"
    HOSTILE=127.0.0.1:$(<"$R/hostile.port")
    export HOSTILE
}

registry_put() {
    skopeo --insecure-policy copy -q --dest-tls-verify=false "${@:2}" \
        "oci:$HOY_ROOT/images:docker.io/library/busybox:latest" "docker://$1" >/dev/null
}
