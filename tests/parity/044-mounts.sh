#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The table of mounts as the process sees it: where, with which options, of which type.
. "$PARITY/lib.sh"

# The folder that holds the controllers is writable in Docker under cgroup v1, read-only in hoy.
# Of overlay and of what comes from the host only "ro" or "rw" is the engine's; the cgroup controllers
# and what is masked under /proc are the machine's.
table='while read -r id parent dev root where options rest; do
    fs=${rest##*- }
    type=${fs%% *} super=${fs##* } shared=
    case $rest in shared:*) shared=" shared" ;; esac
    case $where in
        /sys/fs/cgroup/*|/proc/*|/sys/firmware|/sys/devices/*) continue ;;
        /sys/fs/cgroup) options=${options#r[ow],} ;;
        /) options=${options%%,*} super= ;;
        /etc/*|/bind|/vol) options=${options%%,*} type=host super= ;;
    esac
    echo "$where $options $type $super$shared"
done </proc/self/mountinfo | sort'
r busybox sh -c "$table"
r --read-only -v "$PWD:/bind:ro" -v parity044:/vol --tmpfs /t busybox sh -c "$table"
r -t busybox sh -c "$table" | tr -d '\r' | grep -E '/dev/(console|pts)'
note "read-only and masked"
in_container 'for p in /proc/bus /proc/fs /proc/irq /proc/sys; do
    grep " $p " /proc/self/mountinfo | cut -d" " -f5-6; done'
note "sizes"
in_container \
    'df -k /dev/shm | awk "NR == 2 { print \$2 }"; df -k /dev | awk "NR == 2 { print \$2 }"'
