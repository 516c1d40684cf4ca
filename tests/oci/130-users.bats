#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2016 # stdout, B and others are set by lib/oci
#
# User namespaces: made by root, and by a user without privileges.

load ../lib/oci

@test "run and exec in a user namespace: who one is inside and outside" {
    only_hoy
    bundle '.linux.namespaces += [{type: "user"}]
        | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] | .linux.gidMappings = .linux.uidMappings'
    cp -a "$OCI/rootfs" "$T/rootfs"
    chown -R 100000:100000 "$T/rootfs"
    jq --arg r "$T/rootfs" '.root.path = $r' "$B/config.json" >"$B/n" && mv "$B/n" "$B/config.json"
    chmod 755 "$T" "$T/.." "$T/../.."
    rt 0 run -d -b "$B" c
    rt 0 exec c sh -c 'id -u; cat /proc/self/uid_map; readlink /proc/self/ns/user; readlink /proc/1/ns/user'
    stdout_like $'^0\n +0 +100000 +1000\n(user:.*)\n(.*)$'
    is "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
    is "$(stat -c %u "/proc/$(jq .pid "$OCI_ROOT/c/state.json")")" 100000
    rt 0 delete -f c
    runtime_clean
}

@test "a user without privileges runs, executes, kills and deletes" {
    needs setpriv
    mkdir "$T/home" && cd "$T/home"
    cp -a "$OCI/rootfs" .
    cp -L "$RT" hoy-runtime
    chown -R 54321:54321 .
    chmod 755 "$T" "$T/.." "$T/../.." "$OCI"
    as_user() {
        code=0
        setpriv --reuid 54321 --regid 54321 --clear-groups env XDG_RUNTIME_DIR="$T/home" \
            "$T/home/hoy-runtime" --log "$T/home/log" "$@" >"$T/stdout" 2>"$T/stderr" 3>&- || code=$?
        cli_read stdout "$T/stdout"
        cli_read stderr "$T/stderr"
    }
    only_hoy
    as_user spec --rootless
    jq '.process.terminal = false | .process.args = ["sh", "-c", "id -u; exit 6"]' config.json >"$T/c"
    cat "$T/c" >config.json
    as_user run c
    is "$code $stdout" '6 0'
    grep -q 'level=warning.*the container has no cgroup' log
    jq '.process.args = ["sleep", "1000"]' config.json >"$T/c" && cat "$T/c" >config.json
    as_user run -d c
    is "$code$stderr" 0
    as_user exec c sh -c 'id -u; exit 5'
    is "$code $stdout" '5 0'
    as_user list
    stdout_has running
    as_user kill c KILL
    as_user delete --force c
    is "$code$stderr" 0
    as_user list -q
    stdout_is ''
}
