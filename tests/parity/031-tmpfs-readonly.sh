#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# --tmpfs and --read-only.
. "$PARITY/lib.sh"

# Whether "ro" is of the mount alone or of the file system too is the runtime's affair.
mounts='awk "\$5 == \"/\" { print \$5, substr(\$6, 1, 2) }
    \$5 == \"/t\" || \$5 == \"/x\" { sub(/^r[ow]/, \"\", \$NF); print \$5, \$6, \$NF }" /proc/self/mountinfo | sort'
in_container --tmpfs /t "$mounts; stat -c '%u %g %a' /t; touch /t/x && ls /t"
in_container --tmpfs /t:rw,size=1m,mode=700 "$mounts; stat -c '%u %g %a' /t"
in_container --tmpfs /t:exec,dev,suid,uid=1000,gid=50 "$mounts; stat -c '%u %g %a' /t"
in_container --tmpfs /t:ro "$mounts; touch /t/x"
in_container --tmpfs /t:size=64k 'head -c 100000 /dev/zero >/t/big; wc -c </t/big'
in_container --tmpfs /var/data 'ls -A /var/data; stat -c "%u %g %a" /var/data'
in_container --tmpfs /t --tmpfs /x "$mounts"
in_container --read-only \
    'touch /x; touch /tmp/x; touch /dev/shm/x && echo shm; echo >/dev/null && echo null; mkdir /etc/x'
in_container --read-only --tmpfs /tmp 'touch /tmp/x && ls /tmp; touch /x'
in_container --read-only --tmpfs /t "$mounts"
r --read-only -v parity031:/v busybox sh -c 'touch /v/x && ls /v'
q create --network none --name look --read-only --tmpfs /t --tmpfs /u:size=1m busybox
t inspect -f '{{.HostConfig.ReadonlyRootfs}} {{json .HostConfig.Tmpfs}}' look
