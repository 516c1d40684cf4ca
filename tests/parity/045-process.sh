#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What a fresh process has: pid, limits, mask, signals, session, file descriptors.
. "$PARITY/lib.sh"

r busybox sh -c 'echo $$; umask; ulimit -c; ulimit -n; ulimit -u; ulimit -s; ulimit -l'
r busybox cat /proc/self/limits
in_container \
    'ls /proc/self/fd | tr "\n" " "; for f in 0 1 2; do readlink /proc/self/fd/$f | cut -d: -f1; done'
in_container 'cut -d" " -f6 /proc/self/stat; grep -E "^SigBlk" /proc/1/status'
in_container -t \
    'cut -d" " -f6,7 /proc/self/stat | cut -d" " -f1; [ "$(cut -d" " -f7 /proc/self/stat)" != 0 ] && echo has a terminal' | tr -d '\r'
in_container 'cat /proc/1/cmdline | tr "\0" " "; echo'
in_container 'cat /proc/self/personality'
in_container 'grep -E "^(Seccomp|Speculation_Store_Bypass|Threads)" /proc/self/status | head -n 1'
note "::1 is there since moby 26.0"
in_container 'ip -o -4 addr | sed "s/  */ /g" | cut -d" " -f2-4; ip route; ls /sys/class/net'
in_container 'ping -c 1 -W 2 127.0.0.1 | grep -c "1 packets received"'
in_container 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range'
in_container -u alice 'ping -c 1 -W 2 127.0.0.1 | grep -c "1 packets received"'
