#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ps: which containers, which columns.
. "$PARITY/lib.sh"

t ps
t ps -a
q create --network none --name made busybox sh -c 'exit 3'
q run --network none --name ended busybox true
"$D" run --network none --name failed busybox sh -c 'exit 3'
server up
server held
q pause held
t ps --format '{{.Names}}'
t ps -a --format '{{.Names}}'
t ps -n 2 --format '{{.Names}}'
t ps --last 1 --format '{{.Names}}'
t ps -l --format '{{.Names}}'
t ps -n 0 --format '{{.Names}}'
t ps -n -1 --format '{{.Names}}'
t ps -a --format '{{.Names}} {{.State}} {{.Status}}'
t ps -aq
t ps -q --no-trunc
t ps -a
t ps -a --no-trunc
t ps -as
t container ls --all --quiet
t container ps -a --format '{{.Names}}'
t container list --format '{{.Names}}'
note "the command is cut and quoted"
q create --network none --name long busybox sh -c 'echo "a long command" && echo it is'
q create --network none --name short busybox
t ps -a --filter name=long --format '{{.Command}}'
t ps -a --filter name=long --format '{{.Command}}' --no-trunc
t ps -a --filter name=short --format '{{.Command}}'
q unpause held
