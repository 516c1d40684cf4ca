#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The table of mounts as the process sees it: where, with which options, of which type.
. "$PARITY/lib.sh"

# Host file systems show their own options; of overlay only that it is one; the cgroup controllers
# are the machine's.
table='while read -r id parent dev root where options rest; do
    shared=none
    case $rest in shared:*) shared=shared ;; esac
    fs=${rest##*- }
    type=${fs%% *}
    super=${fs##* }
    case $type in
        overlay|ext4|xfs|btrfs) options=${options%%,*} super= ;;
    esac
    case $type in tmpfs|proc|sysfs|devpts|mqueue) ;; *) [ "$where" = / ] || type=host ;; esac
    case $where in
        /sys/fs/cgroup/*) continue ;;
        /proc/*|/sys/firmware|/sys/devices/*) continue ;;
        /dev/shm|/dev/mqueue) type=${fs%% *} ;;
    esac
    echo "$where $options $type ${super} propagation:$shared"
done </proc/self/mountinfo | sort'
r busybox sh -c "$table"
r --read-only -v "$PWD:/bind:ro" -v parity044:/vol --tmpfs /t busybox sh -c "$table"
r -t busybox sh -c "$table" | tr -d '\r' | grep -E '/dev/(console|pts)'
note "read-only and masked"
in_container 'for p in /proc/bus /proc/fs /proc/irq /proc/sys; do
    grep " $p " /proc/self/mountinfo | cut -d" " -f5-6; done'
note "inside a volume nothing of the host's mounts changes"
in_container 'awk "\$7 ~ /shared/" /proc/self/mountinfo | wc -l'
in_container \
    'df -k /dev/shm | awk "NR == 2 { print \$2 }"; df -k /dev | awk "NR == 2 { print \$2 }"'
