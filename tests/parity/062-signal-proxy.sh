#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Signals to the client of a run in the foreground reach the process inside.
. "$PARITY/lib.sh"

for signal in TERM INT HUP USR1; do
    note "$signal"
    # (what a shell puts into the background ignores INT from its start)
    env --default-signal=INT "$D" run --network none --name "proxy$signal" busybox sh -c \
        "trap 'echo got $signal; exit 30' $signal; echo ready; sleep 1000 & wait" >"$signal.out" 2>&1 &
    client=$!
    until_ok "grep -q ready $signal.out"
    kill -s "$signal" "$client"
    wait "$client"
    echo "= $?"
    cat "$signal.out"
    t inspect -f '{{.State.Status}} {{.State.ExitCode}}' "proxy$signal"
done
note "not with --sig-proxy=false: the client goes, the container stays"
"$D" run --network none --sig-proxy=false --name stays busybox sh -c \
    'trap "echo got; exit 30" TERM; echo ready; sleep 1000 & wait' >stays.out 2>&1 &
client=$!
until_ok 'grep -q ready stays.out'
kill -s TERM "$client"
wait "$client" 2>/dev/null # the shell says "Terminated", or not when it knew before
echo "client ended: $(($? > 128))"
t inspect -f '{{.State.Status}}' stays
t logs stays
note "attach and start -a pass them on too"
q run -d --network none --name attached busybox sh -c \
    'trap "echo got; exit 31" TERM; while :; do echo tick; sleep 0.1; done'
"$D" attach attached >attached.out 2>&1 &
client=$!
until_ok 'grep -q tick attached.out'
kill -s TERM "$client"
wait "$client"
echo "= $?"
t wait attached
