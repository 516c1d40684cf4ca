#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2016 # stdout, B and others are set by lib/oci
#
# Hooks: their order, where they run, the state that they read, and what their failure means.

load ../lib/oci

# hooks KIND...: each appends "KIND status pid-or-0" to $T/log; where /host-only is seen, "host".
hooks() {
    local kind
    bundle .
    cat >"$T/hook" <<EOT
#!/bin/sh
state=\$(cat)
word() { printf '%s' "\$state" | sed -n 's/.*"'\$1'": *"\\{0,1\\}\\([^",}]*\\).*/\\1/p'; }
echo "\$1 \$(word status) \$([ "\$(word pid)" -gt 0 ] 2>/dev/null && echo pid) \$(word id) \$X" >>$T/log
[ "\$1" != "\$FAIL" ] || { echo "hook says no" >&2; exit 3; }
EOT
    chmod 755 "$T/hook"
    for kind; do
        jq --arg k "$kind" --arg p "$T/hook" --arg f "${FAIL:-}" '.hooks[$k] += [{path: $p,
            args: ["hook", $k], env: ["X=y", "FAIL=" + $f, "PATH=/bin:/usr/bin"]}]' \
            "$B/config.json" >"$B/n" && mv "$B/n" "$B/config.json"
    done
}

@test "order and state" {
    hooks poststop poststart createContainer createRuntime prestart
    rt 0 create -b "$B" c
    is "$(cat "$T/log")" $'prestart creating pid c y\ncreateRuntime creating pid c y\ncreateContainer creating pid c y'
    rt 0 start c
    is "$(tail -n +4 "$T/log")" 'poststart running pid c y'
    rt 0 delete -f c
    is "$(tail -n +5 "$T/log")" 'poststop stopped  c y'
    runtime_clean
}

@test "startContainer runs inside, between start and the program" {
    program sh -c 'cat /tmp/said'
    rm -f "$OCI/rootfs/tmp/said"
    jq '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "echo hook $$ >/tmp/said"]}]' \
        "$B/config.json" >"$B/n" && mv "$B/n" "$B/config.json"
    rt 0 create -b "$B" c
    [ ! -e "$OCI/rootfs/tmp/said" ]
    rt 0 delete c
    rt 0 run -b "$B" c
    stdout_like '^hook [0-9]+$'
}

@test "a hook that fails before the start ends the container; poststop runs" {
    local kind
    for kind in prestart createRuntime createContainer; do
        rm -rf "$B" "$T/log"
        FAIL=$kind hooks "$kind" poststop
        rt 1 create -b "$B" c
        stderr_has 'hook says no'
        is "$(cat "$T/log")" "$kind creating pid c y"$'\n''poststop stopped  c y'
        runtime_clean
    done
}

@test "a failing poststart ends the container, a failing poststop is warned of" {
    only_hoy
    FAIL=poststart hooks poststart
    rt 0 create -b "$B" c
    rt 1 start c
    stderr_has 'hook says no'
    wait_until 10 has_status c stopped
    rt 0 delete c
    rm -rf "$B"
    FAIL=poststop hooks poststop
    rt 0 run -d -b "$B" c
    rt 0 --log "$T/err" delete -f c
    grep -q 'level=warning.*hook says no' "$T/err"
    runtime_clean
}

@test "a hook gets no descriptor of ours and its own environment" {
    bundle .
    cat >"$T/hook" <<EOT
#!/bin/sh
ls -l /proc/self/fd | sed 's/.* //' >$T/fds
env >$T/env
EOT
    chmod 755 "$T/hook"
    jq --arg p "$T/hook" '.hooks.createRuntime = [{path: $p, env: ["PATH=/bin:/usr/bin"]}]' "$B/config.json" >"$B/n" &&
        mv "$B/n" "$B/config.json"
    SECRET=1 rt 0 create -b "$B" c
    run ! grep -q "$OCI_ROOT\|socket" "$T/fds"
    run ! grep -q SECRET "$T/env"
    rt 0 delete c
}

@test "a create that is killed in a hook leaves nothing that delete does not find" {
    only_hoy
    bundle .
    printf '#!/bin/sh\nkill -KILL $PPID\n' >"$T/hook"
    chmod 755 "$T/hook"
    jq --arg p "$T/hook" '.hooks.createRuntime = [{path: $p}]' "$B/config.json" >"$B/n" && mv "$B/n" "$B/config.json"
    rt 137 create -b "$B" c
    wait_until 10 has_status c stopped
    rt 1 start c
    rt 0 delete c
    runtime_clean
}
