#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# 125 the engine, 126 not executable, 127 not found, 128 + n by signal, else the command's own.
. "$PARITY/lib.sh"

r busybox true
r busybox false
r busybox sh -c 'exit 200'
in_container 'kill -TERM $$; exit 3'
in_container 'sh -c "kill -9 \$\$"; echo $?'
note "by signal: init forwards the death"
in_container --init 'kill -9 $$'
in_container --init 'kill -USR1 $$'
rsays 'exec: "nosuch": executable file not found in $PATH' busybox nosuch
rsays 'exec: "": executable file not found in $PATH' busybox ''
rsays 'exec: "/nosuch": stat /nosuch: no such file or directory' busybox /nosuch
rsays 'exec: "./sh": stat ./sh: no such file or directory' busybox ./sh
rsays 'exec: "/bin/nosuch": stat /bin/nosuch: no such file or directory' --entrypoint /bin/nosuch \
    busybox
rsays 'exec: "/etc": permission denied' busybox /etc
rsays 'exec: "/plain": permission denied' busybox /plain
rsays 'exec: "/root/x": ' -u alice busybox /root/x
note "a container that could not start stays, and says why"
says 'executable file not found' run --network none --name broken busybox nosuch
t inspect -f '{{.State.Status}} {{.State.Running}} {{.State.ExitCode}} {{.State.Pid}}' broken
t ps -a --filter name=broken --format '{{.Names}} {{.Status}}'
says 'executable file not found' start broken
says 'executable file not found' start -a broken
note "with --rm it does not"
says 'executable file not found' run --rm --network none --name gone busybox nosuch
t ps -aq --filter name=gone
