#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# --init: something else is process 1, forwards signals and buries the dead.
. "$PARITY/lib.sh"

in_container --init \
    'echo $(($$ > 1)); test "$(readlink /proc/1/exe)" != /bin/busybox && echo not mine'
in_container --init 'exit 7'
note "an orphan is taken over and, when it has ended, buried"
in_container --init 'sh -c "sleep 0.2 & echo \$! >/tmp/orphan"; n=0; orphan=$(cat /tmp/orphan)
    while [ -d "/proc/$orphan" ] && [ $n -lt 100 ]; do n=$((n + 1)); usleep 100000; done
    [ ! -d "/proc/$orphan" ] && echo buried'
rsays 'nosuch' --init busybox nosuch >/dev/null
server one --init
t exec one sh -c 'ps -o pid,ppid,comm | grep -c "sleep$"'
t stop -t 5 one
t inspect -f '{{.State.ExitCode}} {{.HostConfig.Init}}' one
