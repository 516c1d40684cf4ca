#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# version and info: the parts that scripts read.
. "$PARITY/lib.sh"

"$D" version | grep -oE '^ *(Client|Server|Version|OS/Arch):?' | sed 's/^ *//' | sort -u
t version -f '{{.Server.Os}} {{.Server.Arch}} {{.Client.Os}} {{.Client.Arch}}'
"$D" version -f '{{json .Server.Version}}' | grep -cE '^"[0-9]+[.][0-9]+[.][0-9]+'
"$D" version -f '{{.Client.Version}}' | grep -cE '^[0-9]+[.][0-9]+[.][0-9]+'
"$D" version -f '{{json .}}' | grep -cE '^[{]"Client":[{].*"Server":[{].*[}]$'
"$D" --version | grep -ciE '^[a-z]+ version [0-9.]+.*$'
"$D" -v | wc -l
server up
q create --network none --name made busybox
q pause up
t info -f \
    '{{.Containers}} {{.ContainersRunning}} {{.ContainersPaused}} {{.ContainersStopped}} {{.Images}}'
q unpause up
t info -f '{{.OSType}} {{.Architecture}} {{.NCPU}} {{.KernelVersion}} {{.Name}}'
t info -f '{{.MemTotal}} {{.CgroupVersion}} {{.CgroupDriver}} {{.LoggingDriver}}'
"$D" info | sed -n \
    's/^ *\(Containers\|Running\|Paused\|Stopped\|Images\|Server Version\|Storage Driver\|Cgroup Version\|Kernel Version\|Operating System\|OSType\|Architecture\|CPUs\|Total Memory\|Name\):.*/\1/p'
"$D" info -f '{{json .}}' | grep -c '^{"ID":'
"$D" info -f '{{json .SecurityOptions}}' | grep -o 'name=seccomp'
