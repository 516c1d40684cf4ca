#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# pause and unpause.
. "$PARITY/lib.sh"

server web
server two
t pause web two
t inspect -f '{{.State.Status}} {{.State.Paused}} {{.State.Running}}' web
t ps --filter name=web --format '{{.State}} {{.Status}}'
says 'is already paused' pause web
t top web -o pid,stat,comm >/dev/null
t unpause web
says 'is not paused' unpause web
t inspect -f '{{.State.Status}} {{.State.Paused}}' web
says 'No such container: nosuch' pause nosuch
says 'No such container: nosuch' unpause nosuch
says 'No such container: nosuch' pause nosuch web
t inspect -f '{{.State.Status}}' web
note "a paused one can be killed, stopped, removed"
t kill web
until_state web exited
t inspect -f '{{.State.ExitCode}}' web
t stop -t 1 two
t inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.Paused}}' two
q start two
q pause two
t rm -f two
says 'is not running' pause web
says 'is not paused' unpause web
