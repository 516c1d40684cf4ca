#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Flags that do not exist, lack a value, or have a value of the wrong kind: all before anything is
# done.
. "$PARITY/lib.sh"

# Commands that do not exist: flags and --help come first. The texts differ.
for words in "frob" "frob x" "frob --help" "frob x --help" "frob -- --help" "frob --foo" \
    "frob --foo --help" "frob --help=false" "image frob x --help" "image frob --foo"; do
    code=0
    # shellcheck disable=SC2086
    "$D" $words >.out 2>.err || code=$?
    note "$words: $code, $(grep -c "^Usage:.*COMMAND$" .out) help, $(grep -c '^unknown flag: --foo$' .err) flag"
done
for command in run create start stop restart kill rm ps logs exec attach wait inspect top rename \
    pause unpause \
    images rmi tag import version info; do
    t $command --frob
    t $command -Z
done
t image inspect --frob
t image ls --frob
t container ls --frob
t run --name
t run -e
t run -itZ busybox
t run --rm=maybe busybox
t run --detach=2 busybox
t run --memory= busybox
t run -m x busybox
t run -m -1 busybox
t run -m 1z busybox
t run --memory-swap x busybox
t run --cpu-shares x busybox
t run --cpu-shares 1.5 busybox
t run --pids-limit x busybox
t run --pids-limit 99999999999999999999 busybox
t run --stop-timeout x busybox
t run --cpus x busybox
t run --ulimit x busybox
t run --ulimit frob=1 busybox
t run --ulimit nofile=x busybox
t run --ulimit nofile=1:2:3 busybox
t run --ulimit nofile=20:10 busybox
t run --label =x busybox
t run --label '' busybox
t run -a frob busybox
t run -e = busybox
t run -e =x busybox
t stop -t
t kill --signal
t ps -n x
t ps --last
t ps --filter frob
t logs -n
t exec -e = x true
