#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# --privileged and --cap-add ALL. Docker's engine needs every capability of the kernel for that;
# where the machine withholds some, there is nothing to compare with.
. "$PARITY/lib.sh"

all=$(printf '%016x' $(((1 << ($(cat /proc/sys/kernel/cap_last_cap) + 1)) - 1)))
if ! grep -q "^CapBnd:.*$all" /proc/self/status; then
    note "the machine withholds capabilities: not compared"
    exit 0
fi
in_container --privileged 'grep -E "^(Cap|Seccomp:|NoNewPrivs)" /proc/self/status'
in_container --privileged -u alice 'grep -E "^Cap" /proc/self/status'
in_container --privileged 'for p in /proc/sys /sys /proc/bus; do
    grep " $p " /proc/self/mountinfo | cut -d" " -f5-6; done; [ -b /dev/loop0 ] && echo devices'
in_container --privileged 'mount -t tmpfs x /mnt && unshare -m true && echo as on the host'
in_container --privileged 'cat /sys/fs/cgroup/devices/devices.list 2>/dev/null'
in_container --cap-add ALL 'grep -E "^(Cap|Seccomp:)" /proc/self/status'
in_container --cap-add ALL --cap-drop SYS_ADMIN --cap-drop NET_RAW 'grep CapEff /proc/self/status'
in_container --cap-add SYS_RESOURCE --ulimit nofile=5000:6000 'ulimit -n; ulimit -n 7000 && ulimit -n'
server web
t exec --privileged web grep CapEff /proc/self/status
