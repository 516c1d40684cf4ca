#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2016 # stdout, B and others are set by lib/oci
#
# Fields of config.json through the command line; tests/fault looks at each one of them closer.

load ../lib/oci

# change FILTER: config.json through jq.
change() {
    jq "$1" "$B/config.json" >"$B/n" && mv "$B/n" "$B/config.json"
}

@test "a user namespace, and one more program in it" {
    program sleep 60
    cp -a "$OCI/rootfs" "$T/mapped"
    chown -R 100000:100000 "$T/mapped"
    chmod 755 "$T"
    change '.root.path = "'"$T"'/mapped" | .linux.namespaces += [{type: "user"}] |
        .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
        .linux.gidMappings = .linux.uidMappings'
    rt 0 run -d -b "$B" c
    rt 0 exec c sh -c 'id -u; echo $(cat /proc/self/uid_map); touch /tmp/made; stat -c %u /tmp/made'
    is "$stdout" $'0\n0 100000 65536\n0'
    is "$(stat -c %u "$T/mapped/tmp/made")" 100000
    rt 0 exec -u 7 c id -u
    is "$stdout" 7
    rt 0 delete -f c
    runtime_clean
}

@test "the execution domain holds for one more program, too" {
    program sleep 60
    change '.linux.personality = {domain: "LINUX32"}'
    rt 0 run -d -b "$B" c
    rt 0 exec c cat /proc/self/personality
    is "$stdout" 00000008
    rt 0 delete -f c
}

@test "invalid values are refused by the path of their field" {
    program true
    change '.process.rlimits = [{type: "RLIMIT_FOO", soft: 1, hard: 1}]'
    rt 1 run -b "$B" c
    stderr_has "process.rlimits[0].type: 'RLIMIT_FOO' is no resource limit; use "
    change '.process.rlimits = [] | .linux.namespaces += [{type: "pid"}]'
    rt 1 run -b "$B" c
    stderr_has "type: 'pid' is given twice; give each namespace once"
    runtime_clean
}
