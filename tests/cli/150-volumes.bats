#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # stdout, code, bg_pid are set by lib/cli
#
# Bind mounts, volumes, tmpfs, read-only roots.

load ../lib/cli

anonymous_volumes() {
    find "$HOY_ROOT/volumes" -mindepth 1 -maxdepth 1 -regextype egrep -regex '.*/[0-9a-f]{64}' | wc -l
}

@test "bind mounts: both ways, read-only, files, missing folders are made" {
    mkdir "$T/dir"
    echo host >"$T/dir/file"
    hoy 0 run --rm -v "$T/dir:/data" busybox sh -c 'cat /data/file; echo ctr >/data/new'
    stdout_is host
    is "$(cat "$T/dir/new")" ctr
    hoy 1 run --rm -v "$T/dir:/data:ro" busybox touch /data/x
    stderr_has 'Read-only file system'
    hoy 0 run --rm -v "$T/dir/file:/etc/one:ro" busybox cat /etc/one
    stdout_is host
    hoy 0 run --rm -v "$T/made/deep:/x" busybox true
    [ -d "$T/made/deep" ]
    hoy 125 run --rm --mount "type=bind,src=$T/nosuch,dst=/x" busybox true
    stderr_has "bind source path does not exist: $T/nosuch"
    assert_nothing_left
}

@test "a named volume is made on demand, keeps its content, and starts with the image's" {
    hoy 0 run --rm -v keep:/etc busybox sh -c 'grep -c root /etc/passwd; echo mine >/etc/mine'
    hoy 0 run --rm -v keep:/elsewhere busybox sh -c 'cat /elsewhere/mine; test -f /elsewhere/passwd'
    stdout_is mine
    hoy 0 run --rm -v empty:/etc:nocopy busybox sh -c 'test ! -f /etc/passwd'
    hoy 125 run --rm -v 'a b:/x' busybox true
    stderr_has 'includes invalid characters for a local volume name'
    assert_nothing_left
}

@test "an anonymous volume goes with --rm, and with rm -v" {
    hoy 0 run --rm -v /anon busybox touch /anon/x
    is "$(anonymous_volumes)" 0
    hoy 0 run --name holder -v /anon busybox touch /anon/x
    is "$(anonymous_volumes)" 1
    hoy 0 rm -v holder
    is "$(anonymous_volumes)" 0
}

@test "tmpfs, shm size, and a read-only root" {
    hoy 0 run --rm --tmpfs /scratch:size=1m,mode=1700 busybox sh -c 'stat -c %a /scratch; grep " /scratch " /proc/mounts'
    stdout_like $'^1700\n'
    stdout_has 'noexec'
    stdout_has 'size=1024k'
    hoy 0 run --rm --shm-size 2m busybox sh -c 'df -k /dev/shm | tail -n 1'
    stdout_like ' 2048 '
    hoy 1 run --rm --read-only busybox touch /x
    stderr_has 'Read-only file system'
    hoy 0 run --rm --read-only --tmpfs /tmp busybox touch /tmp/x
    assert_nothing_left
}

@test "what a container does to its root stays in it" {
    hoy 0 run --name writer busybox sh -c 'rm /etc/passwd; echo x >/new; rm -r /home; mkdir /home; touch /home/y'
    hoy 0 run --rm busybox sh -c 'test -f /etc/passwd && test ! -e /new && test ! -e /home/y'
    hoy 0 start writer
    hoy any wait writer
    hoy 0 rm writer
    assert_nothing_left
}
