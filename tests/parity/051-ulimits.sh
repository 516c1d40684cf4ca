#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# --ulimit
. "$PARITY/lib.sh"

r --ulimit nofile=100 --ulimit core=0 --ulimit nproc=50:60 busybox cat /proc/self/limits
r --ulimit nofile=100:200 --ulimit stack=1048576 --ulimit cpu=100:200 --ulimit fsize=4096 busybox \
    cat /proc/self/limits
r --ulimit memlock=4096:8192 --ulimit data=100000000 --ulimit sigpending=100 --ulimit \
    msgqueue=1000 busybox cat /proc/self/limits
r --ulimit nofile=100 --ulimit nofile=150 busybox sh -c 'ulimit -n'
r --ulimit fsize=1024 busybox sh -c 'head -c 4096 /dev/zero >/x; stat -c %s /x'
q create --network none --name look --ulimit nofile=100:200 --ulimit core=0 busybox
t inspect -f '{{range .HostConfig.Ulimits}}{{.Name}} {{.Soft}} {{.Hard}}{{"\n"}}{{end}}' look | sort
