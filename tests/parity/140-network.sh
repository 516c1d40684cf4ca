#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# --network none and host.
. "$PARITY/lib.sh"

in_container 'ls /sys/class/net; cat /proc/net/route | wc -l; cat /sys/class/net/lo/operstate'
r busybox sh -c \
    'nc -l -p 8080 -e echo over loopback & until nc -w 1 127.0.0.1 8080 2>/dev/null; do :; done'
t run --rm --net none busybox ls /sys/class/net
t run --rm --network=none busybox ls /sys/class/net
t run --rm --network host busybox sh -c 'ls /sys/class/net'
[ "$("$D" run --rm --network host busybox readlink /proc/self/ns/net)" = \
    "$(readlink /proc/self/ns/net)" ] &&
    echo "the host's network"
t run --rm --network host busybox grep -c . /etc/resolv.conf
t run --rm --network host busybox cat /etc/hosts
q create --network host --name look busybox
t inspect -f \
    '{{.HostConfig.NetworkMode}} {{range $n, $v := .NetworkSettings.Networks}}{{$n}}{{end}}' look
t ps -a --format '{{.Names}} {{.Networks}} {{.Ports}}'
says 'network frob not found' run --network frob --name x2 busybox true
