#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# -h, and the three files under /etc that the engine writes.
. "$PARITY/lib.sh"

in_container 'test "$(hostname)" = "$HOSTNAME" && hostname && cat /etc/hostname && uname -n'
r -h web busybox sh -c 'hostname; cat /etc/hostname; echo $HOSTNAME; cat /etc/hosts'
r -h web.example.org busybox sh -c 'hostname; cat /etc/hostname; cat /proc/sys/kernel/domainname'
r --hostname "$(head -c 63 /dev/zero | tr '\0' a)" busybox hostname
r busybox cat /etc/hosts
r busybox stat -c '%n %a %u %g %F' /etc/hosts /etc/hostname /etc/resolv.conf
r -u alice busybox sh -c 'echo x >>/etc/hosts; cat /etc/hosts | wc -l'
in_container 'echo 1.2.3.4 added >>/etc/hosts && tail -n 1 /etc/hosts'
r --read-only busybox sh -c 'echo 1.2.3.4 added >>/etc/hosts'
in_container 'cmp /etc/resolv.conf /etc/resolv.conf && grep -c nameserver /etc/resolv.conf'
note "the host's network: the host's name"
t run --rm --network host busybox sh -c 'hostname; cat /etc/hostname'
t run --rm --network host -h other busybox hostname
