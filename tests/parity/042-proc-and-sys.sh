#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What is hidden and what cannot be written under /proc and /sys.
. "$PARITY/lib.sh"

in_container \
    'for f in /proc/kcore /proc/keys /proc/timer_list /proc/sched_debug /proc/latency_stats /proc/timer_stats; do
    [ -e $f ] && stat -c "%n %F %t:%T" $f; done; true'
in_container 'for d in /proc/acpi /proc/scsi /proc/asound /sys/firmware; do
    [ -e $d ] && { stat -c "%n %F" $d; ls -A $d; touch $d/x; }; done; true'
in_container 'wc -c </proc/keys; wc -c </proc/timer_list'
in_container \
    'echo x >/proc/sys/kernel/hostname; echo x >/proc/sys/vm/swappiness; echo 1 >/proc/sys/net/ipv4/ip_forward'
in_container '[ -e /proc/sysrq-trigger ] && echo h >/proc/sysrq-trigger; echo $?'
in_container 'mkdir /sys/x; echo 0 >/sys/kernel/mm/ksm/run'
in_container \
    'echo 0 >/proc/self/oom_score_adj && echo own; cat /proc/self/oom_score_adj; echo -5 >/proc/self/oom_score_adj'
in_container 'set -- /proc/[0-9]*; echo $#; ls -d /proc/1; cat /proc/1/comm'
in_container \
    'umount /proc/acpi; umount /sys/firmware; umount /proc/sys; mount -o remount,rw /proc/sys'
in_container \
    'readlink /proc/self/ns/user | cut -d: -f1; cat /proc/self/uid_map | awk "{ print \$1, \$2 }"'
note "namespaces that are not the host's"
for ns in mnt uts ipc pid net user cgroup; do
    inside=$("$D" run --rm --network none busybox readlink /proc/self/ns/$ns)
    if [ "$inside" = "$(readlink /proc/self/ns/$ns)" ]; then
        echo "$ns: the host's"
    else
        echo "$ns: its own"
    fi
done
in_container 'ls / | tr "\n" " "'
in_container 'ls -A / | grep "^\."; stat -c "%n %a %s %u" /.dockerenv'
