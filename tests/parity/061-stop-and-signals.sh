#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# stop, --stop-signal, --stop-timeout, -t, kill -s.
. "$PARITY/lib.sh"

catcher()
{
    name=$1
    shift
    q run -d --network none --name "$name" "$@" busybox sh -c '
        for s in HUP INT QUIT TERM USR1 USR2 WINCH; do trap "echo got $s; [ $s = USR1 ] || exit 40" $s; done
        echo ready; while :; do sleep 1000 & wait $!; done'
    until_logged "$name" ready
}

state='{{.State.Status}} {{.State.ExitCode}} {{.State.Running}} {{.State.OOMKilled}}'
catcher term
t stop term
t logs term
t inspect -f "$state" term
catcher own --stop-signal INT
t stop own
t logs own
t inspect -f '{{.Config.StopSignal}}' own
catcher number --stop-signal 10 --stop-timeout 1
t stop number
t logs number
t inspect -f "$state {{.Config.StopSignal}} {{.Config.StopTimeout}}" number
catcher name --stop-signal SIGWINCH
t stop name
t logs name
note "deaf to TERM: killed in the end"
q run -d --network none --name deaf busybox sleep 1000
t stop -t 0 deaf
t inspect -f "$state" deaf
q start deaf
t stop --time 1 deaf
t inspect -f "$state" deaf
note "kill"
catcher victim
t kill -s USR1 victim
until_logged victim 'got USR1'
t kill --signal=SIGUSR1 victim
until_ok '[ "$("$D" logs victim | grep -c "got USR1")" = 2 ]'
t kill -s 1 victim
t wait victim
t logs victim
catcher last
t kill last
t wait last
t inspect -f "$state" last
says 'Invalid signal: frob' kill -s frob term
says 'is not running' kill last
says 'is not running' kill -s TERM term
note "stopped already, unknown"
t stop last
says 'No such container: nosuch' stop nosuch
says 'No such container: nosuch' kill nosuch
says 'No such container: nosuch' stop nosuch last
q import --change 'LABEL a=b' "$TAR" plainimage
q rmi plainimage
