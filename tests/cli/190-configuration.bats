#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # stdout, code, bg_pid are set by lib/cli
#
# Where hoy keeps things, and the configuration file.

load ../lib/cli

@test "--root and --state win over the environment" {
    hoy 0 --root "$T/r" --state "$T/s" images -q
    stdout_is ''
    [ -d "$T/r" ] && [ -d "$T/s" ]
    hoy 0 images -q
    [ -n "$stdout" ]
}

@test "a configuration file is read, a broken one refused by name" {
    echo '{"init": true, "log-opts": {"max-size": "1m"}}' >"$T/hoy.json"
    hoy 0 --config "$T/hoy.json" create --name conf busybox true
    hoy 0 inspect -f '{{.HostConfig.Init}} {{index .HostConfig.LogConfig.Config "max-size"}}' conf
    stdout_is 'true 1048576'
    hoy 0 rm conf
    echo '{"init": 5}' >"$T/hoy.json"
    hoy any --config "$T/hoy.json" ps
    [ "$code" != 0 ]
    stderr_has "configuration '$T/hoy.json': init: expected true or false"
    echo '{' >"$T/hoy.json"
    hoy any --config "$T/hoy.json" ps
    stderr_has "configuration '$T/hoy.json'"
}

@test "a store that cannot be written is said so" {
    hoy any --root /proc/nosuch ps
    [ "$code" != 0 ]
    stderr_has "open '/proc/nosuch'"
}
