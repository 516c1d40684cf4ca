#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2016 # stdout, B and others are set by lib/oci
#
# Bundles that mean harm: documents, paths and root file systems.

load ../lib/oci

# set_config FILTER [JQ OPTION...]: changes config.json.
set_config() {
    jq "${@:2}" "$1" "$B/config.json" >"$B/n" && mv "$B/n" "$B/config.json"
}

own_root() {
    cp -a "$OCI/rootfs" "$T/rootfs"
    set_config '.root.path = $r' --arg r "$T/rootfs"
}

@test "documents of hostile size, depth and bytes: one sentence, and nothing is left" {
    only_hoy
    bundle .
    cp "$B/config.json" "$T/good"
    printf '[%.0s' {1..100000} >"$B/config.json"
    rt 1 create -b "$B" c
    stderr_has 'nested deeper'
    { printf '{"x":"' && head -c 5000000 /dev/zero | tr '\0' a && printf '"}'; } >"$B/config.json"
    rt 1 create -b "$B" c
    sed 's/"sleep"/"sl\\u0000eep"/' "$T/good" >"$B/config.json"
    rt 1 create -b "$B" c
    stderr_has 'config.json'
    sed 's/"sleep"/"sl\xff\xfeeep"/' "$T/good" >"$B/config.json"
    rt 1 create -b "$B" c
    stderr_has 'config.json'
    : >"$B/config.json"
    rt 1 create -b "$B" c
    rm "$B/config.json" && mkdir "$B/config.json"
    rt 1 create -b "$B" c
    runtime_clean
}

@test "a wrong value is named by its path" {
    only_hoy
    bundle .
    cp "$B/config.json" "$T/good"
    refused() { # FILTER TEXT
        jq "$1" "$T/good" >"$B/config.json"
        rt 1 create -b "$B" c
        stderr_has "$2"
    }
    refused '.process.args = "sh"' 'process.args'
    refused '.process.user.uid = -1' 'process.user.uid'
    refused '.process.rlimits[0].type = "RLIMIT_FOO"' 'process.rlimits[0].type'
    refused '.linux.namespaces[1].type = "nonsense"' 'linux.namespaces[1].type'
    refused '.mounts[0].destination = 7' 'mounts[0].destination'
    refused '.linux.resources.memory.limit = "much"' 'linux.resources.memory.limit'
    refused '.ociVersion = "9.0.0"' 'ociVersion'
    refused 'del(.process)' 'process'
    runtime_clean
}

@test "a cgroup outside of the hierarchy is refused" {
    bundle .
    set_config '.linux.cgroupsPath = "/a/../../../.." + $t + "/x"' --arg t "$T"
    rt any create -b "$B" c
    [ ! -e "$T/x" ]
    only_hoy
    is "$code" 1
    stderr_has '..'
    runtime_clean
}

@test "links in the root file system lead nowhere outside" {
    program sh -c 'cat /in/secret/file; echo changed >/in/secret/file; ls /etc/linked'
    own_root
    mkdir "$T/outside" "$T/given"
    echo host >"$T/outside/file"
    echo given >"$T/given/file"
    mkdir "$T/rootfs/in"
    ln -s "../../../../../../../../..$T/outside" "$T/rootfs/in/secret"
    ln -s "$T/outside" "$T/rootfs/etc/linked"
    set_config '.mounts += [{destination: "/in/secret", type: "bind", source: $g, options: ["bind"]}]
        | .mounts += [{destination: "/etc/linked/deep", type: "tmpfs", source: "tmpfs"}]' --arg g "$T/given"
    rt 0 run -b "$B" c
    stdout_is $'given\ndeep\nfile'
    is "$(cat "$T/outside/file")" host
    is "$(ls "$T/outside")" file
    is "$(cat "$T/given/file")" changed
    runtime_clean
}

@test "the working directory cannot be a descriptor of the runtime (CVE-2024-21626)" {
    local fd
    bundle .
    for fd in 3 4 5 6 7 8 9 10 11 12; do
        set_config '.process.cwd = $c | .process.args = ["cat", "../../../../../../etc/hostname-of-the-host"]' \
            --arg c "/proc/self/fd/$fd"
        rt any run -b "$B" c
        [ "$code" != 0 ]
    done
    runtime_clean
}

@test "the runtime's own file cannot be reached from inside (CVE-2019-5736)" {
    only_hoy
    program /proc/self/exe --version
    rt any run -b "$B" c
    [[ $stdout != *hoy-runtime* ]]
    own_root
    printf '#!/proc/self/exe\n' >"$T/rootfs/bin/trap"
    chmod 755 "$T/rootfs/bin/trap"
    program sh -c 'while :; do for p in /proc/[0-9]*; do
        x=$(readlink $p/exe); case $x in *hoy*) echo "seen $x"; echo x >$p/exe; esac
        done; done 2>/dev/null'
    set_config '.root.path = $r' --arg r "$T/rootfs"
    rt_bg watch run -b "$B" c
    wait_until 10 has_status c running
    sum=$(sha256sum <"$(readlink -f "$RT")")
    for _ in 1 2 3 4 5; do rt any exec c /bin/trap; done
    rt 0 exec c true
    is "$(sha256sum <"$(readlink -f "$RT")")" "$sum"
    run ! grep -v 'memfd:' "$T/watch.out"
    rt 0 kill c KILL
    wait "$bg_pid" || is $? 137
    runtime_clean
}
