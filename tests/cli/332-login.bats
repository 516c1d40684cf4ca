#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# bats file_tags=no-vm
# login and logout: Docker's file and helpers, a registry with passwords.
load ../lib/cli
load ../lib/registry

HASH='tester:$2y$05$el8fovNoKQpRO6iqA6LkDO1G68tW/bm8yhht5w/2ZT/JWcK.MuUc6'

setup_file() {
    needs docker-registry skopeo jq
    registry_setup_file
    printf '%s\n' "$HASH" >"$R/htpasswd"
    registry_start auth REGISTRY_AUTH=htpasswd REGISTRY_AUTH_HTPASSWD_REALM=test REGISTRY_AUTH_HTPASSWD_PATH="$R/htpasswd"
}
teardown_file() {
    registries_stop
    cli_teardown_file
}
setup() {
    cli_setup
    rm -rf "$HOME/.docker"
}

@test "login keeps what the registry takes, where Docker and skopeo find it" {
    hoy 0 login -u tester --password-stdin "$REGISTRY" <<<"secret word"
    stdout_is "Login Succeeded"
    stderr_is "WARNING! Your password will be stored unencrypted in $HOME/.docker/config.json.
Configure a credential helper to remove this warning."
    is "$(stat -c %a "$HOME/.docker/config.json")" 600
    is "$(jq -r ".auths[\"$REGISTRY\"].auth" "$HOME/.docker/config.json" | base64 -d)" "tester:secret word"
    registry_put "$REGISTRY/busybox" --dest-authfile "$HOME/.docker/config.json"
    hoy 0 pull -q "$REGISTRY/busybox"
    hoy 0 rmi "$REGISTRY/busybox"

    hoy 0 logout "$REGISTRY"
    stdout_is "Removing login credentials for $REGISTRY"
    is "$(jq -c .auths "$HOME/.docker/config.json")" '{}'
    hoy 1 pull -q "$REGISTRY/busybox"
    hoy 0 logout "$REGISTRY"
    stdout_is "Not logged in to $REGISTRY"
}

@test "login refuses what the registry refuses, and keeps nothing" {
    hoy 1 login -u tester --password-stdin "$REGISTRY" <<<wrong
    stderr_is "login '$REGISTRY': registry '$REGISTRY': the credentials were refused"
    [ ! -e "$HOME/.docker" ]
    hoy 1 login -u tester -p x 127.0.0.1:1
    stderr_is "WARNING! Using --password via the CLI is insecure. Use --password-stdin.
login '127.0.0.1:1': registry '127.0.0.1:1': connect: connection refused"
    hoy 1 login "$REGISTRY" </dev/null
    stderr_is "Error: Cannot perform an interactive login from a non TTY device"
    hoy 1 login --password-stdin "$REGISTRY" <<<x
    stderr_is "Must provide --username with --password-stdin"
    hoy 1 login -u a -p b "not a host"
    stderr_has "login 'not a host': expected HOST[:PORT]"
}

@test "the rest of the file stays" {
    mkdir -p "$HOME/.docker"
    echo '{"detachKeys": "ctrl-q", "auths": {"quay.io": {"auth": "YTpi"}}}' >"$HOME/.docker/config.json"
    hoy 0 login -u tester --password-stdin "$REGISTRY" <<<"secret word"
    hoy 0 logout "$REGISTRY"
    is "$(jq -c . "$HOME/.docker/config.json")" '{"detachKeys":"ctrl-q","auths":{"quay.io":{"auth":"YTpi"}}}'
    # A link stays a link.
    mv "$HOME/.docker/config.json" kept.json
    ln -s "$PWD/kept.json" "$HOME/.docker/config.json"
    hoy 0 login -u tester --password-stdin "$REGISTRY" <<<"secret word"
    [ -L "$HOME/.docker/config.json" ]
    is "$(jq -r '.auths | length' kept.json)" 2
    echo '{"auths": ' >"$HOME/.docker/config.json"
    hoy 1 login -u tester --password-stdin "$REGISTRY" <<<"secret word"
    stderr_like "^login '$REGISTRY': credentials in '$HOME/.docker/config.json': "
    is "$(<"$HOME/.docker/config.json")" '{"auths": '
}

@test "a credential helper keeps the password, not the file" {
    mkdir -p "$HOME/.docker" bin
    cat >bin/docker-credential-drawer <<'END'
#!/bin/sh
case $1 in
store) cat >"$DRAWER" ;;
get) [ -e "$DRAWER" ] && cat "$DRAWER" && exit; echo "credentials not found in native keychain"; exit 1 ;;
erase) rm -f "$DRAWER" ;;
esac
END
    chmod +x bin/docker-credential-drawer
    echo '{"credsStore": "drawer"}' >"$HOME/.docker/config.json"
    export DRAWER=$PWD/drawer PATH=$PWD/bin:$PATH
    hoy 0 login -u tester --password-stdin "$REGISTRY" <<<"secret word"
    stderr_is ""
    is "$(jq -c . drawer)" "{\"ServerURL\":\"$REGISTRY\",\"Username\":\"tester\",\"Secret\":\"secret word\"}"
    is "$(jq -c .auths "$HOME/.docker/config.json")" "{\"$REGISTRY\":{}}"
    registry_put "$REGISTRY/helped" --dest-creds 'tester:secret word'
    hoy 0 pull -q "$REGISTRY/helped"
    hoy 0 logout "$REGISTRY"
    [ ! -e drawer ]
    hoy 1 pull -q "$REGISTRY/helped"
    stderr_has "it wants a login"
}

@test "on a terminal login asks, and does not show the password" {
    needs expect
    expect -c "
        log_file -noappend asked
        spawn $HOY login $REGISTRY
        expect \"Username: \" { send \"tester\r\" } timeout { exit 1 }
        expect \"Password: \" { send \"secret word\r\" } timeout { exit 1 }
        expect \"Login Succeeded\" {} timeout { exit 1 }
        expect eof"
    run ! grep -q 'secret' asked
}
