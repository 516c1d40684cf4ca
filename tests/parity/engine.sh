#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs Docker's engine (Debian's docker.io) on a folder of its own until it gets TERM, and leaves
# nothing.
#   engine.sh FOLDER [RUNTIME]     makes FOLDER/docker.sock, FOLDER/data, FOLDER/log
# RUNTIME: path of another OCI runtime, which containers get that ask for the runtime "hoy".
# It lives in a mount and a process namespace of its own: when this process goes, even by KILL, the
# kernel ends dockerd, containerd, every shim and every container, and drops every mount. /run is
# covered there: the machine's own engines keep sockets under it. Only the cgroups are left to
# remove: they are all under one parent, which no other engine uses.
set -u
dir=$1
parent=hoy-parity-$$
inside=

remove_cgroups()
{
    left=0
    for top in /sys/fs/cgroup /sys/fs/cgroup/*; do
        if [ -d "$top/$parent" ]; then
            find "$top/$parent" -depth -type d -exec rmdir {} ';' 2>/dev/null
            [ ! -d "$top/$parent" ] || left=1
        fi
    done
    return "$left"
}

finish()
{
    trap '' TERM INT HUP
    if [ -n "$inside" ]; then
        kill -KILL "$inside" 2>/dev/null
        wait "$inside" 2>/dev/null
    fi
    tries=0
    until remove_cgroups; do
        tries=$((tries + 1))
        [ "$tries" -lt 200 ] || exit 1
        sleep 0.05
    done
    exit 0
}

mkdir -p "$dir/data" "$dir/exec" || exit 1
cat /etc/resolv.conf >"$dir/resolv.conf" 2>/dev/null
runtimes=
[ -z "${2:-}" ] || runtimes=", \"runtimes\": {\"hoy\": {\"path\": \"$2\"}}"
echo "{\"deprecated-key-path\": \"$dir/key.json\"$runtimes}" >"$dir/daemon.json"
trap finish TERM INT HUP
# shellcheck disable=SC2016
env --default-signal=INT,QUIT unshare --mount --pid --fork --kill-child --mount-proc sh -c '
    mount -t tmpfs -o mode=0755 parity /run || exit 1
    resolv=$(readlink -m /etc/resolv.conf)
    if [ "${resolv#/run/}" != "$resolv" ]; then
        mkdir -p "${resolv%/*}" && cp "$1/resolv.conf" "$resolv"
    fi
    mount -t tmpfs -o mode=0711 parity "$1/data" || exit 1
    exec dockerd --config-file "$1/daemon.json" --data-root "$1/data" --exec-root "$1/exec" \
        --host "unix://$1/docker.sock" --pidfile "$1/pid" --cgroup-parent "/$2" \
        --bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false
' sh "$dir" "$parent" >"$dir/log" 2>&1 </dev/null &
inside=$!
wait "$inside"
finish
