#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# --cap-add and --cap-drop as the kernel sees them.
. "$PARITY/lib.sh"

caps='grep ^Cap /proc/self/status'
in_container "$caps"
in_container -u alice "$caps"
in_container --cap-drop ALL "$caps"
in_container --cap-drop ALL --cap-add NET_ADMIN "$caps"
in_container --cap-drop all --cap-add cap_net_admin --cap-add sys_time "$caps"
in_container --cap-add NET_ADMIN --cap-add CAP_SYS_PTRACE "$caps"
in_container --cap-drop MKNOD --cap-drop CAP_CHOWN "$caps"
in_container --cap-add NET_RAW --cap-drop NET_RAW "$caps"
in_container --cap-drop ALL --cap-add CHOWN -u alice "$caps"
note "and what they do"
in_container \
    'chown 1:1 /plain && stat -c %u:%g /plain; mknod /n c 1 3 && echo made; echo x >/n && echo written'
in_container --cap-drop CHOWN --cap-drop MKNOD 'chown 1:1 /plain; mknod /n c 1 3'
in_container 'mount -t tmpfs x /mnt'
in_container 'mknod /disk b 8 0 && cat /disk'
in_container 'chroot / /bin/true && echo chroot; kill -0 1 && echo kill; hostname other'
q create --network none --name look --cap-add net_admin --cap-drop CAP_MKNOD busybox
t inspect -f '{{json .HostConfig.CapAdd}} {{json .HostConfig.CapDrop}}' look
